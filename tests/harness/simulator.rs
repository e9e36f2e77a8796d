//! The simulator of HSMs (`tests/pkcs11-simulator`) in a folder, and its settings.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use super::deployment::shared_directory;
use super::folder::text;
use super::guests::repository;

/// A simulated HSM: one copy of the library, and the file beside it.
#[derive(Clone)]
pub(crate) struct Simulator {
    library: PathBuf,
}

impl Simulator {
    /// Puts one into a folder, as `NAME.so`.
    pub(crate) fn install(directory: &Path, name: &str, settings: &[(&str, &str)]) -> Self {
        let simulator = Self::at(directory, name);
        fs::copy(built(), &simulator.library).expect("room to write");
        for (setting, value) in settings {
            simulator.set(setting, value);
        }
        simulator
    }

    /// The one that is in a folder as `NAME.so`.
    pub(crate) fn at(directory: &Path, name: &str) -> Self {
        let library = directory.join(format!("{name}.so"));
        Self { library }
    }

    /// Changes a setting, from the next call of the library on.
    #[expect(
        clippy::needless_pass_by_value,
        reason = "a number or a word, written at the call"
    )]
    pub(crate) fn set(&self, setting: &str, value: impl ToString) {
        self.set_all(&[(setting, value.to_string())]);
    }

    /// Changes settings at once.
    pub(crate) fn set_all(&self, changes: &[(&str, String)]) {
        let file = self.beside("conf");
        let mut settings = numbers_or_words(&file);
        for (setting, value) in changes {
            settings.insert((*setting).to_owned(), value.clone());
        }
        let lines: Vec<_> = settings
            .iter()
            .map(|(setting, value)| format!("{setting} = {value}\n"))
            .collect();
        let next = self.beside("next");
        fs::write(&next, lines.concat()).expect("room to write");
        fs::rename(next, file).expect("the same directory");
    }

    /// Begins to count calls.
    pub(crate) fn count(&self) {
        self.set("counts", text(&self.beside("counts")));
    }

    /// How often each function has been called since.
    pub(crate) fn counts(&self) -> BTreeMap<String, u64> {
        let counts = numbers_or_words(&self.beside("counts"));
        let number = |text: String| text.parse().expect("a number");
        let counts = counts.into_iter();
        counts.map(|(name, count)| (name, number(count))).collect()
    }

    fn beside(&self, extension: &str) -> PathBuf {
        PathBuf::from(format!("{}.{extension}", text(&self.library)))
    }
}

fn numbers_or_words(file: &Path) -> BTreeMap<String, String> {
    let lines = fs::read_to_string(file).unwrap_or_default();
    let pairs = lines.lines().filter_map(|line| line.split_once('='));
    pairs
        .map(|(name, value)| (name.trim().to_owned(), value.trim().to_owned()))
        .collect()
}

/// Built when a test first wants it, where `.ci/run` has its tests built.
fn built() -> &'static Path {
    static LIBRARY: LazyLock<PathBuf> = LazyLock::new(|| {
        let name = "claviger-pkcs11-simulator";
        let directory = repository().join("tests/pkcs11-simulator");
        let target = shared_directory().join("pkcs11-simulator");
        claviger_guest_build::native_library(&directory, name, &target)
            .unwrap_or_else(|error| panic!("{error}"))
    });
    &LIBRARY
}

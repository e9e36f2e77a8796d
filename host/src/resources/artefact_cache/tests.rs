//! What the cache takes back, and what it does not.

use std::fs::{self, File, Permissions};
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::*;

const DIGEST: [u8; 32] = [7; 32];
const CODE: &[u8] = b"native code, as far as the cache knows";

struct Place {
    directory: tempfile::TempDir,
    engine: Engine,
}

impl Place {
    fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        fs::set_permissions(directory.path(), Permissions::from_mode(0o700)).unwrap();
        Self {
            directory,
            engine: Engine::default(),
        }
    }

    fn cache(&self) -> ArtefactCache {
        ArtefactCache::open(self.directory.path()).unwrap()
    }

    fn keep(&self) {
        let artefact = Artefact::compiled(CODE.to_vec());
        self.cache().keep(&self.engine, &DIGEST, &artefact);
        assert!(self.found());
    }

    fn found(&self) -> bool {
        match self.cache().find(&self.engine, &DIGEST) {
            None => false,
            Some(artefact) => {
                assert_eq!(artefact.bytes(), CODE);
                true
            }
        }
    }

    fn artefact(&self) -> PathBuf {
        self.path(&name(&DIGEST, compiler(&self.engine)))
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(self.directory.path()).unwrap();
        let name = |entry: std::io::Result<fs::DirEntry>| {
            entry.unwrap().file_name().into_string().unwrap()
        };
        let mut names: Vec<_> = entries.map(name).collect();
        names.sort();
        names
    }
}

fn chmod(path: &Path, mode: u32) {
    fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
}

#[test]
fn flt_60_what_another_installation_compiled_is_not_taken() {
    let (ours, theirs) = (Place::new(), Place::new());
    theirs.keep();
    ours.keep();
    fs::copy(theirs.artefact(), ours.artefact()).unwrap();
    assert!(!ours.found());
    ours.keep();
    assert!(ours.found());
}

#[test]
fn flt_60_code_that_was_changed_or_is_of_another_component_is_not_taken() {
    let place = Place::new();
    place.keep();
    let whole = fs::read(place.artefact()).unwrap();
    for at in 0..whole.len() {
        let mut changed = whole.clone();
        changed[at] ^= 1;
        fs::write(place.artefact(), changed).unwrap();
        assert!(!place.found(), "byte {at}");
    }
    for length in [0, 1, 31, 32, whole.len() - 1] {
        fs::write(place.artefact(), &whole[..length]).unwrap();
        assert!(!place.found(), "{length} bytes");
    }
    fs::write(place.artefact(), &whole).unwrap();
    assert!(place.found());
    let other = place.path(&name(&[8; 32], compiler(&place.engine)));
    fs::copy(place.artefact(), other).unwrap();
    let found = place.cache().find(&place.engine, &[8; 32]);
    assert!(found.is_none());
}

#[test]
fn flt_60_a_file_that_others_have_access_to_is_not_taken() {
    let place = Place::new();
    place.keep();
    for mode in [0o644, 0o660, 0o602, 0o777] {
        chmod(&place.artefact(), mode);
        assert!(!place.found(), "{mode:o}");
    }
    chmod(&place.artefact(), 0o600);
    assert!(place.found());
    let elsewhere = place.path("elsewhere");
    fs::rename(place.artefact(), &elsewhere).unwrap();
    symlink(&elsewhere, place.artefact()).unwrap();
    assert!(!place.found());
}

#[test]
fn flt_60_a_key_that_others_know_is_replaced_and_what_it_authenticated_is_not_taken() {
    let place = Place::new();
    let key = place.path("installation.key");
    for mode in [0o644, 0o640, 0o666] {
        place.keep();
        let before = fs::read(&key).unwrap();
        chmod(&key, mode);
        assert!(!place.found());
        assert_ne!(fs::read(&key).unwrap(), before);
        assert_eq!(
            fs::metadata(&key).unwrap().permissions().mode() & 0o777,
            0o600
        );
    }
    for planted in [&[0; 31][..], &[0; 33], &[]] {
        place.keep();
        fs::write(&key, planted).unwrap();
        assert!(!place.found());
    }
}

#[test]
fn flt_60_a_folder_that_others_had_access_to_is_refused_and_not_to_be_kept() {
    let place = Place::new();
    for mode in [0o777, 0o770, 0o701, 0o750] {
        chmod(place.directory.path(), mode);
        let fault = ArtefactCache::open(place.directory.path()).err().unwrap();
        let report = fault.report().to_string();
        assert!(report.contains("remove it with what is in it"), "{report}");
        assert!(!report.contains("chmod"), "{report}");
    }
}

#[test]
fn flt_69_what_cannot_be_written_leaves_nothing_behind_and_is_said_once() {
    let place = Place::new();
    let cache = place.cache();
    // A folder in the place of the artefact cannot be replaced by a file.
    fs::create_dir(place.artefact()).unwrap();
    let artefact = Artefact::compiled(CODE.to_vec());
    cache.keep(&place.engine, &DIGEST, &artefact);
    cache.keep(&place.engine, &DIGEST, &artefact);
    let warning = cache.settle(SystemTime::now()).unwrap();
    assert_eq!(warning.path, "plugin_cache.directory");
    assert!(cache.settle(SystemTime::now()).is_none());
    assert!(
        place
            .names()
            .iter()
            .all(|name| !name.contains(sweep::PARTIAL))
    );
}

#[test]
fn flt_69_artefacts_that_were_not_used_for_a_month_go() {
    let place = Place::new();
    place.keep();
    let now = SystemTime::now();
    let days = |days: u64| now - Duration::from_hours(days * 24);
    for (name, written) in [
        ("old.cwasm", days(31)),
        ("last-month.cwasm", days(29)),
        ("of-today.cwasm.partial-0", now),
        ("of-a-crash.cwasm.partial-1", days(1)),
        ("of-somebody-else", days(1000)),
    ] {
        let file = File::create(place.path(name)).unwrap();
        file.set_modified(written).unwrap();
    }
    assert!(place.cache().settle(now).is_none());
    let names = place.names();
    assert_eq!(names.len(), 5, "{names:?}");
    for gone in ["old.cwasm", "of-a-crash.cwasm.partial-1"] {
        assert!(!names.iter().any(|name| name == gone), "{names:?}");
    }
    // One that is read stays for another month.
    let used = File::open(place.artefact()).unwrap();
    used.set_modified(days(29)).unwrap();
    assert!(place.found());
    let next_month = now + Duration::from_hours(20 * 24);
    place.cache().settle(next_month);
    assert!(place.found());
}

#[test]
fn flt_69_no_more_than_256_artefacts_stay() {
    let place = Place::new();
    let now = SystemTime::now();
    for number in 0..300 {
        let file = File::create(place.path(&format!("{number:03}.cwasm"))).unwrap();
        file.set_modified(now - Duration::from_secs(1000 - number))
            .unwrap();
    }
    place.cache().settle(now);
    let names = place.names();
    assert_eq!(names.len(), 256 + 1, "the key");
    assert_eq!(names[0], "044.cwasm");
}

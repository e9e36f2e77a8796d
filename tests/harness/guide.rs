//! Guides in Markdown whose commands are run as they stand there.

use std::fmt::Write as _;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use super::guests::repository;
use crate::documents::files;

/// Seconds that all commands of a guide may take.
const LIMIT: &str = "240";

/// A guide, and what its commands need.
pub(crate) struct Guide<'g> {
    /// The folder of the repository that its `README.md` is in.
    pub(crate) example: &'g str,
    /// What else of that folder they use.
    pub(crate) files: &'g [&'g str],
    /// Ports that are written there; a test takes free ones instead.
    pub(crate) ports: &'g [&'g str],
    /// Where their programs are, besides the host and what is installed.
    pub(crate) programs: Option<&'g Path>,
    /// The folder that they make, and remove.
    pub(crate) made: &'g str,
}

impl Guide<'_> {
    /// Runs all of it but the first block, the installation, and compares what is
    /// printed.
    #[track_caller]
    pub(crate) fn run(&self) {
        let folder = tempfile::tempdir().expect("a temporary directory");
        let outputs = folder.path().join("outputs");
        std::fs::create_dir(&outputs).expect("room to write");
        let ports: Vec<_> = self.ports.iter().copied().zip(free_ports()).collect();
        let read = |name: &str| {
            let file = repository().join(self.example).join(name);
            let mut text = std::fs::read_to_string(file).expect(name);
            for (written, free) in &ports {
                text = text.replace(written, free);
            }
            text
        };
        let example = folder.path().join(self.example);
        std::fs::create_dir_all(&example).expect("room to write");
        for name in self.files {
            std::fs::write(example.join(name), read(name)).expect("room to write");
        }
        let blocks = blocks(&read("README.md"));
        let output = self.run_script(&script(&blocks, &outputs), folder.path());

        let mut shown = String::new();
        let mut faults = Vec::new();
        for (number, block) in blocks.iter().enumerate() {
            let file = |name: String| std::fs::read_to_string(outputs.join(name));
            let printed = file(number.to_string()).unwrap_or_default();
            let stderr = file(format!("{number}.stderr")).unwrap_or_default();
            let _ = writeln!(shown, "$ {}{printed}{stderr}", block.commands);
            let expected = block.prints.clone().unwrap_or_default();
            if block.skipped.is_none() && !fits(&expected, &printed) {
                faults.push(format!("{expected}--- printed:\n{printed}"));
            }
        }
        assert!(output.status.success(), "{:?}\n{shown}", output.status);
        assert!(faults.is_empty(), "{}\n{shown}", faults.join("\n"));
        // Of two parts of the guide no output tells.
        assert!(!folder.path().join(self.made).exists(), "it is removed");
        let skipped = blocks.iter().filter(|block| block.skipped.is_some());
        assert_eq!(skipped.count(), 1, "only the installation is not run");
    }

    fn run_script(&self, script: &str, folder: &Path) -> Output {
        let built = Path::new(env!("CARGO_BIN_EXE_claviger"));
        let built = built.parent().expect("a file is in a folder");
        let path = std::env::var("PATH").unwrap_or_default();
        let folders = [Some(built), self.programs].into_iter().flatten();
        let folders = folders.map(Path::to_owned);
        let folders = folders.chain(std::env::split_paths(&path));
        let path = std::env::join_paths(folders.collect::<Vec<PathBuf>>());
        // Ends the script and what it has started in the background, if it hangs.
        let mut command = Command::new("timeout");
        command
            .args([LIMIT, "bash", "-c", script])
            .current_dir(folder)
            .env("PATH", path.expect("no colon in a path"))
            .env("no_proxy", "*");
        // What would change what the programs of a guide do.
        for (name, _) in std::env::vars_os() {
            let name = name.to_string_lossy();
            if ["SOFTHSM2_", "BAO_", "VAULT_"]
                .iter()
                .any(|prefix| name.starts_with(prefix))
            {
                command.env_remove(&*name);
            }
        }
        command.output().expect("bash starts")
    }
}

/// Ports that nobody listens on, as text, none of them twice.
fn free_ports() -> impl Iterator<Item = String> {
    let mut taken = Vec::new();
    std::iter::from_fn(move || {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let port = listener.local_addr().expect("it is bound").port();
        // Held until all of them are known.
        taken.push(listener);
        Some(port.to_string())
    })
}

/// Commands of a guide and what they print.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Block {
    pub(crate) commands: String,
    prints: Option<String>,
    /// Why no test runs it.
    pub(crate) skipped: Option<String>,
}

/// The `console` blocks of a document, each with the `text` block that is next.
pub(crate) fn blocks(markdown: &str) -> Vec<Block> {
    let mut blocks: Vec<Block> = Vec::new();
    let mut skipped = None;
    let mut lines = markdown.lines();
    while let Some(line) = lines.next() {
        if let Some(reason) = line.strip_prefix("<!-- not run: ") {
            skipped = reason.strip_suffix(" -->").map(str::to_owned);
        }
        let Some(kind) = line.strip_prefix("```") else {
            continue;
        };
        let inside: Vec<_> = lines.by_ref().take_while(|line| *line != "```").collect();
        let inside = inside.join("\n") + "\n";
        match (kind, blocks.last_mut()) {
            ("console", _) => blocks.push(Block {
                commands: inside,
                prints: None,
                skipped: skipped.take(),
            }),
            ("text", Some(last)) if last.prints.is_none() => last.prints = Some(inside),
            _ => panic!("a block of neither commands nor what they print: {inside}"),
        }
    }
    blocks
}

/// Whether `printed` is `pattern`, in which `…` stands for any part of a line.
fn fits(pattern: &str, printed: &str) -> bool {
    let fits_line = |pattern: &str, line: &str| {
        let mut parts = pattern.split('…');
        let first = parts.next().unwrap_or_default();
        let Some(mut rest) = line.strip_prefix(first) else {
            return false;
        };
        let mut last = None;
        for part in parts {
            let Some(found) = rest.find(part) else {
                return false;
            };
            rest = &rest[found + part.len()..];
            last = Some(part);
        }
        last.map_or(rest.is_empty(), |last| line.ends_with(last))
    };
    let (expected, lines) = (pattern.lines(), printed.lines());
    expected.clone().count() == lines.clone().count()
        && expected
            .zip(lines)
            .all(|(pattern, line)| fits_line(pattern, line))
}

#[test]
fn what_is_printed_is_compared() {
    for (pattern, printed, expected) in [
        ("a\n", "a\n", true),
        ("a\n", "a\nb\n", false),
        ("slot …\n", "slot 17\n", true),
        ("{…,\"a\":1}\n", "{\"b\":2,\"a\":1}\n", true),
        ("{…,\"a\":1}\n", "{\"b\":2,\"a\":12}\n", false),
        ("a", "ab", false),
    ] {
        assert_eq!(fits(pattern, printed), expected, "{pattern}{printed}");
    }
}

/// One script of all blocks, so that they share a shell as they do for a reader. The
/// output of block N goes into the file N.
fn script(blocks: &[Block], outputs: &Path) -> String {
    let mut script = "set -e\ntrap 'kill $(jobs -p) 2> /dev/null || true' EXIT\n".to_owned();
    for (number, block) in blocks.iter().enumerate() {
        if block.skipped.is_none() {
            let output = outputs.join(number.to_string());
            let output = output.display();
            let _ = writeln!(script, "exec > {output} 2> {output}.stderr");
            script += &block.commands;
        }
    }
    script
}

/// What a guide's table of failures quotes and is in no string of the source. That is what
/// stands between backticks there and is no command (which begin with one of these words),
/// no setting and no name: texts with spaces.
pub(crate) fn texts_of_failures_not_in_the_source(example: &str, commands: &[&str]) -> Vec<String> {
    let guide = repository().join(example).join("README.md");
    let guide = std::fs::read_to_string(guide).expect(example);
    let (_, section) = guide
        .split_once("## When something fails")
        .expect("a section");
    let section = section.split("\n## ").next().unwrap_or_default();
    let rows = section.lines().filter(|line| line.starts_with('|'));
    let quoted = rows.flat_map(|row| row.split('`').skip(1).step_by(2));
    let texts = quoted.filter(|quoted| {
        let is_command = commands.iter().any(|command| quoted.starts_with(command));
        quoted.contains(' ') && !quoted.contains(" = ") && !is_command
    });
    let texts: Vec<_> = texts.collect();
    assert!(texts.len() > 5, "{texts:?}");
    let missing = not_in_the_source(texts.into_iter());
    missing.into_iter().map(str::to_owned).collect()
}

/// What of these texts is in no string of the source. `…` stands for what is filled in:
/// they are looked for part by part.
pub(crate) fn not_in_the_source<'q>(quoted: impl Iterator<Item = &'q str>) -> Vec<&'q str> {
    let source = ["host/src", "host/config/src", "sdk/src", "plugins"]
        .iter()
        .flat_map(|folder| files(&repository().join(folder), "rs"))
        .map(|file| one_line(&std::fs::read_to_string(file).expect("it is readable")))
        .collect::<String>();
    let parts = quoted.flat_map(parts);
    parts.filter(|part| !source.contains(part)).collect()
}

/// What of a quoted text stands together in a string of the source.
fn parts(quoted: &str) -> impl Iterator<Item = &str> {
    // The two halves of `token NAME: PROBLEM` and of `WHAT: PROBLEM` meet at run time.
    let split = quoted
        .split(['…', ':'])
        .map(|part| part.trim_matches([' ', '(', ')']));
    split.filter(|part| part.len() > 3)
}

/// Source in which a string that goes on in the next line is whole.
fn one_line(source: &str) -> String {
    let mut lines = source.split("\\\n");
    let first = lines.next().unwrap_or_default().to_owned();
    lines.fold(first, |whole, line| whole + line.trim_start())
}

#[test]
fn quoted_texts_are_taken_apart() {
    let quoted = "token …: it has no key; make it: claviger key create …";
    let expected = ["token", "it has no key; make it", "claviger key create"];
    assert!(parts(quoted).eq(expected));
    assert_eq!(one_line("\"a \\\n    b\""), "\"a b\"");
}

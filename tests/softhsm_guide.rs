//! The HSM guides in `examples/`: every command of the SoftHSM guide is run as it
//! stands there, the CloudHSM guide's configuration is accepted, and the texts that
//! the page on failures quotes are in the source.

use std::fmt::Write as _;
use std::net::TcpListener;
use std::path::Path;
use std::process::{Command, Output};

use claviger_config::Configuration;
use toml::{Table, Value};

use crate::documents::files;
use crate::harness::curl::Curl;
use crate::harness::deployment::program;
use crate::harness::guests::repository;
use crate::harness::text;

const GUIDE: &str = "examples/softhsm/README.md";
const MODULE: &str = "/usr/lib/softhsm/libsofthsm2.so";
/// Seconds that all commands of the guide may take.
const LIMIT: &str = "240";
/// Where the guide's host listens; a test takes a free port instead.
const PORT: &str = "8443";

/// Fails with the fix when something that the guide tells to install is missing.
pub(crate) fn require_softhsm() {
    let tools = ["softhsm2-util", "pkcs11-tool"].map(|tool| {
        let started = Command::new(tool).arg("--help").output();
        started.is_ok()
    });
    assert!(
        tools == [true; 2] && Path::new(MODULE).exists(),
        "this test needs SoftHSM 2 and OpenSC: apt-get install softhsm2 opensc"
    );
}

/// Commands of a guide and what they print.
#[derive(Debug, Default, PartialEq)]
struct Block {
    commands: String,
    prints: Option<String>,
    /// Why no test runs it.
    skipped: Option<String>,
}

/// The `console` blocks of a document, each with the `text` block that is next.
fn blocks(markdown: &str) -> Vec<Block> {
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

fn run(script: &str, folder: &Path) -> Output {
    let built = Path::new(env!("CARGO_BIN_EXE_claviger"));
    let path = std::env::var("PATH").unwrap_or_default();
    let directory = built.parent().expect("a file is in a folder").display();
    // Ends the script and what it has started in the background, if it hangs.
    Command::new("timeout")
        .args([LIMIT, "bash", "-c", script])
        .current_dir(folder)
        .env("PATH", format!("{directory}:{path}"))
        .env("no_proxy", "*")
        .env_remove("SOFTHSM2_CONF")
        .output()
        .expect("bash starts")
}

fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.local_addr().expect("it is bound").port()
}

#[test]
fn every_command_of_the_softhsm_guide_does_what_it_says() {
    require_softhsm();
    Curl::require();
    let folder = tempfile::tempdir().expect("a temporary directory");
    let outputs = folder.path().join("outputs");
    let example = folder.path().join("examples/softhsm");
    std::fs::create_dir(&outputs).unwrap();
    std::fs::create_dir_all(&example).unwrap();
    let port = free_port().to_string();
    let read = |name: &str| {
        let text = std::fs::read_to_string(repository().join(name)).expect(name);
        text.replace(PORT, &port)
    };
    let configuration = read("examples/softhsm/claviger.toml");
    std::fs::write(example.join("claviger.toml"), configuration).unwrap();
    let blocks = blocks(&read(GUIDE));
    let output = run(&script(&blocks, &outputs), folder.path());

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
    assert!(!folder.path().join("hsm").exists(), "it is removed");
    let skipped = blocks.iter().filter(|block| block.skipped.is_some());
    assert_eq!(skipped.count(), 1, "only the installation is not run");
}

/// The CloudHSM guide's configuration, and the folder that it is for.
fn cloudhsm() -> (String, Table) {
    let path = repository().join("examples/cloudhsm/claviger.toml");
    let text = std::fs::read_to_string(path).unwrap();
    let table = text.parse().expect("TOML");
    (text, table)
}

#[test]
fn the_configuration_for_cloudhsm_has_no_faults() {
    let (text, _) = cloudhsm();
    let configuration = Configuration::parse(&text, Path::new("/etc/claviger")).unwrap();
    assert_eq!(configuration.warnings(), []);
    for token in configuration.tokens.values() {
        let module = Path::new("/opt/cloudhsm/lib/libcloudhsm_pkcs11.so");
        assert_eq!(token.module, module);
    }
}

/// SoftHSM in CloudHSM's place: the plugin accepts its settings, the names and
/// grants fit.
#[test]
fn the_configuration_for_cloudhsm_is_accepted_by_the_plugin() {
    require_softhsm();
    let folder = tempfile::tempdir().expect("a temporary directory");
    let path = |name: &str| folder.path().join(name);
    let claviger = |arguments: &[&str]| {
        let mut command = program();
        command.args(arguments).current_dir(folder.path());
        command.env("SOFTHSM2_CONF", path("softhsm2.conf"));
        let output = command.output().expect("the program starts");
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{arguments:?}: {stderr}");
    };
    claviger(&["dev", "--no-serve", "--dir", "."]);
    std::fs::copy(
        path("credentials/demo.secret"),
        path("credentials/ledgers.secret"),
    )
    .unwrap();
    std::fs::create_dir(path("tokens")).unwrap();
    let softhsm = format!("directories.tokendir = {}\n", path("tokens").display());
    std::fs::write(path("softhsm2.conf"), softhsm).unwrap();
    let (_, mut table) = cloudhsm();
    for name in ["primary", "replica"] {
        let made = Command::new("softhsm2-util")
            .args(["--init-token", "--free", "--label", name])
            .args(["--pin", "user:password", "--so-pin", "12345678"])
            .env("SOFTHSM2_CONF", path("softhsm2.conf"))
            .output()
            .unwrap();
        assert!(made.status.success(), "softhsm2-util: {made:?}");
        let pin = path(&format!("credentials/{name}.pin"));
        // A copy has the mode of what is copied: 0600.
        std::fs::copy(path("credentials/demo.secret"), &pin).unwrap();
        std::fs::write(&pin, "user:password").unwrap();
        let token = table["tokens"][name].as_table_mut().unwrap();
        token.remove("token_serial").expect("to be replaced");
        token.insert("token_label".to_owned(), name.into());
        token.insert("module".to_owned(), MODULE.into());
        token.insert("sessions".to_owned(), 1.into());
    }
    let cache: Value = text(&path("plugin-cache")).into();
    table["plugin_cache"]["directory"] = cache;
    let file = path("cloudhsm.toml");
    std::fs::write(&file, toml::to_string(&table).unwrap()).unwrap();
    let file = text(&file);
    claviger(&["check", "--config", &file]);
    let key = ["key", "create", "--config", &file, "--key-store", "ledgers"];
    for id in ["claviger-health", "orders"] {
        claviger(&[&key[..], &[id]].concat());
    }
}

#[test]
fn no_command_of_the_cloudhsm_guide_looks_as_if_it_were_run() {
    let guide = repository().join("examples/cloudhsm/README.md");
    let guide = std::fs::read_to_string(guide).unwrap();
    for block in blocks(&guide) {
        assert!(block.skipped.is_some(), "{}", block.commands);
    }
}

/// Quoted texts, with `…` for what is filled in, are looked for part by part.
#[test]
fn the_page_on_failures_quotes_the_source() {
    let page = repository().join("examples/hsm-troubleshooting.md");
    let page = std::fs::read_to_string(page).unwrap();
    let source = ["host/src", "host/config/src", "sdk/src", "plugins"]
        .iter()
        .flat_map(|folder| files(&repository().join(folder), "rs"))
        .map(|file| one_line(&std::fs::read_to_string(file).unwrap()))
        .collect::<String>();
    let mut missing = Vec::new();
    let mut inside = false;
    for line in page.lines() {
        if line.starts_with("```") {
            inside = line == "```text";
        } else if inside {
            missing.extend(parts(line).filter(|part| !source.contains(part)));
        }
    }
    assert!(missing.is_empty(), "not in the source: {missing:#?}");
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

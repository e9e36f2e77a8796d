//! `claviger check` says all that a start would stumble over, in one report.

use std::net::TcpListener;
use std::process::Command;

use serde_json::Value;

use super::folder;
use crate::harness::Folder;
use crate::harness::deployment::program;

fn text_of(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Key paths of what `claviger check --json` says, and its exit status.
fn said(folder: &Folder, arguments: &[&str]) -> (i32, Vec<String>, Vec<String>) {
    folder.save();
    let arguments = [&["check", "--json"], arguments].concat();
    let output = folder.claviger(&arguments);
    let report: Value = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|_| panic!("{}", text_of(&output.stderr)));
    let paths = |name: &str| {
        let said = report[name].as_array().expect("a list").iter();
        said.map(|it| it["path"].as_str().expect("a path").to_owned())
            .collect()
    };
    let status = output.status.code().expect("it ends");
    (status, paths("faults"), paths("warnings"))
}

#[test]
fn flt_82_faults_of_settings_hide_no_faults_of_files_plugins_and_keys() {
    let mut folder = folder();
    folder.set("server.deadline_ms", 5000);
    folder.set("server.tls.private_key", "missing.key");
    folder.set("plugin.allow-list.component", "builtin:no-such-plugin");
    folder.write_private("keys.kek", "not a key");
    folder.write_private("credentials/demo.secret", "short");
    folder.add_key_store("second");
    folder.key_store("second")["backend"]["plugin"] = "nobody".into();
    let (status, faults, _) = said(&folder, &[]);
    assert_eq!(status, 1);
    for path in [
        "server.deadline_ms",
        "server.tls.private_key",
        "plugin.allow-list.component",
        "storage.main.key_encryption_key_file",
        "key_store[0].credential[0].secret_access_key_file",
        "key_store[1].backend.plugin",
    ] {
        let times = faults.iter().filter(|it| *it == path).count();
        assert_eq!(times, 1, "{path} in {faults:?}");
    }
}

#[test]
fn flt_82_faults_of_syntax_hide_no_missing_file() {
    let folder = folder();
    let file = folder.path("claviger.toml");
    let text = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, text.replacen("[log]", "[log]\nlevel = info", 1)).unwrap();
    std::fs::remove_file(folder.path("tls/server.key")).unwrap();
    let output = folder.claviger(&["check"]);
    assert_eq!(output.status.code(), Some(1));
    let report = text_of(&output.stderr);
    assert!(report.contains("line "), "{report}");
    assert!(report.contains("server.tls.private_key"), "{report}");
}

#[test]
fn flt_82_what_a_start_writes_and_listens_on_is_tried() {
    let mut folder = folder();
    folder.set("log.audit", "no-such-folder/audit.jsonl");
    // An address of a block that is kept for documents.
    folder.set("server.probe_listen", "192.0.2.1:1");
    std::fs::write(folder.path("file"), "in the way").unwrap();
    folder.set("control.socket", "file/claviger.sock");
    folder.set("control.switches", "switches.json");
    folder.write_private("switches.json", "damaged");
    let (status, faults, _) = said(&folder, &[]);
    assert_eq!(status, 1);
    for path in [
        "log.audit",
        "server.probe_listen",
        "control.socket",
        "control.switches",
    ] {
        assert!(faults.iter().any(|it| it == path), "{path} in {faults:?}");
    }
    let refused = folder.serve_refuses();
    assert!(refused.contains("control.switches"), "{refused}");
}

#[test]
fn flt_82_check_changes_nothing() {
    let mut folder = folder();
    crate::control::with_control(&mut folder);
    folder.save();
    let listing = || {
        let all = std::fs::read_dir(folder.directory()).unwrap();
        let mut names: Vec<_> = all.map(|it| it.unwrap().file_name()).collect();
        names.sort();
        names
    };
    let before = listing();
    let (status, faults, _) = said(&folder, &[]);
    assert_eq!((status, faults), (0, Vec::new()));
    assert_eq!(listing(), before);
}

/// Of a host that serves: the same configuration is good, and its addresses are taken.
#[test]
fn flt_82_warnings_have_a_status_of_their_own_when_asked_for() {
    let mut folder = folder();
    // The tests' own is longer than it should be.
    folder.set("server.deadline_ms", 100);
    let (status, faults, warnings) = said(&folder, &["--strict"]);
    assert_eq!((status, faults, warnings), (0, Vec::new(), Vec::new()));
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    folder.set("server.listen", address);
    for (arguments, expected) in [(&[][..], 0), (&["--strict"], 3)] {
        let (status, faults, warnings) = said(&folder, arguments);
        assert_eq!((status, faults), (expected, Vec::new()));
        assert_eq!(warnings, ["server.listen"]);
    }
}

#[test]
fn flt_82_a_file_that_cannot_be_read_is_named_with_the_cause() {
    let folder = folder();
    std::fs::remove_file(folder.path("claviger.toml")).unwrap();
    let output = folder.claviger(&["check"]);
    let said = text_of(&output.stderr);
    assert!(said.contains("No such file or directory"), "{said}");
}

#[test]
fn flt_43_keys_of_a_key_store_that_has_another_name_now_are_named() {
    let mut folder = folder();
    folder.set("server.deadline_ms", 100);
    folder.main_key_store()["name"] = "renamed".into();
    let (status, faults, warnings) = said(&folder, &[]);
    assert_eq!((status, faults), (0, Vec::new()));
    assert_eq!(warnings, ["storage.main.path"]);
    let (_, report) = folder.check();
    for part in [
        "nobody can use their keys: `demo` (",
        "was renamed",
        "its old name",
    ] {
        assert!(report.contains(part), "{part}: {report}");
    }
}

#[test]
fn flt_84_memory_that_may_not_be_made_executable_is_the_cause() {
    let folder = folder();
    folder.save();
    // As systemd's MemoryDenyWriteExecute does it: PR_SET_MDWE (65), for all children.
    let denied = "import ctypes, os, sys\n\
        if ctypes.CDLL(None).prctl(65, 1, 0, 0, 0): sys.exit('PR_SET_MDWE: Linux 6.3 or newer')\n\
        os.execv(sys.argv[1], sys.argv[1:])";
    let output = Command::new("python3")
        .args(["-c", denied])
        .arg(program().get_program())
        .args(["check", "--config"])
        .arg(folder.path("claviger.toml"))
        .output()
        .unwrap();
    let said = text_of(&output.stderr);
    assert!(!output.status.success(), "{said}");
    for part in ["plugin.allow-list.component", "MemoryDenyWriteExecute=no"] {
        assert!(said.contains(part), "{part}: {said}");
    }
}

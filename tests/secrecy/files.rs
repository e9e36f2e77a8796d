//! Files and folders that others can read or change: FLT-65.

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt as _, chown, symlink};

use crate::harness::{Deployment, Folder};

fn folder() -> Folder {
    Folder::new(Deployment::software())
}

fn chmod(folder: &Folder, name: &str, mode: u32) {
    fs::set_permissions(folder.path(name), Permissions::from_mode(mode)).unwrap();
}

/// Root may give files away; others cannot, and the unit tests have to do.
fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

#[test]
fn flt_65_what_others_can_read_or_write_is_refused_by_name() {
    for (name, mode, setting) in [
        ("tls/server.key", 0o644, "server.tls.private_key"),
        ("tls/server.key", 0o640, "server.tls.private_key"),
        ("tls/server.pem", 0o666, "server.tls.certificate"),
        ("tls", 0o777, "server.tls.certificate"),
        ("keys.kek", 0o604, "storage.main.key_encryption_key_file"),
        ("keys.sqlite", 0o666, "storage.main.path"),
        (".", 0o777, "log.audit"),
        (
            "credentials",
            0o757,
            "key_store[0].credential[0].secret_access_key_file",
        ),
        (
            "credentials/demo.secret",
            0o660,
            "key_store[0].credential[0].secret_access_key_file",
        ),
    ] {
        let folder = folder();
        chmod(&folder, name, mode);
        let (good, stderr) = folder.check();
        assert!(!good, "{name} {mode:o}");
        let (_, fault) = stderr.split_once(setting).unwrap_or_else(|| {
            panic!("{name} {mode:o}: no {setting} in {stderr}");
        });
        assert!(fault.contains("chmod "), "{fault}");
        assert!(fault.contains("others "), "{fault}");
    }
}

#[test]
fn flt_65_a_configuration_that_others_can_write_is_refused() {
    let folder = folder();
    folder.save();
    chmod(&folder, "claviger.toml", 0o666);
    for command in ["check", "serve"] {
        let output = folder.claviger(&[command]);
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert!(!output.status.success(), "{command}");
        assert!(stderr.contains("others can write to"), "{stderr}");
        assert!(stderr.contains("chmod go-w"), "{stderr}");
    }
    // What an editor leaves is fine.
    chmod(&folder, "claviger.toml", 0o644);
    assert!(folder.claviger(&["check"]).status.success());
}

#[test]
fn flt_65_an_audit_file_that_is_a_link_or_that_others_can_write_is_refused() {
    let mut folder = folder();
    folder.set("log.audit", "elsewhere.jsonl");
    fs::write(folder.path("target"), "").unwrap();
    symlink(folder.path("target"), folder.path("elsewhere.jsonl")).unwrap();
    let stderr = folder.serve_refuses();
    assert!(stderr.contains("log.audit"), "{stderr}");
    assert!(stderr.contains("symbolic link"), "{stderr}");
    assert_eq!(fs::read(folder.path("target")).unwrap(), b"");

    folder.set("log.audit", "target");
    chmod(&folder, "target", 0o666);
    let stderr = folder.serve_refuses();
    assert!(stderr.contains("log.audit"), "{stderr}");
    assert!(stderr.contains("others can write to"), "{stderr}");
}

/// Kubernetes mounts secrets so with `fsGroup`, and systemd its credentials.
#[test]
fn flt_65_secrets_of_mode_0440_as_root_hands_them_out_are_taken() {
    let folder = folder();
    for name in ["keys.kek", "tls/server.key", "credentials/demo.secret"] {
        chmod(&folder, name, 0o440);
    }
    let (good, stderr) = folder.check();
    assert!(good, "{stderr}");
}

#[test]
fn flt_65_files_of_another_user_are_named_when_root_reads_them() {
    if !is_root() {
        return;
    }
    let folder = folder();
    for name in ["keys.kek", "keys.sqlite", "tls/server.key"] {
        chown(folder.path(name), Some(12345), None).unwrap();
    }
    let (good, stderr) = folder.check();
    assert!(good, "{stderr}");
    for setting in [
        "storage.main.key_encryption_key_file",
        "storage.main.path",
        "server.tls.private_key",
    ] {
        assert!(stderr.contains(setting), "{stderr}");
    }
    assert_eq!(
        stderr.matches("belongs to user 12345").count(),
        3,
        "{stderr}"
    );
}

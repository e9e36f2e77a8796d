//! Secrets in the settings of plugins: FLT-67.

use toml::{Table, Value};

use crate::harness::deployment::program;
use crate::harness::guests::misbehaving;
use crate::harness::{Deployment, Folder, plaintext};

const PASSWORD: &str = "correct-horse-battery-staple";

/// A backend whose `password` is this reference; it says all it knows of it to its log,
/// its outputs, and in faults.
fn folder(reference: &str) -> Folder {
    let mut folder = Folder::new(Deployment::software());
    misbehaving(&mut folder);
    folder.write_private("password", &format!("{PASSWORD}\n"));
    let reference: Table = reference.parse().unwrap();
    let settings = settings(&mut folder);
    settings.insert("password".to_owned(), reference.into());
    let length = i64::try_from(PASSWORD.len()).unwrap();
    settings.insert("length".to_owned(), length.into());
    folder
}

fn settings(folder: &mut Folder) -> &mut Table {
    let backend = &mut folder.main_key_store()["backend"];
    backend["settings"].as_table_mut().unwrap()
}

#[tokio::test]
async fn flt_67_a_plugin_is_given_the_secret_of_a_file_and_nobody_else_sees_it() {
    let server = folder("secret_file = 'password'").serve();
    server.forbidden.note_text("password", PASSWORD);
    for _ in 0..20 {
        let call = server.store.encrypt("good", plaintext());
        server.send(call).await.ok();
    }
}

#[test]
fn flt_67_a_plugin_is_given_the_secret_of_a_variable() {
    let folder = folder("secret_env = 'CLAVIGER_TEST_PASSWORD'");
    let (good, stderr) = folder.check();
    assert!(!good);
    let path = "key_store[0].backend.settings.password.secret_env";
    assert!(stderr.contains(path), "{stderr}");
    let output = program()
        .args(["check", "--config"])
        .arg(folder.path("claviger.toml"))
        .env("CLAVIGER_TEST_PASSWORD", PASSWORD)
        .output()
        .unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{stderr}");
    assert!(!stderr.contains(PASSWORD), "{stderr}");
}

#[test]
fn flt_67_a_fault_of_a_plugin_does_not_show_a_secret_wherever_it_stands() {
    let mut folder = folder("secret_file = 'password'");
    settings(&mut folder).insert("length".to_owned(), Value::Integer(1));
    for stderr in [folder.check().1, folder.serve_refuses()] {
        assert!(stderr.contains("key_store[0].backend.settings"), "{stderr}");
        assert!(stderr.contains("withheld"), "{stderr}");
        assert!(!stderr.contains(PASSWORD), "{stderr}");
    }
}

#[test]
fn flt_67_a_file_that_others_can_read_is_refused() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = folder("secret_file = 'password'");
    let readable = std::fs::Permissions::from_mode(0o644);
    std::fs::set_permissions(folder.path("password"), readable).unwrap();
    let (good, stderr) = folder.check();
    assert!(!good);
    let path = "key_store[0].backend.settings.password.secret_file";
    assert!(stderr.contains(path), "{stderr}");
}

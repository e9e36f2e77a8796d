//! `claviger check`: XKS-001, XKS-012, XKS-037, XKS-128.

use std::os::unix::fs::PermissionsExt as _;

use super::folder;
use crate::harness::deployment::program;
use crate::harness::guests::{misbehaving, misbehaving_guest, misbehaving_with};

#[test]
fn the_configuration_of_dev_has_no_fault() {
    let (good, stderr) = folder().check();
    assert!(good, "{stderr}");
}

#[test]
fn check_reports_all_faults_at_once() {
    let mut folder = folder();
    folder.set("server.deadline_ms", 5000);
    folder.set("server.listne", "127.0.0.1:1");
    folder.set("log.level", "chatty");
    folder.main_key_store()["uri_path_prefix"] = "demo/".into();
    folder.main_key_store()["credential"][0]["access_key_id"] = "short".into();
    let (good, stderr) = folder.check();
    assert!(!good);
    for path in [
        "server.deadline_ms",
        "server.listne",
        "log.level",
        "key_store[0].uri_path_prefix",
        "key_store[0].credential[0].access_key_id",
    ] {
        assert!(stderr.contains(path), "{path} in {stderr}");
    }
}

#[test]
fn check_looks_at_the_files_too() {
    let mut folder = folder();
    std::fs::write(folder.path("tls/server.key"), "no key").unwrap();
    folder.write_private("credentials/demo.secret", "too short");
    folder.set("storage.main.key_encryption_key_file", "missing.kek");
    let (good, stderr) = folder.check();
    assert!(!good);
    for path in [
        "server.tls.private_key",
        "key_store[0].credential[0].secret_access_key_file",
        "storage.main.key_encryption_key_file",
    ] {
        assert!(stderr.contains(path), "{path} in {stderr}");
    }
    assert!(!stderr.contains("too short\n"), "{stderr}");
}

#[test]
fn xks_001_check_refuses_a_prefix_of_another_form() {
    for prefix in [
        "demo",
        "/demo/",
        "/a//b",
        "/dé",
        "/a.b",
        &format!("/{}", "p".repeat(117)),
    ] {
        let mut folder = folder();
        folder.main_key_store()["uri_path_prefix"] = prefix.into();
        let (good, stderr) = folder.check();
        assert!(!good, "{prefix}");
        assert!(stderr.contains("key_store[0].uri_path_prefix"), "{stderr}");
    }
}

#[test]
fn xks_012_two_ids_for_one_key_are_refused() {
    let mut folder = folder();
    folder.set("plugin.names.component", "builtin:directory-map");
    let directory: toml::Table = r#"
        plugin = "names"
        settings = { keys = { one = "demo", two = "demo" } }
    "#
    .parse()
    .unwrap();
    folder
        .main_key_store()
        .insert("directory".to_owned(), directory.into());
    let (good, stderr) = folder.check();
    assert!(!good);
    assert!(
        stderr.contains("key_store[0].directory.settings.keys.two"),
        "{stderr}"
    );
}

#[test]
fn xks_037_a_secret_of_another_form_is_refused() {
    for secret in [
        "",
        "short",
        &"a".repeat(42),
        &"a".repeat(65),
        &"ü".repeat(25),
        &format!("{}_", "a".repeat(43)),
    ] {
        let folder = folder();
        folder.write_private("credentials/demo.secret", secret);
        let (good, stderr) = folder.check();
        assert!(!good, "{secret}");
        assert!(stderr.contains("secret_access_key_file"), "{stderr}");
        assert!(secret.len() < 20 || !stderr.contains(secret), "{stderr}");
    }
}

#[test]
fn xks_128_secrets_that_others_can_read_are_refused() {
    let folder = folder();
    let readable = std::fs::Permissions::from_mode(0o644);
    std::fs::set_permissions(folder.path("credentials/demo.secret"), readable).unwrap();
    let (good, stderr) = folder.check();
    assert!(!good);
    assert!(
        stderr.contains("key_store[0].credential[0].secret_access_key_file"),
        "{stderr}"
    );
}

#[test]
fn xks_128_a_prefix_twice_is_refused() {
    let mut folder = folder();
    folder.add_key_store("other");
    folder.key_store("other")["uri_path_prefix"] = "/demo".into();
    let stderr = folder.serve_refuses();
    assert!(stderr.contains("key_store[1].uri_path_prefix"), "{stderr}");
}

#[test]
fn a_secret_can_come_from_the_environment() {
    let mut folder = folder();
    let secret = folder.credentials("demo").swap_remove(0).secret_access_key;
    let credential = folder.main_key_store()["credential"][0]
        .as_table_mut()
        .unwrap();
    credential.remove("secret_access_key_file");
    let variable = "CLAVIGER_TEST_SECRET";
    credential.insert("secret_access_key_env".to_owned(), variable.into());
    let (good, stderr) = folder.check();
    assert!(!good);
    assert!(
        stderr.contains("key_store[0].credential[0].secret_access_key_env"),
        "{stderr}"
    );
    let config = folder.path("claviger.toml");
    let output = program()
        .args(["check", "--config"])
        .arg(config)
        .env(variable, secret)
        .output()
        .unwrap();
    assert!(output.status.success());
}

#[test]
fn check_prints_the_digest_that_a_plugin_has() {
    let mut folder = folder();
    misbehaving(&mut folder);
    folder.set("plugin.misbehaving.digest", "unchecked");
    folder.save();
    let output = folder.claviger(&["check"]);
    assert!(output.status.success());
    let text = [output.stdout, output.stderr].concat();
    let text = String::from_utf8(text).unwrap();
    assert!(text.contains(&misbehaving_guest().digest), "{text}");
}

#[test]
fn flt_94_check_asks_for_the_health_report_that_a_host_would_give() {
    let checked = |health: &str| {
        let mut folder = folder();
        misbehaving_with(&mut folder, health);
        folder.check()
    };
    let (good, said) = checked("broken");
    assert!(
        !good && said.contains("key_store[0].backend.plugin"),
        "{said}"
    );
    assert!(
        said.contains("the vendor is not 1 to 128 printable characters"),
        "{said}"
    );
    // What a key manager is like today is no fault of the configuration.
    for (health, told) in [
        (
            "unavailable",
            "misbehaving-0 is UNAVAILABLE, misbehaving-1 is UNAVAILABLE",
        ),
        ("fails", "has no health report"),
    ] {
        let (good, said) = checked(health);
        assert!(good && said.contains(told), "{said}");
    }
    let (good, said) = checked("ok");
    assert!(good && !said.contains("health"), "{said}");
}

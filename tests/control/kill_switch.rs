//! What the operator switches off is off with the next request (XKS-070), whatever the
//! backend, and stays so when the host starts again.

use std::os::unix::process::CommandExt as _;
use std::process::Command;

use super::{claviger, told, with_control};
use crate::harness::hsm::HSMS;
use crate::harness::{Deployment, Folder, Response, Server, assert_xks_error, plaintext};

fn served(deployment: Deployment) -> Server {
    let mut folder = Folder::new(deployment);
    with_control(&mut folder);
    folder.serve()
}

async fn encrypts(server: &Server) -> Response {
    let call = server.store.encrypt(server.keys().usable, plaintext());
    server.send(call).await
}

async fn a_key_store_is_switched(deployment: Deployment) {
    let server = served(deployment);
    let name = server.folder().deployment.key_store;
    let encrypted = encrypts(&server).await.ok();
    let (good, said, fault) = claviger(&server, &["key-store", "disable", name]);
    assert!(good, "{fault}");
    assert!(said.contains("is switched off: confirmed"), "{said}");
    for _ in 0..3 {
        assert_xks_error(&encrypts(&server).await, 400, "InvalidStateException");
    }
    let call = server.store.decrypt(server.keys().usable, &encrypted);
    let response = server.send(call).await;
    assert_xks_error(&response, 400, "InvalidStateException");
    let (good, said, _) = claviger(&server, &["key-store", "disable", name]);
    assert!(good && said.contains("is switched off already"), "{said}");

    // The next host begins with it.
    let server = server.stop().folder.serve();
    assert_xks_error(&encrypts(&server).await, 400, "InvalidStateException");
    let (good, _, fault) = claviger(&server, &["key-store", "enable", name]);
    assert!(good, "{fault}");
    encrypts(&server).await.ok();
}

#[tokio::test]
async fn a_key_store_with_software_keys() {
    a_key_store_is_switched(Deployment::software()).await;
}

#[tokio::test]
async fn a_key_store_on_a_token() {
    a_key_store_is_switched(Deployment::on(&HSMS[0])).await;
}

async fn a_key_is_switched(deployment: Deployment) {
    let server = served(deployment);
    let name = server.folder().deployment.key_store;
    let key = server.keys().usable;
    let encrypted = encrypts(&server).await.ok();
    let (good, said, fault) = claviger(&server, &["key", "disable", "--key-store", name, key]);
    assert!(good, "{fault}");
    assert!(said.contains("is switched off: confirmed"), "{said}");
    assert_xks_error(&encrypts(&server).await, 400, "InvalidStateException");
    let response = server.send(server.store.decrypt(key, &encrypted)).await;
    assert_xks_error(&response, 400, "InvalidStateException");
    let described = server.send(server.store.metadata(key)).await.ok();
    assert_eq!(described["keyStatus"], "DISABLED");
    let server = server.stop().folder.serve();
    assert_xks_error(&encrypts(&server).await, 400, "InvalidStateException");
    let (good, _, fault) = claviger(&server, &["key", "enable", "--key-store", name, key]);
    assert!(good, "{fault}");
    encrypts(&server).await.ok();
}

#[tokio::test]
async fn a_key_of_the_software_backend() {
    a_key_is_switched(Deployment::software()).await;
}

#[tokio::test]
async fn a_key_on_a_token() {
    a_key_is_switched(Deployment::on(&HSMS[0])).await;
}

#[tokio::test]
async fn what_is_switched_off_while_no_host_runs_is_off_when_one_starts() {
    let server = served(Deployment::software());
    let folder = server.stop().folder;
    let output = folder.claviger(&["key-store", "disable", "demo"]);
    let (good, said, fault) = told(output);
    assert!(good && said.contains("no host listens"), "{said}{fault}");
    let output = folder.claviger(&["key-store", "disable", "demmo"]);
    assert!(told(output).2.contains("there is no key store `demmo`"));
    let server = folder.serve();
    assert_xks_error(&encrypts(&server).await, 400, "InvalidStateException");
}

/// Nobody guesses what is on.
#[test]
fn a_damaged_file_keeps_the_host_from_serving() {
    let mut folder = Folder::new(Deployment::software());
    with_control(&mut folder);
    folder.write_private("switches.json", r#"{"version":1,"key_stores":["demo"#);
    let refused = folder.serve_refuses();
    assert!(refused.contains("control.switches"), "{refused}");
    assert!(refused.contains("nothing is served"), "{refused}");
}

#[tokio::test]
async fn a_reload_keeps_what_is_off() {
    let server = served(Deployment::software());
    let (good, ..) = claviger(&server, &["key-store", "disable", "demo"]);
    assert!(good);
    let (good, said, fault) = claviger(&server, &["reload"]);
    assert!(good && said.contains("configuration 2"), "{said}{fault}");
    assert_xks_error(&encrypts(&server).await, 400, "InvalidStateException");
}

/// FLT-76: root may, whoever the host runs as; another user may not. Only root can try.
#[tokio::test]
async fn flt_76_another_user_is_refused() {
    if !rustix::process::geteuid().is_root() {
        return;
    }
    let server = served(Deployment::software());
    let socket = server.folder().path("run/claviger.sock");
    // Whatever modes say.
    let open = |path: &std::path::Path| {
        use std::os::unix::fs::PermissionsExt as _;
        let all = std::fs::Permissions::from_mode(0o777);
        std::fs::set_permissions(path, all).expect("it is ours");
    };
    open(server.folder().directory());
    open(&server.folder().path("run"));
    open(&socket);
    let nobody = Command::new("curl")
        .args([
            "--silent",
            "--show-error",
            "--max-time",
            "5",
            "--unix-socket",
        ])
        .arg(&socket)
        .arg("http://localhost/status")
        .uid(65534)
        .output()
        .expect("curl");
    assert!(!nobody.status.success(), "{nobody:?}");
    assert!(nobody.stdout.is_empty());
    server.says("a command of another user is refused", 1);
}

/// Acts of an audit file, without what is different each time.
fn acts(folder: &Folder) -> Vec<serde_json::Value> {
    let text = std::fs::read_to_string(folder.path("audit.jsonl")).expect("a file");
    let lines = text.lines().map(|line| serde_json::from_str(line).unwrap());
    lines
        .filter(|line: &serde_json::Value| line["audit"] == "act")
        .collect()
}

#[tokio::test]
async fn who_switched_what_and_what_was_in_force_is_in_the_audit_log() {
    let mut server = served(Deployment::software());
    let (good, _, fault) = claviger(&server, &["key", "disable", "--key-store", "demo", "demo"]);
    assert!(good, "{fault}");
    // Written before the command ends.
    let written = acts(server.folder());
    let switch = written.last().expect("an act");
    assert_eq!(switch["act"], "switch", "{switch}");
    assert_eq!(switch["key_store"], "demo");
    assert_eq!(switch["external_key_id"], "demo");
    assert_eq!(switch["switched"], "off");
    assert_eq!(switch["outcome"], "done");
    let own = rustix::process::geteuid().as_raw();
    assert_eq!(switch["user"], own);
    let (good, _, fault) = claviger(&server, &["reload"]);
    assert!(good, "{fault}");
    server.folder_mut().set("log.level", "chatty");
    server.folder().save();
    assert!(!claviger(&server, &["reload"]).0);
    let stopped = server.stop();
    let written = acts(&stopped.folder);
    let names: Vec<_> = written
        .iter()
        .map(|it| it["act"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["start", "switch", "take-up", "refuse", "stop"]);
    let [start, _, take_up, refuse, _] = &written[..] else {
        unreachable!("five of them");
    };
    let plugins = start["plugins"].as_str().unwrap();
    for part in ["allow-list@sha256:", "software@sha256:"] {
        assert!(plugins.contains(part), "{start}");
    }
    // The line of the log at the start says the same.
    assert!(stopped.stderr.contains(plugins), "{}", stopped.stderr);
    assert_eq!(
        (&start["generation"], &start["switched_off"]),
        (&1.into(), &0.into())
    );
    assert_eq!(
        (&take_up["generation"], &take_up["switched_off"]),
        (&2.into(), &1.into())
    );
    assert_eq!(take_up["cause"], "command");
    assert_eq!(
        (&refuse["generation"], &refuse["faults"]),
        (&2.into(), &1.into())
    );
}

/// Whoever mistypes a key, or gives a directory's target, believes that it is off.
#[tokio::test]
async fn a_key_that_callers_do_not_know_is_named() {
    let server = served(Deployment::software());
    let disable = |key| claviger(&server, &["key", "disable", "--key-store", "demo", key]);
    let (good, said, fault) = disable("DEMO");
    assert!(!good && said.contains("is switched off"), "{said}{fault}");
    assert!(
        fault.contains("no key of key store demo has the id DEMO"),
        "{fault}"
    );
    let (good, _, fault) = disable("demo");
    assert!(good, "{fault}");
    let (good, listed, fault) = claviger(&server, &["key", "list", "--key-store", "demo"]);
    assert!(good, "{fault}");
    assert!(
        listed.contains("switched off by the host: demo\n"),
        "{listed}"
    );
}

/// A file that is being changed keeps nobody from switching off.
#[tokio::test]
async fn a_configuration_with_faults_of_syntax_keeps_nobody_from_switching_off() {
    let server = served(Deployment::software());
    let file = server.folder().path("claviger.toml");
    let text = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, format!("{text}\n[[x")).unwrap();
    let (good, _, fault) = claviger(&server, &["key", "disable", "--key-store", "demo", "demo"]);
    assert!(good, "{fault}");
    assert_xks_error(&encrypts(&server).await, 400, "InvalidStateException");
    std::fs::write(&file, "[contr").unwrap();
    let (good, _, fault) = claviger(&server, &["key", "enable", "--key-store", "demo", "demo"]);
    assert!(!good && fault.contains("--socket"), "{fault}");
    let socket = server.folder().path("run/claviger.sock");
    let output = crate::harness::deployment::program()
        .args(["key", "enable", "--key-store", "demo", "demo", "--socket"])
        .arg(socket)
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    encrypts(&server).await.ok();
}

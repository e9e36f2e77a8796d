//! `claviger status`.

use serde_json::Value;

use super::{claviger, with_control};
use crate::harness::{Deployment, Folder, Server};

fn served() -> Server {
    let mut folder = Folder::new(Deployment::software());
    with_control(&mut folder);
    folder.serve()
}

fn becomes_ready(server: &Server) -> String {
    let began = std::time::Instant::now();
    loop {
        let (ready, text, fault) = claviger(server, &["status"]);
        if ready {
            return text;
        }
        assert!(fault.contains("not ready: no key store"), "{fault}");
        assert!(began.elapsed().as_secs() < 20, "never ready");
    }
}

#[test]
fn flt_95_the_status_says_what_runs() {
    let server = served();
    let text = becomes_ready(&server);
    for part in [
        "serving, ready at 127.0.0.1:",
        "configuration 1 since 20",
        "days left",
        "key store demo: serves; key managers: ",
        "plugins: allow-list ",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    let (_, text, _) = claviger(&server, &["status", "--json"]);
    let status: Value = serde_json::from_str(&text).expect("JSON");
    assert_eq!(status["phase"], "serving");
    let digest = &status["key_stores"][0]["plugins"][0]["digest"];
    assert_eq!(digest.as_str().map(str::len), Some(64), "{text}");
    assert_eq!(
        status["key_stores"][0]["key_managers"][0]["state"],
        "ACTIVE"
    );
    assert_eq!(status["storages"][0]["up"], true, "{text}");
    for secret in ["kek", "secret"] {
        assert!(!text.to_lowercase().contains(secret), "{secret}: {text}");
    }
}

#[test]
fn flt_71_a_refused_configuration_shows_until_a_good_one_is_taken_up() {
    let mut server = served();
    becomes_ready(&server);
    let policies = server.folder_mut().main_key_store()["policy"].clone();
    server.folder_mut().main_key_store()["policy"][0]["plugin"] = "nobody".into();
    server.folder().save();
    let (good, _, fault) = claviger(&server, &["reload"]);
    assert!(
        !good && fault.contains("key_store[0].policy[0].plugin"),
        "{fault}"
    );
    let text = becomes_ready(&server);
    assert!(text.contains("a later one was refused at 20"), "{text}");
    assert!(text.contains("configuration 1 since"), "{text}");
    server.folder_mut().main_key_store()["policy"] = policies;
    server.folder().save();
    let (good, said, fault) = claviger(&server, &["reload"]);
    assert!(good && said.contains("configuration 2"), "{said}{fault}");
    let text = becomes_ready(&server);
    assert!(!text.contains("refused"), "{text}");
}

#[test]
fn a_host_that_is_not_there_is_named() {
    let server = served();
    let folder = server.stop().folder;
    for command in ["status", "reload"] {
        let output = folder.claviger(&[command]);
        assert!(!output.status.success());
        let fault = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(fault.contains("no host listens at"), "{fault}");
    }
    let mut folder = Folder::new(Deployment::software());
    folder.config.remove("control");
    folder.save();
    let output = folder.claviger(&["status"]);
    let fault = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(fault.contains("has no [control] table"), "{fault}");
}

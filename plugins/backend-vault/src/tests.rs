//! The plugin with a server that answers as it is told. What a real one answers is
//! tested from outside (`tests/openbao`).

use crate::Vault;
use claviger_sdk::http::{HttpError, Response};
use claviger_sdk::settings;
use claviger_sdk::{Call, Error, FailureKind, KeyBackend, KeyStatus, testing};
use std::cell::{Cell, RefCell};
use std::rc::Rc;

const SETTINGS: &str = r#"{"login":{"method":"token","token":"root"}}"#;

fn plugin(settings: &str) -> Vault {
    testing::secret("root", b"s.root");
    settings::read(settings, Vault::configure).ok().unwrap()
}

#[expect(
    clippy::unnecessary_wraps,
    reason = "what a stand-in of a server returns"
)]
fn answer(status: u16, body: &str) -> Result<Response, HttpError> {
    Ok(Response {
        status,
        headers: Vec::new(),
        body: body.as_bytes().to_vec(),
    })
}

/// A server that gives this answer to everything.
fn says(status: u16, body: &'static str) {
    testing::upstream("vault", move |_| answer(status, body));
}

fn look_up(status: u16, body: &'static str) -> Result<claviger_sdk::ExternalKey, Error> {
    says(status, body);
    plugin(SETTINGS).lookup(&Call::default(), "demo")
}

const DEMO: &str = r#"{"data":{"name":"demo","type":"aes256-gcm96","latest_version":3,
    "supports_encryption":true,"supports_decryption":true,"keys":{"2":1,"3":1}}}"#;

#[test]
fn a_key_is_what_the_server_says_with_its_newest_version_as_metadata() {
    let key = look_up(200, DEMO).unwrap();
    assert_eq!(key.key_spec, "AES_256");
    assert_eq!(key.key_usage, ["ENCRYPT", "DECRYPT"]);
    assert_eq!(key.key_status, KeyStatus::Enabled);
    assert_eq!(key.ciphertext_metadata, [0, 0, 0, 3]);
    let derived = DEMO.replace(
        "\"keys\"",
        "\"derived\":true,\"soft_deleted\":true,\"keys\"",
    );
    let key = look_up(200, derived.leak()).unwrap();
    assert_eq!(key.key_spec, "aes256-gcm96-derived");
    assert_eq!(key.key_status, KeyStatus::Disabled);
}

#[test]
fn xks_109_a_key_is_missing_only_when_the_engine_says_so() {
    let kind = |status, body| look_up(status, body).unwrap_err().kind;
    assert_eq!(kind(404, r#"{"errors":[]}"#), FailureKind::KeyNotFound);
    let no_mount = r#"{"errors":["no handler for route \"transit/keys/demo\""]}"#;
    assert_eq!(kind(404, no_mount), FailureKind::Internal);
    for (status, expected) in [
        (403, FailureKind::UpkeepFirst),
        (429, FailureKind::Throttling),
        (503, FailureKind::DependencyTimeout),
        (307, FailureKind::DependencyTimeout),
        (412, FailureKind::DependencyTimeout),
        (500, FailureKind::Internal),
    ] {
        assert_eq!(kind(status, r#"{"errors":["so"]}"#), expected, "{status}");
    }
    assert_eq!(kind(200, "<html>"), FailureKind::Internal);
    assert_eq!(
        kind(200, &DEMO.replace("demo", "other").leak()[..]),
        FailureKind::Internal
    );
    testing::upstream("vault", |_| Err(HttpError::Unreachable(String::new())));
    let away = plugin(SETTINGS).lookup(&Call::default(), "demo");
    assert_eq!(away.unwrap_err().kind, FailureKind::DependencyTimeout);
}

#[test]
fn xks_109_a_standby_without_an_active_node_does_not_know_that_a_key_is_missing() {
    let kind = |leader: Result<Response, HttpError>| {
        testing::upstream("vault", move |request| match &*request.path {
            "/v1/sys/leader" => leader.clone(),
            _ => answer(404, r#"{"errors":[]}"#),
        });
        let found = plugin(SETTINGS).lookup(&Call::default(), "demo");
        found.unwrap_err().kind
    };
    let says = |ha: bool, is_self: bool, address: &str| {
        let text =
            format!(r#"{{"ha_enabled":{ha},"is_self":{is_self},"leader_address":"{address}"}}"#);
        answer(200, &text)
    };
    assert_eq!(
        kind(answer(200, r#"{"ha_enabled":false}"#)),
        FailureKind::KeyNotFound
    );
    assert_eq!(kind(says(true, true, "http://a")), FailureKind::KeyNotFound);
    assert_eq!(
        kind(says(true, false, "http://a")),
        FailureKind::KeyNotFound
    );
    assert_eq!(kind(says(true, false, "")), FailureKind::DependencyTimeout);
    assert_eq!(kind(answer(403, "{}")), FailureKind::KeyNotFound);
    let denied = Err(HttpError::Denied("not below one of the paths".into()));
    assert_eq!(kind(denied), FailureKind::KeyNotFound);
    assert_eq!(
        kind(Err(HttpError::Deadline)),
        FailureKind::DependencyTimeout
    );
}

#[test]
fn ids_that_cannot_be_names_of_keys_do_not_exist() {
    says(500, "");
    for id in [".demo", "demo-", "-", "claviger-health"] {
        let found = plugin(SETTINGS).lookup(&Call::default(), id);
        assert_eq!(found, Err(Error::key_not_found()), "{id}");
    }
}

/// Decrypts a ciphertext of version 3 under a key whose newest version is known to be 2.
fn decrypt(newest: u8, status: u16, body: &'static str) -> Result<Vec<u8>, Error> {
    says(status, body);
    let sealed = claviger_sdk::Sealed {
        ciphertext: vec![1],
        initialization_vector: vec![0; 12],
        authentication_tag: vec![0; 16],
    };
    let request = testing::decryption(&[0, 0, 0, 3], b"aad", &sealed);
    let handle = [&[0, 0, 0, newest][..], b"demo"].concat();
    plugin(SETTINGS).decrypt(&handle, &request)
}

#[test]
fn xks_091_xks_109_what_the_server_says_of_a_ciphertext_is_told_apart_from_its_own_faults() {
    let said = |error: &str| -> &'static str {
        format!(r#"{{"data":{{"batch_results":[{{"plaintext":"","error":"{error}"}}]}}}}"#).leak()
    };
    let kind = |newest, status, body| decrypt(newest, status, body).unwrap_err().kind;
    let wrong = said("cipher: message authentication failed");
    assert_eq!(kind(2, 400, wrong), FailureKind::InvalidCiphertext);
    let too_new = said("invalid ciphertext: version is too new");
    assert_eq!(kind(2, 400, too_new), FailureKind::InvalidCiphertext);
    assert_eq!(
        kind(3, 400, too_new),
        FailureKind::DependencyTimeout,
        "a node is behind"
    );
    let archived = said("ciphertext or signature version is disallowed by policy (too old)");
    assert_eq!(kind(3, 400, archived), FailureKind::InvalidState);
    assert_eq!(kind(3, 400, said("something else")), FailureKind::Internal);
    assert_eq!(
        kind(3, 403, r#"{"errors":["permission denied"]}"#),
        FailureKind::UpkeepFirst
    );
    let gone = r#"{"errors":["encryption key not found"]}"#;
    assert_eq!(kind(3, 400, gone), FailureKind::KeyNotFound);
    let two = r#"{"data":{"batch_results":[{"plaintext":"AA=="},{"plaintext":"AA=="}]}}"#;
    assert_eq!(kind(3, 200, two), FailureKind::Internal);
    let one = r#"{"data":{"batch_results":[{"plaintext":"aGk="}]}}"#;
    assert_eq!(decrypt(3, 200, one).unwrap(), b"hi");
}

#[test]
fn an_encryption_is_of_the_version_that_is_bound_into_it() {
    let sent = Rc::new(RefCell::new(String::new()));
    let seen = Rc::clone(&sent);
    testing::upstream("vault", move |request| {
        *seen.borrow_mut() = String::from_utf8_lossy(&request.body).into_owned();
        answer(
            200,
            r#"{"data":{"batch_results":[
                {"ciphertext":"vault:v3:AAAAAAAAAAAAAAAAAQAAAAAAAAAAAAAAAAAAAAA="},
                {"ciphertext":"vault:v4:AAAAAAAAAAAAAAAAAQAAAAAAAAAAAAAAAAAAAAA="}]}}"#,
        )
    });
    let request = testing::encryption(&[0, 0, 0, 3], b"aad", b"a");
    let handle = [&[0, 0, 0, 3][..], b"demo"].concat();
    let sealed = plugin(SETTINGS).encrypt_all(&handle, &[request.clone(), request]);
    assert_eq!(sealed[0].as_ref().unwrap().ciphertext.len(), 1);
    assert_eq!(sealed[1].as_ref().unwrap_err().kind, FailureKind::Internal);
    let sent = sent.borrow();
    assert!(sent.contains(r#""key_version":3"#), "{sent}");
    assert!(sent.contains(r#""associated_data":"YWFk""#), "{sent}");
    assert_eq!(testing::counted("round_trips"), 1);
    assert_eq!(testing::counted("requests"), 2);
}

#[test]
fn what_no_version_can_have_made_is_not_sent() {
    says(500, "");
    let mut sealed = claviger_sdk::Sealed {
        ciphertext: vec![1],
        initialization_vector: vec![0; 16],
        authentication_tag: vec![0; 16],
    };
    let handle = [&[0, 0, 0, 3][..], b"demo"].concat();
    let decrypt = |metadata: &[u8], sealed: &claviger_sdk::Sealed| {
        let request = testing::decryption(metadata, b"aad", sealed);
        plugin(SETTINGS)
            .decrypt(&handle, &request)
            .unwrap_err()
            .kind
    };
    assert_eq!(
        decrypt(&[0, 0, 0, 3], &sealed),
        FailureKind::InvalidCiphertext
    );
    sealed.initialization_vector.truncate(12);
    for metadata in [&[0, 0, 0, 0][..], &[3], &[0; 19]] {
        assert_eq!(decrypt(metadata, &sealed), FailureKind::InvalidCiphertext);
    }
    assert_eq!(testing::calls("http.send"), 0);
}

#[test]
fn every_fault_of_the_settings_is_told_at_once() {
    let text = r#"{"upstream":"A b","mount":"a//b","namespace":"..","key_prefix":"a/b",
        "health_key":"-","batch":0,"login":{"method":"approle","secret_id":"A","tokn":"x"},"x":1}"#;
    let faults = settings::read(text, Vault::configure).err().unwrap();
    let paths: Vec<_> = faults.iter().map(|fault| &*fault.path).collect();
    for path in [
        "upstream",
        "mount",
        "namespace",
        "key_prefix",
        "health_key",
        "batch",
        "login.role_id",
        "login.secret_id",
        "login.tokn",
        "x",
    ] {
        assert!(paths.contains(&path), "{path}: {paths:?}");
    }
    assert!(settings::read("{}", Vault::configure).is_err());
}

#[test]
fn a_token_is_renewed_when_half_of_it_is_left_and_a_login_is_made_when_it_cannot_be() {
    let asked = Rc::new(RefCell::new(Vec::new()));
    let seen = Rc::clone(&asked);
    let ttl = Rc::new(RefCell::new(None::<u64>));
    let left = Rc::clone(&ttl);
    testing::secret("secret-id", b"very-secret");
    testing::upstream("vault", move |request| {
        seen.borrow_mut().push(request.path.clone());
        let now = *left.borrow();
        match (&*request.path, now) {
            ("/v1/auth/approle/login", _) => {
                assert!(String::from_utf8_lossy(&request.body).contains("very-secret"));
                *left.borrow_mut() = Some(60);
                answer(
                    200,
                    r#"{"auth":{"client_token":"s.1","lease_duration":60}}"#,
                )
            }
            (_, None) => answer(403, r#"{"errors":["permission denied"]}"#),
            ("/v1/auth/token/lookup-self", Some(ttl)) => answer(
                200,
                format!(r#"{{"data":{{"ttl":{ttl},"creation_ttl":60,"renewable":true}}}}"#).leak(),
            ),
            ("/v1/auth/token/renew-self", Some(ttl)) => {
                // The last renewal adds nothing: the token has come to its end.
                *left.borrow_mut() = Some(if ttl == 20 { 55 } else { ttl });
                answer(
                    200,
                    r#"{"auth":{"client_token":"s.1","lease_duration":55}}"#,
                )
            }
            (path, _) => panic!("{path}"),
        }
    });
    let settings = r#"{"login":{"method":"approle","role_id":"r","secret_id":"secret-id"}}"#;
    let plugin = plugin(settings);
    let clock = Cell::new(1_000_000_000_u64);
    let upkeep = |ttl_now: Option<u64>| {
        if ttl_now.is_some() {
            *ttl.borrow_mut() = ttl_now;
        }
        asked.borrow_mut().clear();
        // Long after the last login.
        clock.set(clock.get() + 3_600_000);
        let call = Call {
            now: clock.get(),
            ..Call::default()
        };
        let again = plugin.upkeep(&call).unwrap().as_secs();
        let paths: Vec<_> = asked
            .borrow()
            .iter()
            .map(|path| path[9..].to_owned())
            .collect();
        (again, paths.join(" "))
    };
    assert_eq!(
        upkeep(None),
        (30, "token/lookup-self approle/login".to_owned())
    );
    assert_eq!(upkeep(Some(50)), (20, "token/lookup-self".to_owned()));
    let renewed = "token/lookup-self token/renew-self token/lookup-self";
    assert_eq!(upkeep(Some(20)), (25, renewed.to_owned()));
    let (again, paths) = upkeep(Some(10));
    assert_eq!((again, paths), (30, format!("{renewed} approle/login")));
    assert_eq!(testing::counted("logins"), 2);
}

#[test]
fn a_refused_login_is_not_tried_again_for_a_while_and_says_why_to_every_call() {
    let tried = Rc::new(Cell::new(0));
    let seen = Rc::clone(&tried);
    testing::secret("secret-id", b"very-secret");
    testing::upstream("vault", move |request| {
        if request.path.ends_with("/login") {
            seen.set(seen.get() + 1);
            return answer(400, r#"{"errors":["invalid role or secret ID"]}"#);
        }
        // As the host does with a secret that there is not.
        Err(HttpError::Denied("there is no secret of this name".into()))
    });
    let settings = r#"{"login":{"method":"approle","role_id":"r","secret_id":"secret-id"}}"#;
    let plugin = plugin(settings);
    let upkeep = |seconds: u64| {
        let now = 1_000_000_000 + seconds * 1000;
        let call = Call {
            now,
            ..Call::default()
        };
        plugin.upkeep(&call).unwrap().as_secs()
    };
    assert_eq!((upkeep(0), tried.get()), (10, 1));
    // Requests want it every second.
    assert_eq!((upkeep(3), tried.get()), (7, 1));
    assert_eq!((upkeep(11), tried.get()), (60, 2));
    assert_eq!((upkeep(72), tried.get()), (300, 3));
    assert_eq!((upkeep(373), tried.get()), (300, 4));
    assert_eq!(testing::counted("login_failures"), 4);
    let error = plugin.lookup(&Call::default(), "demo").unwrap_err();
    assert_eq!(error.kind, FailureKind::UpkeepFirst);
    assert_eq!(error.code, 400);
    assert!(error.text.contains("invalid role or secret ID"), "{error}");
}

#[test]
fn a_version_that_may_not_encrypt_any_more_is_a_key_that_has_changed() {
    let sealed = |said: &str| {
        let body = format!(r#"{{"data":{{"batch_results":[{{"error":"{said}"}}]}}}}"#);
        says(400, body.leak());
        let request = testing::encryption(&[0, 0, 0, 1], b"aad", b"a");
        let handle = [&[0, 0, 0, 1][..], b"demo"].concat();
        plugin(SETTINGS)
            .encrypt(&handle, &request)
            .unwrap_err()
            .kind
    };
    let too_old = "ciphertext or signature version is disallowed by policy (too old)";
    assert_eq!(sealed(too_old), FailureKind::StaleKey);
    assert_eq!(sealed("encryption key not found"), FailureKind::StaleKey);
    assert_eq!(
        sealed("refusing to use soft-deleted key"),
        FailureKind::InvalidState
    );
    assert_eq!(sealed("something else"), FailureKind::Internal);
}

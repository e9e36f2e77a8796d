//! The plugin with a server that answers as it is told.

mod server;

use crate::Kmip;
use crate::names::metadata_of;
use claviger_kmip::{Reason, operation, state};
use claviger_sdk::settings;
use claviger_sdk::{
    Call, Decryption, Error, ExternalKey, FailureKind, HealthStatus, KeyBackend, KeyStatus, Sealed,
    testing,
};
use server::{Server, key, server};

fn configured(settings: &str) -> Kmip {
    settings::read(settings, Kmip::configure).ok().unwrap()
}

/// The plugin as it is after the start.
fn plugin() -> Kmip {
    started(configured("{}"))
}

fn started(plugin: Kmip) -> Kmip {
    assert_eq!(plugin.upkeep(&Call::default()), None, "the server is fit");
    plugin
}

fn look_up(plugin: &Kmip) -> Result<ExternalKey, Error> {
    plugin.lookup(&Call::default(), "demo")
}

/// What a server with this change is found to be, and what a lookup says then.
fn flaw(change: impl FnOnce(&Server)) -> Error {
    let server = server();
    change(&server);
    let plugin = configured("{}");
    assert!(plugin.upkeep(&Call::default()).is_some(), "tried again");
    let error = look_up(&plugin).unwrap_err();
    assert_eq!(error.kind, FailureKind::Internal);
    let checked = plugin.check_health(&Call::default());
    assert_eq!(checked.unwrap_err(), error);
    error
}

fn encrypt(plugin: &Kmip, found: &ExternalKey) -> Result<Sealed, Error> {
    let request = testing::encryption(&found.ciphertext_metadata, b"aad", b"plaintext");
    plugin.encrypt(&found.handle, &request)
}

fn decryption(metadata: &[u8], additional_data: &[u8], sealed: &Sealed) -> Decryption {
    testing::decryption(metadata, additional_data, sealed)
}

#[test]
fn a_key_is_what_the_server_says() {
    let server = server();
    let plugin = plugin();
    let found = look_up(&plugin).unwrap();
    assert_eq!(found.key_spec, "AES_256");
    assert_eq!(found.key_usage, ["ENCRYPT", "DECRYPT"]);
    assert_eq!(found.key_status, KeyStatus::Enabled);
    assert_eq!(found.ciphertext_metadata, b"\x022");
    assert_eq!(found.requests_at_once, 32);
    let changed = |change: fn(&mut server::Key)| {
        let mut demo = key("2", "demo");
        change(&mut demo);
        server.borrow_mut().keys[1] = demo;
        look_up(&plugin).unwrap()
    };
    assert_eq!(changed(|key| key.length = 128).key_spec, "AES_128");
    let other = changed(|key| key.algorithm = 2).key_spec;
    assert_eq!(other, "kmip-algorithm-2");
    assert_eq!(changed(|key| key.mask = 8).key_usage, ["DECRYPT"]);
    let retired = changed(|key| key.state = state::DEACTIVATED);
    assert_eq!(retired.key_status, KeyStatus::Enabled);
    assert_eq!(retired.key_usage, ["DECRYPT"]);
    for state in [
        state::PRE_ACTIVE,
        state::COMPROMISED,
        state::DESTROYED,
        state::DESTROYED_COMPROMISED,
        7,
    ] {
        server.borrow_mut().keys[1].state = state;
        let found = look_up(&plugin).unwrap();
        assert_eq!(found.key_status, KeyStatus::Disabled, "{state}");
    }
}

#[test]
fn xks_006_one_of_several_keys_is_never_picked() {
    let server = server();
    let plugin = plugin();
    server.borrow_mut().keys.push(key("3", "demo"));
    let error = look_up(&plugin).unwrap_err();
    assert_eq!(error.kind, FailureKind::Internal);
    assert!(error.text.contains("2 keys of the server"), "{error}");
    // A destroyed one is none.
    server.borrow_mut().keys[2].state = state::DESTROYED;
    assert_eq!(look_up(&plugin).unwrap().ciphertext_metadata, b"\x022");
    server.borrow_mut().keys.clear();
    assert_eq!(look_up(&plugin).unwrap_err(), Error::key_not_found());
    // The key for health checks is no external key.
    let health = plugin.lookup(&Call::default(), "claviger-health");
    assert_eq!(health.unwrap_err(), Error::key_not_found());
}

#[test]
fn what_a_server_lacks_is_told_at_the_start_and_to_every_call() {
    let texts = [
        flaw(|it| it.borrow_mut().operations.retain(|op| *op < 0x1F)).text,
        flaw(|it| it.borrow_mut().minors = vec![2, 1]).text,
        flaw(|it| it.borrow_mut().authenticates = false).text,
        flaw(|it| it.borrow_mut().tag = 12).text,
        flaw(|it| it.borrow_mut().one_vector = true).text,
        flaw(|it| drop(it.borrow_mut().keys.remove(0))).text,
        flaw(|it| it.borrow_mut().keys[0].state = state::PRE_ACTIVE).text,
        flaw(|it| it.borrow_mut().decrypts_not = Some(Reason::GENERAL_FAILURE)).text,
    ];
    for (text, expected) in texts.iter().zip([
        "does not have the operations Encrypt, Decrypt",
        "has none of KMIP 1.4, 2.0 and 2.1 but 1.2, 1.1",
        "does not authenticate additional data",
        "a tag of another length than 16 bytes",
        "makes the same initialization vector twice",
        "there is no key for health checks that this client may use; make a 256-bit AES key called \
         claviger-health",
        "claviger-health, is not an active 256-bit AES key for Encrypt and Decrypt",
        "does not decrypt what it has encrypted: General Failure (0x100): said so",
    ]) {
        assert!(text.contains(expected), "{text}");
    }
}

#[test]
fn nothing_is_asked_of_a_server_before_it_was_tried() {
    let server = server();
    let plugin = configured("{}");
    let error = look_up(&plugin).unwrap_err();
    assert_eq!(error.kind, FailureKind::UpkeepFirst);
    assert!(server.borrow().seen.is_empty());
    // One that has gone since keeps what was found out.
    let plugin = started(plugin);
    server.borrow_mut().hangs_up = Some(0);
    let report = plugin.check_health(&Call::default()).unwrap();
    let status = report.key_managers[0].health_status;
    assert_eq!(status, HealthStatus::Active, "one connection has ended");
    assert_eq!(testing::counted("reconnections"), 1);
    look_up(&plugin).unwrap();
    // So does one whose key for health checks is gone.
    server.borrow_mut().keys.remove(0);
    let report = plugin.check_health(&Call::default()).unwrap();
    let status = report.key_managers[0].health_status;
    assert_eq!(status, HealthStatus::Degraded);
    look_up(&plugin).unwrap();
    testing::peer("kmip", |_| None);
    let report = plugin.check_health(&Call::default()).unwrap();
    let status = report.key_managers[0].health_status;
    assert_eq!(status, HealthStatus::Unavailable);
}

#[test]
fn a_server_that_is_another_since_is_tried_again() {
    let server = server();
    let plugin = plugin();
    server.borrow_mut().minors = vec![3];
    let error = look_up(&plugin).unwrap_err();
    assert_eq!(error.kind, FailureKind::UpkeepFirst);
    assert_eq!(error.code, Reason::INVALID_MESSAGE.0);
    // So is one that takes no batches any more.
    server.borrow_mut().minors = vec![4];
    server.borrow_mut().batches = false;
    let requests = [b"a", b"b"].map(|text| testing::encryption(b"\x022", b"", text));
    let found = look_up(&plugin).unwrap();
    for sealed in plugin.encrypt_all(&found.handle, &requests) {
        assert_eq!(sealed.unwrap_err().kind, FailureKind::UpkeepFirst);
    }
    let plugin = started(plugin);
    let sealed = plugin.encrypt_all(&found.handle, &requests);
    assert!(sealed.iter().all(Result::is_ok));
}

#[test]
fn what_was_encrypted_is_decrypted_and_nothing_else() {
    for (settings, length) in [("{}", 16), (r#"{"initialization_vectors":"host"}"#, 12)] {
        let _server = server();
        let plugin = started(configured(settings));
        let found = look_up(&plugin).unwrap();
        let sealed = encrypt(&plugin, &found).unwrap();
        assert_eq!(sealed.initialization_vector.len(), length);
        let metadata = &found.ciphertext_metadata;
        let open = |aad, sealed: &Sealed| {
            plugin.decrypt(&found.handle, &decryption(metadata, aad, sealed))
        };
        assert_eq!(open(b"aad", &sealed).unwrap(), b"plaintext");
        let invalid = |answer: Result<_, Error>| answer.unwrap_err().kind;
        let expected = FailureKind::InvalidCiphertext;
        assert_eq!(invalid(open(b"oad", &sealed)), expected);
        // A cut tag is not sent: servers take it.
        let mut cut = sealed.clone();
        cut.authentication_tag.truncate(12);
        let before = testing::counted("round_trips");
        assert_eq!(invalid(open(b"aad", &cut)), expected);
        assert_eq!(testing::counted("round_trips"), before);
    }
}

#[test]
fn xks_109_a_server_that_fails_is_not_a_wrong_ciphertext() {
    for wrong_tag in [Reason::GENERAL_FAILURE, Reason::INVALID_FIELD] {
        let server = server();
        server.borrow_mut().wrong_tag = wrong_tag;
        let plugin = plugin();
        let found = look_up(&plugin).unwrap();
        let sealed = encrypt(&plugin, &found).unwrap();
        let open = |aad: &[u8]| {
            let request = decryption(&found.ciphertext_metadata, aad, &sealed);
            plugin.decrypt(&found.handle, &request).unwrap_err()
        };
        let wrong = open(b"other");
        assert_eq!(wrong.kind, FailureKind::InvalidCiphertext);
        assert_eq!(wrong.code, wrong_tag.0);
        for reason in [wrong_tag, Reason::GENERAL_FAILURE, Reason(0x2A)] {
            server.borrow_mut().decrypts_not = Some(reason);
            let broken = open(b"other");
            assert_eq!(broken.kind, FailureKind::Internal, "{reason}");
            assert_eq!(broken.code, reason.0);
        }
        // The key may decrypt only, so no control can be made.
        server.borrow_mut().decrypts_not = None;
        server.borrow_mut().keys[1].mask = 8;
        assert_eq!(open(b"other").kind, FailureKind::Internal);
    }
}

#[test]
fn the_reason_of_the_standard_is_believed_at_once() {
    let server = server();
    server.borrow_mut().wrong_tag = Reason::CRYPTOGRAPHIC_FAILURE;
    let plugin = plugin();
    let found = look_up(&plugin).unwrap();
    let sealed = encrypt(&plugin, &found).unwrap();
    let before = testing::counted("round_trips");
    let request = decryption(&found.ciphertext_metadata, b"other", &sealed);
    let wrong = plugin.decrypt(&found.handle, &request).unwrap_err();
    assert_eq!(wrong.kind, FailureKind::InvalidCiphertext);
    assert_eq!(testing::counted("round_trips"), before + 1);
}

#[test]
fn the_keys_attributes_tell_why_it_is_not_used() {
    let server = server();
    let plugin = plugin();
    let found = look_up(&plugin).unwrap();
    let sealed = encrypt(&plugin, &found).unwrap();
    let request = decryption(&found.ciphertext_metadata, b"aad", &sealed);
    let kinds = |change: &dyn Fn(&mut server::Key)| {
        server.borrow_mut().keys[1] = key("2", "demo");
        change(&mut server.borrow_mut().keys[1]);
        let sealed = encrypt(&plugin, &found).err().map(|error| error.kind);
        let opened = plugin.decrypt(&found.handle, &request);
        (sealed, opened.err().map(|error| error.kind))
    };
    let state = Some(FailureKind::InvalidState);
    let usage = Some(FailureKind::InvalidKeyUsage);
    assert_eq!(kinds(&|key| key.state = 3), (state, state));
    assert_eq!(kinds(&|key| key.mask = 8), (usage, None));
    assert_eq!(kinds(&|key| key.mask = 4), (None, usage));
    let gone = kinds(&|key| key.identifier = "3".to_owned());
    let changed = Some(FailureKind::StaleKey);
    assert_eq!(gone, (changed, Some(FailureKind::KeyNotFound)));
    // It would be permitted, but for whom it is not.
    server.borrow_mut().keys[1] = key("2", "demo");
    server.borrow_mut().decrypts_not = Some(Reason::PERMISSION_DENIED);
    let denied = plugin.decrypt(&found.handle, &request).unwrap_err();
    assert_eq!(denied.kind, FailureKind::Internal);
    assert!(denied.text.contains("to this client"), "{denied}");
}

#[test]
fn several_requests_are_one_message_where_the_server_takes_it() {
    for batches in [true, false] {
        let server = server();
        server.borrow_mut().batches = batches;
        let plugin = plugin();
        let found = look_up(&plugin).unwrap();
        assert_eq!(found.requests_at_once, if batches { 32 } else { 1 });
        let texts = [&b"a"[..], b"bb", b"ccc"];
        let requests = texts.map(|text| testing::encryption(b"\x022", b"aad", text));
        let before = testing::counted("round_trips");
        let sealed = plugin.encrypt_all(&found.handle, &requests);
        let took = testing::counted("round_trips") - before;
        assert_eq!(took, if batches { 1 } else { 3 });
        let sealed: Vec<_> = sealed.into_iter().map(Result::unwrap).collect();
        let mut requests: Vec<_> = sealed
            .iter()
            .map(|sealed| decryption(b"\x022", b"aad", sealed))
            .collect();
        requests[1].additional_data.clear();
        let opened = plugin.decrypt_all(&found.handle, &requests);
        assert_eq!(opened[0].as_deref(), Ok(&b"a"[..]));
        let wrong = opened[1].as_ref().unwrap_err().kind;
        assert_eq!(wrong, FailureKind::InvalidCiphertext);
        assert_eq!(opened[2].as_deref(), Ok(&b"ccc"[..]));
    }
}

#[test]
fn a_kept_connection_that_has_ended_is_replaced_once() {
    let server = server();
    let plugin = plugin();
    for _ in 0..3 {
        server.borrow_mut().hangs_up = Some(0);
        look_up(&plugin).unwrap();
    }
    assert_eq!(testing::counted("reconnections"), 3);
    // The new one ends, too.
    testing::peer("kmip", |_| None);
    let error = look_up(&plugin).unwrap_err();
    assert_eq!(error.kind, FailureKind::DependencyTimeout);
    assert_eq!(testing::counted("reconnections"), 4);
}

#[test]
fn a_connection_that_is_out_of_step_is_not_kept() {
    let _server = server();
    let plugin = plugin();
    testing::peer("kmip", |_| {
        Some(b"HTTP/1.1 400 Bad Request\r\n\r\n".to_vec())
    });
    let before = testing::calls("streams.connection.keep");
    let error = look_up(&plugin).unwrap_err();
    assert_eq!(error.kind, FailureKind::Internal);
    assert_eq!(error.text, "the answer is not one of KMIP");
    // Silence ends with the deadline, and not with another question.
    testing::peer("kmip", |_| Some(Vec::new()));
    let trips = testing::counted("round_trips");
    let error = look_up(&plugin).unwrap_err();
    assert_eq!(error.kind, FailureKind::DependencyTimeout);
    assert_eq!(testing::counted("round_trips"), trips + 1);
    assert_eq!(testing::counted("reconnections"), 0);
    assert_eq!(testing::calls("streams.connection.keep"), before);
}

#[test]
fn xks_091_ciphertexts_of_a_key_that_was_replaced_are_decrypted() {
    let server = server();
    let plugin = started(configured(r#"{"earlier":{"demo":["told"]}}"#));
    let old = look_up(&plugin).unwrap();
    let sealed = encrypt(&plugin, &old).unwrap();
    // Re-key: the new one has the name, and a link to the one that it replaces.
    let mut new = key("3", "demo");
    new.replaces = Some("2".to_owned());
    server.borrow_mut().keys[1].name.clear();
    server
        .borrow_mut()
        .keys
        .extend([new, key("told", ""), key("9", "")]);
    let found = look_up(&plugin).unwrap();
    let open = |metadata: &[u8]| {
        let request = decryption(metadata, b"aad", &sealed);
        plugin.decrypt(&found.handle, &request)
    };
    assert_eq!(open(&metadata_of("2")).unwrap(), b"plaintext");
    let kind = |metadata: &[u8]| open(metadata).unwrap_err().kind;
    // Keys that it never was are not asked, whatever a ciphertext says.
    let asked = |server: &Server| {
        let decrypts = |it: &&u32| **it == operation::DECRYPT;
        server.borrow().seen.iter().filter(decrypts).count()
    };
    let before = asked(&server);
    for other in [&metadata_of("9")[..], b"\x03", b"2", &[0; 19]] {
        assert_eq!(kind(other), FailureKind::InvalidCiphertext);
    }
    assert_eq!(asked(&server), before);
    // The operator's word counts as a link does, and is the oldest here.
    assert_eq!(kind(&metadata_of("told")), FailureKind::InvalidCiphertext);
    assert_eq!(kind(b""), FailureKind::InvalidCiphertext);
    assert!(asked(&server) > before);
}

#[test]
fn keys_by_identifier_are_not_looked_for() {
    let server = server();
    let settings = r#"{"keys":"identifiers","health_key":"1"}"#;
    let plugin = started(configured(settings));
    let found = plugin.lookup(&Call::default(), "2").unwrap();
    assert!(encrypt(&plugin, &found).is_ok());
    assert!(!server.borrow().seen.contains(&operation::LOCATE));
    let none = plugin.lookup(&Call::default(), "4").unwrap_err();
    assert_eq!(none.kind, FailureKind::KeyNotFound);
    assert!(plugin.lookup(&Call::default(), "1").is_err());
}

#[test]
fn a_user_and_a_password_are_in_every_message() {
    let server = server();
    server.borrow_mut().password = Some(b"never-log-this");
    let settings = r#"{"login":{"user":"claviger","password":"kmip-password"}}"#;
    testing::secret("kmip-password", b"never-log-this\n");
    look_up(&started(configured(settings))).unwrap();
    testing::secret("kmip-password", b"another");
    let plugin = configured(settings);
    assert!(plugin.upkeep(&Call::default()).is_some());
    let error = look_up(&plugin).unwrap_err();
    let expected = "does not accept the client's certificate or login";
    assert!(error.text.contains(expected), "{error}");
}

#[test]
fn keys_are_listed_by_their_external_ids() {
    let server = server();
    let prefixed = key("3", "aws-b");
    let twice = [key("4", "aws-a"), key("5", "aws-a")];
    server.borrow_mut().keys.extend(twice);
    server.borrow_mut().keys.push(prefixed);
    let plugin = configured(r#"{"key_prefix":"aws-"}"#);
    let list = plugin.list_keys(None, 10).unwrap();
    let ids = |list: &claviger_sdk::KeyList| -> Vec<String> {
        list.keys
            .iter()
            .map(|it| it.external_key_id.clone())
            .collect()
    };
    assert_eq!(ids(&list), ["b"]);
    assert_eq!(list.damaged[0].external_key_id, "a");
    assert_eq!(
        list.damaged[0].problem,
        "2 keys of the server have this name"
    );
    assert_eq!(list.next, None);
    let first = plugin.list_keys(None, 1).unwrap();
    assert_eq!(first.next.as_deref(), Some("a"));
    assert_eq!(ids(&plugin.list_keys(Some("a"), 1).unwrap()), ["b"]);
    let shown = plugin.show_key("b").unwrap();
    assert_eq!((shown.current_version, shown.versions), (1, 1));
    assert!(plugin.show_key("c").is_err());
    let told = plugin.create_key("new", &[]).unwrap_err().to_string();
    assert!(
        told.contains("on the KMIP server: make a 256-bit"),
        "{told}"
    );
}

#[test]
fn every_fault_of_the_settings_is_told_at_once() {
    let text = r#"{"upstream":"A b","version":"1.3","keys":"identifiers","key_prefix":"a",
        "initialization_vectors":"me","batch":0,"login":{"password":"A","usr":"x"},
        "earlier":{"demo":[""],"a/b":[]},"usage":{"demo":["SIGN"]},"x":1}"#;
    let faults = settings::read(text, Kmip::configure).err().unwrap();
    let paths: Vec<_> = faults.iter().map(|fault| &*fault.path).collect();
    for path in [
        "upstream",
        "version",
        "key_prefix",
        "health_key",
        "initialization_vectors",
        "batch",
        "login.user",
        "login.usr",
        "login.password",
        "earlier.demo[0]",
        "earlier.\"a/b\"",
        "usage.demo[0]",
        "x",
    ] {
        assert!(paths.contains(&path), "{path}: {paths:?}");
    }
    assert!(settings::read("{}", Kmip::configure).is_ok());
}

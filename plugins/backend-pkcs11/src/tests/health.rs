use super::*;
use claviger_sdk::pkcs11::{Pkcs11Error, TokenInfo, TokenState};
use claviger_sdk::{HealthStatus, testing};

fn statuses(plugin: &Pkcs11) -> Vec<HealthStatus> {
    let report = plugin.check_health(&Call::default()).unwrap();
    let managers = report.key_managers.iter();
    managers.map(|manager| manager.health_status).collect()
}

#[test]
fn xks_092_every_token_is_a_key_manager() {
    let (primary, replica) = two_tokens();
    for token in [&primary, &replica] {
        token.add(TestKey::new("claviger-health"));
    }
    replica.set_info(TokenInfo {
        label: "b".into(),
        manufacturer: "Hélène".into(),
        model: "x".repeat(200),
        serial: String::new(),
        hardware: String::new(),
        firmware: String::new(),
    });
    let report = plugin(TWO).check_health(&Call::default()).unwrap();
    assert_eq!(report.vendor, "Test");
    let [a, b] = &report.key_managers[..] else {
        panic!("{report:?}");
    };
    assert_eq!((a.id.as_str(), b.id.as_str()), ("a", "b"));
    assert_eq!(a.model, "Test token in memory, firmware 2.3, serial 0001");
    assert!(b.model.starts_with("H?l?ne xx") && b.model.len() == 128);
    assert_eq!(statuses(&plugin(TWO)), [HealthStatus::Active; 2]);
}

#[test]
fn xks_096_health_is_checked_on_a_key_of_its_own() {
    let hsm = hsm(&["demo", "claviger-health"]);
    let plugin = plugin(ONE);
    assert_eq!(statuses(&plugin), [HealthStatus::Active]);
    assert_eq!(hsm.calls("pkcs11.secret-key.decrypt"), 1);
    let before = hsm.calls("pkcs11.token.find");
    assert_eq!(statuses(&plugin), [HealthStatus::Active]);
    assert_eq!(hsm.calls("pkcs11.token.find"), before);
    hsm.restart();
    assert_eq!(statuses(&plugin), [HealthStatus::Active]);
    assert_eq!(testing::logged(), []);
}

#[test]
fn xks_094_a_token_without_the_test_key_serves_but_is_degraded() {
    let hsm = hsm(&["demo"]);
    let plugin = plugin(r#"{"tokens":["hsm"],"health_key":"probe"}"#);
    for _ in 0..3 {
        assert_eq!(statuses(&plugin), [HealthStatus::Degraded]);
    }
    let lines = testing::logged();
    assert_eq!(lines.len(), 1);
    assert!(
        lines[0].1.contains("claviger key create probe"),
        "{lines:?}"
    );
    hsm.add(TestKey::new("probe"));
    assert_eq!(statuses(&plugin), [HealthStatus::Active]);
    assert_eq!(testing::logged()[1].1, "token hsm: healthy again");
}

#[test]
fn xks_094_some_lost_sessions_are_degraded() {
    let hsm = hsm(&["claviger-health"]);
    hsm.set_state(TokenState::Degraded);
    assert_eq!(statuses(&plugin(ONE)), [HealthStatus::Degraded]);
}

#[test]
fn xks_100_a_failed_health_check_is_a_report_of_unavailable() {
    let hsm = hsm(&["claviger-health"]);
    let plugin = plugin(ONE);
    assert_eq!(statuses(&plugin), [HealthStatus::Active]);
    for (fault, expected) in [
        (Pkcs11Error::Failed(0x30), HealthStatus::Unavailable),
        (Pkcs11Error::Deadline, HealthStatus::Unavailable),
        (Pkcs11Error::Throttled, HealthStatus::Degraded),
    ] {
        hsm.fails(Some(fault));
        assert_eq!(statuses(&plugin), [expected]);
    }
    hsm.fails(None);
    hsm.set_state(TokenState::Unavailable);
    let report = plugin.check_health(&Call::default()).unwrap();
    let manager = &report.key_managers[0];
    assert_eq!(manager.health_status, HealthStatus::Unavailable);
    // It is still known who made it.
    assert!(manager.model.starts_with("Test token"));
    assert!(testing::logged()[0].1.contains("CKR_DEVICE_ERROR (0x30)"));
}

#[test]
fn xks_094_a_test_key_that_cannot_encrypt_is_unavailable() {
    let hsm = hsm(&[]);
    hsm.add(TestKey::new("claviger-health").permits(false, true));
    assert_eq!(statuses(&plugin(ONE)), [HealthStatus::Unavailable]);
}

#[test]
fn a_token_that_hangs_does_not_make_the_other_unavailable() {
    let (primary, replica) = two_tokens();
    for token in [&primary, &replica] {
        token.add(TestKey::new("claviger-health"));
    }
    primary.fails(Some(Pkcs11Error::Deadline));
    let expected = [HealthStatus::Unavailable, HealthStatus::Degraded];
    assert_eq!(statuses(&plugin(TWO)), expected);
    assert_eq!(replica.all_calls(), 0);
}

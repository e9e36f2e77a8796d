use std::io;

use rcgen::{CertificateParams, DnType, KeyPair};

use claviger_xks_client::connection::Stage;
use claviger_xks_client::outcome::Outcome;

use super::*;
use crate::becomes::Becomes;
use crate::finding::Verdict;

#[test]
fn one_suite_is_enough_and_none_is_a_failure() {
    let good = judge::versions_and_suites(&["TLS_AES_256_GCM_SHA384"], None);
    assert_eq!(good.verdict, Verdict::Ok);
    let ended = TransportFault::Tls(TlsFault::Ended(io::ErrorKind::UnexpectedEof));
    let bad = judge::versions_and_suites(&[], Some(&ended));
    assert_eq!(bad.verdict, Verdict::Failure);
    let plain = judge::versions_and_suites(&[], Some(&TransportFault::Tls(TlsFault::NotTls)));
    assert_ne!(plain.fix, bad.fix);
    let alert = rustls::Error::AlertReceived(rustls::AlertDescription::HandshakeFailure);
    let alert = TransportFault::Tls(TlsFault::Refused(alert));
    let no_suite = judge::versions_and_suites(&[], Some(&alert));
    assert_eq!(no_suite.fix.as_deref(), Some(T01.fix));
    assert!(bad.fix.as_deref().unwrap().contains("ends the connection"));
    let hung = judge::versions_and_suites(&[], Some(&TransportFault::TimedOut(Stage::Tls)));
    assert!(hung.seen.ends_with("the proxy is hung or overloaded"));
    for (finding, outcome) in [
        (&bad, Outcome::NoTls),
        (&plain, Outcome::Malformed),
        (&hung, Outcome::TimedOut),
    ] {
        assert_eq!(finding.becomes, [Becomes::Call(outcome)]);
    }
}

#[test]
fn dates_are_judged_at_the_time_of_the_run() {
    let mut params = CertificateParams::new(vec!["a.b".to_owned()]).unwrap();
    params.not_before = rcgen::date_time_ymd(2026, 1, 1);
    params.not_after = rcgen::date_time_ymd(2026, 3, 1);
    params.distinguished_name.push(DnType::CommonName, "*.b");
    let certificate = params.self_signed(&KeyPair::generate().unwrap()).unwrap();
    let der = [certificate.der().clone()];
    let chain = Chain::read(&der).unwrap();
    // 1 January 2026.
    let start = SystemTime::UNIX_EPOCH + Duration::from_hours(490_896);
    let verdict = |wildcard, days: u64| {
        let now = start + Duration::from_hours(days * 24);
        validity::judge(chain.iter(), wildcard, now).verdict
    };
    assert_eq!(verdict(false, 1), Verdict::Ok);
    assert_eq!(verdict(true, 1), Verdict::Warning);
    assert_eq!(verdict(false, 49), Verdict::Ok);
    assert_eq!(verdict(false, 50), Verdict::Warning);
    assert_eq!(verdict(false, 60), Verdict::Failure);
    let early = validity::judge(chain.iter(), false, start - Duration::from_millis(1));
    assert_eq!(early.verdict, Verdict::Failure);
}

#[test]
fn a_proxy_that_takes_only_hybrid_groups_is_a_warning() {
    let (hybrid, classical) = (Some(HYBRID), Some(NamedGroup::X25519));
    assert_eq!(judge::key_exchange(hybrid, classical).verdict, Verdict::Ok);
    assert_eq!(
        judge::key_exchange(classical, classical).verdict,
        Verdict::Ok
    );
    assert_eq!(judge::key_exchange(hybrid, None).verdict, Verdict::Warning);
}

use super::{LEAST, faults, parse, warnings, with};

#[test]
fn xks_013_the_probe_cannot_share_the_address_of_the_api() {
    let text = with(
        "listen = \"127.0.0.1:8443\"",
        "listen = \"127.0.0.1:8443\"\nprobe_listen = \"0.0.0.0:8443\"",
    );
    assert_eq!(
        faults(&text),
        ["server.probe_listen: the address and port of `listen`; give the probe a port of its own"]
    );
}

#[test]
fn xks_018_mutual_tls_with_only_one_of_its_settings_is_refused() {
    let fix = "clients are checked by root and by subject: \
                set both, or remove [server.tls.client] to switch mutual TLS off";
    let roots = "roots = \"roots.pem\"";
    let names = "subject_common_names = [\"cks.kms.us-east-1.amazonaws.com\"]";
    let client = |settings: &str| faults(&format!("{LEAST}\n[server.tls.client]\n{settings}"));
    assert_eq!(client(&format!("{roots}\n{names}")), [""; 0]);
    assert_eq!(
        client(roots),
        [format!(
            "server.tls.client.subject_common_names: missing; {fix}"
        )]
    );
    assert_eq!(
        client(names),
        [format!("server.tls.client.roots: missing; {fix}")]
    );
    assert_eq!(client("").len(), 2);
}

#[test]
fn xks_020_subject_common_names_are_a_list_of_whole_names() {
    let client = |names: &str| {
        let table = format!("[server.tls.client]\nroots = \"r\"\nsubject_common_names = {names}");
        faults(&format!("{LEAST}\n{table}"))
    };
    let both = "[\"cks.kms.us-east-1.amazonaws.com\", \"cks.kms.eu-west-1.amazonaws.com\"]";
    assert_eq!(client(both), [""; 0]);
    assert_eq!(
        client("[\"a.example\", \"*.amazonaws.com\", \"\"]"),
        [
            "server.tls.client.subject_common_names[1]: a wildcard; \
             write whole names: they are compared exactly",
            "server.tls.client.subject_common_names[2]: not a common name; write 1 to 64 characters",
        ]
    );
    assert_eq!(
        client("[]"),
        [
            "server.tls.client.subject_common_names: an empty list, which lets nobody in; \
          add the name that AWS KMS has in your Region: \"cks.kms.REGION.amazonaws.com\""
        ]
    );
}

#[test]
fn xks_092_a_fleet_has_at_least_one_proxy() {
    let text = with("listen =", "fleet_size = 0\nlisten =");
    assert_eq!(
        faults(&text),
        ["server.fleet_size: out of range; write a whole number from 1 to 65536"]
    );
}

#[test]
fn xks_131_the_body_cap_is_never_below_32_kib() {
    let capped = |bytes: u32| with("listen =", &format!("body_bytes = {bytes}\nlisten ="));
    assert_eq!(
        faults(&capped(32767)),
        ["server.body_bytes: out of range; write a whole number from 32768 to 1048576"]
    );
    assert_eq!(parse(&capped(32768)).unwrap().server.body_bytes, 32768);
    assert_eq!(parse(LEAST).unwrap().server.body_bytes, 65536);
}

#[test]
fn xks_135_a_deadline_beyond_100_ms_is_warned_of() {
    let policy = "[[key_store.policy]]\nplugin = \"software\"\n";
    let limited = |ms: u32| with("listen =", &format!("deadline_ms = {ms}\nlisten =")) + policy;
    assert_eq!(warnings(&limited(100)), [""; 0]);
    assert_eq!(
        warnings(&limited(101)),
        [
            "server.deadline_ms: over 100 ms, the answer may reach AWS KMS after the 250 ms that \
          it waits; keep it at 100 or below unless the network is known to be near"
        ]
    );
}

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

#[test]
fn xks_135_requests_after_the_first_of_a_connection_have_the_time_of_its_handshake() {
    let policy = "[[key_store.policy]]\nplugin = \"software\"\n";
    let limited = |text: &str| with("listen =", &format!("{text}\nlisten =")) + policy;
    let later = |text: &str| {
        let read = parse(&limited(text)).unwrap();
        read.server.later_deadline.as_millis()
    };
    assert_eq!(later(""), 170);
    assert_eq!(later("deadline_ms = 240"), 240, "never less than the first");
    assert_eq!(later("later_deadline_ms = 100"), 100);
    assert_eq!(
        faults(&limited("later_deadline_ms = 99")),
        [
            "server.later_deadline_ms: less than `deadline_ms`, though later requests need no \
          handshake; write at least as much"
        ]
    );
    assert_eq!(warnings(&limited("later_deadline_ms = 180")), [""; 0]);
    assert_eq!(warnings(&limited("later_deadline_ms = 181")).len(), 1);
}

#[test]
fn flt_24_load_balancers_that_name_their_clients_are_listed_by_address() {
    let table = |from: &str| format!("{LEAST}\n[server.proxy_protocol]\n{from}");
    let read = parse(&table(
        "from = [\"10.0.0.0/24\", \"2001:db8::/64\", \"192.0.2.7\"]",
    ));
    let protocol = read.unwrap().server.proxy_protocol.unwrap();
    for (address, listed) in [
        ("10.0.0.255", true),
        ("::ffff:10.0.0.1", true),
        ("10.0.1.0", false),
        ("2001:db8::1", true),
        ("192.0.2.7", true),
        ("192.0.2.8", false),
    ] {
        assert_eq!(
            protocol.is_from(address.parse().unwrap()),
            listed,
            "{address}"
        );
    }
    let path = "server.proxy_protocol.from";
    assert_eq!(
        faults(&table("")),
        [format!(
            "{path}: missing; list the load balancers' addresses: [\"10.0.0.0/24\"]"
        )]
    );
    assert_eq!(
        faults(&table("from = []")),
        [format!(
            "{path}: an empty list: no connection would have a header; \
             list the load balancers' addresses, or remove [server.proxy_protocol]"
        )]
    );
    assert_eq!(
        faults(&table("from = [\"balancer\", \"10.0.0.1/24\"]")),
        [
            format!(
                "{path}[0]: not a range of addresses; \
                 write it as \"10.0.0.0/24\", \"2001:db8::/64\" or \"10.0.0.7\""
            ),
            format!(
                "{path}[1]: an address within a range; \
                 write \"10.0.0.0/24\", if all of that is meant"
            ),
        ]
    );
    let policy = "[[key_store.policy]]\nplugin = \"software\"\n";
    let all = "proxy_protocol.from = [\"0.0.0.0/0\"]\nlisten =";
    let told = warnings(&(with("listen =", all) + policy));
    assert!(told.len() == 1 && told[0].starts_with(path), "{told:?}");
}

#[test]
fn flt_81_roots_are_aws_kms_s_unless_said_otherwise() {
    let private = |text: &str| parse(text).unwrap().server.tls.private_roots;
    assert!(!private(LEAST));
    let key = "private_key = \"server.key\"";
    let said = with(key, &format!("{key}\nprivate_roots = true"));
    assert!(private(&said));
}

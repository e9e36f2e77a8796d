use super::{LEAST, faults, parse, with};
use crate::secrets::written_file::Written;
use crate::{
    AuditSink, ComponentSource, Configuration, ConfigurationFault, DefaultDecision, Digest, Grants,
    Isolation, Log, LogFormat, LogLevel, report,
};
use std::path::{Path, PathBuf};
use std::time::Duration;

#[test]
fn the_example_has_no_fault_and_no_warning() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/claviger.toml");
    let text = std::fs::read_to_string(file).unwrap();
    let configuration = parse(&text).map_err(|faults| report(&faults)).unwrap();
    assert_eq!(configuration.warnings(), []);

    let server = &configuration.server;
    assert_eq!(server.probe_listen, Some("127.0.0.1:8080".parse().unwrap()));
    assert_eq!(server.deadline, Duration::from_millis(100));
    let client = server.tls.client.as_ref().unwrap();
    assert_eq!(
        client.roots,
        Path::new("/etc/claviger/tls/client-roots.pem")
    );
    assert_eq!(
        configuration.plugin_cache,
        Some(PathBuf::from("/etc/claviger/plugin-cache"))
    );
    assert_eq!(
        configuration.storage["main"].path,
        Path::new("/etc/claviger/keys.sqlite")
    );
    let vendor = &configuration.plugins["vendor"];
    let ComponentSource::File {
        digest: Digest::Sha256(digest),
        ..
    } = vendor.component
    else {
        panic!("{vendor:?}");
    };
    assert_eq!(digest[..2], [0x9f, 0x86]);
    assert_eq!(vendor.memory_bytes, 16 * 1024 * 1024);

    let [key_store, ledgers, archive, records] = configuration.key_stores.as_slice() else {
        panic!()
    };
    assert_eq!(key_store.uri_path_prefix.as_str(), "/payments-7cq2");
    assert_eq!(
        key_store.backend.grants.storage().cloned(),
        Some("main".parse().unwrap())
    );
    assert_eq!(
        key_store.directory.as_ref().unwrap().plugin.as_str(),
        "names"
    );
    assert_eq!(key_store.policies[0].table_path, "key_store[0].policy[0]");
    assert_eq!(
        key_store.policies[0].settings["statements"][1]["id"],
        "no-interns"
    );
    assert_eq!(key_store.policies[0].grants, Grants::default());

    let granted = ["primary", "replica"].map(|name| name.parse().unwrap());
    assert_eq!(ledgers.backend.grants.tokens(), granted);
    assert!(
        granted
            .iter()
            .all(|token| configuration.tokens.contains_key(token))
    );
    for reached in [
        archive.backend.grants.http(),
        records.backend.grants.streams(),
    ] {
        assert!(!reached.is_empty());
        assert!(
            reached
                .iter()
                .all(|upstream| configuration.upstreams.contains_key(upstream))
        );
    }
}

#[test]
fn what_is_left_out_has_the_defaults_of_the_example() {
    let configuration = parse(LEAST).unwrap();
    let server = &configuration.server;
    assert_eq!(server.probe_listen, None);
    assert_eq!(server.deadline, Duration::from_millis(100));
    assert_eq!((server.requests_in_flight, server.connections), (512, 4096));
    assert_eq!((server.body_bytes, server.fleet_size), (65536, 1));
    assert_eq!(server.tls.client, None);
    let log = Log {
        level: LogLevel::Info,
        format: LogFormat::Text,
        audit: AuditSink::Stdout,
    };
    assert_eq!(configuration.log, log);
    assert_eq!(configuration.plugin_cache, None);
    let plugin = &configuration.plugins["software"];
    assert_eq!(plugin.isolation, Isolation::Warm);
    assert_eq!(
        (plugin.memory_bytes, plugin.instances),
        (16 * 1024 * 1024, 16)
    );
    let key_store = &configuration.key_stores[0];
    assert!(key_store.enabled);
    assert_eq!(key_store.default, DefaultDecision::Deny);
}

#[test]
fn ten_faults_are_reported_in_one_go() {
    let text = r#"
        [server]
        listen = "localhost"
        deadline_ms = 250
        [server.tls]
        certificate = "server.pem"
        private_key = "server.key"
        [log]
        level = "verbose"
        [storage.main]
        path = "keys.sqlite"
        [plugin.software]
        component = "builtin:backend-software"
        isolatoin = "warm"
        [plugin.vendor]
        component = "vendor.wasm"
        [[key_store]]
        name = "Payments"
        uri_path_prefix = "/payments-7cq2"
        [key_store.backend]
        plugin = "softwear"
        grants = { network = true }
    "#;
    let faults = parse(text).unwrap_err();
    let paths: Vec<_> = faults.iter().map(|fault| fault.path.as_str()).collect();
    assert_eq!(
        paths,
        [
            "storage.main.key_encryption_key_file",
            "plugin.software.isolatoin",
            "plugin.vendor.digest",
            "key_store[0].name",
            "key_store[0].credential",
            "key_store[0].backend.plugin",
            "key_store[0].backend.grants.network",
            "server.listen",
            "server.deadline_ms",
            "log.level",
        ]
    );
    let report = report(&faults);
    assert_eq!(report.matches("  problem: ").count(), 10);
    assert_eq!(report.matches("  fix:     ").count(), 10);
    assert!(report.contains(
        "plugin.software.isolatoin\n  problem: no such setting\n  fix:     did you mean `isolation`?\n"
    ));
}

#[test]
fn an_empty_file_is_told_what_it_needs() {
    assert_eq!(
        faults(""),
        [
            "key_store: missing; add a [[key_store]] table for each external key store in AWS KMS",
            "server: missing; add a [server] table with `listen` and a [server.tls] table",
        ]
    );
}

#[test]
fn relative_paths_start_from_the_directory_of_the_file() {
    let text = with("\"server.pem\"", "\"/var/tls/server.pem\"");
    let tls = parse(&text).unwrap().server.tls;
    assert_eq!(tls.certificate, Path::new("/var/tls/server.pem"));
    assert_eq!(tls.private_key, Path::new("/etc/claviger/server.key"));
    assert_eq!(
        faults(&with("\"server.pem\"", "\"a\\u0000b\"")),
        ["server.tls.certificate: a path with a NUL character; remove the NUL character"]
    );
}

#[test]
fn a_file_is_read_with_its_own_directory_as_the_start_of_paths() {
    let file = Written::new("load", LEAST.as_bytes(), 0o644);
    let configuration = Configuration::load(&file.0).unwrap();
    let expected = file.0.parent().unwrap().join("server.pem");
    assert_eq!(configuration.server.tls.certificate, expected);
}

#[test]
fn a_file_that_is_no_configuration_is_refused_as_a_whole() {
    let load = |test: &str, bytes: &[u8]| {
        let file = Written::new(test, bytes, 0o644);
        let fault = Configuration::load(&file.0).unwrap_err();
        let text = fault.to_string().replace(&file.shown(), "FILE");
        (fault, text)
    };
    let (_, text) = load("load-large", &vec![b'#'; 1024 * 1024 + 1]);
    assert_eq!(
        text,
        "FILE is larger than 1 MiB: this is no configuration file"
    );
    let (_, text) = load("load-binary", b"\xff");
    assert_eq!(text, "FILE is not UTF-8 text");
    let (fault, text) = load("load-faulty", b"server = one");
    assert!(matches!(fault, ConfigurationFault::Faulty { faults, .. } if faults.len() == 1));
    assert_eq!(
        text,
        "FILE is refused:\n\nline 1, column 10\n  \
         problem: string values must be quoted\n  \
         fix:     TOML expects literal string here\n"
    );
    let missing = Configuration::load(Path::new("/nowhere/claviger.toml")).unwrap_err();
    assert_eq!(
        missing.to_string(),
        "cannot read /nowhere/claviger.toml: No such file or directory (os error 2)"
    );
}

#[test]
fn a_file_cut_off_anywhere_is_refused_and_never_panics() {
    for end in 0..LEAST.trim_end().len() {
        assert!(parse(&LEAST[..end]).is_err(), "{end}");
    }
}

#[test]
fn flt_71_every_file_that_decides_what_is_served_is_watched() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/claviger.toml");
    let text = std::fs::read_to_string(file).unwrap();
    let configuration = parse(&text).unwrap();
    let files = configuration.files();
    let files: Vec<_> = files.iter().map(|file| file.to_str().unwrap()).collect();
    for file in [
        "/etc/claviger/tls/server.pem",
        "/etc/claviger/tls/server.key",
        "/etc/claviger/tls/client-roots.pem",
    ] {
        assert!(files.contains(&file), "{file}: {files:?}");
    }
    let within = |text: &str| files.iter().any(|file| file.contains(text));
    assert!(within(".secret") && within(".wasm"), "{files:?}");
}

#[test]
fn flt_72_flt_77_probes_have_paths_of_their_own_and_a_lame_duck_time() {
    let probes = |settings: &str| {
        let text = LEAST.replacen("[server]", &format!("[server]\n{settings}"), 1);
        parse(&text).map(|configuration| configuration.server.probes)
    };
    assert_eq!(probes("").unwrap().lame_duck, Duration::ZERO);
    let beside = probes("probe_listen = \"127.0.0.1:8080\"").unwrap();
    assert_eq!(beside.lame_duck, Duration::from_secs(10));
    assert_eq!(beside.live, ["/healthz"]);
    let ping = probes("live_paths = []\nready_paths = [\"/ping\"]").unwrap();
    assert_eq!(
        (ping.live.len(), &*ping.ready),
        (0, &["/ping".to_owned()][..])
    );
    for wrong in ["\"ping\"", "\"/a?b\"", "\"/healthz\"", "\"/é\""] {
        let faults = probes(&format!("ready_paths = [{wrong}]")).unwrap_err();
        assert!(faults[0].path.starts_with("server.ready_paths"), "{wrong}");
    }
}

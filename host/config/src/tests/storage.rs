use super::{LEAST, faults, parse};
use crate::KeyEncryptionKeySource;

const TOKEN: &str = "[tokens.hsm]\nmodule = \"lib/pkcs11.so\"\ntoken_label = \"keys\"\n\
                     pin_file = \"hsm.pin\"\nprofile = \"softhsm\"\n";

fn with_key(setting: &str) -> String {
    format!("{LEAST}\n{TOKEN}[storage.main]\npath = \"keys.sqlite\"\n{setting}\n")
}

#[test]
fn two_storages_cannot_share_a_file() {
    let storage = "[storage.a]\npath = \"k\"\nkey_encryption_key_file = \"a.kek\"\n\
                   [storage.b]\npath = \"k\"\nkey_encryption_key_file = \"b.kek\"\n";
    assert_eq!(
        faults(&format!("{LEAST}\n{storage}")),
        ["storage.b.path: the file of storage `a`; give each storage a file of its own"]
    );
}

#[test]
fn the_key_is_in_a_file_or_on_a_token() {
    let configuration = parse(&with_key("key_encryption_key_file = \"keys.kek\"")).unwrap();
    let storage = configuration.storage.values().next().unwrap();
    assert_eq!(
        storage.key_encryption_key,
        KeyEncryptionKeySource::File("/etc/claviger/keys.kek".into())
    );
    assert_eq!(storage.key_on_token(), None);

    let key = r#"{ token = "hsm", label = "claviger kek" }"#;
    let configuration = parse(&with_key(&format!("key_encryption_key = {key}"))).unwrap();
    let storage = configuration.storage.values().next().unwrap();
    let key = storage.key_on_token().unwrap();
    assert_eq!(key.token.as_str(), "hsm");
    assert_eq!(key.label, "claviger kek");
    assert!(!key.open_to_plugins);
    assert_eq!(key.table_path, "storage.main.key_encryption_key");
    assert_eq!(storage.key_setting(), key.table_path);
}

#[test]
fn a_storage_has_exactly_one_key_and_it_is_not_written_here() {
    let missing = "storage.main.key_encryption_key_file: missing; \
                   name a file of mode 0600 that holds 32 random bytes in Base64, \
                   or a key on a PKCS#11 token with `key_encryption_key`";
    assert_eq!(faults(&with_key("")), [missing]);
    let both = r#"
        key_encryption_key_file = "keys.kek"
        key_encryption_key = { token = "hsm", label = "kek" }
    "#;
    assert_eq!(
        faults(&with_key(both)),
        [
            "storage.main.key_encryption_key: a second key for one storage; \
             remove this or `key_encryption_key_file`"
        ]
    );
    let secret = "key_encryption_key = \"c2VjcmV0\"";
    assert_eq!(
        faults(&with_key(secret)),
        [
            "storage.main.key_encryption_key: secrets do not belong in this file; \
             put the key in a file of mode 0600 and name it with `key_encryption_key_file`, \
             or name a key on a token: { token = \"…\", … }"
        ]
    );
}

#[test]
fn all_faults_of_a_key_on_a_token_are_reported() {
    let wrong =
        "key_encryption_key = { token = \"hms\", label = \"\", profile = \"softhsm\", id = 1 }";
    let reported = faults(&with_key(wrong));
    let starts = [
        "storage.main.key_encryption_key.token: there is no token `hms`; add a [tokens.hms] table",
        "storage.main.key_encryption_key.label: not a label: empty, too long, or with control characters; \
         write 1 to 256 bytes of printable characters",
        "storage.main.key_encryption_key.profile: how a token does AES-GCM is a setting of \
         the token; move it to tokens.NAME.profile",
        "storage.main.key_encryption_key.id: no such setting",
    ];
    assert_eq!(reported.len(), starts.len(), "{reported:#?}");
    for (fault, start) in reported.iter().zip(starts) {
        assert!(fault.starts_with(start), "{fault}");
    }
    let nothing = faults(&with_key("key_encryption_key = {}"));
    assert_eq!(nothing.len(), 2, "{nothing:#?}");
    assert!(nothing.iter().all(|fault| fault.contains(": missing; ")));
    let number = faults(&with_key("key_encryption_key = 7"));
    assert_eq!(number.len(), 1, "{number:#?}");
}

#[test]
fn flt_56_a_plugin_is_not_granted_the_token_of_a_storages_key() {
    let configuration = |key: &str, uses: &str| {
        let other = TOKEN
            .replace("hsm]", "other]")
            .replace("\"keys\"", "\"others\"");
        format!(
            "{LEAST}{uses}\n{TOKEN}{other}[storage.main]\npath = \"keys.sqlite\"\n\
             key_encryption_key = {{ token = \"hsm\", label = \"kek\"{key} }}\n"
        )
    };
    let granted = "grants = { pkcs11 = [\"other\", \"hsm\"] }\n";
    let policy = format!("[[key_store.policy]]\nplugin = \"software\"\n{granted}");
    let fault = |used: &str| {
        format!(
            "key_store[0].{used}.grants.pkcs11[1]: the plugin could use the key of storage \
             `main`, which is on `hsm`; keep the keys of storages on a token of their own; \
             or accept it with storage.main.key_encryption_key.open_to_plugins = true"
        )
    };
    for (uses, used) in [(granted, "backend"), (&policy, "policy[0]")] {
        assert_eq!(faults(&configuration("", uses)), [fault(used)]);
        let closed = ", open_to_plugins = false";
        assert_eq!(faults(&configuration(closed, uses)), [fault(used)]);
        let accepted = ", open_to_plugins = true";
        assert!(parse(&configuration(accepted, uses)).is_ok());
    }
    // Another token is nobody's business here.
    assert!(parse(&configuration("", "grants = { pkcs11 = [\"other\"] }\n")).is_ok());
}

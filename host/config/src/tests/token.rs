use super::{LEAST, faults, parse, with};
use crate::TokenSelector;
use crate::secrets::SecretSource;

const TOKEN: &str = "[tokens.hsm]\nmodule = \"lib/pkcs11.so\"\ntoken_label = \"keys\"\n\
                     pin_file = \"hsm.pin\"\nprofile = \"softhsm\"\n";

#[test]
fn a_token_has_defaults_for_what_is_left_out() {
    let configuration = parse(&format!("{LEAST}\n{TOKEN}")).unwrap();
    let token = configuration.tokens.values().next().unwrap();
    assert_eq!(token.module.to_str(), Some("/etc/claviger/lib/pkcs11.so"));
    assert_eq!(token.selector, TokenSelector::Label("keys".to_owned()));
    assert_eq!(
        token.pin,
        SecretSource::File("/etc/claviger/hsm.pin".into())
    );
    assert_eq!((token.sessions, token.queue), (8, 512));
    assert_eq!(token.table_path, "tokens.hsm");
}

#[test]
fn all_faults_of_a_token_are_reported() {
    let text = format!(
        "{LEAST}\n[tokens.hsm]\ntoken_label = \"keys\"\nslot = 3\npin = \"hunter2\"\n\
         sessions = 1025\nqueue = 0\npins = 1\nprofile = \"luna\"\nlibrary_parameters = \"\"\n"
    );
    assert_eq!(
        faults(&text),
        [
            "tokens.hsm.module: missing; write the path of the vendor's PKCS#11 library",
            "tokens.hsm.slot: a second way to say which token; remove this or `token_label`",
            "tokens.hsm.pin: secrets do not belong in this file; \
             put it in a file of mode 0600 and name that with `pin_file`",
            "tokens.hsm.pin_file: missing; name the file of mode 0600 that holds the PIN, \
             or an environment variable with `pin_env`",
            "tokens.hsm.sessions: out of range; write a whole number from 1 to 1024",
            "tokens.hsm.queue: out of range; write a whole number from 1 to 65536",
            "tokens.hsm.library_parameters: not 1 to 4096 bytes; shorten it, or leave it out",
            "tokens.hsm.pins: no such setting; did you mean `pin`?",
        ]
    );
    let nameless = TOKEN.replace("token_label = \"keys\"\n", "");
    assert_eq!(
        faults(&format!("{LEAST}\n{nameless}")),
        ["tokens.hsm.token_label: missing; \
             say which token: by `token_label`, `token_serial` or `slot`"]
    );
}

#[test]
fn one_token_in_two_tables_is_refused() {
    let again = TOKEN.replace("tokens.hsm", "tokens.replica");
    assert_eq!(
        faults(&format!("{LEAST}\n{TOKEN}{again}")),
        ["tokens.replica.token_label: the token of `hsm`; \
             use one table, and grant it as often as needed"]
    );
    let other = again.replace("keys", "other-keys");
    assert_eq!(faults(&format!("{LEAST}\n{TOKEN}{other}")), [""; 0]);
    let initialised = format!("{other}library_parameters = \"configdir=.\"\n");
    assert_eq!(
        faults(&format!("{LEAST}\n{TOKEN}{initialised}")),
        [
            "tokens.replica.library_parameters: not those of `hsm`, which has the same module; \
             a library is initialised once: write the same in both tables"
        ]
    );
}

#[test]
fn a_grant_lists_tokens_that_exist_each_once() {
    let granted = |list: &str| {
        let grants = format!("plugin = \"software\"\ngrants = {{ pkcs11 = {list} }}");
        with("plugin = \"software\"", &grants) + "\n" + TOKEN
    };
    let configuration = parse(&granted("[\"hsm\"]")).unwrap();
    let grants = &configuration.key_stores[0].backend.grants;
    assert_eq!(grants.tokens()[0].as_str(), "hsm");
    assert_eq!(
        faults(&granted("[\"hsn\", \"replica\", \"hsm\", \"hsm\"]")),
        [
            "key_store[0].backend.grants.pkcs11[0]: there is no token `hsn`; did you mean `hsm`?",
            "key_store[0].backend.grants.pkcs11[1]: there is no token `replica`; \
             add a [tokens.replica] table",
            "key_store[0].backend.grants.pkcs11[3]: `hsm` again; name it once",
        ]
    );
    assert_eq!(
        faults(&granted("[]")),
        ["key_store[0].backend.grants.pkcs11: an empty list; \
          name what is granted, or remove it"]
    );
    assert_eq!(
        faults(&granted("\"hsm\"")),
        [
            "key_store[0].backend.grants.pkcs11: a string, where a list belongs; \
          write a list of strings: [\"…\", \"…\"]"
        ]
    );
}

#[test]
fn library_parameters_are_not_shown() {
    let text = format!("{LEAST}\n{TOKEN}library_parameters = \"password='hunter2'\"\n");
    let shown = format!("{:?}", parse(&text).unwrap());
    assert!(!shown.contains("hunter2"), "{shown}");
}

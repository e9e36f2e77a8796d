use super::{LEAST, faults, warnings, with};

#[test]
fn references_to_what_is_not_there_are_refused() {
    let grants = "plugin = \"softwear\"\n\
                  grants = { key-storage = \"main\", keystorage = 1, log = \"yes\" }";
    assert_eq!(
        faults(&with("plugin = \"software\"", grants)),
        [
            "key_store[0].backend.plugin: there is no plugin `softwear`; did you mean `software`?",
            "key_store[0].backend.grants.log: a string, where true or false belongs; \
             write true or false, without quotes",
            "key_store[0].backend.grants.key-storage: there is no storage `main`; \
             add a [storage.main] table",
            "key_store[0].backend.grants.keystorage: no such capability; \
             did you mean `key-storage`?",
        ]
    );
}

#[test]
fn a_reference_to_a_faulty_table_is_no_second_fault() {
    let text = with("\"builtin:backend-software\"", "7");
    assert_eq!(
        faults(&text),
        [
            "plugin.software.component: a whole number, where a string belongs; \
          write it in double quotes"
        ]
    );
}

#[test]
fn a_component_file_has_a_digest_and_a_builtin_one_has_none() {
    let component = "component = \"builtin:backend-software\"";
    assert_eq!(
        faults(&with(component, "component = \"vendor.wasm\"")),
        ["plugin.software.digest: missing; \
          write the file's SHA-256, which `claviger check` prints: \"sha256:…\""]
    );
    assert_eq!(
        faults(&with(
            component,
            &format!("{component}\ndigest = \"unchecked\"")
        )),
        [
            "plugin.software.digest: a stock plugin has no digest: it is inside the binary; remove it"
        ]
    );
    assert_eq!(
        faults(&with(
            component,
            "component = \"vendor.wasm\"\ndigest = \"sha1:00\""
        )),
        ["plugin.software.digest: not a digest; \
          write \"sha256:\" and 64 hexadecimal digits; `claviger check` prints them"]
    );
    assert_eq!(
        faults(&with(component, "component = \"builtin:Backend\"")),
        ["plugin.software.component: not a name; \
          after \"builtin:\", use 1 to 64 characters of a-z, 0-9 and -"]
    );
    assert_eq!(
        warnings(&with(
            component,
            "component = \"vendor.wasm\"\ndigest = \"unchecked\""
        ))[0],
        "plugin.software.digest: any component at this path will be run; \
         write the component's digest, which `claviger check` prints"
    );
}

#[test]
fn names_of_tables_are_checked() {
    let text = format!("{LEAST}\n[plugin.\"Bad Name\"]\ncomponent = \"builtin:x\"\n");
    assert_eq!(
        faults(&text),
        ["plugin.\"Bad Name\": not a name; use 1 to 64 characters of a-z, 0-9 and -"]
    );
}

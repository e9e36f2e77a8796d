use super::*;

fn faults_of(text: &str, reader: impl FnOnce(&Table<'_>)) -> Vec<String> {
    match read(text, |settings| {
        reader(settings);
        Some(())
    }) {
        Ok(()) => Vec::new(),
        Err(faults) => faults.iter().map(Fault::to_string).collect(),
    }
}

#[test]
fn a_right_setting_is_read_without_a_fault() {
    let read = read(r#"{"a":"x","b":true,"c":7,"d":["p","q"]}"#, |s| {
        Some((
            s.text("a")?.to_owned(),
            s.flag("b")?,
            s.integer("c", 0..=9)?,
            s.texts("d")?.concat(),
        ))
    });
    assert_eq!(read.unwrap(), ("x".to_owned(), true, 7, "pq".to_owned()));
}

#[test]
fn lists_of_whole_numbers_are_read_and_every_fault_of_them_is_named() {
    let right = read(r#"{"a":[1,9]}"#, |s| s.integers("a", 1..=9));
    assert_eq!(right.unwrap(), [1, 9]);
    let faults = faults_of(r#"{"a":[1,0,"x"],"b":7}"#, |s| {
        assert_eq!(s.integers("a", 1..=9), None);
        assert_eq!(s.integers("b", 1..=9), None);
        assert_eq!(s.integers("c", 1..=9), None);
    });
    let fix = "write a list of whole numbers from 1 to 9";
    assert_eq!(
        faults,
        [
            format!("a[1]: out of range; {fix}"),
            format!("a[2]: a string, where a whole number belongs; {fix}"),
            format!("b: a whole number, where a list belongs; {fix}"),
        ]
    );
}

#[test]
fn text_that_is_no_json_object_is_refused_without_repeating_it() {
    assert_eq!(
        parse("{\n \"pin\": hunter2 }").unwrap_err().to_string(),
        "not JSON at line 2, column 9; write a JSON object: { … }"
    );
    assert_eq!(
        parse("[]").unwrap_err().to_string(),
        "the settings are a list; write a JSON object: { … }"
    );
}

#[test]
fn a_reader_that_refuses_without_a_reason_is_still_a_fault() {
    let faults = read("{}", |_| None::<()>).unwrap_err();
    assert_eq!(
        faults[0].to_string(),
        "refused, but the reason is missing; report this as a bug of the plugin that reads these settings"
    );
}

#[test]
fn all_faults_are_reported_at_once() {
    let text = r#"{"a":1,"b":"yes","c":-1,"d":["p",2,null],"e":"warmish","f":[]}"#;
    let faults = faults_of(text, |s| {
        s.text("a");
        s.flag("b");
        s.integer("c", 1..=9);
        s.texts("d");
        s.choice("e", &[("warm", ()), ("cold", ()), ("per-request", ())]);
        s.table("f");
        s.required_text("g", "name the key");
    });
    assert_eq!(
        faults,
        [
            "a: a whole number, where a string belongs; write it in double quotes",
            "b: a string, where true or false belongs; write true or false, without quotes",
            "c: out of range; write a whole number from 1 to 9",
            "d[1]: a whole number, where a string belongs; write it in double quotes",
            "d[2]: null, where a string belongs; write it in double quotes",
            "e: `warmish` is not a choice here; write \"warm\", \"cold\" or \"per-request\"",
            "f: a list, where a table belongs; write a table of settings",
            "g: missing; name the key",
        ]
    );
}

#[test]
fn tables_in_lists_have_paths_with_their_place() {
    let text = r#"{"statements":[{"effect":"allow"},{"efect":"deny"},3]}"#;
    let faults = faults_of(text, |s| {
        for statement in s.tables("statements") {
            statement.required_text("effect", "write \"allow\" or \"deny\"");
            statement.finish();
        }
    });
    assert_eq!(
        faults,
        [
            "statements[2]: a whole number, where a table belongs; write a table of settings",
            "statements[1].effect: missing; write \"allow\" or \"deny\"",
            "statements[1].efect: no such setting; did you mean `effect`?",
        ]
    );
}

#[test]
fn unknown_keys_far_from_any_known_one_are_told_what_there_is() {
    let faults = faults_of(r#"{"colour":1}"#, |s| {
        s.text("cipher");
        s.integer("rotation_days", 0..=9);
    });
    assert_eq!(
        faults,
        ["colour: no such setting; remove it; known here: `cipher`, `rotation_days`"]
    );
    assert_eq!(
        faults_of(r#"{"colour":1}"#, |_| ()),
        ["colour: no such setting; remove it; there are no settings here"]
    );
}

#[test]
fn a_forbidden_key_says_why_and_is_never_suggested() {
    let reader = |s: &Table<'_>| {
        s.text("pin_file");
        s.forbid("pin", "secrets do not belong here", "use pin_file");
    };
    assert_eq!(
        faults_of(r#"{"pin":"1234"}"#, reader),
        ["pin: secrets do not belong here; use pin_file"]
    );
    assert_eq!(
        faults_of(r#"{"pim":"1234"}"#, reader),
        ["pim: no such setting; remove it; known here: `pin_file`"]
    );
}

#[test]
fn a_table_of_other_things_than_settings_calls_them_by_their_name() {
    let faults = faults_of(r#"{"grants":{"randon":true}}"#, |s| {
        let Some(grants) = s.table("grants") else {
            return;
        };
        grants.flag("random");
        grants.finish_naming("capability");
    });
    assert_eq!(
        faults,
        ["grants.randon: no such capability; did you mean `random`?"]
    );
}

#[test]
fn free_keys_are_all_known_and_quoted_in_paths() {
    let faults = faults_of(r#"{"keys":{"billing.2026":4,"b":"c"}}"#, |s| {
        let Some(keys) = s.table("keys") else { return };
        for key in keys.keys() {
            keys.text(key);
        }
        keys.finish();
    });
    assert_eq!(
        faults,
        [
            "keys.\"billing.2026\": a whole number, where a string belongs; write it in double quotes"
        ]
    );
}

#[test]
fn a_choice_repeats_only_what_is_short_and_printable() {
    let long = format!(r#"{{"e":"{}"}}"#, "s".repeat(33));
    for text in [long.as_str(), r#"{"e":"a\u001bb"}"#, r#"{"e":""}"#] {
        assert_eq!(
            faults_of(text, |s| {
                s.choice("e", &[("warm", ())]);
            }),
            ["e: not a choice here; write \"warm\""]
        );
    }
}

#[test]
fn a_parser_s_problem_is_reported_at_its_key() {
    let faults = faults_of(r#"{"account":"12"}"#, |s| {
        s.parsed("account", |text| match text.len() {
            12 => Ok(text),
            _ => Err(("not an account id", "write 12 digits")),
        });
    });
    assert_eq!(faults, ["account: not an account id; write 12 digits"]);
}

#[test]
fn integers_at_both_ends_of_a_range_are_in_it() {
    let faults = faults_of(
        r#"{"a":1,"b":9,"c":10,"d":2.0,"e":18446744073709551615}"#,
        |s| {
            assert_eq!(s.integer("a", 1..=9), Some(1));
            assert_eq!(s.integer("b", 1..=9), Some(9));
            s.integer("c", 1..=9);
            s.integer("d", 1..=9);
            assert_eq!(s.integer("e", 0..=u64::MAX), Some(u64::MAX));
        },
    );
    assert_eq!(
        faults,
        [
            "c: out of range; write a whole number from 1 to 9",
            "d: a number with a fraction, where a whole number belongs; \
             write a whole number from 1 to 9",
        ]
    );
}

use super::{LEAST, faults, parse};
use crate::{IvConvention, Profile};

const TOKEN: &str = "[tokens.hsm]\nmodule = \"lib/pkcs11.so\"\ntoken_label = \"keys\"\n\
                     pin_file = \"hsm.pin\"\n";

fn with_profile(setting: &str) -> String {
    format!("{LEAST}\n{TOKEN}{setting}\n")
}

fn profile(setting: &str) -> Profile {
    let configuration = parse(&with_profile(setting)).unwrap();
    let token = configuration.tokens.into_values().next().unwrap();
    token.profile
}

#[test]
fn named_profiles_are_what_the_vendors_do() {
    use IvConvention as Iv;
    for (name, mechanism, convention, length, codes) in [
        ("softhsm", 0x1087, Iv::CallerRandom, 12, &[5, 0x40][..]),
        ("cloudhsm", 0x1087, Iv::ZeroWriteback, 12, &[0x40, 6]),
        (
            "cloudhsm-vendor",
            0x8000_1087,
            Iv::NullPrefixed,
            12,
            &[0x40, 6],
        ),
        ("luna-fips", 0x1087, Iv::NullAppended, 16, &[0x40]),
        ("luna", 0x1087, Iv::CallerRandom, 12, &[0x40]),
        ("nshield", 0x1087, Iv::ZeroWriteback, 12, &[6]),
    ] {
        let profile = profile(&format!("profile = \"{name}\""));
        assert_eq!(profile.mechanism, mechanism, "{name}");
        assert_eq!(profile.convention, convention, "{name}");
        assert_eq!(profile.vector_length, length, "{name}");
        assert_eq!(*profile.bad_tag_codes, *codes, "{name}");
    }
}

#[test]
fn no_return_value_of_a_known_hsm_means_two_things() {
    for (name, profile) in Profile::NAMED {
        let both = |code| profile.fatal_codes.contains(code);
        assert!(!profile.bad_tag_codes.is_empty(), "{name}");
        assert!(!profile.bad_tag_codes.iter().any(both), "{name}");
    }
}

#[test]
fn a_profile_of_another_hsm_is_spelt_out() {
    let inline = "profile = { mechanism = 0x1087, iv_convention = \"null-appended\", \
                  iv_length = 16, bad_tag_codes = [0x40] }";
    let expected = Profile {
        mechanism: 0x1087,
        convention: IvConvention::NullAppended,
        vector_length: 16,
        bad_tag_codes: vec![0x40].into(),
        fatal_codes: vec![].into(),
    };
    assert_eq!(profile(inline), expected);
    let table = "[tokens.hsm.profile]\nmechanism = 0x80001087\nfatal_codes = [0x30]\n\
                 iv_convention = \"caller-random\"\niv_length = 12\nbad_tag_codes = [6, 0x40]\n";
    let profile = profile(table);
    assert_eq!(profile.mechanism, 0x8000_1087);
    assert_eq!(*profile.fatal_codes, [0x30]);
}

#[test]
fn a_token_without_a_profile_is_refused_with_their_names() {
    let names = "\"softhsm\", \"cloudhsm\", \"cloudhsm-vendor\", \"luna-fips\", \"luna\"";
    assert_eq!(
        faults(&with_profile("")),
        [format!(
            "tokens.hsm.profile: missing; name the kind of HSM, {names}, \"nshield\", \
             or write a table: {{ mechanism = 0x1087, … }}"
        )]
    );
    assert_eq!(
        faults(&with_profile("profile = \"softhms\"")),
        [format!(
            "tokens.hsm.profile: `softhms` is not a choice here; write {names} or \"nshield\""
        )]
    );
}

#[test]
fn all_faults_of_a_profile_are_reported_and_those_of_its_token() {
    let codes = vec!["0x40"; 65].join(", ");
    let wrong = format!(
        "sessions = 0\nprofile = {{ iv_length = 14, bad_tag_codes = [], \
         iv_convention = \"random\", fatal_codes = [{codes}], mechanisms = 1 }}"
    );
    let reported = faults(&with_profile(&wrong));
    let starts = [
        "tokens.hsm.sessions: out of range",
        "tokens.hsm.profile.mechanism: missing; write the number of the mechanism",
        "tokens.hsm.profile.iv_convention: `random` is not a choice here; write \"caller-random\"",
        "tokens.hsm.profile.iv_length: AWS KMS accepts no such length; write 12 or 16",
        "tokens.hsm.profile.bad_tag_codes: a token that refuses no tag",
        "tokens.hsm.profile.fatal_codes: more than 64 return values",
        "tokens.hsm.profile.mechanisms: no such setting; did you mean `mechanism`?",
    ];
    assert_eq!(reported.len(), starts.len(), "{reported:#?}");
    for start in starts {
        let named = reported.iter().any(|fault| fault.starts_with(start));
        assert!(named, "{start}\nin {reported:#?}");
    }
    let reported = faults(&with_profile("profile = { fatal_codes = [\"x\"] }"));
    assert_eq!(reported.len(), 5, "{reported:#?}");
    let path = "tokens.hsm.profile.fatal_codes[0]: ";
    let named = reported.iter().any(|fault| fault.starts_with(path));
    assert!(named, "{reported:#?}");
}

/// A second place could contradict the first, or belong to somebody else than the
/// operator of the token.
#[test]
fn flt_55_a_profile_is_a_setting_of_the_token_and_of_nothing_else() {
    let storage = "profile = \"softhsm\"\n[storage.main]\npath = \"keys.sqlite\"\n\
                   key_encryption_key = { token = \"hsm\", label = \"kek\", profile = \"luna\" }";
    assert_eq!(
        faults(&with_profile(storage)),
        [
            "storage.main.key_encryption_key.profile: how a token does AES-GCM is a setting of \
             the token; move it to tokens.hsm.profile"
        ]
    );
}

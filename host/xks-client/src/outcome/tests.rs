use std::collections::HashSet;

use super::*;

#[test]
fn every_outcome_is_listed_once() {
    let all: HashSet<Outcome> = Outcome::ALL.into_iter().collect();
    assert_eq!(all.len(), Outcome::ALL.len());
    let summaries: HashSet<&str> = Outcome::ALL.iter().map(|one| one.summary()).collect();
    assert_eq!(summaries.len(), Outcome::ALL.len());
}

#[test]
fn every_error_name_leads_to_its_own_outcome_where_the_specification_has_it() {
    for error in XksError::ALL {
        let outcome = Outcome::of_error(error, Api::Decrypt);
        assert_eq!(outcome.error(), Some(error));
        assert!(outcome.summary().contains(error.name()));
        assert!(outcome.summary().contains(error.status().as_str()));
    }
    let health = |error| Outcome::of_error(error, Api::GetHealthStatus);
    assert_eq!(health(XksError::KeyNotFound), Outcome::Malformed);
    assert_eq!(health(XksError::InvalidKeyUsage), Outcome::Malformed);
    assert_eq!(health(XksError::AccessDenied), Outcome::AccessDenied);
    assert_eq!(
        Outcome::of_error(XksError::InvalidCiphertext, Api::Encrypt),
        Outcome::Malformed
    );
}

#[test]
fn every_outcome_has_a_consequence_somewhere() {
    for outcome in Outcome::ALL {
        let Consequences {
            create_or_update,
            connect,
            create_key,
            cryptographic,
        } = outcome.consequences();
        assert_eq!(create_or_update.is_some(), connect.is_some(), "{outcome:?}");
        assert!(
            connect.is_some() || create_key.is_some() || cryptographic.is_some(),
            "{outcome:?}"
        );
    }
}

#[test]
fn texts_are_found_again_in_both_wordings() {
    for outcome in Outcome::ALL {
        let found: Vec<Outcome> = Outcome::of_text(&outcome.text_with("RSA_2048")).collect();
        assert!(found.contains(&outcome), "{outcome:?}: {found:?}");
        assert!(!outcome.text_with("x").contains('<'), "{outcome:?}");
        if let Some(text) = outcome.specification_text() {
            assert_ne!(text, outcome.text());
            assert!(Outcome::of_text(text).any(|found| found == outcome));
        }
    }
    assert_eq!(Outcome::of_text("").count(), 0);
    assert_eq!(
        Outcome::of_text(
            "  AWS KMS cannot establish a TLS connection to the external key store \
                          proxy. Verify the TLS configuration, including its certificate\n"
        )
        .collect::<Vec<_>>(),
        [Outcome::NoTls]
    );
}

#[test]
fn a_text_about_an_empty_value_is_a_sentence() {
    let text = Outcome::KeyUsage.text_with("");
    assert!(
        text.ends_with("of specified external key is empty."),
        "{text}"
    );
}

#[test]
fn codes_have_eighteen_names() {
    let names: HashSet<&str> = ConnectionErrorCode::ALL
        .iter()
        .map(|code| code.name())
        .collect();
    assert_eq!(names.len(), 18);
    for code in ConnectionErrorCode::ALL {
        assert_eq!(ConnectionErrorCode::from_name(code.name()), Some(code));
    }
    assert_eq!(ConnectionErrorCode::from_name("XKS"), None);
}

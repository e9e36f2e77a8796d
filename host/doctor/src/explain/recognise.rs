//! What it is that somebody wants explained.

use claviger_xks_client::outcome::Outcome;

use super::terms::{self, Kind, Term};
use crate::aws::cloud_trail::Record;
use crate::catalogue::{self, Check};

/// The longest text that is looked at, in bytes.
pub(super) const TEXT_LIMIT: usize = 4 << 20;

/// The fewest characters of a message that are recognised in a text.
const SHORTEST: usize = 12;

/// Something that can be explained.
#[derive(Debug, Clone)]
pub enum Subject {
    /// The id of a check.
    Check(&'static Check),
    /// A code, an exception, or a message of AWS KMS's own.
    Term(&'static Term),
    /// A message that comes of a call to the proxy: the outcomes that have it.
    Outcomes(Vec<Outcome>),
    /// Records of `CloudTrail`.
    Records(Vec<Record>),
    /// The id of a request, for looking into an audit file.
    RequestId(String),
    /// The order in which things can be deleted.
    Deletion,
}

/// Nothing in the text is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "nothing in this is known here: no connection error code, exception, message of AWS KMS, \
     check or CloudTrail record"
)]
pub struct Unknown;

/// Finds out what a text is: the most telling things in it first.
pub fn recognise(text: &str) -> Result<Vec<Subject>, Unknown> {
    let text = text.trim();
    if text.is_empty() {
        return Err(Unknown);
    }
    if let Some(check) = catalogue::find(text) {
        return Ok(vec![Subject::Check(check)]);
    }
    if ["deletion", "delete"]
        .iter()
        .any(|word| word.eq_ignore_ascii_case(text))
    {
        return Ok(vec![Subject::Deletion]);
    }
    if is_uuid(text) {
        return Ok(vec![Subject::RequestId(text.to_owned())]);
    }
    if let Some(term) = terms::find(text) {
        return Ok(vec![Subject::Term(term)]);
    }
    if text.starts_with(['{', '['])
        && let Ok(records) = Record::parse(text)
    {
        return Ok(vec![Subject::Records(records)]);
    }
    let found = in_prose(text);
    if found.is_empty() {
        Err(Unknown)
    } else {
        Ok(found)
    }
}

/// What a message or a name in running text says. A message is all that is needed; an
/// exception's name is explained only where there is nothing better.
pub(super) fn in_prose(text: &str) -> Vec<Subject> {
    let text = one_line(text);
    let outcomes: Vec<_> = Outcome::ALL
        .into_iter()
        .filter(|outcome| {
            let texts = [Some(outcome.text()), outcome.specification_text()];
            texts
                .into_iter()
                .flatten()
                .any(|message| contains(&text, message))
        })
        .collect();
    if !outcomes.is_empty() {
        return vec![Subject::Outcomes(outcomes)];
    }
    let message = terms::all()
        .filter(|term| term.kind == Kind::Message)
        .find(|term| text.contains(term.name));
    if let Some(term) = message {
        return vec![Subject::Term(term)];
    }
    let word = |character: char| character.is_ascii_alphanumeric() || character == '_';
    let mut found: Vec<&Term> = Vec::new();
    for name in text.split(|character| !word(character)) {
        let term = terms::all().find(|term| term.kind != Kind::Message && term.name == name);
        if let Some(term) = term
            && !found.contains(&term)
        {
            found.push(term);
        }
    }
    found.sort_by_key(|term| term.kind != Kind::ConnectionErrorCode);
    found.into_iter().map(Subject::Term).collect()
}

/// Whether a text has the telling part of a message: its first sentence, up to a place
/// for a value.
fn contains(text: &str, message: &str) -> bool {
    let sentence = match message.split_once(". ") {
        // Of the three messages with a value the first sentence is the telling one too.
        Some((first, _)) => first,
        None => message.trim_end_matches('.'),
    };
    let sentence = sentence.split('<').next().unwrap_or(sentence);
    sentence.len() >= SHORTEST && text.contains(sentence)
}

/// White space of every kind is a space: terminals and mails break lines.
fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn is_uuid(text: &str) -> bool {
    let groups: Vec<_> = text.split('-').collect();
    let lengths: Vec<_> = groups.iter().map(|group| group.len()).collect();
    lengths == [8, 4, 4, 4, 12]
        && groups
            .iter()
            .all(|group| group.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use claviger_xks_client::outcome::{ConnectionErrorCode, KmsException};

    fn term(text: &str) -> &'static str {
        match recognise(text).unwrap().first() {
            Some(Subject::Term(term)) => term.name,
            other => panic!("{text}: {other:?}"),
        }
    }

    #[test]
    fn every_code_and_every_exception_of_a_proxy_is_a_term() {
        for code in ConnectionErrorCode::ALL {
            assert_eq!(term(code.name()), code.name());
        }
        for outcome in Outcome::ALL {
            let consequences = outcome.consequences();
            for exception in [
                consequences.create_or_update,
                consequences.create_key,
                consequences.cryptographic,
            ] {
                let Some(exception) = exception else { continue };
                assert_eq!(term(exception.value.name()), exception.value.name());
            }
        }
        assert_eq!(
            term("KMSInvalidState"),
            KmsException::KmsInvalidState.name()
        );
    }

    #[test]
    fn every_message_is_recognised_in_both_wordings_wherever_it_stands() {
        for outcome in Outcome::ALL {
            let texts = [
                Some(outcome.text_with("X")),
                outcome.specification_text().map(str::to_owned),
            ];
            for text in texts.into_iter().flatten() {
                let sdk = format!(
                    "An error occurred (KMSInvalidStateException) when calling the Encrypt \
                     operation: {}",
                    text.replace(" the ", "\n  the ")
                );
                for given in [text, sdk] {
                    let found = recognise(&given).unwrap();
                    let [Subject::Outcomes(outcomes)] = found.as_slice() else {
                        panic!("{given}: {found:?}")
                    };
                    assert!(outcomes.contains(&outcome), "{given}: {outcomes:?}");
                    let text = outcome.text();
                    assert!(
                        outcomes.iter().all(|other| other.text() == text),
                        "{outcomes:?}"
                    );
                }
            }
        }
    }

    #[test]
    fn messages_of_aws_kms_itself_are_recognised() {
        let arn = "arn:aws:kms:eu-central-1:111122223333:key/1";
        assert_eq!(term(&format!("{arn} is disabled.")), " is disabled");
        assert_eq!(
            term(&format!("{arn} is pending deletion.")),
            " is pending deletion"
        );
        assert_eq!(
            term(&format!("{arn} is not pending deletion.")),
            " is not pending deletion"
        );
        assert_eq!(term(&format!("{arn} is unavailable.")), " is unavailable");
        assert_eq!(
            term(&format!("Key '{arn}' does not exist")),
            "does not exist"
        );
    }

    #[test]
    fn a_name_in_a_sentence_is_recognised_and_a_code_comes_first() {
        let found = recognise(
            "CustomKeyStoreInvalidStateException since it is FAILED with XKS_PROXY_TIMED_OUT",
        );
        let names: Vec<_> = found
            .unwrap()
            .iter()
            .map(|subject| match subject {
                Subject::Term(term) => term.name,
                other => panic!("{other:?}"),
            })
            .collect();
        assert_eq!(
            names,
            ["XKS_PROXY_TIMED_OUT", "CustomKeyStoreInvalidStateException"]
        );
    }

    #[test]
    fn ids_of_checks_and_of_requests_are_recognised() {
        assert!(matches!(recognise("v07").unwrap()[0], Subject::Check(check) if check.id == "V07"));
        let id = "0f1e2d3c-0000-1111-2222-333344445555";
        assert!(matches!(&recognise(id).unwrap()[0], Subject::RequestId(found) if found == id));
        assert!(matches!(
            recognise("deletion").unwrap()[0],
            Subject::Deletion
        ));
    }

    #[test]
    fn what_is_not_known_is_said_so() {
        for text in ["", "XKS_PROXY", "{}", "hello", "[1]"] {
            assert_eq!(recognise(text).unwrap_err(), Unknown, "{text}");
        }
    }
}

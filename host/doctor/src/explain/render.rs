//! Explanations as text for a terminal.

use std::fmt::Write as _;

use claviger_xks_client::outcome::Outcome;

use super::DELETION;
use super::causes::{self, Cause};
use super::recognise::{Subject, in_prose};
use super::terms::{self, Term};
use crate::aws::cloud_trail::Record;
use crate::becomes::Becomes;
use crate::catalogue::Check;
use crate::finding::shown;
use crate::output::{command, wrap};

/// The explanation, with lines of at most 100 characters.
pub fn text(subject: &Subject) -> String {
    match subject {
        Subject::Check(check) => of_check(check),
        Subject::Term(term) => of_term(term),
        Subject::Outcomes(outcomes) => of_outcomes(outcomes),
        Subject::Records(records) => records.iter().map(of_record).collect::<Vec<_>>().join("\n"),
        Subject::RequestId(id) => format!("Request {id}\n"),
        Subject::Deletion => DELETION.to_owned(),
    }
}

fn of_check(check: &Check) -> String {
    let mut text = format!("{}  {}\n\n", check.id, check.title);
    text += &wrap(&format!("Looks at: {}", check.looks_at), "", "  ");
    if !check.becomes.is_empty() {
        text += "AWS KMS, when it fails:\n";
        for becomes in check.becomes {
            for line in becomes.lines() {
                text += &wrap(&line, "  - ", "    ");
            }
        }
    }
    if !check.fix.is_empty() {
        text += &command::lines(check.fix, "fix: ", "  ");
    }
    for paragraph in check.more.split("\n\n") {
        text.push('\n');
        text += &wrap(paragraph, "", "");
    }
    text
}

fn of_term(term: &Term) -> String {
    let name = term.name.trim();
    let mut text = format!("{name}\n");
    text += &wrap(
        &format!("{} of {}", term.kind.name(), term.from),
        "  ",
        "  ",
    );
    text.push('\n');
    text += &wrap(&format!("{}.", capital(term.meaning)), "", "");
    if !term.note.is_empty() {
        text += &wrap(term.note, "", "");
    }
    text + &of_causes(term.causes)
}

fn of_outcomes(outcomes: &[Outcome]) -> String {
    let mut text = String::new();
    let mut all: Vec<&'static Cause> = Vec::new();
    for outcome in outcomes {
        let term = terms::of_outcome(*outcome);
        if text.is_empty() {
            text += &wrap(&format!("«{}»", term.name), "", "");
            text.push('\n');
        }
        text += &wrap(&format!("{}.", capital(term.meaning)), "", "");
        for line in Becomes::Call(*outcome).lines() {
            text += &wrap(&line, "  - ", "    ");
        }
        for cause in causes::of_outcome(*outcome) {
            if !all.contains(cause) {
                all.push(cause);
            }
        }
    }
    text + &of_causes(&all)
}

fn of_causes(causes: &[&Cause]) -> String {
    let mut text = match causes {
        [] => return String::new(),
        [_] => "\nThe cause:\n".to_owned(),
        _ => "\nCauses, the likeliest first:\n".to_owned(),
    };
    for (index, cause) in causes.iter().enumerate() {
        text.push('\n');
        text += &wrap(
            &format!("{}.", cause.what),
            &format!("{}. ", index + 1),
            "   ",
        );
        text += &wrap(cause.tell, "   tell:   ", "           ");
        text += &command::lines(cause.fix, "   fix:    ", "           ");
        let ids: Vec<_> = cause.checks.iter().map(|check| check.id).collect();
        if !ids.is_empty() {
            // Writing to a String cannot fail.
            let _ = writeln!(text, "   checks: {}", ids.join(", "));
        }
    }
    text
}

/// A record in a few lines, and what its message means.
fn of_record(record: &Record) -> String {
    let part = |value: Option<&str>| shown(value.unwrap_or("(not in the record)"));
    let mut text = format!(
        "{} at {}, request {}\n",
        part(record.event_name.as_deref()),
        part(record.event_time.as_deref()),
        part(record.request_id.as_deref()),
    );
    for arn in record.key_arns() {
        let _ = writeln!(text, "  KMS key:      {}", shown(arn));
    }
    if let Some(key) = record.external_key_id() {
        let _ = writeln!(text, "  external key: {}", shown(key));
    }
    let Some(code) = &record.error_code else {
        text += "  It succeeded.\n";
        if record.event_name.as_deref() == Some("ConnectCustomKeyStore") {
            text += &wrap(CONNECT, "  ", "  ");
        }
        return text;
    };
    let message = record.error_message.as_deref().unwrap_or_default();
    text += &wrap(&format!("{}: {}", shown(code), shown(message)), "  ", "  ");
    let said = in_prose(&format!("{code} {message}"));
    if said.is_empty() {
        text += "\nThe message is not one that is known here.\n";
    }
    for subject in &said {
        text.push('\n');
        text += &self::text(subject);
    }
    text
}

const CONNECT: &str = "The record shows only that the call was accepted: look at ConnectionState \
                       of describe-custom-key-stores, and at the proxy's lines with kms_operation \
                       ConnectCustomKeyStore.";

fn capital(text: &str) -> String {
    let mut characters = text.chars();
    match characters.next() {
        Some(first) => first.to_uppercase().chain(characters).collect(),
        None => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::explain::recognise::recognise;

    fn explained(query: &str) -> String {
        recognise(query).unwrap().iter().map(text).collect()
    }

    #[test]
    fn every_explanation_fits_100_columns_and_has_a_fix() {
        for term in terms::all() {
            let text = of_term(term);
            assert!(text.contains("fix: "), "{text}");
            assert!(
                text.lines().all(|line| line.chars().count() <= 100),
                "{text}"
            );
        }
        for outcome in Outcome::ALL {
            let text = of_outcomes(&[outcome]);
            assert!(text.contains("fix: "), "{text}");
            assert!(
                text.lines().all(|line| line.chars().count() <= 100),
                "{text}"
            );
        }
        for check in crate::catalogue::ALL {
            let text = of_check(check);
            assert!(
                text.lines().all(|line| line.chars().count() <= 100),
                "{text}"
            );
        }
        assert!(DELETION.lines().all(|line| line.chars().count() <= 100));
    }

    #[test]
    fn a_term_has_the_causes_of_every_outcome_that_becomes_it() {
        for outcome in Outcome::ALL {
            let first = causes::of_outcome(outcome)[0];
            let consequences = outcome.consequences();
            let names = [
                consequences
                    .create_or_update
                    .map(|known| known.value.name()),
                consequences.connect.map(|known| known.value.name()),
                consequences.create_key.map(|known| known.value.name()),
            ];
            for name in names.into_iter().flatten() {
                // Its meaning says that the message says more.
                if name == "CustomKeyStoreInvalidStateException" {
                    continue;
                }
                let term = terms::find(name).unwrap();
                let known = causes::of_outcome(outcome);
                let shares = term.causes.iter().any(|cause| known.contains(cause));
                assert!(
                    shares,
                    "{name} lacks the causes of {outcome:?}: {}",
                    first.what
                );
            }
        }
    }

    #[test]
    fn a_record_is_explained_by_its_message() {
        let text = explained(
            r#"{"eventName":"Decrypt","eventTime":"2026-11-28T10:00:00Z",
            "errorCode":"KMSInvalidStateException","requestID":"r","errorMessage":"The external
            key store proxy rejected the request because it could not authenticate AWS KMS."}"#
                .replace('\n', "")
                .replace("            ", " ")
                .as_str(),
        );
        assert!(text.contains("401 AuthenticationFailedException"), "{text}");
        assert!(text.contains("different credentials"), "{text}");
    }
}

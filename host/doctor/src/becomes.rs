//! What AWS KMS makes of a failed check, operation by operation.

mod aws_fault;

pub use aws_fault::AwsFault;
use claviger_xks_client::outcome::{Known, Outcome};

/// What one cause becomes in AWS KMS.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Becomes {
    /// The proxy was called, and this came of it.
    Call(Outcome),
    /// AWS KMS finds it without calling the proxy.
    Aws(AwsFault),
}

/// What one operation of AWS KMS answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The operation, or several.
    pub operation: &'static str,
    /// An exception, or a connection error code.
    pub name: &'static str,
    /// The message, where it is published.
    pub message: Option<&'static str>,
    /// No source says it outright.
    pub inferred: bool,
}

const CREATE_OR_UPDATE: &str = "CreateCustomKeyStore, UpdateCustomKeyStore";
const CONNECT: &str = "ConnectCustomKeyStore, then FAILED with";
const CREATE_KEY: &str = "CreateKey";
const CRYPTOGRAPHIC: &str = "Encrypt, Decrypt, ReEncrypt, GenerateDataKey…";

impl Becomes {
    /// What each operation answers; none for those that it does not concern.
    pub fn answers(self) -> Vec<Answer> {
        match self {
            Self::Call(outcome) => of_call(outcome),
            Self::Aws(fault) => of_aws(fault),
        }
    }

    /// The answers as lines of text.
    pub fn lines(self) -> Vec<String> {
        let line = |answer: Answer| {
            let inferred = if answer.inferred { " (inferred)" } else { "" };
            let message = answer.message.map(|text| format!(": «{text}»"));
            format!(
                "{}: {}{inferred}{}",
                answer.operation,
                answer.name,
                message.unwrap_or_default()
            )
        };
        self.answers().into_iter().map(line).collect()
    }
}

fn of_call(outcome: Outcome) -> Vec<Answer> {
    fn answer<T>(
        operation: &'static str,
        known: Option<Known<T>>,
        name: impl FnOnce(T) -> &'static str,
    ) -> Option<Answer> {
        known.map(|known| Answer {
            operation,
            name: name(known.value),
            message: None,
            inferred: known.inferred,
        })
    }
    let consequences = outcome.consequences();
    let exceptions = [
        answer(CREATE_OR_UPDATE, consequences.create_or_update, |one| {
            one.name()
        }),
        answer(
            CONNECT,
            consequences.connect,
            claviger_xks_client::outcome::ConnectionErrorCode::name,
        ),
        answer(
            CREATE_KEY,
            consequences.create_key,
            claviger_xks_client::outcome::KmsException::name,
        ),
        answer(
            CRYPTOGRAPHIC,
            consequences.cryptographic,
            claviger_xks_client::outcome::KmsException::name,
        ),
    ];
    let mut answers: Vec<_> = exceptions.into_iter().flatten().collect();
    // The message is the same whichever operation it is that shows it.
    if let Some(last) = answers.last_mut() {
        last.message = Some(outcome.text());
    }
    answers
}

fn of_aws(fault: AwsFault) -> Vec<Answer> {
    let answer = |operation, name| Answer {
        operation,
        name,
        message: None,
        inferred: false,
    };
    [
        fault
            .create_or_update
            .map(|name| answer(CREATE_OR_UPDATE, name)),
        fault.connect.map(|name| answer(CONNECT, name)),
        fault.other.map(|(operation, name)| answer(operation, name)),
    ]
    .into_iter()
    .flatten()
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue;

    #[test]
    fn answers_name_exceptions_codes_and_the_message() {
        let lines = Becomes::Call(Outcome::NoTls).lines();
        assert_eq!(lines.len(), 4);
        assert_eq!(
            lines[1],
            "ConnectCustomKeyStore, then FAILED with: XKS_PROXY_INVALID_TLS_CONFIGURATION"
        );
        assert!(lines[3].contains("KMSInvalidStateException: «AWS KMS cannot establish"));
        assert!(Becomes::Call(Outcome::Throttling).lines()[1].ends_with("(inferred)"));
    }

    #[test]
    fn every_consequence_of_a_check_is_an_answer() {
        for check in catalogue::ALL {
            for becomes in check.becomes {
                assert!(!becomes.answers().is_empty(), "{}", check.id);
            }
        }
    }
}

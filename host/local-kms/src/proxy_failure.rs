//! The exceptions that follow from what a proxy did: a view of the one table, in
//! `claviger_xks_client::outcome`.

use claviger_xks_client::answer::Failure;
use claviger_xks_client::outcome::{KmsException, Known, Outcome};

use crate::exception::{Exception, ExceptionName};

/// Of `CreateCustomKeyStore` and `UpdateCustomKeyStore`.
pub fn of_create_or_update(failure: &Failure) -> Exception {
    let consequence = failure.outcome().consequences().create_or_update;
    exception(consequence, failure.text())
}

/// Of `CreateKey`.
pub fn of_create_key(failure: &Failure) -> Exception {
    let consequence = failure.outcome().consequences().create_key;
    exception(consequence, failure.text())
}

/// Of `CreateKey` in a key store that is not connected.
pub fn not_connected() -> Exception {
    let outcome = Outcome::NotConnected;
    let consequence = outcome.consequences().create_key;
    exception(consequence, outcome.text().to_owned())
}

/// Of cryptographic operations.
pub fn of_cryptography(failure: &Failure) -> Exception {
    let consequence = failure.outcome().consequences().cryptographic;
    exception(consequence, failure.text())
}

/// Of Decrypt, when the proxy answers well, but with something that the inner
/// layer was not.
pub fn inner_layer() -> Exception {
    let outcome = Outcome::InnerLayer;
    let consequence = outcome.consequences().cryptographic;
    exception(consequence, outcome.text().to_owned())
}

/// What the proxy itself said, which AWS KMS writes to `CloudWatch` Logs and callers are
/// not told: printable ASCII, and at most 511 characters.
pub fn said(failure: &Failure) -> &str {
    match failure {
        Failure::Refused(refusal) => refusal.message.as_deref().unwrap_or_default(),
        _ => "",
    }
}

/// An outcome that cannot come of an operation is a fault of this program.
fn exception(consequence: Option<Known<KmsException>>, text: String) -> Exception {
    let Some(known) = consequence else {
        return Exception::new(ExceptionName::KmsInternal, text);
    };
    let name = match known.value {
        KmsException::XksProxyUriUnreachable => ExceptionName::XksProxyUriUnreachable,
        KmsException::XksProxyInvalidResponse => ExceptionName::XksProxyInvalidResponse,
        KmsException::XksProxyInvalidConfiguration => ExceptionName::XksProxyInvalidConfiguration,
        KmsException::XksProxyIncorrectAuthenticationCredential => {
            ExceptionName::XksProxyIncorrectAuthenticationCredential
        }
        KmsException::CustomKeyStoreInvalidState => ExceptionName::CustomKeyStoreInvalidState,
        KmsException::XksKeyInvalidConfiguration => ExceptionName::XksKeyInvalidConfiguration,
        KmsException::XksKeyNotFound => ExceptionName::XksKeyNotFound,
        KmsException::UnsupportedOperation => ExceptionName::UnsupportedOperation,
        KmsException::KmsInvalidState => ExceptionName::KmsInvalidState,
    };
    Exception::new(name, text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_the_table() {
        for outcome in Outcome::ALL {
            let consequences = outcome.consequences();
            for known in [
                consequences.create_or_update,
                consequences.create_key,
                consequences.cryptographic,
            ]
            .into_iter()
            .flatten()
            {
                let exception = exception(Some(known), outcome.text().to_owned());
                assert_eq!(exception.name().as_str(), known.value.name());
            }
        }
    }

    #[test]
    fn a_key_store_that_is_not_connected_makes_no_keys() {
        assert_eq!(
            not_connected().name(),
            ExceptionName::CustomKeyStoreInvalidState
        );
        assert_eq!(inner_layer().name(), ExceptionName::KmsInvalidState);
    }
}

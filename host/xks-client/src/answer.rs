//! What an answer has to look like so that AWS KMS can work with it.
//!
//! Types, lengths and pairs of status and error name are those of the XKS proxy
//! API specification; what does not fit is one [`MalformedAnswer`], which AWS KMS
//! "cannot interpret".

mod decrypt;
mod encrypt;
mod failure;
mod health;
mod key_metadata;
mod malformed;
mod member;

pub use decrypt::read_plaintext;
pub use encrypt::Encrypted;
pub use failure::{Failure, Refusal};
pub use health::HealthReport;
pub use key_metadata::KeyMetadata;
pub use malformed::{Expected, MalformedAnswer};

use claviger_xks::error::{MAX_MESSAGE_CHARS, XksError};
use claviger_xks::json::Object;
use claviger_xks::request::json_content_type;
use claviger_xks::uri::Api;
use http::StatusCode;

use crate::exchange::RawAnswer;

/// The object in the body of a 200; anything else is why there is none.
pub fn read_object(api: Api, answer: &RawAnswer) -> Result<Object<'_>, Failure> {
    let object = json_content_type(&answer.headers)
        .map_err(|_| MalformedAnswer::ContentType)
        .and_then(|()| Object::parse(&answer.body).map_err(MalformedAnswer::Json));
    if answer.status == StatusCode::OK {
        return Ok(object?);
    }
    // What follows makes sense only where the specification has this status.
    if !XksError::ALL
        .iter()
        .any(|one| one.status() == answer.status)
    {
        return Err(MalformedAnswer::Status(answer.status).into());
    }
    Err(read_refusal(api, answer.status, &object?)?.into())
}

/// Reads the body of an answer other than 200.
pub fn read_refusal(
    api: Api,
    status: StatusCode,
    object: &Object<'_>,
) -> Result<Refusal, MalformedAnswer> {
    let name = member::required_string(object, "errorName")?;
    let message = member::optional_string(object, "errorMessage")?;
    if let Some(message) = message {
        let printable = message.bytes().all(|byte| (b' '..=b'~').contains(&byte));
        if !printable {
            return Err(MalformedAnswer::MessageCharacters);
        }
        if message.len() > MAX_MESSAGE_CHARS {
            return Err(MalformedAnswer::MessageLength {
                length: message.len(),
            });
        }
    }
    let error = XksError::ALL
        .into_iter()
        .find(|error| error.name() == name)
        .ok_or(MalformedAnswer::UnknownErrorName)?;
    if error.status() != status {
        return Err(MalformedAnswer::WrongStatus { status, error });
    }
    let refusal = Refusal {
        error,
        api,
        message: message.map(str::to_owned),
    };
    if refusal.outcome() == crate::outcome::Outcome::Malformed {
        return Err(MalformedAnswer::OutOfPlace { error, api });
    }
    Ok(refusal)
}

#[cfg(test)]
mod tests;

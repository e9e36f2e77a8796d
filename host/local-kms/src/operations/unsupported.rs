//! Operations that no key of this service is for. None of them succeeds: each
//! answers with an error of its own in the API model.

use super::cryptography::key_id;
use super::find::Place;
use super::{Answer, Call, texts};
use crate::exception::{Exception, ExceptionName};
use crate::state::Origin;

/// Sign, Verify and the like: keys here are for encryption. AWS KMS answers the
/// same of its symmetric encryption keys.
pub(super) fn other_usage(call: &Call<'_>) -> Result<Answer, Exception> {
    let key = call.read(key_id)?;
    let (place, state) = (Place::of(call), call.state());
    let key = place.key(&state, key)?;
    place.require_usable(&state, &key)?;
    Err(Exception::new(
        ExceptionName::InvalidKeyUsage,
        // Recorded.
        format!(
            "{} key usage is ENCRYPT_DECRYPT which is not valid for {}.",
            place.arn(key.id),
            call.operation.name()
        ),
    ))
}

/// Symmetric keys have no public key.
pub(super) fn get_public_key(call: &Call<'_>) -> Result<Answer, Exception> {
    let key = call.read(key_id)?;
    let place = Place::of(call);
    let key = place.key(&call.state(), key)?;
    Err(Exception::unsupported(format!(
        "{} has key spec SYMMETRIC_DEFAULT, which is not valid for GetPublicKey.",
        place.arn(key.id)
    )))
}

/// AWS KMS itself refuses this of keys of custom key stores.
pub(super) fn data_key_pair(call: &Call<'_>) -> Result<Answer, Exception> {
    let key = call.read(|members| {
        members.require("KeyPairSpec");
        key_id(members)
    })?;
    let (place, state) = (Place::of(call), call.state());
    let key = place.key(&state, key)?;
    let arn = place.arn(key.id);
    Err(match &key.origin {
        Origin::AwsKms => Exception::unsupported(format!(
            "local-kms does not generate data key pairs; {arn} is a key that AWS KMS would."
        )),
        origin @ Origin::ExternalKeyStore { .. } => texts::origin_not_valid(&arn, origin.name()),
    })
}

/// No key here has Origin EXTERNAL.
pub(super) fn import(call: &Call<'_>) -> Result<Answer, Exception> {
    let key = call.read(key_id)?;
    let place = Place::of(call);
    let key = place.key_without_alias(&call.state(), key)?;
    Err(texts::origin_not_valid(
        &place.arn(key.id),
        key.origin.name(),
    ))
}

/// No key here is of several Regions.
pub(super) fn multi_region(call: &Call<'_>) -> Result<Answer, Exception> {
    let key = call.read(key_id)?;
    let place = Place::of(call);
    let key = place.key_without_alias(&call.state(), key)?;
    Err(Exception::unsupported(format!(
        "{} is not a multi-Region key.",
        place.arn(key.id)
    )))
}

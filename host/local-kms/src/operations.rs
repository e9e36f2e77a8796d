//! What each operation does.

mod aliases;
mod call;
mod create_custom_key_store;
mod create_key;
mod cryptography;
mod custom_key_stores;
mod data_keys;
mod decrypt;
mod encrypt;
mod find;
mod grants;
mod key_deletion;
mod keys;
mod pages;
mod policies;
mod random;
mod re_encrypt;
mod rotation;
mod tags;
mod texts;
mod unsupported;
mod update_custom_key_store;

pub use call::{Answer, Call};
pub use create_custom_key_store::check as check_key_store;
pub use create_key::check as check_new_key;
pub use policies::{default_policy, is_policy};
pub use texts::internal;

use crate::exception::Exception;
use crate::operation::Operation;

/// Does what a call asks for.
pub async fn perform(call: &Call<'_>) -> Result<Answer, Exception> {
    match call.operation {
        Operation::CreateCustomKeyStore => create_custom_key_store::perform(call).await,
        Operation::UpdateCustomKeyStore => update_custom_key_store::perform(call).await,
        Operation::ConnectCustomKeyStore => custom_key_stores::connect(call).await,
        Operation::DisconnectCustomKeyStore => custom_key_stores::disconnect(call).await,
        Operation::DeleteCustomKeyStore => custom_key_stores::delete(call).await,
        Operation::DescribeCustomKeyStores => custom_key_stores::describe(call),

        Operation::CreateKey => create_key::perform(call).await,
        Operation::DescribeKey => keys::describe(call),
        Operation::ListKeys => keys::list(call),
        Operation::EnableKey => keys::set_enabled(call, true).await,
        Operation::DisableKey => keys::set_enabled(call, false).await,
        Operation::UpdateKeyDescription => keys::update_description(call).await,
        Operation::GetKeyLastUsage => keys::last_usage(call),
        Operation::ScheduleKeyDeletion => key_deletion::schedule(call).await,
        Operation::CancelKeyDeletion => key_deletion::cancel(call).await,

        Operation::Encrypt => encrypt::perform(call).await,
        Operation::Decrypt => decrypt::perform(call).await,
        Operation::ReEncrypt => re_encrypt::perform(call).await,
        Operation::GenerateDataKey | Operation::GenerateDataKeyWithoutPlaintext => {
            data_keys::perform(call).await
        }
        Operation::GenerateRandom => random::perform(call),

        Operation::CreateAlias => aliases::create(call).await,
        Operation::UpdateAlias => aliases::update(call).await,
        Operation::DeleteAlias => aliases::delete(call).await,
        Operation::ListAliases => aliases::list(call),

        Operation::TagResource => tags::tag(call).await,
        Operation::UntagResource => tags::untag(call).await,
        Operation::ListResourceTags => tags::list(call),

        Operation::PutKeyPolicy => policies::put(call).await,
        Operation::GetKeyPolicy => policies::get(call),
        Operation::ListKeyPolicies => policies::list(call),

        Operation::CreateGrant => grants::create(call).await,
        Operation::ListGrants => grants::list(call),
        Operation::ListRetirableGrants => grants::list_retirable(call),
        Operation::RevokeGrant => grants::revoke(call).await,
        Operation::RetireGrant => grants::retire(call).await,

        Operation::EnableKeyRotation => rotation::enable(call).await,
        Operation::DisableKeyRotation => rotation::disable(call).await,
        Operation::GetKeyRotationStatus => rotation::status(call),
        Operation::RotateKeyOnDemand => rotation::rotate_on_demand(call).await,
        Operation::ListKeyRotations => rotation::list(call),

        Operation::Sign
        | Operation::Verify
        | Operation::GenerateMac
        | Operation::VerifyMac
        | Operation::DeriveSharedSecret
        | Operation::Encapsulate
        | Operation::Decapsulate => unsupported::other_usage(call),
        Operation::GetPublicKey => unsupported::get_public_key(call),
        Operation::GenerateDataKeyPair | Operation::GenerateDataKeyPairWithoutPlaintext => {
            unsupported::data_key_pair(call)
        }
        Operation::GetParametersForImport
        | Operation::ImportKeyMaterial
        | Operation::DeleteImportedKeyMaterial => unsupported::import(call),
        Operation::ReplicateKey | Operation::UpdatePrimaryRegion => unsupported::multi_region(call),
    }
}

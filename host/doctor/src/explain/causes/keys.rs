//! Causes in the external key, the ciphertext, or the KMS key.

use super::Cause;
use crate::catalogue::{E01, E03, E04, K01, M01, M02, M03};

pub(crate) static KEY_DISABLED: Cause = Cause {
    what: "The external key is not ENABLED in the key manager",
    tell: "GetKeyMetadata says another keyStatus; aws kms enable-key does not help",
    fix: "enable the key with the key manager's own tool; Claviger's is: claviger key enable \
          --config FILE --key-store NAME KEY",
    checks: &[&M02],
};

pub(crate) static KEY_STORE_DISABLED: Cause = Cause {
    what: "The key store is disabled at the proxy",
    tell: "every key of the key store is refused, and GetHealthStatus too",
    fix: "enable it at the proxy; Claviger, whose configuration may also say enabled = false: \
          claviger key-store enable --config FILE NAME",
    checks: &[],
};

pub(crate) static KEY_LACKS_USAGE: Cause = Cause {
    what: "The external key may not be used for what is asked",
    tell: "GetKeyMetadata: keyUsage lacks ENCRYPT or DECRYPT",
    fix: "give the key both uses in the key manager",
    checks: &[&M02],
};

pub(crate) static KEY_NOT_AES_256: Cause = Cause {
    what: "The external key is not an AES key of 256 bits",
    tell: "GetKeyMetadata: keySpec is not AES_256",
    fix: "make another key: the spec of a key cannot be changed",
    checks: &[&M02],
};

pub(crate) static KEY_ID_WRONG: Cause = Cause {
    what: "XksKeyId is not an id that the proxy knows",
    tell: "CreateKey fails; the proxy's list of keys spells it differently (claviger key list)",
    fix: "call CreateKey with the right id",
    checks: &[&M01, &M03],
};

pub(crate) static KEY_GONE: Cause = Cause {
    what: "The external key of an existing KMS key is gone",
    tell: "it worked before; the key manager does not list the key any more, or the proxy talks \
           to another key manager",
    fix: "restore the same key under the same id from the key manager's backup; a KMS key cannot \
          be given another external key, so what it has encrypted is lost otherwise",
    checks: &[&M01],
};

pub(crate) static KEY_ID_TAKEN: Cause = Cause {
    what: "Another KMS key of the key store has the external key already",
    tell: "aws kms list-keys and describe-key: XksKeyConfiguration.Id; keys that are pending \
           deletion count too",
    fix: "use the KMS key that has it, or another external key",
    checks: &[],
};

pub(crate) static OTHER_ENCRYPTION_CONTEXT: Cause = Cause {
    what: "The encryption context is not the one of the encryption",
    tell: "only some ciphertexts fail; compare key and value pairs, case included",
    fix: "decrypt with exactly the encryption context that was used for encrypting",
    checks: &[],
};

pub(crate) static DAMAGED_CIPHERTEXT: Cause = Cause {
    what: "The ciphertext was damaged where it was kept",
    tell: "the same ciphertext fails every time, its neighbours do not; compare its length and \
           hash with a backup's",
    fix: "restore it from a backup",
    checks: &[],
};

pub(crate) static KEY_VERSION_GONE: Cause = Cause {
    what: "The key manager has the key's id, but no longer the key that encrypted",
    tell: "everything older than a certain day fails: a rotation that dropped old versions, or a \
           key made anew under the old id",
    fix: "restore the older key, or its older versions",
    checks: &[],
};

pub(crate) static OTHER_FRAMING: Cause = Cause {
    what: "The proxy binds AAD and metadata in another way than it did",
    tell: "everything older than an update, or a change, of the proxy fails",
    fix: "go back to the former proxy, or switch its former way on; for AWS's sample proxy see \
          aad_convention of Claviger",
    checks: &[&E01, &E04],
};

pub(crate) static OTHER_BYTES: Cause = Cause {
    what: "The proxy decrypts to other bytes than were encrypted",
    tell: "the proxy answers 200, and AWS KMS cannot open what it gets",
    fix: "try a round trip with claviger doctor; report it to the proxy's vendor",
    checks: &[&E01],
};

pub(crate) static INTEGRITY_VALUE_WRONG: Cause = Cause {
    what: "The ciphertext data integrity value is missing or wrong",
    tell: "GenerateDataKey fails, Encrypt and Decrypt work",
    fix: "make no data keys with the key until the proxy is repaired",
    checks: &[&E03],
};

pub(crate) static KMS_KEY_DISABLED: Cause = Cause {
    what: "The KMS key is disabled in AWS KMS",
    tell: "aws kms describe-key: KeyState Disabled; the proxy is not called",
    fix: "aws kms enable-key --key-id KEY_ID",
    checks: &[],
};

pub(crate) static KMS_KEY_PENDING_DELETION: Cause = Cause {
    what: "The KMS key is pending deletion",
    tell: "aws kms describe-key: KeyState PendingDeletion and DeletionDate",
    fix: "cancel the deletion, then enable the key, which is Disabled after it: aws kms \
          cancel-key-deletion --key-id KEY_ID",
    checks: &[],
};

pub(crate) static KMS_KEY_NOT_PENDING: Cause = Cause {
    what: "CancelKeyDeletion was called for a KMS key that is not pending deletion",
    tell: "aws kms describe-key: KeyState",
    fix: "nothing, unless it is Disabled: aws kms enable-key --key-id KEY_ID",
    checks: &[],
};

pub(crate) static KMS_KEY_ABSENT: Cause = Cause {
    what: "There is no such KMS key in this account and Region",
    tell: "compare Region and account of the ARN with the caller's",
    fix: "correct key id, ARN or alias, or the Region of the client; this says nothing of the \
          external key",
    checks: &[],
};

pub(crate) static OTHER_KMS_KEY: Cause = Cause {
    what: "The ciphertext is of another KMS key",
    tell: "leave KeyId out of Decrypt: AWS KMS finds the key in the ciphertext",
    fix: "name the key that encrypted",
    checks: &[],
};

pub(crate) static NO_KMS_CIPHERTEXT: Cause = Cause {
    what: "AWS KMS cannot read the ciphertext at all, and does not call the proxy",
    tell: "InvalidCiphertextException has no message; the proxy has no line for the request",
    fix: "hand over the whole ciphertext, decoded from Base64 once; with the AWS CLI: fileb://",
    checks: &[],
};

pub(crate) static NOT_CONNECTED: Cause = Cause {
    what: "The key store is not CONNECTED",
    tell: "aws kms describe-custom-key-stores: ConnectionState; its keys are Unavailable",
    fix: "connect it, from FAILED after disconnecting it, and wait for CONNECTED: aws kms \
          connect-custom-key-store --custom-key-store-id ID",
    checks: &[&K01],
};

//! Exceptions about KMS keys: `CreateKey` and the cryptographic operations.

use super::super::causes::{
    DAMAGED_CIPHERTEXT, KEY_DISABLED, KEY_GONE, KEY_ID_TAKEN, KEY_ID_WRONG, KEY_LACKS_USAGE,
    KEY_MANAGER_FAILS, KEY_MANAGER_SLOW, KEY_NOT_AES_256, KMS_KEY_ABSENT, KMS_KEY_DISABLED,
    KMS_KEY_PENDING_DELETION, NO_KMS_CIPHERTEXT, NOBODY_ON_443, NOT_CONNECTED, OTHER_CREDENTIAL,
    OTHER_ENCRYPTION_CONTEXT, OTHER_KMS_KEY, POLICY_DENIES, PROXY_SLOW, SOMETHING_ELSE_ANSWERS,
    TOO_MANY_REQUESTS, TOO_SMALL_LIMITS,
};
use super::{Kind, Term};

const CRYPTOGRAPHIC: &str =
    "Encrypt, Decrypt, ReEncrypt, GenerateDataKey, GenerateDataKeyWithoutPlaintext";

pub(super) static ALL: [Term; 9] = [
    Term {
        name: "KMSInvalidStateException",
        kind: Kind::Exception,
        from: "every cryptographic operation, and operations that manage a key",
        meaning: "The KMS key, its key store or its proxy cannot do it now; the message says what",
        causes: &[
            &NOT_CONNECTED,
            &NOBODY_ON_443,
            &PROXY_SLOW,
            &OTHER_CREDENTIAL,
            &POLICY_DENIES,
            &OTHER_ENCRYPTION_CONTEXT,
            &KEY_MANAGER_FAILS,
            &KEY_MANAGER_SLOW,
            &KEY_DISABLED,
            &KEY_GONE,
            &TOO_MANY_REQUESTS,
            &SOMETHING_ELSE_ANSWERS,
            &KMS_KEY_PENDING_DELETION,
        ],
        note: "Whatever a proxy does, callers of the cryptographic operations get this exception. \
               Explain the message instead of the name: each cause has its own. The proxy's own \
               errorMessage is not in it; AWS KMS writes that to the account's CloudWatch Logs.",
    },
    Term {
        name: "XksKeyNotFoundException",
        kind: Kind::Exception,
        from: "CreateKey",
        meaning: "The proxy does not know the external key",
        causes: &[&KEY_ID_WRONG, &KEY_GONE],
        note: "No other operation gives it: DescribeKey does not call the proxy, and waiting does \
               not help. A KMS key that does not exist is NotFoundException.",
    },
    Term {
        name: "XksKeyAlreadyInUseException",
        kind: Kind::Exception,
        from: "CreateKey",
        meaning: "A KMS key of the key store has the external key already",
        causes: &[&KEY_ID_TAKEN],
        note: "KMS keys that share an external key could not read each other's ciphertexts anyway.",
    },
    Term {
        name: "XksKeyInvalidConfigurationException",
        kind: Kind::Exception,
        from: "CreateKey",
        meaning: "The external key is not an enabled AES-256 key for encrypting and decrypting",
        causes: &[&KEY_DISABLED, &KEY_LACKS_USAGE, &KEY_NOT_AES_256],
        note: "The message says which of the three, and what the proxy said.",
    },
    Term {
        name: "XksKeyInvalidResponseException",
        kind: Kind::Exception,
        from: "CreateKey, by the specification; the AWS KMS API does not have it",
        meaning: "The proxy answered 501 UnsupportedOperationException",
        causes: &[&TOO_SMALL_LIMITS, &SOMETHING_ELSE_ANSWERS],
        note: "SDKs have no class for it. The API declares UnsupportedOperationException instead.",
    },
    Term {
        name: "DisabledException",
        kind: Kind::Exception,
        from: CRYPTOGRAPHIC,
        meaning: "The KMS key is disabled in AWS KMS",
        causes: &[&KMS_KEY_DISABLED, &KMS_KEY_PENDING_DELETION],
        note: "The proxy is not called. The external key's own status is something else.",
    },
    Term {
        name: "NotFoundException",
        kind: Kind::Exception,
        from: "every operation on a KMS key",
        meaning: "There is no such KMS key",
        causes: &[&KMS_KEY_ABSENT],
        note: "The proxy is not called.",
    },
    Term {
        name: "IncorrectKeyException",
        kind: Kind::Exception,
        from: "Decrypt, ReEncrypt",
        meaning: "The KeyId given is not the key that encrypted",
        causes: &[&OTHER_KMS_KEY],
        note: "The proxy is not called.",
    },
    Term {
        name: "InvalidCiphertextException",
        kind: Kind::Exception,
        from: "Decrypt, ReEncrypt; also the name of a proxy's own error",
        meaning: "AWS KMS cannot read the ciphertext, and did not call the proxy",
        causes: &[&NO_KMS_CIPHERTEXT, &DAMAGED_CIPHERTEXT],
        note: "The error of this name that a proxy gives becomes KMSInvalidStateException, with \
               a message about ciphertext or additional authenticated data.",
    },
];

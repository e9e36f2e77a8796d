//! Exceptions about key stores, and those that may come from any operation.

use super::super::causes::{
    AWS_KMS_FAILS, AWS_KMS_THROTTLES, Cause, KEY_MANAGER_FAILS, KEYS_LEFT, NAME_TWICE,
    NO_SUCH_KEY_STORE, NOBODY_ON_443, NOT_CONNECTED, NOT_FOR_KEY_STORES, OTHER_CREDENTIAL,
    OTHER_PATH, PARTIAL_LIST, POLICY_DENIES, PROXY_SLOW, SOMETHING_ELSE_ANSWERS,
    TOO_MANY_KEY_STORES, TOO_SMALL_LIMITS, WRONG_FORM, WRONG_STATE,
};
use super::{Kind, Term};

const fn exception(
    name: &'static str,
    from: &'static str,
    meaning: &'static str,
    causes: &'static [&'static Cause],
    note: &'static str,
) -> Term {
    Term {
        name,
        kind: Kind::Exception,
        from,
        meaning,
        causes,
        note,
    }
}

pub(super) static ALL: [Term; 12] = [
    exception(
        "CustomKeyStoreInvalidStateException",
        "CreateKey, and connect, disconnect, update and delete of a key store",
        "The key store's ConnectionState does not allow it; of CreateKey, also most faults of a \
         proxy",
        &[
            &NOT_CONNECTED,
            &WRONG_STATE,
            &NOBODY_ON_443,
            &OTHER_CREDENTIAL,
            &POLICY_DENIES,
            &PROXY_SLOW,
            &OTHER_PATH,
            &KEY_MANAGER_FAILS,
            &SOMETHING_ELSE_ANSWERS,
        ],
        "A connected key store stays CONNECTED when its proxy fails: the message says what failed.",
    ),
    exception(
        "CustomKeyStoreNotFoundException",
        "every operation on a key store, CreateKey, GenerateRandom",
        "There is no such key store",
        &[&NO_SUCH_KEY_STORE],
        "",
    ),
    exception(
        "CustomKeyStoreNameInUseException",
        "CreateCustomKeyStore, UpdateCustomKeyStore",
        "Another key store has the name",
        &[&NAME_TWICE],
        "",
    ),
    exception(
        "CustomKeyStoreHasCMKsException",
        "DeleteCustomKeyStore",
        "KMS keys are left in the key store",
        &[&KEYS_LEFT],
        "Think twice: a KMS key cannot be made again from the same external key, so everything \
         that it has encrypted is lost. Disconnecting stops all use, and can be undone. \
         `claviger doctor explain deletion` has the order.",
    ),
    exception(
        "UnsupportedOperationException",
        "CreateKey, and operations that keys of a custom key store do not have",
        "Not possible with a custom key store, or the proxy answered 501 to CreateKey",
        &[&NOT_FOR_KEY_STORES, &TOO_SMALL_LIMITS],
        "",
    ),
    exception(
        "LimitExceededException",
        "CreateCustomKeyStore, CreateKey, CreateAlias, …",
        "A quota is reached",
        &[&TOO_MANY_KEY_STORES],
        "",
    ),
    exception(
        "ThrottlingException",
        "any operation; also the name of a proxy's own error",
        "AWS KMS takes no more requests at this rate",
        &[&AWS_KMS_THROTTLES],
        "The error of this name that a proxy gives becomes KMSInvalidStateException, with a \
         message about a very high request rate.",
    ),
    exception(
        "ValidationException",
        "any operation; also the name of a proxy's own error",
        "A parameter does not have the form of the API",
        &[&WRONG_FORM],
        "The error of this name that a proxy gives becomes KMSInvalidStateException, with a \
         message about a response that AWS KMS cannot interpret.",
    ),
    exception(
        "KMSInternalException",
        "any operation",
        "AWS KMS itself failed",
        &[&AWS_KMS_FAILS],
        "",
    ),
    exception(
        "KeyUnavailableException",
        "the cryptographic operations",
        "The KMS key is not available now",
        &[&AWS_KMS_FAILS],
        "",
    ),
    exception(
        "DependencyTimeoutException",
        "any operation; also the name of a proxy's own error",
        "AWS KMS timed out inside AWS",
        &[&AWS_KMS_FAILS],
        "The error of this name that a proxy gives becomes KMSInvalidStateException, with a \
         message about the time allotted.",
    ),
    exception(
        "InvalidMarkerException",
        "DescribeCustomKeyStores and other lists",
        "The marker of a list is not valid",
        &[&PARTIAL_LIST],
        "",
    ),
];

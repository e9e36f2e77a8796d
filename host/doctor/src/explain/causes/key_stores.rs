//! Causes in the key stores of the account.

use super::Cause;
use crate::catalogue::{C01, K03, K04};

pub(crate) static URI_TWICE: Cause = Cause {
    what: "Another external key store in the Region has this endpoint with this path",
    tell: "aws kms describe-custom-key-stores: UriEndpoint and UriPath; it may belong to another \
           account, and then it cannot be seen",
    fix: "choose another path prefix, or delete the key store that is not used",
    checks: &[&K03],
};

pub(crate) static ENDPOINT_TWICE: Cause = Cause {
    what: "Another external key store has this endpoint, and not both are public",
    tell: "Connectivity and UriEndpoint of describe-custom-key-stores",
    fix: "give each key store with VPC connectivity a host name of its own",
    checks: &[&K03],
};

pub(crate) static SERVICE_TWICE: Cause = Cause {
    what: "The endpoint service serves another external key store",
    tell: "VpcEndpointServiceName of describe-custom-key-stores",
    fix: "make an endpoint service for each key store; this says nothing of deleting one",
    checks: &[&K03],
};

pub(crate) static NAME_TWICE: Cause = Cause {
    what: "Another custom key store of the account has the name",
    tell: "CustomKeyStoreName of describe-custom-key-stores, in this Region",
    fix: "choose another name",
    checks: &[&K03],
};

pub(crate) static TOO_MANY_KEY_STORES: Cause = Cause {
    what: "The account has ten custom key stores in the Region, or another quota is reached",
    tell: "count describe-custom-key-stores; disconnected ones count too",
    fix: "delete one that is not used, or ask for a higher quota",
    checks: &[&K03],
};

pub(crate) static KEYS_LEFT: Cause = Cause {
    what: "KMS keys are left in the key store, if only pending deletion",
    tell: "aws kms list-keys and describe-key: CustomKeyStoreId",
    fix: "disconnecting may be all you want; to delete: schedule the deletion of every key, wait \
          until they are gone",
    checks: &[&K04],
};

pub(crate) static WRONG_STATE: Cause = Cause {
    what: "The call is not possible in the key store's ConnectionState",
    tell: "connect: it is FAILED or DISCONNECTING; disconnect: it is DISCONNECTED already; \
           delete, or update of endpoint, connectivity or service: it is not DISCONNECTED; \
           CreateKey: it is not CONNECTED",
    fix: "disconnect or connect first, and wait until describe-custom-key-stores says so",
    checks: &[&K04],
};

pub(crate) static NO_SUCH_KEY_STORE: Cause = Cause {
    what: "There is no custom key store of this id or name in the account and Region",
    tell: "aws kms describe-custom-key-stores, in the right Region",
    fix: "correct the id (cks-…), or the Region of the client",
    checks: &[],
};

pub(crate) static WRONG_FORM: Cause = Cause {
    what: "A parameter does not have the form of the API",
    tell: "the message names it; endpoints with a port or a slash at the end are usual",
    fix: "correct the value",
    checks: &[&C01],
};

pub(crate) static NOT_FOR_KEY_STORES: Cause = Cause {
    what: "The operation or a parameter is not possible with keys of a custom key store",
    tell: "another KeySpec than SYMMETRIC_DEFAULT, MultiRegion, rotation, imported material, \
           data key pairs, GenerateRandom",
    fix: "use a symmetric KMS key of a single Region; rotate in the key manager",
    checks: &[],
};

pub(crate) static AWS_KMS_FAILS: Cause = Cause {
    what: "AWS KMS itself failed",
    tell: "the proxy has no line for the request; other keys fail too; AWS Health",
    fix: "try again with growing pauses; for INTERNAL_ERROR disconnect and connect again",
    checks: &[],
};

pub(crate) static AWS_KMS_THROTTLES: Cause = Cause {
    what: "AWS KMS throttles before it calls the proxy",
    tell: "CloudWatch ExternalKeyStoreThrottle; a key store has 1800 requests a second unless \
           its quota was changed",
    fix: "call less often, cache data keys, or ask for a higher quota",
    checks: &[],
};

pub(crate) static PARTIAL_LIST: Cause = Cause {
    what: "A marker of another listing, or one that is too old, was sent",
    tell: "the call has a Marker",
    fix: "begin the listing again without one",
    checks: &[],
};

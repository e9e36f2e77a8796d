//! Exceptions about CloudHSM clusters.

use super::super::causes::{
    CLUSTER_ABSENT, CLUSTER_INACTIVE, CLUSTER_MISCONFIGURED, CLUSTER_TAKEN, CLUSTER_UNRELATED,
    Cause, NO_ACTIVE_HSM, TRUST_ANCHOR_OF_ANOTHER,
};
use super::{Kind, Term};

const NEVER_EXTERNAL: &str =
    "Only of key stores of type AWS_CLOUDHSM; it never concerns an external key store.";

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

pub(super) static ALL: [Term; 6] = [
    exception(
        "CloudHsmClusterInUseException",
        "CreateCustomKeyStore, of type AWS_CLOUDHSM",
        "The cluster, or one of the same backup history, backs a key store of the account",
        &[&CLUSTER_TAKEN],
        "It never concerns an external key store, and it does not come from deleting a cluster: \
         DeleteCluster only asks that no HSM is left. Deleting KMS keys to free a cluster destroys \
         data and frees nothing; `claviger doctor explain deletion` has the order.",
    ),
    exception(
        "CloudHsmClusterNotFoundException",
        "CreateCustomKeyStore, UpdateCustomKeyStore",
        "AWS KMS does not find the cluster",
        &[&CLUSTER_ABSENT],
        NEVER_EXTERNAL,
    ),
    exception(
        "CloudHsmClusterNotActiveException",
        "CreateCustomKeyStore, UpdateCustomKeyStore, ConnectCustomKeyStore",
        "The cluster is not active",
        &[&CLUSTER_INACTIVE, &NO_ACTIVE_HSM],
        NEVER_EXTERNAL,
    ),
    exception(
        "CloudHsmClusterNotRelatedException",
        "UpdateCustomKeyStore",
        "The new cluster is not of the old one's backup history",
        &[&CLUSTER_UNRELATED],
        NEVER_EXTERNAL,
    ),
    exception(
        "CloudHsmClusterInvalidConfigurationException",
        "CreateCustomKeyStore, UpdateCustomKeyStore, ConnectCustomKeyStore, CreateKey",
        "The cluster is not as AWS KMS needs it",
        &[&CLUSTER_MISCONFIGURED, &NO_ACTIVE_HSM],
        NEVER_EXTERNAL,
    ),
    exception(
        "IncorrectTrustAnchorException",
        "CreateCustomKeyStore",
        "The trust anchor certificate is not the cluster's",
        &[&TRUST_ANCHOR_OF_ANOTHER],
        NEVER_EXTERNAL,
    ),
];

//! X: what does not concern an external key store, and records of `CloudTrail`.

use super::{Check, Severity};
use crate::becomes::{AwsFault, Becomes};

/// CloudHSM.
pub static X01: Check = Check {
    id: "X01",
    title: "Which CloudHSM clusters could back a key store of type AWS_CLOUDHSM",
    severity: Severity::Warning,
    looks_at: "key stores of type AWS_CLOUDHSM, and ClusterId, State, Hsms, SourceBackupId and \
               Certificates in cloudhsmv2 describe-clusters",
    becomes: &[
        Becomes::Aws(AwsFault::CLUSTER_IN_USE),
        Becomes::Aws(AwsFault::CLUSTER_NOT_ACTIVE),
    ],
    fix: "use an unrelated cluster, or keep the key store that has it",
    more: "\
The CloudHsm… exceptions never concern an external key store. \
CloudHsmClusterInUseException comes from CreateCustomKeyStore alone: the cluster, or one \
that shares its backup history, backs a key store of the account already. A cluster is \
freed by deleting that key store ([K04](#k04)); deleting *keys* to free a cluster destroys \
data. Deleting the cluster itself asks only that it has no HSM left, and makes every key of \
the key store unusable.",
};

/// `CloudTrail`.
pub static X02: Check = Check {
    id: "X02",
    title: "What failed calls in CloudTrail came from",
    severity: Severity::Warning,
    looks_at: "errorCode, errorMessage, requestID and additionalEventData of CloudTrail \
               records",
    becomes: &[],
    fix: "claviger doctor explain - --audit audit.jsonl < record.json",
    more: "\
`requestID` of the record is `kms_request_id` of Claviger's audit line, \
`additionalEventData.xksKeyId` is `external_key_id`, `resources[].ARN` is `kms_key_arn`, \
`eventName` is `kms_operation`. No audit line with the id means that the request did not \
arrive, that AWS KMS refused it itself, or that the proxy refused it before it read the \
body; those are found by time. The record does not have the proxy's own errorMessage: AWS \
KMS writes that to CloudWatch Logs of the account.",
};

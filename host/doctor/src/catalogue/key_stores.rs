//! K: the key stores as AWS KMS has them.

use super::{Check, Severity};
use crate::becomes::{AwsFault, Becomes};
use claviger_xks_client::outcome::Outcome;

/// The state.
pub static K01: Check = Check {
    id: "K01",
    title: "No key store is in the state FAILED",
    severity: Severity::Failure,
    looks_at: "ConnectionState and ConnectionErrorCode of kms describe-custom-key-stores",
    becomes: &[Becomes::Call(Outcome::NotConnected)],
    fix: "disconnect it, remove the cause, then connect it: aws kms \
          disconnect-custom-key-store --custom-key-store-id ID",
    more: "\
The order is always the same: DisconnectCustomKeyStore, fix the cause, \
UpdateCustomKeyStore if a stored value was wrong, ConnectCustomKeyStore, wait about five \
minutes. A key store in the state FAILED cannot be connected again without being \
disconnected first. `claviger doctor explain CODE` says more of a code.",
};

/// Stored values.
pub static K02: Check = Check {
    id: "K02",
    title: "AWS KMS has the endpoint, path and access key id of this proxy",
    severity: Severity::Failure,
    looks_at: "UriEndpoint, UriPath and AccessKeyId of XksProxyConfiguration, against the \
               values given",
    becomes: &[
        Becomes::Call(Outcome::InvalidUriPath),
        Becomes::Call(Outcome::AuthenticationFailed),
    ],
    fix: "aws kms update-custom-key-store --custom-key-store-id ID --xks-proxy-uri-path \
          /PREFIX/kms/xks/v1 --xks-proxy-authentication-credential file://credential.json",
    more: "\
The values given are compared with the key store that has the path or the access key id, or \
else with the only one that has the endpoint: a second key store that is still to be made at \
a public endpoint fails here. \
AWS KMS never shows the secret access key, so only the id can be compared. Path and \
credential can be updated while the key store is connected; the endpoint only while it is \
disconnected. An update is fully effective after up to five minutes.",
};

/// Values used twice.
pub static K03: Check = Check {
    id: "K03",
    title: "No two key stores share a name, URI, endpoint or endpoint service",
    severity: Severity::Failure,
    looks_at: "CustomKeyStoreName and XksProxyConfiguration of all key stores, and how many \
               there are",
    becomes: &[
        Becomes::Aws(AwsFault::URI_IN_USE),
        Becomes::Aws(AwsFault::ENDPOINT_IN_USE),
        Becomes::Aws(AwsFault::SERVICE_IN_USE),
        Becomes::Aws(AwsFault::NAME_IN_USE),
        Becomes::Aws(AwsFault::TOO_MANY_STORES),
    ],
    fix: "give the new key store a name, path prefix, host name and endpoint service of its own",
    more: "\
In an account and Region, a key store's name is its own, and so is the pair of endpoint and \
path; key stores with public and with VPC connectivity cannot share an endpoint; an endpoint \
service and its private DNS name serve one key store. The values given to this program are \
compared as those of a key store that is about to be made, unless one already has exactly \
them. An account has at most ten custom key stores in a Region, connected or not.",
};

/// Deleting.
pub static K04: Check = Check {
    id: "K04",
    title: "How the key stores can be deleted",
    severity: Severity::Information,
    looks_at: "ConnectionState of each key store",
    becomes: &[
        Becomes::Aws(AwsFault::HAS_KEYS),
        Becomes::Aws(AwsFault::NOT_DISCONNECTED),
    ],
    fix: "aws kms disconnect-custom-key-store --custom-key-store-id ID",
    more: "\
For information. 1: ScheduleKeyDeletion for every KMS key of the key store (7 to 30 days). \
2: wait until they are gone; keys that are pending deletion still count, and \
DeleteCustomKeyStore answers CustomKeyStoreHasCMKsException. 3: DisconnectCustomKeyStore, \
otherwise it answers CustomKeyStoreInvalidStateException; this may come first. 4: \
DeleteCustomKeyStore.

AWS KMS touches neither proxy, external keys, load balancer nor endpoint service. A KMS key \
cannot be made again from the same external key: what it has encrypted is lost for ever. \
Disconnecting alone stops all use, and can be undone.",
};

//! Causes in what the proxy answers.

use super::Cause;
use crate::catalogue::{A02, A04, E01, E02, E06, E07, H01, H02, H03, K02, M01, P01, P02, V15};

pub(crate) static SOMETHING_ELSE_ANSWERS: Cause = Cause {
    what: "Something in front of the proxy answers in its place",
    tell: "the answer is HTML or has no errorName; the proxy has no line for the request: a web \
           firewall, a reverse proxy, a load balancer's own page",
    fix: "let it forward every request to the proxy unchanged, errors included",
    checks: &[&H01, &P02],
};

pub(crate) static MALFORMED_ERROR: Cause = Cause {
    what: "The proxy's error is not of the specification's form",
    tell: "its errorName and status do not go together, or it has no errorName",
    fix: "report it to the vendor of the proxy",
    checks: &[&P02, &A04],
};

pub(crate) static MALFORMED_HEALTH: Cause = Cause {
    what: "The health report lacks a member, or one has another type",
    tell: "only create, update and connect fail; keys that are in use go on working",
    fix: "report it to the vendor of the proxy",
    checks: &[&H02],
};

pub(crate) static MALFORMED_CIPHERTEXT: Cause = Cause {
    what: "A part of Encrypt's answer has another length than AWS KMS takes",
    tell: "GetHealthStatus and Decrypt work, Encrypt does not; metadata longer than 20 bytes is \
           the usual one",
    fix: "shorten what the proxy puts into the ciphertext metadata, or report it to its vendor",
    checks: &[&E02],
};

pub(crate) static PLAIN_HTTP: Cause = Cause {
    what: "Load balancer and proxy disagree on who ends TLS",
    tell: "a TLS listener with a TCP target group sends plain HTTP to a proxy that wants TLS, or \
           a TCP listener sends TLS to one that speaks plain HTTP",
    fix: "TCP listener and TCP target group on 443 for a proxy that ends TLS itself",
    checks: &[&V15],
};

pub(crate) static TOO_STRICT: Cause = Cause {
    what: "The proxy refuses what AWS KMS sends, with 400 ValidationException",
    tell: "the proxy's line of the request says which member; a new kmsOperation, an unknown \
           member or a long ARN are usual",
    fix: "update the proxy; the specification asks it to ignore what it does not know",
    checks: &[&P01],
};

pub(crate) static OTHER_CREDENTIAL: Cause = Cause {
    what: "AWS KMS and the proxy have different credentials",
    tell: "AccessKeyId of describe-custom-key-stores is not the proxy's, or is and the secret \
           differs; usual after a rotation on one side",
    fix: "give AWS KMS the proxy's, also while connected; it takes up to five minutes: aws kms \
          update-custom-key-store --custom-key-store-id ID \
          --xks-proxy-authentication-credential file://credential.json",
    checks: &[&H01, &K02],
};

pub(crate) static CLOCK: Cause = Cause {
    what: "The proxy's clock is more than five minutes off",
    tell: "the credential is right, and every request is refused: timedatectl, chronyc tracking",
    fix: "set the clock by NTP: chronyc makestep",
    checks: &[&A02],
};

pub(crate) static HOST_CHANGED: Cause = Cause {
    what: "Something on the way changes the Host header, the path or the body",
    tell: "requests straight to the proxy are accepted, those through the load balancer or \
           reverse proxy are not",
    fix: "forward at the level of TCP, or keep Host, path and body as they are",
    checks: &[&H01],
};

pub(crate) static OTHER_PATH: Cause = Cause {
    what: "XksProxyUriPath is not the path that the proxy serves",
    tell: "compare UriPath of describe-custom-key-stores with the proxy's, byte for byte; it \
           ends in /kms/xks/v1",
    fix: "give AWS KMS the proxy's, also while connected: aws kms update-custom-key-store \
          --custom-key-store-id ID --xks-proxy-uri-path /PREFIX/kms/xks/v1",
    checks: &[&K02, &H01],
};

pub(crate) static PATH_CHANGED: Cause = Cause {
    what: "A reverse proxy strips or adds a part of the path",
    tell: "the proxy's line of the request has another path than UriPath",
    fix: "forward the path as it is: the signature covers it",
    checks: &[&H01],
};

pub(crate) static POLICY_DENIES: Cause = Cause {
    what: "A policy of the proxy denies this caller or this key",
    tell: "the proxy's line of the request names the statement; GetHealthStatus works",
    fix: "amend the proxy's policy; nothing in AWS KMS or IAM changes it",
    checks: &[&E07, &M01],
};

pub(crate) static HEALTH_BEHIND_POLICY: Cause = Cause {
    what: "The proxy asks its policies about GetHealthStatus too",
    tell: "connect fails with XKS_PROXY_ACCESS_DENIED, though no user is concerned",
    fix: "exempt GetHealthStatus: its metadata names no caller",
    checks: &[&H01],
};

pub(crate) static ADDRESS_DENIED: Cause = Cause {
    what: "A list of addresses in front of the proxy does not have AWS KMS's",
    tell: "the proxy has no line for the request, and a web firewall has one",
    fix: "let every address through to the proxy, which authenticates AWS KMS by its signature",
    checks: &[&H01],
};

pub(crate) static TOO_MANY_REQUESTS: Cause = Cause {
    what: "The proxy answers 429: more requests than it takes",
    tell: "CloudWatch XksProxyErrors, ExceptionName ThrottlingException; peaks of calls",
    fix: "cache data keys, give the proxy more capacity or a higher limit, or have AWS lower the \
          key store's quota so that AWS KMS throttles first",
    checks: &[&E06],
};

pub(crate) static KEY_MANAGER_FAILS: Cause = Cause {
    what: "The proxy answers 500: it cannot work with its key manager",
    tell: "the proxy's own log: sessions, logins, licences, network to the key manager",
    fix: "repair the key manager or the proxy's configuration for it",
    checks: &[&H03],
};

pub(crate) static KEY_MANAGER_SLOW: Cause = Cause {
    what: "The key manager does not answer the proxy in time, and the proxy answers 503",
    tell: "the proxy's line of the request has status 503 and a long duration",
    fix: "move proxy and key manager together, add capacity, repair the key manager",
    checks: &[&H03, &E06],
};

pub(crate) static ALL_KEY_MANAGERS_UNAVAILABLE: Cause = Cause {
    what: "The proxy reports every key manager as UNAVAILABLE",
    tell: "GetHealthStatus is answered 200; CloudWatch XksExternalKeyManagerStates",
    fix: "repair the key managers; the proxy itself is well",
    checks: &[&H03],
};

pub(crate) static TOO_SMALL_LIMITS: Cause = Cause {
    what: "The proxy answers 501: an API or a size that it does not have",
    tell: "small plaintexts work, those near 4096 bytes or with a long encryption context do not",
    fix: "update the proxy: 4300 bytes of plaintext and 8192 of AAD are the least",
    checks: &[&E01],
};

//! The 18 connection error codes.

use super::super::causes::{
    ACCEPTANCE_REQUIRED, ADDRESS_DENIED, ALL_KEY_MANAGERS_UNAVAILABLE, AWS_KMS_FAILS,
    AWS_KMS_NOT_ALLOWED, CERTIFICATE_EXPIRED, CHAIN_INCOMPLETE, CLIENT_CERTIFICATE_WANTED, CLOCK,
    CLUSTER_ABSENT, Cause, DNS_NAME_DIFFERS, DNS_NAME_NOT_VERIFIED, DNS_NAME_SHARED,
    ENDPOINT_NOT_ACCEPTED, HEALTH_BEHIND_POLICY, HOST_CHANGED, KEY_MANAGER_FAILS, KEY_MANAGER_SLOW,
    KEY_STORE_DISABLED, KMSUSER_ABSENT, KMSUSER_LOCKED, KMSUSER_LOGGED_IN, KMSUSER_PASSWORD,
    MALFORMED_ERROR, MALFORMED_HEALTH, NAME_DIFFERS, NO_ACTIVE_HSM, NO_ADDRESS, NO_COMMON_SUITE,
    NO_FREE_ADDRESS, NO_HEALTHY_TARGET, NO_IPV4, NOBODY_ON_443, ONE_ZONE, OTHER_ACCOUNT,
    OTHER_CREDENTIAL, OTHER_ENDPOINT, OTHER_PATH, OTHER_REGION, PATH_CHANGED, PLAIN_HTTP,
    PROXY_SLOW, ROOT_NOT_LISTED, SECURITY_GROUP, SERVICE_NAME_WRONG, SERVICE_NOT_AVAILABLE,
    SOMETHING_ELSE_ANSWERS, SUBNET_ABSENT, TOO_FAR, TOO_MANY_REQUESTS, TOO_SMALL_LIMITS,
    TOO_STRICT, WRONG_LOAD_BALANCER, ZONE_WITHOUT_TARGET,
};
use super::{Kind, Term};

const AFTER_CONNECT: &str = "DescribeCustomKeyStores, after ConnectCustomKeyStore";

const EXTERNAL: &str = "\
ConnectCustomKeyStore itself succeeds; the code appears within about five minutes. The order is \
always: disconnect, fix, update if a stored value was wrong, connect.";
const CLOUD_HSM: &str = "\
Only of key stores of type AWS_CLOUDHSM; it never concerns an external key store.";

const fn code(
    name: &'static str,
    meaning: &'static str,
    causes: &'static [&'static Cause],
    note: &'static str,
) -> Term {
    Term {
        name,
        kind: Kind::ConnectionErrorCode,
        from: AFTER_CONNECT,
        meaning,
        causes,
        note,
    }
}

pub(super) static ALL: [Term; 18] = [
    code(
        "INVALID_CREDENTIALS",
        "The proxy answered 401 to AWS KMS; of a CloudHSM key store: kmsuser's password is wrong",
        &[&OTHER_CREDENTIAL, &CLOCK, &HOST_CHANGED, &KMSUSER_PASSWORD],
        EXTERNAL,
    ),
    code(
        "CLUSTER_NOT_FOUND",
        "AWS KMS does not find the CloudHSM cluster",
        &[&CLUSTER_ABSENT],
        CLOUD_HSM,
    ),
    code(
        "NETWORK_ERRORS",
        "The network between AWS KMS and the key store failed",
        &[&NOBODY_ON_443, &SECURITY_GROUP, &AWS_KMS_FAILS],
        EXTERNAL,
    ),
    code(
        "INTERNAL_ERROR",
        "AWS KMS could not finish connecting, for a reason of its own",
        &[&AWS_KMS_FAILS],
        EXTERNAL,
    ),
    code(
        "INSUFFICIENT_CLOUDHSM_HSMS",
        "The CloudHSM cluster has no active HSM",
        &[&NO_ACTIVE_HSM],
        CLOUD_HSM,
    ),
    code(
        "USER_LOCKED_OUT",
        "kmsuser of the CloudHSM cluster is locked",
        &[&KMSUSER_LOCKED],
        CLOUD_HSM,
    ),
    code(
        "USER_NOT_FOUND",
        "The CloudHSM cluster has no kmsuser",
        &[&KMSUSER_ABSENT],
        CLOUD_HSM,
    ),
    code(
        "USER_LOGGED_IN",
        "kmsuser is logged in to the CloudHSM cluster",
        &[&KMSUSER_LOGGED_IN],
        CLOUD_HSM,
    ),
    code(
        "SUBNET_NOT_FOUND",
        "A subnet of the CloudHSM cluster is gone",
        &[&SUBNET_ABSENT],
        CLOUD_HSM,
    ),
    code(
        "INSUFFICIENT_FREE_ADDRESSES_IN_SUBNET",
        "A subnet of the CloudHSM cluster has no free address",
        &[&NO_FREE_ADDRESS],
        CLOUD_HSM,
    ),
    code(
        "XKS_PROXY_ACCESS_DENIED",
        "The proxy answered 403 to GetHealthStatus",
        &[&HEALTH_BEHIND_POLICY, &ADDRESS_DENIED],
        EXTERNAL,
    ),
    code(
        "XKS_PROXY_NOT_REACHABLE",
        "AWS KMS cannot connect to the proxy, or the proxy has no available key manager",
        &[
            &NOBODY_ON_443,
            &NO_HEALTHY_TARGET,
            &NO_ADDRESS,
            &OTHER_ENDPOINT,
            &ALL_KEY_MANAGERS_UNAVAILABLE,
            &ENDPOINT_NOT_ACCEPTED,
            &SECURITY_GROUP,
            &NO_IPV4,
            &TOO_FAR,
            &TOO_MANY_REQUESTS,
        ],
        EXTERNAL,
    ),
    code(
        "XKS_VPC_ENDPOINT_SERVICE_NOT_FOUND",
        "AWS KMS does not find the VPC endpoint service, or may not use it",
        &[
            &AWS_KMS_NOT_ALLOWED,
            &SERVICE_NAME_WRONG,
            &OTHER_REGION,
            &OTHER_ACCOUNT,
            &SERVICE_NOT_AVAILABLE,
        ],
        EXTERNAL,
    ),
    code(
        "XKS_PROXY_INVALID_RESPONSE",
        "AWS KMS cannot make sense of the proxy's answer to GetHealthStatus",
        &[
            &SOMETHING_ELSE_ANSWERS,
            &KEY_MANAGER_FAILS,
            &TOO_STRICT,
            &MALFORMED_HEALTH,
            &MALFORMED_ERROR,
            &PLAIN_HTTP,
            &KEY_STORE_DISABLED,
            &TOO_SMALL_LIMITS,
        ],
        EXTERNAL,
    ),
    code(
        "XKS_PROXY_INVALID_CONFIGURATION",
        "The proxy answered 404 InvalidUriPathException",
        &[&OTHER_PATH, &PATH_CHANGED],
        EXTERNAL,
    ),
    code(
        "XKS_VPC_ENDPOINT_SERVICE_INVALID_CONFIGURATION",
        "The VPC endpoint service is not as AWS KMS needs it",
        &[
            &DNS_NAME_NOT_VERIFIED,
            &ACCEPTANCE_REQUIRED,
            &DNS_NAME_DIFFERS,
            &ONE_ZONE,
            &WRONG_LOAD_BALANCER,
            &DNS_NAME_SHARED,
            &AWS_KMS_NOT_ALLOWED,
            &NO_IPV4,
            &SERVICE_NOT_AVAILABLE,
        ],
        EXTERNAL,
    ),
    code(
        "XKS_PROXY_TIMED_OUT",
        "The proxy did not answer AWS KMS within 250 ms",
        &[
            &PROXY_SLOW,
            &TOO_FAR,
            &KEY_MANAGER_SLOW,
            &ZONE_WITHOUT_TARGET,
            &SECURITY_GROUP,
        ],
        EXTERNAL,
    ),
    code(
        "XKS_PROXY_INVALID_TLS_CONFIGURATION",
        "AWS KMS reaches the proxy, but cannot establish TLS with it",
        &[
            &CHAIN_INCOMPLETE,
            &NAME_DIFFERS,
            &CERTIFICATE_EXPIRED,
            &ROOT_NOT_LISTED,
            &NO_COMMON_SUITE,
            &CLIENT_CERTIFICATE_WANTED,
        ],
        EXTERNAL,
    ),
];

//! Exceptions of `CreateCustomKeyStore` and `UpdateCustomKeyStore` about a proxy.

use super::super::causes::{
    ACCEPTANCE_REQUIRED, ADDRESS_DENIED, ALL_KEY_MANAGERS_UNAVAILABLE, AWS_KMS_NOT_ALLOWED,
    CERTIFICATE_EXPIRED, CHAIN_INCOMPLETE, CLIENT_CERTIFICATE_WANTED, CLOCK, Cause,
    DNS_NAME_DIFFERS, DNS_NAME_NOT_VERIFIED, DNS_NAME_SHARED, ENDPOINT_TWICE, HEALTH_BEHIND_POLICY,
    HOST_CHANGED, KEY_MANAGER_FAILS, KEY_MANAGER_SLOW, KEY_STORE_DISABLED, MALFORMED_ERROR,
    MALFORMED_HEALTH, NAME_DIFFERS, NO_ADDRESS, NO_COMMON_SUITE, NO_HEALTHY_TARGET, NO_IPV4,
    NOBODY_ON_443, ONE_ZONE, OTHER_ACCOUNT, OTHER_CREDENTIAL, OTHER_PATH, OTHER_REGION,
    PATH_CHANGED, PLAIN_HTTP, PROXY_SLOW, ROOT_NOT_LISTED, SERVICE_NAME_WRONG,
    SERVICE_NOT_AVAILABLE, SERVICE_TWICE, SOMETHING_ELSE_ANSWERS, TOO_FAR, TOO_MANY_REQUESTS,
    TOO_SMALL_LIMITS, TOO_STRICT, URI_TWICE, WRONG_LOAD_BALANCER,
};
use super::{Kind, Term};

const fn exception(
    name: &'static str,
    meaning: &'static str,
    causes: &'static [&'static Cause],
    note: &'static str,
) -> Term {
    Term {
        name,
        kind: Kind::Exception,
        from: "CreateCustomKeyStore, UpdateCustomKeyStore",
        meaning,
        causes,
        note,
    }
}

const PROBE: &str = "\
AWS KMS calls GetHealthStatus to create or update a key store with a public endpoint, and to \
update one with VPC connectivity. Creating one with VPC connectivity looks at the endpoint \
service only: a wrong path, credential or certificate is found when it is connected.";

pub(super) static ALL: [Term; 10] = [
    exception(
        "XksProxyUriUnreachableException",
        "AWS KMS cannot reach the proxy, or the proxy has no available key manager",
        &[
            &NOBODY_ON_443,
            &CHAIN_INCOMPLETE,
            &NAME_DIFFERS,
            &ROOT_NOT_LISTED,
            &NO_ADDRESS,
            &CERTIFICATE_EXPIRED,
            &NO_HEALTHY_TARGET,
            &PROXY_SLOW,
            &TOO_FAR,
            &KEY_MANAGER_SLOW,
            &ALL_KEY_MANAGERS_UNAVAILABLE,
            &NO_COMMON_SUITE,
            &CLIENT_CERTIFICATE_WANTED,
            &TOO_MANY_REQUESTS,
        ],
        PROBE,
    ),
    exception(
        "XksProxyIncorrectAuthenticationCredentialException",
        "The proxy answered 401",
        &[&OTHER_CREDENTIAL, &CLOCK, &HOST_CHANGED],
        PROBE,
    ),
    exception(
        "XksProxyInvalidResponseException",
        "AWS KMS cannot make sense of the proxy's answer to GetHealthStatus",
        &[
            &SOMETHING_ELSE_ANSWERS,
            &KEY_MANAGER_FAILS,
            &TOO_STRICT,
            &MALFORMED_HEALTH,
            &MALFORMED_ERROR,
            &PLAIN_HTTP,
            &HEALTH_BEHIND_POLICY,
            &ADDRESS_DENIED,
            &KEY_STORE_DISABLED,
            &TOO_SMALL_LIMITS,
        ],
        PROBE,
    ),
    exception(
        "XksProxyInvalidConfigurationException",
        "The proxy answered 404 InvalidUriPathException, or the message names another value",
        &[&OTHER_PATH, &PATH_CHANGED, &ACCEPTANCE_REQUIRED],
        PROBE,
    ),
    exception(
        "XksProxyUriInUseException",
        "Another external key store in the Region has the same endpoint and path",
        &[&URI_TWICE],
        "The proxy is not called.",
    ),
    exception(
        "XksProxyUriEndpointInUseException",
        "Another external key store in the Region has the endpoint in a way that excludes this one",
        &[&ENDPOINT_TWICE, &DNS_NAME_SHARED],
        "Key stores with public endpoints may share one, with different paths.",
    ),
    exception(
        "XksProxyVpcEndpointServiceInUseException",
        "The VPC endpoint service serves another external key store in the Region",
        &[&SERVICE_TWICE],
        "It does not come from deleting an endpoint service. What blocks that is EC2: connections \
         that are Available or PendingAcceptance. Disconnect the key store first, and AWS KMS \
         deletes its endpoint. Key policies have nothing to do with it.",
    ),
    exception(
        "XksProxyVpcEndpointServiceNotFoundException",
        "AWS KMS does not find the VPC endpoint service, or may not use it",
        &[
            &AWS_KMS_NOT_ALLOWED,
            &SERVICE_NAME_WRONG,
            &OTHER_REGION,
            &OTHER_ACCOUNT,
            &SERVICE_NOT_AVAILABLE,
        ],
        "",
    ),
    exception(
        "XksProxyVpcEndpointServiceInvalidConfigurationException",
        "The VPC endpoint service is not as AWS KMS needs it",
        &[
            &DNS_NAME_NOT_VERIFIED,
            &ACCEPTANCE_REQUIRED,
            &DNS_NAME_DIFFERS,
            &ONE_ZONE,
            &WRONG_LOAD_BALANCER,
            &DNS_NAME_SHARED,
            &NO_IPV4,
            &SERVICE_NOT_AVAILABLE,
        ],
        "IAM policies, and interface endpoints for com.amazonaws.REGION.kms, have nothing to do \
         with it.",
    ),
    Term {
        name: "XksProxyUnreachableException",
        kind: Kind::Exception,
        from: "no operation: an ExceptionName of the CloudWatch metric XksProxyErrors",
        meaning: "AWS KMS could not reach the proxy",
        causes: &[&NOBODY_ON_443, &PROXY_SLOW, &TOO_FAR, &CHAIN_INCOMPLETE],
        note: "Callers see KMSInvalidStateException.",
    },
];

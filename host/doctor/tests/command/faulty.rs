//! A faulty set of AWS's answers for each check: the good one, with one thing changed.

use serde_json::{Value, json};

use crate::answers::{
    Answers, CERTIFICATE, CERTIFICATE_ARN, CLUSTERS, CONFIGURATIONS, CONNECTIONS, EVENTS,
    KEY_STORES, LISTENERS, LOAD_BALANCERS, PERMISSIONS, ROUTE_TABLES, SECURITY_GROUPS, SERVICES,
    TARGET_GROUPS, TARGET_HEALTH,
};

/// What is wrong, and how that is found.
pub(crate) struct Faulty {
    /// The check that finds it.
    pub(crate) check: &'static str,
    pub(crate) verdict: &'static str,
    /// A part of what it says.
    pub(crate) seen: &'static str,
    /// Other checks that find consequences of it.
    pub(crate) others: &'static [&'static str],
    pub(crate) answers: Answers,
}

const PAYMENTS: &str = "/CustomKeyStores/0";
const PROXY: &str = "/CustomKeyStores/0/XksProxyConfiguration";
const SERVICE: &str = "/ServiceConfigurations/0";
const LOAD_BALANCER: &str = "/LoadBalancers/0";
const LISTENER: &str = "/Listeners/0";

fn fails(check: &'static str, seen: &'static str, answers: Answers) -> Faulty {
    Faulty {
        check,
        verdict: "failure",
        seen,
        others: &[],
        answers,
    }
}

fn warns(check: &'static str, seen: &'static str, answers: Answers) -> Faulty {
    Faulty {
        verdict: "warning",
        ..fails(check, seen, answers)
    }
}

impl Faulty {
    fn with(self, others: &'static [&'static str]) -> Self {
        Self { others, ..self }
    }
}

/// At least one for each check.
pub(crate) fn all() -> Vec<Faulty> {
    [
        of_key_stores(),
        of_service(),
        of_names(),
        of_load_balancer(),
        of_targets(),
        of_the_rest(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn of_key_stores() -> Vec<Faulty> {
    let good = Answers::good;
    let failed = good()
        .set(KEY_STORES, &format!("{PAYMENTS}/ConnectionState"), "FAILED")
        .add(
            KEY_STORES,
            PAYMENTS,
            "ConnectionErrorCode",
            "XKS_PROXY_NOT_REACHABLE",
        );
    let disconnected = good().set(
        KEY_STORES,
        &format!("{PAYMENTS}/ConnectionState"),
        "DISCONNECTED",
    );
    let archive = "/CustomKeyStores/1/XksProxyConfiguration";
    let same_uri = good().push(KEY_STORES, "/CustomKeyStores", {
        let mut copy = good().get(KEY_STORES, "/CustomKeyStores/1");
        copy["CustomKeyStoreId"] = json!("cks-1234567890abcdef9");
        copy["CustomKeyStoreName"] = json!("copy");
        copy
    });
    let same_name = good().set(
        KEY_STORES,
        "/CustomKeyStores/1/CustomKeyStoreName",
        "payments",
    );
    let same_endpoint = good().set(
        KEY_STORES,
        &format!("{archive}/UriEndpoint"),
        "https://xks.example.com",
    );
    let eleven = (3..11).fold(good(), |answers, number| {
        let mut copy = good().get(KEY_STORES, "/CustomKeyStores/1");
        copy["CustomKeyStoreId"] = json!(format!("cks-1234567890abcde{number:02}"));
        copy["CustomKeyStoreName"] = json!(format!("archive-{number}"));
        copy["XksProxyConfiguration"]["UriPath"] = json!(format!("/archive-{number}/kms/xks/v1"));
        answers.push(KEY_STORES, "/CustomKeyStores", copy)
    });
    vec![
        fails(
            "K01",
            "FAILED with XKS_PROXY_NOT_REACHABLE: AWS KMS cannot",
            failed,
        ),
        warns("K01", "DISCONNECTED", disconnected),
        fails("K03", "both have the URI", same_uri),
        fails("K03", "both are called payments", same_name),
        fails("K03", "not both are public", same_endpoint).with(&["V11"]),
        fails("K03", "11 custom key stores", eleven),
    ]
}

fn of_service() -> Vec<Faulty> {
    let good = Answers::good;
    let set = |member: &str, value: Value| {
        good().set(CONFIGURATIONS, &format!("{SERVICE}/{member}"), value)
    };
    let gone = good()
        .set(CONFIGURATIONS, "/ServiceConfigurations", json!([]))
        .set(SERVICES, "/ServiceDetails", json!([]));
    let malformed = "com.amazonaws.vpce.eu-central-1.vpce-svc-OTHER";
    let misnamed = set("ServiceName", json!(malformed)).set(
        KEY_STORES,
        &format!("{PROXY}/VpcEndpointServiceName"),
        json!(malformed),
    );
    let gateway = set("ServiceType/0/ServiceType", json!("GatewayLoadBalancer"));
    let gateway_arn = good().add(
        CONFIGURATIONS,
        SERVICE,
        "GatewayLoadBalancerArns",
        json!(["arn:aws:elasticloadbalancing:eu-central-1:111122223333:loadbalancer/gwy/a/1"]),
    );
    let application = good().set(
        LOAD_BALANCERS,
        &format!("{LOAD_BALANCER}/Type"),
        "application",
    );
    let one_zone = good().set(
        LOAD_BALANCERS,
        &format!("{LOAD_BALANCER}/AvailabilityZones"),
        json!([{"ZoneName": "eu-central-1a", "SubnetId": "subnet-0aaaaaaaaaaaaaaaa"}]),
    );
    let public = good().push(
        ROUTE_TABLES,
        "/RouteTables/0/Routes",
        json!({"DestinationCidrBlock": "0.0.0.0/0", "GatewayId": "igw-0aaaaaaaaaaaaaaaa"}),
    );
    let public_by_main = good().push(
        ROUTE_TABLES,
        "/RouteTables/1/Routes",
        json!({"DestinationCidrBlock": "0.0.0.0/0", "GatewayId": "igw-0aaaaaaaaaaaaaaaa"}),
    );
    vec![
        fails("V01", "is not among the services", gone),
        fails("V02", "is not of the form", misnamed),
        fails(
            "V03",
            "ServiceState is Pending",
            set("ServiceState", json!("Pending")),
        ),
        fails("V04", "ServiceType is GatewayLoadBalancer", gateway),
        fails("V04", "a Gateway Load Balancer is behind it", gateway_arn),
        fails("V04", "is of the type application", application),
        fails(
            "V05",
            "in one zone",
            set("AvailabilityZones", json!(["eu-central-1a"])),
        ),
        fails("V05", "has subnets in 1 zone(s)", one_zone),
        warns(
            "V06",
            "subnet-0aaaaaaaaaaaaaaaa has a route to igw-",
            public,
        ),
        warns(
            "V06",
            "subnet-0bbbbbbbbbbbbbbbb has a route to igw-",
            public_by_main,
        ),
        fails(
            "V07",
            "AcceptanceRequired is true",
            set("AcceptanceRequired", json!(true)),
        ),
        fails(
            "V14",
            "ipv6",
            set("SupportedIpAddressTypes", json!(["ipv6"])),
        ),
    ]
}

fn of_names() -> Vec<Faulty> {
    let good = Answers::good;
    let no_name = good().remove(CONFIGURATIONS, SERVICE, "PrivateDnsName");
    let pending = good().set(
        CONFIGURATIONS,
        &format!("{SERVICE}/PrivateDnsNameConfiguration/State"),
        "pendingVerification",
    );
    let wildcard = good().set(
        CONFIGURATIONS,
        &format!("{SERVICE}/PrivateDnsName"),
        "*.example.com",
    );
    let other = good().set(
        CONFIGURATIONS,
        &format!("{SERVICE}/PrivateDnsName"),
        "other.example.com",
    );
    let shared = good().push(CONFIGURATIONS, "/ServiceConfigurations", {
        let mut copy = good().get(CONFIGURATIONS, SERVICE);
        copy["ServiceId"] = json!("vpce-svc-0fffffffffffffff0");
        copy["ServiceName"] = json!("com.amazonaws.vpce.eu-central-1.vpce-svc-0fffffffffffffff0");
        copy
    });
    let nobody = good().set(PERMISSIONS, "/AllowedPrincipals", json!([]));
    let principal = "/AllowedPrincipals/0/Principal";
    let elsewhere = good().set(PERMISSIONS, principal, "cks.kms.eu-west-1.amazonaws.com");
    let everybody = good().set(PERMISSIONS, principal, "*");
    let gateway = good().set(
        PERMISSIONS,
        "/AllowedPrincipals/0/PermissionType",
        "transit-gateway-attachment",
    );
    // The files of the owner's account, with the identity of the key store's.
    let not_allowed = good().add(KEY_STORES, PROXY, "VpcEndpointServiceOwner", "777788889999");
    // The files of the key store's account.
    let of_another = good()
        .set(CONFIGURATIONS, "/ServiceConfigurations", json!([]))
        .set(SERVICES, "/ServiceDetails/0/Owner", "777788889999");
    let other_owner =
        of_another
            .clone()
            .add(KEY_STORES, PROXY, "VpcEndpointServiceOwner", "444455556666");
    vec![
        fails("V08", "PrivateDnsName is not set", no_name),
        fails(
            "V09",
            "the private DNS name is pendingVerification",
            pending,
        ),
        fails("V10", "*.example.com is a wildcard", wildcard),
        fails(
            "V10",
            "is other.example.com, the endpoint https://xks",
            other,
        ),
        fails("V11", "is also that of com.amazonaws", shared),
        fails("V12", "is not among the 0 allowed principals", nobody),
        fails(
            "V12",
            "cks.kms.eu-central-1.amazonaws.com is not among",
            elsewhere,
        ),
        warns("V12", "everybody (*) is allowed", everybody),
        fails("V12", "but not for vpc-endpoint", gateway),
        fails(
            "V13",
            "the service of 777788889999 does not allow 111122223333",
            not_allowed,
        ),
        fails(
            "V13",
            "belongs to 777788889999, and the key store names no owner",
            of_another,
        ),
        fails("V13", "the key store names 444455556666", other_owner),
    ]
}

fn of_load_balancer() -> Vec<Faulty> {
    let good = Answers::good;
    let failed = good().set(
        LOAD_BALANCERS,
        &format!("{LOAD_BALANCER}/State/Code"),
        "failed",
    );
    let impaired = good().set(
        LOAD_BALANCERS,
        &format!("{LOAD_BALANCER}/State/Code"),
        "active_impaired",
    );
    let other_port = good().set(LISTENERS, &format!("{LISTENER}/Port"), 8443);
    let udp = good().set(LISTENERS, &format!("{LISTENER}/Protocol"), "UDP");
    let target_port = good().set(TARGET_GROUPS, "/TargetGroups/0/Port", 8443);
    let tls = || {
        good()
            .set(LISTENERS, &format!("{LISTENER}/Protocol"), "TLS")
            .set(TARGET_GROUPS, "/TargetGroups/0/Protocol", "TLS")
            .add(
                LISTENERS,
                LISTENER,
                "SslPolicy",
                "ELBSecurityPolicy-TLS13-1-2-2021-06",
            )
            .add(
                LISTENERS,
                LISTENER,
                "Certificates",
                json!([{"CertificateArn": CERTIFICATE_ARN}]),
            )
    };
    let plain = tls().set(TARGET_GROUPS, "/TargetGroups/0/Protocol", "TCP");
    let old_policy = tls().set(
        LISTENERS,
        &format!("{LISTENER}/SslPolicy"),
        "ELBSecurityPolicy-TLS-1-0-2015-04",
    );
    let other_name = tls()
        .set(CERTIFICATE, "/Certificate/DomainName", "www.example.org")
        .set(
            CERTIFICATE,
            "/Certificate/SubjectAlternativeNames",
            json!(["www.example.org"]),
        );
    let alternative = tls().set(CERTIFICATE, "/Certificate/DomainName", "example.com");
    let private = tls().set(CERTIFICATE, "/Certificate/Type", "PRIVATE");
    let mutual = tls().add(
        LISTENERS,
        LISTENER,
        "MutualAuthentication",
        json!({"Mode": "verify"}),
    );
    vec![
        fails("V15", "the load balancer is failed", failed),
        warns("V15", "active_impaired", impaired),
        fails("V15", "no listener on port 443", other_port),
        fails("V15", "the listener on 443 is UDP", udp),
        warns("V15", "targets are reached on port 8443", target_port),
        warns("V15", "the proxy is sent plain HTTP", plain),
        fails("V16", "has none of AWS KMS's suites", old_policy),
        fails(
            "V16",
            "is for www.example.org, not for xks.example.com",
            other_name,
        ),
        warns("V16", "xks.example.com is an alternative name", alternative),
        fails("V16", "of a private authority", private),
        warns("V16", "demands a client certificate", mutual),
    ]
}

fn of_targets() -> Vec<Faulty> {
    let good = Answers::good;
    let health = |index: usize| format!("/TargetHealthDescriptions/{index}/TargetHealth/State");
    let none = good().set(TARGET_HEALTH, &health(0), "unhealthy").set(
        TARGET_HEALTH,
        &health(1),
        "unhealthy",
    );
    let one = good().set(TARGET_HEALTH, &health(1), "draining");
    let one_zone = good().set(
        TARGET_HEALTH,
        "/TargetHealthDescriptions/1/Target/AvailabilityZone",
        "eu-central-1a",
    );
    let closed = good().set(
        SECURITY_GROUPS,
        "/SecurityGroups/0/IpPermissions/0/IpRanges/0/CidrIp",
        "10.0.0.0/8",
    );
    vec![
        fails("V17", "0 of 2 targets healthy", none),
        warns("V17", "1 of 2 targets healthy; 10.0.3.20 draining", one),
        warns("V17", "no healthy target in eu-central-1b", one_zone),
        fails(
            "V18",
            "sg-0aaaaaaaaaaaaaaaa does not let 0.0.0.0/0 in",
            closed,
        ),
    ]
}

fn of_the_rest() -> Vec<Faulty> {
    let good = Answers::good;
    let state = "/VpcEndpointConnections/0/VpcEndpointState";
    let waiting = good().set(CONNECTIONS, state, "PendingAcceptance");
    let rejected = good().set(CONNECTIONS, state, "Rejected");
    let inactive = good().set(CLUSTERS, "/Clusters/0/State", "INITIALIZED");
    let certificate = good().get(CLUSTERS, "/Clusters/0/Certificates/ClusterCertificate");
    let related = good().set(
        CLUSTERS,
        "/Clusters/1/Certificates/ClusterCertificate",
        certificate,
    );
    let cluster_gone = good().set(CLUSTERS, "/Clusters", json!([]));
    let record = json!({
        "eventSource": "kms.amazonaws.com",
        "eventName": "Encrypt",
        "eventTime": "2026-11-28T10:00:00Z",
        "errorCode": "KMSInvalidStateException",
        "errorMessage": "The external key store proxy rejected the request because it could not \
                         authenticate AWS KMS. Verify the credentials for your external key store \
                         and update if necessary.",
        "additionalEventData": {"customKeyStoreId": "cks-1234567890abcdef0", "xksKeyId": "demo"},
    });
    let call_failed = good().push(
        EVENTS,
        "/Events",
        json!({"EventName": "Encrypt", "CloudTrailEvent": record.to_string()}),
    );
    vec![
        warns(
            "V19",
            "vpce-0c0ffee0c0ffee000 is PendingAcceptance",
            waiting,
        ),
        warns("V19", "vpce-0c0ffee0c0ffee000 is Rejected", rejected),
        warns("X01", "backs hsm; INITIALIZED", inactive),
        warns(
            "X01",
            "shares its backup history with the cluster of hsm",
            related,
        ),
        warns(
            "X01",
            "its cluster cluster-1a23b4cdefg is not there",
            cluster_gone,
        ),
        warns(
            "X02",
            "1 time(s), last at 2026-11-28T10:00:00Z",
            call_failed,
        ),
    ]
}

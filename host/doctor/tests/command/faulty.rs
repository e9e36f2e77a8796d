//! A faulty set of AWS's answers for each check: the good one, with one thing changed.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use crate::harness::folder;

pub(crate) const KEY_STORES: &str = "kms-custom-key-stores";
pub(crate) const CONFIGURATIONS: &str = "ec2-vpc-endpoint-service-configurations";
pub(crate) const SERVICES: &str = "ec2-vpc-endpoint-services";
pub(crate) const PERMISSIONS: &str =
    "ec2-vpc-endpoint-service-permissions.vpce-svc-0123456789abcdef0";
pub(crate) const CONNECTIONS: &str = "ec2-vpc-endpoint-connections";
pub(crate) const LOAD_BALANCERS: &str = "elbv2-load-balancers";
pub(crate) const LISTENERS: &str = "elbv2-listeners.net.xks.50dc6c495c0c9188";
pub(crate) const TARGET_GROUPS: &str = "elbv2-target-groups.net.xks.50dc6c495c0c9188";
pub(crate) const TARGET_HEALTH: &str = "elbv2-target-health.xks.73e2d6bc24d8a067";
pub(crate) const ROUTE_TABLES: &str = "ec2-route-tables";
pub(crate) const SECURITY_GROUPS: &str = "ec2-security-groups";
pub(crate) const CLUSTERS: &str = "cloudhsmv2-clusters";
pub(crate) const EVENTS: &str = "cloudtrail-events";
pub(crate) const CERTIFICATE: &str = "acm-certificate.12345678-1234-1234-1234-123456789012";
pub(crate) const CERTIFICATE_ARN: &str =
    "arn:aws:acm:eu-central-1:111122223333:certificate/12345678-1234-1234-1234-123456789012";

/// Answers of AWS by the names of their files.
#[derive(Clone)]
pub(crate) struct Answers(BTreeMap<String, Value>);

impl Answers {
    /// Those with which nothing is wrong.
    pub(crate) fn good() -> Self {
        let mut answers = BTreeMap::new();
        for entry in fs::read_dir(folder("aws-side")).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
            let text = fs::read_to_string(&path).unwrap();
            answers.insert(name, serde_json::from_str(&text).unwrap());
        }
        Self(answers)
    }

    /// With another value in one place, which must have been there.
    pub(crate) fn set(mut self, file: &str, pointer: &str, value: Value) -> Self {
        let place = self.0.get_mut(file).unwrap().pointer_mut(pointer);
        *place.unwrap_or_else(|| panic!("{file} has no {pointer}")) = value;
        self
    }

    /// With another member in an object, or another value of one.
    pub(crate) fn add(mut self, file: &str, pointer: &str, name: &str, value: Value) -> Self {
        let place = self.0.get_mut(file).unwrap().pointer_mut(pointer).unwrap();
        place
            .as_object_mut()
            .unwrap()
            .insert(name.to_owned(), value);
        self
    }

    /// With another element at the end of a list.
    pub(crate) fn push(mut self, file: &str, pointer: &str, value: Value) -> Self {
        let place = self.0.get_mut(file).unwrap().pointer_mut(pointer).unwrap();
        place.as_array_mut().unwrap().push(value);
        self
    }

    /// Without a member of an object.
    pub(crate) fn remove(mut self, file: &str, pointer: &str, name: &str) -> Self {
        let place = self.0.get_mut(file).unwrap().pointer_mut(pointer).unwrap();
        let removed = place.as_object_mut().unwrap().remove(name);
        assert!(removed.is_some(), "{file}{pointer} has no {name}");
        self
    }

    /// Without a file.
    pub(crate) fn without(mut self, file: &str) -> Self {
        assert!(self.0.remove(file).is_some(), "{file}");
        self
    }

    pub(crate) fn get(&self, file: &str, pointer: &str) -> Value {
        self.0[file].pointer(pointer).unwrap().clone()
    }

    pub(crate) fn names(&self) -> Vec<&str> {
        self.0.keys().map(String::as_str).collect()
    }

    /// Every place in every file that has a member of this name.
    pub(crate) fn pointers(&self) -> Vec<(String, String, String)> {
        let mut found = Vec::new();
        for (file, value) in &self.0 {
            collect(file, value, "", &mut found);
        }
        found
    }

    /// Writes the files.
    pub(crate) fn write(&self, folder: &Path) {
        for (name, value) in &self.0 {
            fs::write(folder.join(format!("{name}.json")), value.to_string()).unwrap();
        }
    }
}

fn collect(file: &str, value: &Value, at: &str, found: &mut Vec<(String, String, String)>) {
    match value {
        Value::Object(object) => {
            for (name, inner) in object {
                found.push((file.to_owned(), at.to_owned(), name.clone()));
                collect(file, inner, &format!("{at}/{name}"), found);
            }
        }
        Value::Array(list) => {
            for (index, inner) in list.iter().enumerate() {
                collect(file, inner, &format!("{at}/{index}"), found);
            }
        }
        _ => {}
    }
}

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

fn faulty(
    check: &'static str,
    verdict: &'static str,
    seen: &'static str,
    answers: Answers,
) -> Faulty {
    Faulty {
        check,
        verdict,
        seen,
        others: &[],
        answers,
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
        .set(
            KEY_STORES,
            &format!("{PAYMENTS}/ConnectionState"),
            json!("FAILED"),
        )
        .add(
            KEY_STORES,
            PAYMENTS,
            "ConnectionErrorCode",
            json!("XKS_PROXY_NOT_REACHABLE"),
        );
    let disconnected = good().set(
        KEY_STORES,
        &format!("{PAYMENTS}/ConnectionState"),
        json!("DISCONNECTED"),
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
        json!("payments"),
    );
    let same_endpoint = good().set(
        KEY_STORES,
        &format!("{archive}/UriEndpoint"),
        json!("https://xks.example.com"),
    );
    let eleven = (3..11).fold(good(), |answers, number| {
        let mut copy = good().get(KEY_STORES, "/CustomKeyStores/1");
        copy["CustomKeyStoreId"] = json!(format!("cks-1234567890abcde{number:02}"));
        copy["CustomKeyStoreName"] = json!(format!("archive-{number}"));
        copy["XksProxyConfiguration"]["UriPath"] = json!(format!("/archive-{number}/kms/xks/v1"));
        answers.push(KEY_STORES, "/CustomKeyStores", copy)
    });
    vec![
        faulty(
            "K01",
            "failure",
            "FAILED with XKS_PROXY_NOT_REACHABLE: AWS KMS cannot",
            failed,
        ),
        faulty("K01", "warning", "DISCONNECTED", disconnected),
        faulty("K03", "failure", "both have the URI", same_uri),
        faulty("K03", "failure", "both are called payments", same_name),
        faulty("K03", "failure", "not both are public", same_endpoint).with(&["V11"]),
        faulty("K03", "failure", "11 custom key stores", eleven),
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
        json!("application"),
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
        faulty("V01", "failure", "is not among the services", gone),
        faulty("V02", "failure", "is not of the form", misnamed),
        faulty(
            "V03",
            "failure",
            "ServiceState is Pending",
            set("ServiceState", json!("Pending")),
        ),
        faulty(
            "V04",
            "failure",
            "ServiceType is GatewayLoadBalancer",
            gateway,
        ),
        faulty(
            "V04",
            "failure",
            "a Gateway Load Balancer is behind it",
            gateway_arn,
        ),
        faulty("V04", "failure", "is of the type application", application),
        faulty(
            "V05",
            "failure",
            "in one zone",
            set("AvailabilityZones", json!(["eu-central-1a"])),
        ),
        faulty("V05", "failure", "has subnets in 1 zone(s)", one_zone),
        faulty(
            "V06",
            "warning",
            "subnet-0aaaaaaaaaaaaaaaa has a route to igw-",
            public,
        ),
        faulty(
            "V06",
            "warning",
            "subnet-0bbbbbbbbbbbbbbbb has a route to igw-",
            public_by_main,
        ),
        faulty(
            "V07",
            "failure",
            "AcceptanceRequired is true",
            set("AcceptanceRequired", json!(true)),
        ),
        faulty(
            "V14",
            "failure",
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
        json!("pendingVerification"),
    );
    let wildcard = good().set(
        CONFIGURATIONS,
        &format!("{SERVICE}/PrivateDnsName"),
        json!("*.example.com"),
    );
    let other = good().set(
        CONFIGURATIONS,
        &format!("{SERVICE}/PrivateDnsName"),
        json!("other.example.com"),
    );
    let shared = good().push(CONFIGURATIONS, "/ServiceConfigurations", {
        let mut copy = good().get(CONFIGURATIONS, SERVICE);
        copy["ServiceId"] = json!("vpce-svc-0fffffffffffffff0");
        copy["ServiceName"] = json!("com.amazonaws.vpce.eu-central-1.vpce-svc-0fffffffffffffff0");
        copy
    });
    let nobody = good().set(PERMISSIONS, "/AllowedPrincipals", json!([]));
    let principal = "/AllowedPrincipals/0/Principal";
    let elsewhere = good().set(
        PERMISSIONS,
        principal,
        json!("cks.kms.eu-west-1.amazonaws.com"),
    );
    let everybody = good().set(PERMISSIONS, principal, json!("*"));
    let gateway = good().set(
        PERMISSIONS,
        "/AllowedPrincipals/0/PermissionType",
        json!("transit-gateway-attachment"),
    );
    // The files of the owner's account, with the identity of the key store's.
    let not_allowed = good().add(
        KEY_STORES,
        PROXY,
        "VpcEndpointServiceOwner",
        json!("777788889999"),
    );
    // The files of the key store's account.
    let of_another = good()
        .set(CONFIGURATIONS, "/ServiceConfigurations", json!([]))
        .set(SERVICES, "/ServiceDetails/0/Owner", json!("777788889999"));
    let other_owner = of_another.clone().add(
        KEY_STORES,
        PROXY,
        "VpcEndpointServiceOwner",
        json!("444455556666"),
    );
    vec![
        faulty("V08", "failure", "PrivateDnsName is not set", no_name),
        faulty(
            "V09",
            "failure",
            "the private DNS name is pendingVerification",
            pending,
        ),
        faulty("V10", "failure", "*.example.com is a wildcard", wildcard),
        faulty(
            "V10",
            "failure",
            "is other.example.com, the endpoint https://xks",
            other,
        ),
        faulty("V11", "failure", "is also that of com.amazonaws", shared),
        faulty(
            "V12",
            "failure",
            "is not among the 0 allowed principals",
            nobody,
        ),
        faulty(
            "V12",
            "failure",
            "cks.kms.eu-central-1.amazonaws.com is not among",
            elsewhere,
        ),
        faulty("V12", "warning", "everybody (*) is allowed", everybody),
        faulty("V12", "failure", "but not for vpc-endpoint", gateway),
        faulty(
            "V13",
            "failure",
            "the service of 777788889999 does not allow 111122223333",
            not_allowed,
        ),
        faulty(
            "V13",
            "failure",
            "belongs to 777788889999, and the key store names no owner",
            of_another,
        ),
        faulty(
            "V13",
            "failure",
            "the key store names 444455556666",
            other_owner,
        ),
    ]
}

fn of_load_balancer() -> Vec<Faulty> {
    let good = Answers::good;
    let failed = good().set(
        LOAD_BALANCERS,
        &format!("{LOAD_BALANCER}/State/Code"),
        json!("failed"),
    );
    let impaired = good().set(
        LOAD_BALANCERS,
        &format!("{LOAD_BALANCER}/State/Code"),
        json!("active_impaired"),
    );
    let other_port = good().set(LISTENERS, &format!("{LISTENER}/Port"), json!(8443));
    let udp = good().set(LISTENERS, &format!("{LISTENER}/Protocol"), json!("UDP"));
    let target_port = good().set(TARGET_GROUPS, "/TargetGroups/0/Port", json!(8443));
    let tls = || {
        good()
            .set(LISTENERS, &format!("{LISTENER}/Protocol"), json!("TLS"))
            .set(TARGET_GROUPS, "/TargetGroups/0/Protocol", json!("TLS"))
            .add(
                LISTENERS,
                LISTENER,
                "SslPolicy",
                json!("ELBSecurityPolicy-TLS13-1-2-2021-06"),
            )
            .add(
                LISTENERS,
                LISTENER,
                "Certificates",
                json!([{"CertificateArn": CERTIFICATE_ARN}]),
            )
    };
    let plain = tls().set(TARGET_GROUPS, "/TargetGroups/0/Protocol", json!("TCP"));
    let old_policy = tls().set(
        LISTENERS,
        &format!("{LISTENER}/SslPolicy"),
        json!("ELBSecurityPolicy-TLS-1-0-2015-04"),
    );
    let other_name = tls()
        .set(
            CERTIFICATE,
            "/Certificate/DomainName",
            json!("www.example.org"),
        )
        .set(
            CERTIFICATE,
            "/Certificate/SubjectAlternativeNames",
            json!(["www.example.org"]),
        );
    let alternative = tls().set(CERTIFICATE, "/Certificate/DomainName", json!("example.com"));
    let private = tls().set(CERTIFICATE, "/Certificate/Type", json!("PRIVATE"));
    let mutual = tls().add(
        LISTENERS,
        LISTENER,
        "MutualAuthentication",
        json!({"Mode": "verify"}),
    );
    vec![
        faulty("V15", "failure", "the load balancer is failed", failed),
        faulty("V15", "warning", "active_impaired", impaired),
        faulty("V15", "failure", "no listener on port 443", other_port),
        faulty("V15", "failure", "the listener on 443 is UDP", udp),
        faulty(
            "V15",
            "warning",
            "targets are reached on port 8443",
            target_port,
        ),
        faulty("V15", "warning", "the proxy is sent plain HTTP", plain),
        faulty("V16", "failure", "has none of AWS KMS's suites", old_policy),
        faulty(
            "V16",
            "failure",
            "is for www.example.org, not for xks.example.com",
            other_name,
        ),
        faulty(
            "V16",
            "warning",
            "xks.example.com is an alternative name",
            alternative,
        ),
        faulty("V16", "failure", "of a private authority", private),
        faulty("V16", "warning", "demands a client certificate", mutual),
    ]
}

fn of_targets() -> Vec<Faulty> {
    let good = Answers::good;
    let health = |index: usize| format!("/TargetHealthDescriptions/{index}/TargetHealth/State");
    let none = good()
        .set(TARGET_HEALTH, &health(0), json!("unhealthy"))
        .set(TARGET_HEALTH, &health(1), json!("unhealthy"));
    let one = good().set(TARGET_HEALTH, &health(1), json!("draining"));
    let one_zone = good().set(
        TARGET_HEALTH,
        "/TargetHealthDescriptions/1/Target/AvailabilityZone",
        json!("eu-central-1a"),
    );
    let closed = good().set(
        SECURITY_GROUPS,
        "/SecurityGroups/0/IpPermissions/0/IpRanges/0/CidrIp",
        json!("10.0.0.0/8"),
    );
    vec![
        faulty("V17", "failure", "0 of 2 targets healthy", none),
        faulty(
            "V17",
            "warning",
            "1 of 2 targets healthy; 10.0.3.20 draining",
            one,
        ),
        faulty(
            "V17",
            "warning",
            "no healthy target in eu-central-1b",
            one_zone,
        ),
        faulty(
            "V18",
            "failure",
            "sg-0aaaaaaaaaaaaaaaa does not let 0.0.0.0/0 in",
            closed,
        ),
    ]
}

fn of_the_rest() -> Vec<Faulty> {
    let good = Answers::good;
    let state = "/VpcEndpointConnections/0/VpcEndpointState";
    let waiting = good().set(CONNECTIONS, state, json!("PendingAcceptance"));
    let rejected = good().set(CONNECTIONS, state, json!("Rejected"));
    let inactive = good().set(CLUSTERS, "/Clusters/0/State", json!("INITIALIZED"));
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
        faulty(
            "V19",
            "warning",
            "vpce-0c0ffee0c0ffee000 is PendingAcceptance",
            waiting,
        ),
        faulty(
            "V19",
            "warning",
            "vpce-0c0ffee0c0ffee000 is Rejected",
            rejected,
        ),
        faulty("X01", "warning", "backs hsm; INITIALIZED", inactive),
        faulty(
            "X01",
            "warning",
            "shares its backup history with the cluster of hsm",
            related,
        ),
        faulty(
            "X01",
            "warning",
            "its cluster cluster-1a23b4cdefg is not there",
            cluster_gone,
        ),
        faulty(
            "X02",
            "warning",
            "1 time(s), last at 2026-11-28T10:00:00Z",
            call_failed,
        ),
    ]
}

//! `aws elbv2 describe-…`

use serde::Deserialize;

/// The answer of `DescribeLoadBalancers`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct LoadBalancers {
    /// The load balancers.
    pub load_balancers: Option<Vec<LoadBalancer>>,
}

/// A load balancer.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct LoadBalancer {
    /// `arn:aws:elasticloadbalancing:…:loadbalancer/net/NAME/ID`
    pub load_balancer_arn: Option<String>,
    /// application, network or gateway.
    #[serde(rename = "Type")]
    pub kind: Option<String>,
    /// Whether it works.
    pub state: Option<LoadBalancerState>,
    /// Its subnets.
    pub availability_zones: Option<Vec<LoadBalancerZone>>,
    /// Its security groups; absent when it was made without any.
    pub security_groups: Option<Vec<String>>,
    /// on or off; only of a load balancer with security groups.
    pub enforce_security_group_inbound_rules_on_private_link_traffic: Option<String>,
}

/// A load balancer's state.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct LoadBalancerState {
    /// active, provisioning, `active_impaired` or failed.
    pub code: Option<String>,
    /// Why.
    pub reason: Option<String>,
}

/// A zone that a load balancer is in.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct LoadBalancerZone {
    /// `eu-central-1a`
    pub zone_name: Option<String>,
    /// `subnet-…`
    pub subnet_id: Option<String>,
}

/// The answer of `DescribeListeners` for one load balancer.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Listeners {
    /// The listeners.
    pub listeners: Option<Vec<Listener>>,
}

/// A listener.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Listener {
    /// Its own ARN.
    pub listener_arn: Option<String>,
    /// Where it listens.
    pub port: Option<i64>,
    /// TCP, TLS …
    pub protocol: Option<String>,
    /// Of TLS.
    pub certificates: Option<Vec<ListenerCertificate>>,
    /// Of TLS: versions and suites.
    pub ssl_policy: Option<String>,
    /// Where it forwards to.
    pub default_actions: Option<Vec<Action>>,
    /// Of TLS: whether clients need a certificate.
    pub mutual_authentication: Option<MutualAuthentication>,
}

/// A certificate of a listener.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListenerCertificate {
    /// In ACM or IAM.
    pub certificate_arn: Option<String>,
}

/// What a listener does.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Action {
    /// forward
    #[serde(rename = "Type")]
    pub kind: Option<String>,
    /// To where, if it is one.
    pub target_group_arn: Option<String>,
    /// To where, if they are several.
    pub forward_config: Option<ForwardConfig>,
}

/// Several target groups.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ForwardConfig {
    /// The groups.
    pub target_groups: Option<Vec<TargetGroupTuple>>,
}

/// A target group with a weight.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct TargetGroupTuple {
    /// The group.
    pub target_group_arn: Option<String>,
}

/// Mutual TLS of a listener.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct MutualAuthentication {
    /// off, passthrough or verify.
    pub mode: Option<String>,
}

/// The answer of `DescribeTargetGroups`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct TargetGroups {
    /// The groups.
    pub target_groups: Option<Vec<TargetGroup>>,
}

/// A target group.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct TargetGroup {
    /// `arn:aws:elasticloadbalancing:…:targetgroup/NAME/ID`
    pub target_group_arn: Option<String>,
    /// TCP, TLS …
    pub protocol: Option<String>,
    /// Where targets listen, unless a target says otherwise.
    pub port: Option<i64>,
}

/// The answer of `DescribeTargetHealth` for one target group.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct TargetHealth {
    /// The targets.
    pub target_health_descriptions: Option<Vec<TargetHealthDescription>>,
}

/// A target and how it is.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct TargetHealthDescription {
    /// The target.
    pub target: Option<Target>,
    /// How it is.
    pub target_health: Option<TargetState>,
}

/// A target.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Target {
    /// An address or an instance.
    pub id: Option<String>,
    /// Its port.
    pub port: Option<i64>,
    /// Its zone, or `all`.
    pub availability_zone: Option<String>,
}

/// How a target is.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct TargetState {
    /// healthy, unhealthy, initial …
    pub state: Option<String>,
    /// Why, as a code.
    pub reason: Option<String>,
    /// Why, as a text.
    pub description: Option<String>,
}

/// The answer of `DescribeLoadBalancerAttributes`, or `DescribeTargetGroupAttributes`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Attributes {
    /// Keys and values.
    pub attributes: Option<Vec<Attribute>>,
}

/// One attribute.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Attribute {
    /// `load_balancing.cross_zone.enabled`
    pub key: Option<String>,
    /// `true`
    pub value: Option<String>,
}

/// The answer of `DescribeSSLPolicies`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct SslPolicies {
    /// The policies.
    pub ssl_policies: Option<Vec<SslPolicy>>,
}

/// Versions and suites of a TLS listener.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct SslPolicy {
    /// `ELBSecurityPolicy-…`
    pub name: Option<String>,
    /// The suites, by OpenSSL's names.
    pub ciphers: Option<Vec<Cipher>>,
}

/// A suite.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Cipher {
    /// `ECDHE-RSA-AES256-GCM-SHA384`, `TLS_AES_256_GCM_SHA384`
    pub name: Option<String>,
}

impl Attributes {
    /// The value of an attribute.
    pub fn value(&self, key: &str) -> Option<&str> {
        self.attributes
            .as_deref()?
            .iter()
            .find(|attribute| attribute.key.as_deref() == Some(key))?
            .value
            .as_deref()
    }
}

impl Listener {
    /// The target groups that it forwards to.
    pub fn target_groups(&self) -> Vec<&str> {
        let mut arns: Vec<&str> = Vec::new();
        for action in self.default_actions.as_deref().unwrap_or_default() {
            let several = action.forward_config.as_ref();
            let several = several.and_then(|config| config.target_groups.as_deref());
            let several = several.unwrap_or_default().iter();
            arns.extend(
                several
                    .filter_map(|group| group.target_group_arn.as_deref())
                    .chain(action.target_group_arn.as_deref()),
            );
        }
        arns.sort_unstable();
        arns.dedup();
        arns
    }
}

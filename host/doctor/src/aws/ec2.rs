//! `aws ec2 describe-…`: endpoint services, subnets, routes, security groups.

use serde::Deserialize;

/// The answer of `DescribeVpcEndpointServiceConfigurations`: services of the account.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ServiceConfigurations {
    /// The services.
    pub service_configurations: Option<Vec<ServiceConfiguration>>,
    /// There is more that is not in this file.
    pub next_token: Option<String>,
}

/// A service of the account, with its configuration.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ServiceConfiguration {
    /// `vpce-svc-…`
    pub service_id: Option<String>,
    /// `com.amazonaws.vpce.REGION.vpce-svc-…`
    pub service_name: Option<String>,
    /// Interface, Gateway or `GatewayLoadBalancer`.
    pub service_type: Option<Vec<ServiceType>>,
    /// Pending, Available, Deleting, Deleted or Failed.
    pub service_state: Option<String>,
    /// `eu-central-1a`
    pub availability_zones: Option<Vec<String>>,
    /// `euc1-az2`
    pub availability_zone_ids: Option<Vec<String>>,
    /// Whether the owner accepts each connection by hand.
    pub acceptance_required: Option<bool>,
    /// What it forwards to.
    pub network_load_balancer_arns: Option<Vec<String>>,
    /// What an Interface service does not have.
    pub gateway_load_balancer_arns: Option<Vec<String>>,
    /// ipv4, ipv6
    pub supported_ip_address_types: Option<Vec<String>>,
    /// The name under which clients reach it.
    pub private_dns_name: Option<String>,
    /// Whether the name is verified.
    pub private_dns_name_configuration: Option<PrivateDnsNameConfiguration>,
}

/// One type of a service.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ServiceType {
    /// Interface, Gateway or `GatewayLoadBalancer`.
    pub service_type: Option<String>,
}

/// The record that shows that a domain is its owner's.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct PrivateDnsNameConfiguration {
    /// pendingVerification, verified or failed.
    pub state: Option<String>,
    /// The record's type: TXT.
    #[serde(rename = "Type")]
    pub record_type: Option<String>,
    /// The record's value.
    pub value: Option<String>,
    /// The record's name, without the domain.
    pub name: Option<String>,
}

/// The answer of `DescribeVpcEndpointServices`: services that the account may see.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Services {
    /// The services; empty when they do not exist and when they are not allowed.
    pub service_details: Option<Vec<ServiceDetail>>,
    /// There is more that is not in this file.
    pub next_token: Option<String>,
}

/// A service, as another account sees it.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ServiceDetail {
    /// `com.amazonaws.vpce.REGION.vpce-svc-…`
    pub service_name: Option<String>,
    /// `vpce-svc-…`
    pub service_id: Option<String>,
    /// Interface, Gateway or `GatewayLoadBalancer`.
    pub service_type: Option<Vec<ServiceType>>,
    /// `eu-central-1a`
    pub availability_zones: Option<Vec<String>>,
    /// The owner's account, or amazon.
    pub owner: Option<String>,
    /// The name under which clients reach it.
    pub private_dns_name: Option<String>,
    /// Whether the owner accepts each connection by hand.
    pub acceptance_required: Option<bool>,
    /// pendingVerification, verified or failed.
    pub private_dns_name_verification_state: Option<String>,
    /// ipv4, ipv6
    pub supported_ip_address_types: Option<Vec<String>>,
}

/// The answer of `DescribeVpcEndpointServicePermissions`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Permissions {
    /// Who may connect.
    pub allowed_principals: Option<Vec<AllowedPrincipal>>,
    /// There is more that is not in this file.
    pub next_token: Option<String>,
}

/// One who may connect.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct AllowedPrincipal {
    /// All, Service, `OrganizationUnit`, Account, User or Role.
    pub principal_type: Option<String>,
    /// An ARN, a service's name, or `*`.
    pub principal: Option<String>,
    /// vpc-endpoint or transit-gateway-attachment.
    pub permission_type: Option<String>,
}

/// The answer of `DescribeVpcEndpointConnections`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct EndpointConnections {
    /// The connections to services of the account.
    pub vpc_endpoint_connections: Option<Vec<EndpointConnection>>,
    /// There is more that is not in this file.
    pub next_token: Option<String>,
}

/// An interface endpoint at a service.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct EndpointConnection {
    /// The service's id.
    pub service_id: Option<String>,
    /// `vpce-…`
    pub vpc_endpoint_id: Option<String>,
    /// The account that made it.
    pub vpc_endpoint_owner: Option<String>,
    /// `PendingAcceptance`, Available, Rejected …
    pub vpc_endpoint_state: Option<String>,
}

/// The answer of `DescribeSubnets`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Subnets {
    /// The subnets.
    pub subnets: Option<Vec<Subnet>>,
}

/// A subnet.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Subnet {
    /// `subnet-…`
    pub subnet_id: Option<String>,
    /// `vpc-…`
    pub vpc_id: Option<String>,
    /// `eu-central-1a`
    pub availability_zone: Option<String>,
}

/// The answer of `DescribeRouteTables`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct RouteTables {
    /// The tables.
    pub route_tables: Option<Vec<RouteTable>>,
}

/// A route table.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct RouteTable {
    /// `rtb-…`
    pub route_table_id: Option<String>,
    /// `vpc-…`
    pub vpc_id: Option<String>,
    /// The subnets that have it.
    pub associations: Option<Vec<RouteTableAssociation>>,
    /// The routes.
    pub routes: Option<Vec<Route>>,
}

/// What has a route table.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct RouteTableAssociation {
    /// Whether it is the table of every subnet without one.
    pub main: Option<bool>,
    /// The subnet.
    pub subnet_id: Option<String>,
}

/// A route.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Route {
    /// `0.0.0.0/0`
    pub destination_cidr_block: Option<String>,
    /// `igw-…`
    pub gateway_id: Option<String>,
}

/// The answer of `DescribeSecurityGroups`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct SecurityGroups {
    /// The groups.
    pub security_groups: Option<Vec<SecurityGroup>>,
}

/// A security group.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct SecurityGroup {
    /// `sg-…`
    pub group_id: Option<String>,
    /// Rules for what comes in.
    pub ip_permissions: Option<Vec<IpPermission>>,
}

/// A rule.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct IpPermission {
    /// tcp, or -1 for all.
    pub ip_protocol: Option<String>,
    /// The first port.
    pub from_port: Option<i64>,
    /// The last port.
    pub to_port: Option<i64>,
    /// From where.
    pub ip_ranges: Option<Vec<IpRange>>,
}

/// Addresses.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct IpRange {
    /// `0.0.0.0/0`
    pub cidr_ip: Option<String>,
}

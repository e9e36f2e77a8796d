"""examples/terraform, without Terraform and without AWS: the HCL is parsed and evaluated
as far as this module needs it, the answers that `aws ... describe-*` would give for its
resources are derived, and `claviger doctor` judges them. Then each of some faults is put
into the module, and the doctor has to find it.

What only a live AWS has is taken as good here: that resources become active, the domain
is verified, and hosts are healthy.
"""

import json
import subprocess

import hcl2
from bounded import Failed
from evaluate import resources

ACCOUNT, KEY_STORE_ACCOUNT, REGION = "111122223333", "444455556666", "eu-central-1"
VPC, SERVICE = "vpc-0a1b2c3d4e5f60718", "vpce-svc-0123456789abcdef0"
ZONES = {"subnet-0aaaaaaaaaaaaaaaa": "eu-central-1a", "subnet-0bbbbbbbbbbbbbbbb": "eu-central-1b"}
ARN = f"arn:aws:elasticloadbalancing:{REGION}:{ACCOUNT}"
LOAD_BALANCER, TARGET_GROUP = "net/claviger/50dc6c495c0c9188", "claviger/73e2d6bc24d8a067"
# What a caller of the module gives.
GIVEN = {
    "region": REGION,
    "vpc_id": VPC,
    "subnet_ids": list(ZONES),
    "hosts": {"a": {"address": "10.0.2.20"}, "b": {"address": "10.0.3.20"}},
    "private_dns_name": "xks.example.com",
}
# What AWS makes of the resources.
MADE = {
    "aws_lb.this.arn": f"{ARN}:loadbalancer/{LOAD_BALANCER}",
    "aws_lb_target_group.this.arn": f"{ARN}:targetgroup/{TARGET_GROUP}",
    "aws_security_group.this.id": "sg-0aaaaaaaaaaaaaaaa",
    "aws_vpc_endpoint_service.this.id": SERVICE,
    "aws_vpc_endpoint_service.this.service_name": f"com.amazonaws.vpce.{REGION}.{SERVICE}",
}
# A text of the module, what it is replaced by, what the caller gives, and the check that
# has to say so.
FAULTS = [
    ("acceptance_required        = false", "acceptance_required = true", {}, "V07"),
    ("  private_dns_name           = var.private_dns_name\n", "", {}, "V08"),
    ("= var.private_dns_name\n", '= "other.${var.private_dns_name}"\n', {}, "V10"),
    ('supported_ip_address_types = ["ipv4"]', 'supported_ip_address_types = ["ipv6"]', {}, "V14"),
    ('load_balancer_type = "network"', 'load_balancer_type = "application"', {}, "V04"),
    ("network_load_balancer_arns = [aws_lb.this.arn]", "network_load_balancer_arns = []", {}, "V04"),
    ("", "", {"subnet_ids": list(ZONES)[:1]}, "V05"),
    ("cks.kms.${var.region}", "kms.${var.region}", {}, "V12"),
    ("cks.kms.${var.region}", "cks.kms.us-east-1", {}, "V12"),
    ("443\n  protocol          = \"TCP\"\n  tags", "8443\n  protocol          = \"TCP\"\n  tags", {}, "V15"),
    ("protocol          = \"TCP\"\n  tags", "protocol          = \"UDP\"\n  tags", {}, "V15"),
    ("  port              = 443\n  proxy", "  port              = 8443\n  proxy", {}, "V15"),
    ('traffic = "off"', 'traffic = "on"', {}, "V18"),
    ("enable_cross_zone_load_balancing = true", "enable_cross_zone_load_balancing = false",
     {"hosts": {"a": {"address": "10.0.2.20"}, "b": {"address": "10.0.2.21"}}}, "V17"),
    ("", "", {"hosts": {"a": {"address": "10.0.2.20"}}}, "V17"),
]


def answers(made):
    """What `aws … describe-*` says of these resources, by the names of the doctor's files."""
    balancer, group = made["aws_lb.this"], made["aws_lb_target_group.this"]
    service = made["aws_vpc_endpoint_service.this"]
    zones = [{"ZoneName": ZONES[subnet], "SubnetId": subnet} for subnet in balancer["subnets"]]
    # As the subnets' addresses are dealt out.
    zone_of = lambda address: "eu-central-1a" if address.startswith("10.0.2.") else "eu-central-1b"
    of_lb, of_group = LOAD_BALANCER.replace("/", "."), TARGET_GROUP.replace("/", ".")
    configuration = {
        "ServiceType": [{"ServiceType": "Interface"}],
        "ServiceId": SERVICE,
        "ServiceName": MADE["aws_vpc_endpoint_service.this.service_name"],
        "ServiceState": "Available",
        "AvailabilityZones": [zone["ZoneName"] for zone in zones],
        "AcceptanceRequired": service["acceptance_required"],
        "NetworkLoadBalancerArns": service["network_load_balancer_arns"],
        "SupportedIpAddressTypes": service["supported_ip_address_types"],
    }
    if (name := service.get("private_dns_name")):
        configuration |= {"PrivateDnsName": name, "PrivateDnsNameConfiguration": {"State": "verified"}}
    principals = [body["principal_arn"] for address, body in made.items() if "_allowed_principal." in address]
    listeners = [body for address, body in made.items() if address.startswith("aws_lb_listener.")]
    attached = [body for address, body in made.items() if address.startswith("aws_lb_target_group_attachment.")]
    kind = lambda principal: "Account" if ":iam:" in principal else "Service"
    return {
        "sts-caller-identity": {"Account": ACCOUNT, "Arn": f"arn:aws:iam::{ACCOUNT}:role/operator", "UserId": "A"},
        "kms-custom-key-stores": {"CustomKeyStores": [{
            "CustomKeyStoreId": "cks-1234567890abcdef0",
            "CustomKeyStoreName": "payments",
            "CustomKeyStoreType": "EXTERNAL_KEY_STORE",
            "ConnectionState": "DISCONNECTED",
            "XksProxyConfiguration": {
                "Connectivity": "VPC_ENDPOINT_SERVICE",
                "AccessKeyId": "CLAVIGEREXAMPLEKEYID234",
                "UriEndpoint": f"https://{GIVEN['private_dns_name']}",
                "UriPath": "/payments-7cq2/kms/xks/v1",
                "VpcEndpointServiceName": configuration["ServiceName"],
            },
        }]},
        "ec2-vpc-endpoint-service-configurations": {"ServiceConfigurations": [configuration]},
        "ec2-vpc-endpoint-connections": {"VpcEndpointConnections": []},
        f"ec2-vpc-endpoint-service-permissions.{SERVICE}": {"AllowedPrincipals": [
            {"PrincipalType": kind(it), "Principal": it, "PermissionType": "vpc-endpoint"} for it in principals
        ]},
        "ec2-subnets": {"Subnets": [
            {"SubnetId": subnet, "VpcId": VPC, "AvailabilityZone": zone} for subnet, zone in ZONES.items()
        ]},
        "ec2-route-tables": {"RouteTables": [
            {"RouteTableId": "rtb-0", "VpcId": VPC, "Associations": [{"Main": True}],
             "Routes": [{"DestinationCidrBlock": "10.0.0.0/16", "GatewayId": "local"}]}
        ]},
        "ec2-security-groups": {"SecurityGroups": [{
            "GroupId": MADE["aws_security_group.this.id"],
            "IpPermissions": [
                {"IpProtocol": body["ip_protocol"], "FromPort": body["from_port"], "ToPort": body["to_port"],
                 "IpRanges": [{"CidrIp": body["cidr_ipv4"]}]}
                for address, body in made.items() if address.startswith("aws_vpc_security_group_ingress_rule.")
            ],
        }]},
        "elbv2-load-balancers": {"LoadBalancers": [{
            "LoadBalancerArn": MADE["aws_lb.this.arn"],
            "Type": balancer["load_balancer_type"],
            "State": {"Code": "active"},
            "AvailabilityZones": zones,
            "SecurityGroups": balancer["security_groups"],
            "EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic":
                balancer["enforce_security_group_inbound_rules_on_private_link_traffic"],
        }]},
        f"elbv2-listeners.{of_lb}": {"Listeners": [
            {"ListenerArn": f"{ARN}:listener/{LOAD_BALANCER}/9aeb2f0d9e0a1c5e", "Port": body["port"],
             "Protocol": body["protocol"],
             "DefaultActions": [{"Type": action["type"], "TargetGroupArn": action["target_group_arn"]}
                                for action in body["default_action"]]}
            for body in listeners if body["load_balancer_arn"] == MADE["aws_lb.this.arn"]
        ]},
        f"elbv2-target-groups.{of_lb}": {"TargetGroups": [
            {"TargetGroupArn": MADE["aws_lb_target_group.this.arn"], "Protocol": group["protocol"], "Port": group["port"]}
        ]},
        f"elbv2-load-balancer-attributes.{of_lb}": {"Attributes": [
            {"Key": "load_balancing.cross_zone.enabled",
             "Value": str(balancer.get("enable_cross_zone_load_balancing", False)).lower()}
        ]},
        f"elbv2-target-group-attributes.{of_group}": {"Attributes": [
            {"Key": "load_balancing.cross_zone.enabled", "Value": "use_load_balancer_configuration"}
        ]},
        f"elbv2-target-health.{of_group}": {"TargetHealthDescriptions": [
            {"Target": {"Id": body["target_id"], "Port": body["port"],
                        "AvailabilityZone": body["availability_zone"] or zone_of(body["target_id"])},
             "TargetHealth": {"State": "healthy"}}
            for body in attached
        ]},
    }


def judged(binary, folder, files):
    """The doctor's findings, by verdict: the checks and what was seen."""
    folder.mkdir()
    for name, answer in files.items():
        (folder / f"{name}.json").write_text(json.dumps(answer))
    ran = subprocess.run(
        [binary, "doctor", "--aws", folder, "--region", REGION, "--json"], capture_output=True, text=True, timeout=30
    )
    if ran.returncode == 2:
        raise Failed(f"claviger doctor: {ran.stderr}")
    found = {}
    for finding in json.loads(ran.stdout)["findings"]:
        if finding["check"].startswith("V"):
            found.setdefault(finding["verdict"], []).append((finding["check"], finding["seen"]))
    return found


def checks_itself(made, given_lame_duck):
    """What no check of the doctor looks at."""
    group = made["aws_lb_target_group.this"]
    (health,) = group["health_check"]
    if (health["path"], health["protocol"], health["matcher"]) != ("/readyz", "HTTP", "200"):
        raise Failed(f"health checks do not ask whether a host is ready: {health}")
    notices = health["interval"] * health["unhealthy_threshold"]
    if notices + 10 > given_lame_duck:
        raise Failed(f"the load balancer notices after {notices} s, the lame duck lasts {given_lame_duck} s")
    (unhealthy,) = group["target_health_state"]
    if unhealthy["enable_unhealthy_connection_termination"] is not False:
        raise Failed("the load balancer resets connections of a host in its lame duck")
    opened = {body["from_port"] for address, body in made.items() if "_egress_rule." in address}
    if opened != {group["port"], health["port"]}:
        raise Failed(f"the load balancer may reach the ports {opened}")


def module(repository, binary, folder):
    """The module is good, and its faults are found. Returns how many faults."""
    files = (repository / "examples/terraform").glob("*.tf")
    texts = {file.name: file.read_text() for file in files}
    parsed = {name: hcl2.loads(text) for name, text in texts.items()}
    made = resources(parsed, MADE, GIVEN)
    checks_itself(made, 30)
    good = judged(binary, folder / "good", answers(made))
    if good.keys() - {"ok"} or len(good["ok"]) < 18:
        raise Failed(f"the module as it stands: {good}")
    # Another account's key store is allowed when it is named.
    other = resources(parsed, MADE, GIVEN | {"key_store_accounts": [KEY_STORE_ACCOUNT]})
    allowed = answers(other)[f"ec2-vpc-endpoint-service-permissions.{SERVICE}"]["AllowedPrincipals"]
    if f"arn:aws:iam::{KEY_STORE_ACCOUNT}:root" not in [one["Principal"] for one in allowed]:
        raise Failed(f"key_store_accounts is of no effect: {allowed}")
    # The record that AWS wants is made where the zone is known.
    of_domain = "aws_vpc_endpoint_service.this.private_dns_name_configuration[0]"
    known = MADE | {f"{of_domain}.{member}": member for member in ("name", "type", "value")}
    if "aws_route53_record.verification" not in resources(parsed, known, GIVEN | {"public_zone_id": "Z0"}):
        raise Failed("public_zone_id is of no effect")
    for number, (old, new, given, check) in enumerate(FAULTS):
        if old and texts["main.tf"].count(old) != 1:
            raise Failed(f"{old!r} is not once in the module: change FAULTS of this test with it")
        changed = texts["main.tf"].replace(old, new) if old else texts["main.tf"]
        made = resources(parsed | {"main.tf": hcl2.loads(changed)}, MADE, GIVEN | given)
        found = judged(binary, folder / str(number), answers(made))
        bad = {name for verdict in ("failure", "warning") for name, _ in found.get(verdict, [])}
        if check not in bad:
            raise Failed(f"{old!r} as {new!r} with {given}: {check} does not say so, but {bad or 'nothing'}")
    return len(FAULTS)

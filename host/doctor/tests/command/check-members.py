"""Checks answers of AWS in files against botocore's models of the services.

    python3 check-members.py FOLDER...

A file is named by service and operation, as the script of `claviger doctor
--aws-commands` names it. Every member must be one that the service has, of its type,
and of its enumeration; a member that is not there is nobody's fault. Members that AWS has
added lately are in NEWER, because distributions have older models.
"""

import json
import pathlib
import sys

import botocore.session

OPERATIONS = {
    "sts-caller-identity": ("sts", "GetCallerIdentity"),
    "kms-custom-key-stores": ("kms", "DescribeCustomKeyStores"),
    "cloudhsmv2-clusters": ("cloudhsmv2", "DescribeClusters"),
    "cloudtrail-events": ("cloudtrail", "LookupEvents"),
    "ec2-vpc-endpoint-service-configurations": ("ec2", "DescribeVpcEndpointServiceConfigurations"),
    "ec2-vpc-endpoint-connections": ("ec2", "DescribeVpcEndpointConnections"),
    "ec2-vpc-endpoint-services": ("ec2", "DescribeVpcEndpointServices"),
    "ec2-vpc-endpoint-service-permissions": ("ec2", "DescribeVpcEndpointServicePermissions"),
    "ec2-subnets": ("ec2", "DescribeSubnets"),
    "ec2-route-tables": ("ec2", "DescribeRouteTables"),
    "ec2-security-groups": ("ec2", "DescribeSecurityGroups"),
    "elbv2-load-balancers": ("elbv2", "DescribeLoadBalancers"),
    "elbv2-ssl-policies": ("elbv2", "DescribeSSLPolicies"),
    "elbv2-listeners": ("elbv2", "DescribeListeners"),
    "elbv2-target-groups": ("elbv2", "DescribeTargetGroups"),
    "elbv2-load-balancer-attributes": ("elbv2", "DescribeLoadBalancerAttributes"),
    "elbv2-target-health": ("elbv2", "DescribeTargetHealth"),
    "elbv2-target-group-attributes": ("elbv2", "DescribeTargetGroupAttributes"),
    "acm-certificate": ("acm", "DescribeCertificate"),
}

NEWER = {
    "AllowedPrincipal.PermissionType",
    "Cluster.Mode",
    "LoadBalancer.EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic",
    "ServiceConfiguration.AvailabilityZoneIds",
    "ServiceConfiguration.SupportedRegions",
    "ServiceDetail.AvailabilityZoneIds",
    "ServiceDetail.ServiceRegion",
    "Listener.MutualAuthentication",
    "VpcEndpointConnection.VpcEndpointRegion",
    "XksProxyConfigurationType.VpcEndpointServiceOwner",
}

TYPES = {
    "string": str,
    "boolean": bool,
    "integer": int,
    "long": int,
    "timestamp": (str, int, float),
    "blob": str,
}


def faults(shape, value, path):
    if shape.type_name == "structure":
        if not isinstance(value, dict):
            yield f"{path}: not an object"
            return
        for name, inner in value.items():
            if name not in shape.members:
                if f"{shape.name}.{name}" not in NEWER:
                    yield f"{path}: {shape.name} has no member {name}"
            else:
                yield from faults(shape.members[name], inner, f"{path}.{name}")
    elif shape.type_name == "list":
        if not isinstance(value, list):
            yield f"{path}: not a list"
            return
        for index, inner in enumerate(value):
            yield from faults(shape.member, inner, f"{path}[{index}]")
    elif shape.type_name == "map":
        for name, inner in value.items():
            yield from faults(shape.value, inner, f"{path}.{name}")
    elif not isinstance(value, TYPES[shape.type_name]):
        yield f"{path}: not a {shape.type_name}"
    elif getattr(shape, "enum", None) and value not in shape.enum:
        yield f"{path}: {value} is not one of {', '.join(shape.enum)}"


def main():
    session = botocore.session.get_session()
    models = {}
    found = []
    count = 0
    for folder in sys.argv[1:]:
        for path in sorted(pathlib.Path(folder).glob("*.json")):
            service, operation = OPERATIONS[path.name.split(".")[0]]
            if service not in models:
                models[service] = session.get_service_model(service)
            shape = models[service].operation_model(operation).output_shape
            found += faults(shape, json.loads(path.read_text()), str(path))
            count += 1
    print("\n".join(found + [f"{count} files, {len(found)} faults"]))
    sys.exit(1 if found or not count else 0)


main()

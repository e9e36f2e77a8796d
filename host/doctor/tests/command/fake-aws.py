"""An `aws` that answers from the files of a folder, by real queries of botocore's
jmespath; says in a log what it was asked. Beside itself: answers/, and the log."""

import json
import pathlib
import sys

import jmespath

HERE = pathlib.Path(__file__).resolve().parent
FILES = {
    "get-caller-identity": ("sts-caller-identity", None),
    "describe-custom-key-stores": ("kms-custom-key-stores", None),
    "describe-clusters": ("cloudhsmv2-clusters", None),
    "lookup-events": ("cloudtrail-events", None),
    "describe-vpc-endpoint-service-configurations": (
        "ec2-vpc-endpoint-service-configurations", None),
    "describe-vpc-endpoint-connections": ("ec2-vpc-endpoint-connections", None),
    "describe-vpc-endpoint-services": ("ec2-vpc-endpoint-services", None),
    "describe-vpc-endpoint-service-permissions": (
        "ec2-vpc-endpoint-service-permissions", "--service-id"),
    "describe-subnets": ("ec2-subnets", None),
    "describe-route-tables": ("ec2-route-tables", None),
    "describe-security-groups": ("ec2-security-groups", None),
    "describe-load-balancers": ("elbv2-load-balancers", None),
    "describe-ssl-policies": ("elbv2-ssl-policies", None),
    "describe-listeners": ("elbv2-listeners", "--load-balancer-arn"),
    "describe-target-groups": ("elbv2-target-groups", "--load-balancer-arn"),
    "describe-load-balancer-attributes": (
        "elbv2-load-balancer-attributes", "--load-balancer-arn"),
    "describe-target-health": ("elbv2-target-health", "--target-group-arn"),
    "describe-target-group-attributes": (
        "elbv2-target-group-attributes", "--target-group-arn"),
    "describe-certificate": ("acm-certificate", "--certificate-arn"),
}


def flat(value):
    return [inner for one in value for inner in flat(one)] if isinstance(value, list) else [value]


words = sys.argv[1:]
with open(HERE / "log", "a") as log:
    print(" ".join(words), file=log)
assert words[words.index("--region") + 1] == "eu-central-1", words
name, by = FILES[words[1]]
if by:
    key = words[words.index(by) + 1]
    for start in [":loadbalancer/", ":targetgroup/", ":certificate/"]:
        key = key.split(start)[-1]
    name += "." + key.replace("/", ".")
path = HERE / "answers" / f"{name}.json"
if not path.exists():
    sys.exit(254)
answer = json.loads(path.read_text())
if words[words.index("--output") + 1] == "text":
    found = jmespath.search(words[words.index("--query") + 1], answer)
    print("\t".join(str(one) for one in flat(found or [])))
else:
    print(json.dumps(answer))

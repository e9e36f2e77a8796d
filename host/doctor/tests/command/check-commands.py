"""Checks commands of the AWS CLI, one a line on standard input, against botocore's models.

    python3 check-commands.py < COMMANDS

Service and operation must be there, every option must be a member of the operation's
input, every member that is required must be given, and no value may begin with http:// or
https://: version 1 of the AWS CLI takes the document at that address instead. Members
that AWS has added lately are in NEWER, because distributions have older models.
"""

import json
import shlex
import sys

import botocore.session
from botocore import xform_name
from botocore.exceptions import UnknownServiceError

NEWER = {
    "--enforce-security-group-inbound-rules-on-private-link-traffic",
    "--xks-proxy-vpc-endpoint-service-owner",
    "--mutual-authentication",
}


def option(member):
    return "--" + xform_name(member, "-")


def faults(words, session):
    service, operation, *rest = words
    try:
        model = session.get_service_model(service)
    except UnknownServiceError:
        return [f"no service {service}"]
    operations = {xform_name(name, "-"): name for name in model.operation_names}
    if operation not in operations:
        return [f"{service} has no operation {operation}"]
    shape = model.operation_model(operations[operation]).input_shape
    members = {option(name): name for name in (shape.members if shape else {})}
    for name, member in list(members.items()):
        if shape.members[member].type_name == "boolean":
            members["--no-" + name[2:]] = member
    found = []
    given = set()
    current = None
    for word in rest:
        if word.startswith("--"):
            current = word
            if word == "--cli-input-json":
                continue
            if word not in members and word not in NEWER:
                found.append(f"{operation} has no option {word}")
            given.add(members.get(word))
        elif current == "--cli-input-json":
            for name in json.loads(word):
                if name not in members.values():
                    found.append(f"{operation} has no member {name}")
                given.add(name)
        elif current is None:
            found.append(f"{word} is no option")
        elif word.startswith(("http://", "https://")):
            found.append(f"version 1 fetches {word}")
    required = shape.required_members if shape else []
    return found + [f"{option(name)} is missing" for name in required if name not in given]


def main():
    session = botocore.session.get_session()
    count = 0
    bad = []
    for line in sys.stdin:
        count += 1
        words = shlex.split(line)
        bad += [f"{fault}: {line.strip()}" for fault in faults(words[1:], session)]
    print("\n".join(bad + [f"{count} commands, {len(bad)} faults"]))
    sys.exit(1 if bad or not count else 0)


main()

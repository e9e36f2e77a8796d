"""Denies the AWS KMS operations that are not listed, and abstains from those that are:
it stands beside a policy that allows."""

import json
import re

from componentize_py_types import Err
from wit_world import exports
from wit_world.exports.authorization import Decision_Abstain, Decision_Deny, Grounds, Verdict
from wit_world.exports.lifecycle import Description, Fault

OPERATION = "[A-Z][A-Za-z0-9]*"

SCHEMA = {
    "type": "object",
    "additionalProperties": False,
    "required": ["operations"],
    "properties": {
        "operations": {
            "type": "array",
            "minItems": 1,
            "items": {"type": "string", "pattern": f"^{OPERATION}$"},
        }
    },
}

operations: frozenset[str] = frozenset()


class Lifecycle(exports.Lifecycle):
    def describe(self):
        return Description("policy-python", "0.1.0", "Example", json.dumps(SCHEMA))

    # A function that returns a `result` returns its value, or raises `Err` with its error.
    def validate(self, settings):
        faults = faults_of(json.loads(settings))
        if faults:
            raise Err(faults)

    # The settings are right: the host has had them validated.
    def configure(self, settings):
        global operations
        operations = frozenset(json.loads(settings)["operations"])


class Authorization(exports.Authorization):
    def authorize(self, context):
        return Verdict(decide(context.kms_operation), fresh_for_ms=500)


def decide(operation: str) -> Decision_Abstain | Decision_Deny:
    if operation in operations:
        return Decision_Abstain()
    reason = f"the KMS operation {operation} is not listed"
    return Decision_Deny(Grounds(["operations"], reason))


def faults_of(settings: dict) -> list[Fault]:
    """All faults of the settings, each with what to write instead."""
    faults = [
        Fault(name, "no such setting", "remove it; known here: `operations`")
        for name in settings
        if name != "operations"
    ]
    match settings.get("operations"):
        case None:
            fix = 'write operations = ["Encrypt", "Decrypt"]'
            faults.append(Fault("operations", "missing", fix))
        case []:
            problem = "an empty list: everything would be denied"
            faults.append(Fault("operations", problem, "name an operation"))
        case [*listed]:
            problem = "not the name of a KMS operation"
            fix = 'write it as AWS does, for example "GenerateDataKey"'
            faults += [
                Fault(f"operations[{index}]", problem, fix)
                for index, operation in enumerate(listed)
                if not isinstance(operation, str) or not re.fullmatch(OPERATION, operation)
            ]
        case _:
            fix = 'write a list of names: ["Encrypt", "Decrypt"]'
            faults.append(Fault("operations", "not a list", fix))
    return faults

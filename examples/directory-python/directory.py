"""Maps each external key id to the same one with a prefix: the keys of one team in a key
manager that many use."""

import json
import re

from componentize_py_types import Err
from wit_world import exports
from wit_world.exports.directory import DirectoryEntry
from wit_world.exports.lifecycle import Description, Fault
from wit_world.imports.types import Failure, FailureKind, KeyStatus

KEY_ID = re.compile("[A-Za-z0-9._-]{1,128}")

SCHEMA = {
    "type": "object",
    "additionalProperties": False,
    "required": ["prefix"],
    "properties": {"prefix": {"type": "string", "pattern": "^[A-Za-z0-9._-]{1,127}$"}},
}

prefix = ""


class Lifecycle(exports.Lifecycle):
    def describe(self):
        return Description("directory-python", "0.1.0", "Example", json.dumps(SCHEMA))

    # A function that returns a `result` returns its value, or raises `Err` with its error.
    def validate(self, settings):
        faults = faults_of(json.loads(settings))
        if faults:
            raise Err(faults)

    # The settings are right: the host has had them validated.
    def configure(self, settings):
        global prefix
        prefix = json.loads(settings)["prefix"]


class Directory(exports.Directory):
    def resolve(self, call, external_key_id):
        backend_key_id = prefix + external_key_id
        # No backend has a key of such a long id.
        if not KEY_ID.fullmatch(backend_key_id):
            raise Err(Failure(FailureKind.KEY_NOT_FOUND, 0, ""))
        return DirectoryEntry(backend_key_id, KeyStatus.ENABLED)


def faults_of(settings: dict) -> list[Fault]:
    """All faults of the settings, each with what to write instead."""
    faults = [
        Fault(name, "no such setting", "remove it; known here: `prefix`")
        for name in settings
        if name != "prefix"
    ]
    given = settings.get("prefix")
    if not isinstance(given, str) or not KEY_ID.fullmatch(given + "-"):
        fix = "write 1 to 127 letters, digits, `.`, `_` and `-`"
        faults.append(Fault("prefix", "no backend key id can begin so", fix))
    return faults

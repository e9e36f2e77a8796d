"""Asks an HTTP service which key of the backend an external key id means."""

import json

from componentize_py_types import Err
from wit_world import exports
from wit_world.exports import directory, lifecycle
from wit_world.imports import outgoing_handler
from wit_world.imports.claviger_plugin_types import Failure, FailureKind, KeyStatus
from wit_world.imports.streams import StreamError_Closed
from wit_world.imports.wasi_http_types import Fields, OutgoingRequest, Scheme_Http

# The name of an upstream stands for its address.
UPSTREAM = "directory"
HEADERS = [
    ("accept", b"application/json"),
    ("claviger-secret-authorization", b"Bearer directory-token"),
]


class Lifecycle(exports.Lifecycle):
    def describe(self):
        return lifecycle.Description("directory-http-python", "0.1.0", "Example", settings_schema=None)

    # A function that returns a `result` returns its value, or raises `Err` with its error.
    def validate(self, settings):
        fix = "remove it; there are no settings here"
        faults = [lifecycle.Fault(name, "no such setting", fix) for name in json.loads(settings)]
        if faults:
            raise Err(faults)

    def configure(self, settings):
        pass


class Directory(exports.Directory):
    def resolve(self, call, external_key_id):
        try:
            status, body = get(f"/keys/{external_key_id}")
        except Err as error:
            raise failure(FailureKind.DEPENDENCY_TIMEOUT, text=type(error.value).__name__)
        if status == 404:
            raise failure(FailureKind.KEY_NOT_FOUND)
        if status != 200:
            raise failure(FailureKind.INTERNAL, status)
        return directory.DirectoryEntry(json.loads(body)["key"], KeyStatus.ENABLED)


def failure(kind, code=0, text=""):
    return Err(Failure(kind, code, text))


def get(path):
    """The status and the body of an answer; raises `Err` with what went wrong."""
    request = OutgoingRequest(Fields.from_list(HEADERS))
    request.set_scheme(Scheme_Http())
    request.set_authority(UPSTREAM)
    request.set_path_with_query(path)
    with outgoing_handler.handle(request, None) as future:
        with future.subscribe() as answered:
            answered.block()
        answer = future.get().value
    if isinstance(answer, Err):
        raise answer
    with answer.value as response:
        status = response.status()
        with response.consume() as body, body.stream() as stream:
            return status, b"".join(pieces(stream))


def pieces(stream):
    try:
        while True:
            yield stream.blocking_read(1 << 16)
    except Err as end:
        if not isinstance(end.value, StreamError_Closed):
            raise

"""AES-256-GCM with one key for each external key, kept by the host."""

import json

from componentize_py_types import Err, Ok, Result
from wit_world import exports
from wit_world.exports import crypto, health, key_lookup, key_management, lifecycle
from wit_world.imports import aead, key_storage, types
from wit_world.imports.types import FailureKind, KeyStatus

# A key is the record of this name, which the host has made and this plugin never sees.
PREFIX = "key/"
TEST_KEY = "health"

AES_256 = "AES_256"
USAGE = ["ENCRYPT", "DECRYPT"]


class Lifecycle(exports.Lifecycle):
    def describe(self):
        return lifecycle.Description("backend-python", "0.1.0", "Example", settings_schema=None)

    # A function that returns a `result` returns its value, or raises `Err` with its error.
    def validate(self, settings):
        fix = "remove it; there are no settings here"
        faults = [lifecycle.Fault(name, "no such setting", fix) for name in json.loads(settings)]
        if faults:
            raise Err(faults)

    def configure(self, settings):
        pass


class KeyLookup(exports.KeyLookup):
    def lookup(self, call, external_key_id):
        record = PREFIX + external_key_id
        try:
            found = key_storage.revision(record) is not None
        except Err as refused:
            raise failure_of(refused)
        if not found:
            raise failure(FailureKind.KEY_NOT_FOUND)
        return key_lookup.ExternalKey(
            handle=record.encode(),
            key_spec=AES_256,
            key_usage=USAGE,
            key_status=KeyStatus.ENABLED,
            ciphertext_metadata=b"",
            fresh_for_ms=0,
            requests_at_once=1,
            host_cipher=None,
        )


class Crypto(exports.Crypto):
    """One answer for each request. Inside of a list, a `result` is a value."""

    def encrypt(self, handle, requests):
        return [sealed(handle, request) for request in requests]

    def decrypt(self, handle, requests):
        return [opened(handle, request) for request in requests]


def sealed(handle: bytes, request: crypto.Encryption) -> Result[types.Sealed, types.Failure]:
    try:
        with aead.Key.from_record(handle.decode()) as key:
            return Ok(key.seal(request.additional_data, request.plaintext))
    except Err as refused:
        return failure_of(refused)


def opened(handle: bytes, request: crypto.Decryption) -> Result[bytes, types.Failure]:
    if request.ciphertext_metadata:
        return failure(FailureKind.INVALID_CIPHERTEXT)
    try:
        with aead.Key.from_record(handle.decode()) as key:
            return Ok(key.open(request.additional_data, request.sealed))
    except Err as refused:
        return failure_of(refused)


class Upkeep(exports.Upkeep):
    def run(self, call):
        # Never again: there is nothing to renew.
        return 0


class Health(exports.Health):
    def check(self, call):
        """On a key made for it, never on one that AWS KMS uses."""
        try:
            if key_storage.revision(TEST_KEY) is None:
                key_storage.create_secret(TEST_KEY)
            with aead.Key.from_record(TEST_KEY) as key:
                key.open(b"", key.seal(b"", b"test"))
        except Err as refused:
            raise failure_of(refused)
        active = health.HealthStatus.ACTIVE
        return health.HealthReport(
            "Example", [health.KeyManager("example", "backend-python 0.1.0", active)]
        )


class KeyManagement(exports.KeyManagement):
    def create_key(self, external_key_id, key_usage):
        if not set(USAGE) <= set(key_usage):
            problem = "keys of this backend always encrypt and decrypt"
            raise Err(key_management.ManagementError_Invalid(problem))
        try:
            key_storage.create_secret(PREFIX + external_key_id)
        except Err as refused:
            raise management_error_of(refused)
        return summary(external_key_id)

    def list_keys(self, after, limit):
        try:
            records = key_storage.names(PREFIX, None if after is None else PREFIX + after, limit)
        except Err as refused:
            raise management_error_of(refused)
        keys = [summary(record.removeprefix(PREFIX)) for record in records]
        more = keys[-1].external_key_id if len(keys) == limit else None
        return key_management.KeyList(keys, damaged=[], next=more)

    def show_key(self, external_key_id):
        try:
            found = key_storage.revision(PREFIX + external_key_id) is not None
        except Err as refused:
            raise management_error_of(refused)
        if not found:
            raise Err(key_management.ManagementError_NotFound())
        return summary(external_key_id)

    def set_key_status(self, external_key_id, key_status):
        problem = "keys of this backend are always enabled"
        raise Err(key_management.ManagementError_Unsupported(problem))

    def rotate_key(self, external_key_id):
        problem = "keys of this backend have one version"
        raise Err(key_management.ManagementError_Unsupported(problem))


def summary(external_key_id: str) -> key_management.KeySummary:
    return key_management.KeySummary(
        external_key_id=external_key_id,
        key_spec=AES_256,
        key_usage=USAGE,
        key_status=KeyStatus.ENABLED,
        current_version=1,
        versions=1,
    )


# ---- what the host refuses, in the words of each interface ---------------------------


def failure(kind: FailureKind, text: str = "") -> Err[types.Failure]:
    return Err(types.Failure(kind, 0, text))


def failure_of(refused: Err) -> Err[types.Failure]:
    match refused.value:
        # Only a tag that does not match is the ciphertext's fault.
        case aead.AeadError_AuthenticationFailed():
            return failure(FailureKind.INVALID_CIPHERTEXT)
        case aead.AeadError_Unavailable():
            return failure(FailureKind.DEPENDENCY_TIMEOUT, text_of(refused))
        case key_storage.StorageError_Deadline() | key_storage.StorageError_Unavailable():
            return failure(FailureKind.DEPENDENCY_TIMEOUT, text_of(refused))
        case key_storage.StorageError_Quota():
            return failure(FailureKind.THROTTLING, text_of(refused))
        case _:
            return failure(FailureKind.INTERNAL, text_of(refused))


def management_error_of(refused: Err) -> Err[key_management.ManagementError]:
    match refused.value:
        case key_storage.StorageError_Conflict():
            return Err(key_management.ManagementError_AlreadyExists())
        case _:
            return Err(key_management.ManagementError_Failed(text_of(refused)))


def text_of(refused: Err) -> str:
    """The case, for example `StorageError_Damaged`, and what it says, if it does."""
    case = type(refused.value).__name__
    said = getattr(refused.value, "value", None)
    return case if said is None else f"{case}: {said}"

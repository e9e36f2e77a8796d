"""A KMIP server for tests: the engine and the sessions of PyKMIP 0.11 behind a listener
of our own.

    server.py --pki DIR [--port N] [--behave JSON]

Prints one line, {"port": N, "control": M}, once it listens, and ends with its standard
input, so that it dies with the test that has started it. The stock server starts two more
processes, takes up to 10 s to end, and cannot pick a free port.

Behaviour of other servers, by the names in `behaviour` below, can be changed while it
runs. Keys are made and changed on the control port: a line of JSON each way.
"""
import argparse
import copy
import json
import logging
import os
import shutil
import signal
import socket
import ssl
import struct
import tempfile
import threading
import time
import warnings

warnings.simplefilter("ignore")
arguments = argparse.ArgumentParser()
arguments.add_argument("--pki", required=True, help="has ca.pem, server.pem, server.key")
arguments.add_argument("--port", type=int, default=0)
arguments.add_argument("--behave", type=json.loads, default={})
arguments = arguments.parse_args()

import sqlalchemy
from cryptography.exceptions import InvalidTag
from kmip.core import enums, exceptions, objects as kmip_objects, policy, primitives
from kmip.core.messages import contents
from kmip.pie import objects
from kmip.pie.sqltypes import ManagedObjectName
from kmip.services.server import engine as engines, session as sessions
from kmip.services.server.crypto import engine as crypto

behaviour = {
    # 2.1 is read and written as 2.0: the messages that a plugin needs are the same.
    "versions": "2.0,1.4,1.3,1.2,1.1,1.0",
    # Bytes of initialization vectors that the server makes. PyKMIP: 16.
    "iv_length": 16,
    # Result Reason of a tag that does not match: 0xA by OASIS. PyKMIP: 0x100.
    "tag_failure": 0x100,
    # Deactivated and Compromised keys decrypt.
    "retired_decrypt": False,
    # Locate without a match fails.
    "locate_not_found": False,
    # More than one item in a message is refused.
    "no_batch": False,
    # Neither Encrypt nor Decrypt.
    "no_encrypt": False,
    # Additional data is taken and not authenticated.
    "ignore_aad": False,
    # A given initialization vector is returned.
    "echo_iv": False,
    # Every Encrypt and Decrypt fails with General Failure.
    "broken": False,
    # Milliseconds before an answer.
    "delay": 0,
    # A connection is closed in silence after so many answers.
    "max_requests": None,
    # User and password that a request has to have.
    "login": None,
}
behaviour.update(arguments.behave)

log = logging.getLogger("kmip")
log.propagate = False
log.addHandler(logging.NullHandler())
log.setLevel(logging.CRITICAL)


def replace(owner, name, make):
    """The method becomes what `make` makes of the old one."""
    setattr(owner, name, make(getattr(owner, name)))


def failure(reason, message):
    return exceptions.KmipError(
        status=enums.ResultStatus.OPERATION_FAILED,
        reason=enums.ResultReason(reason),
        message=message,
    )


# Byte by byte from an immutable buffer is quadratic: 0.3 s for 64 KiB.
def read_bytes(self, stream, kmip_version=None):
    self.value = stream.read(self.length)
    if len(self.value) != self.length:
        raise exceptions.StreamNotEmptyError("ByteString", 0)
    self.padding_length = -self.length % 8
    if any(stream.read(self.padding_length)):
        raise exceptions.ReadValueError("ByteString", "pad", 0, 1)


def write_bytes(self, stream, kmip_version=None):
    stream.write(bytes(self.value) + bytes(self.padding_length))


primitives.ByteString.read_value = read_bytes
primitives.ByteString.write_value = write_bytes


def with_2_1(old):
    def version(value):
        if isinstance(value, contents.ProtocolVersion) and (value.major, value.minor) == (2, 1):
            return enums.KMIPVersion.KMIP_2_0
        return old(value)

    return version


replace(contents, "protocol_version_to_kmip_version", with_2_1)


def encrypting(old):
    def encrypt(self, *positional, **named):
        if behaviour["broken"]:
            raise failure(0x100, "Out of order.")
        if behaviour["ignore_aad"]:
            named["auth_additional_data"] = None
        given = named.get("iv_nonce")
        made = given is None and os.urandom(behaviour["iv_length"])
        named["iv_nonce"] = given or made
        result = old(self, *positional, **named)
        if made or behaviour["echo_iv"]:
            result["iv_nonce"] = given or made
        return result

    return encrypt


def decrypting(old):
    def decrypt(self, *positional, **named):
        if behaviour["broken"]:
            raise failure(0x100, "Out of order.")
        if behaviour["ignore_aad"]:
            named["auth_additional_data"] = None
        try:
            return old(self, *positional, **named)
        except InvalidTag:
            raise failure(behaviour["tag_failure"], "The tag does not match.")

    return decrypt


replace(crypto.CryptographyEngine, "encrypt", encrypting)
replace(crypto.CryptographyEngine, "decrypt", decrypting)


class Retired:
    """A key whose state reads as Active."""

    def __init__(self, key):
        self.key = key

    def __getattr__(self, name):
        if name == "state" and self.key.state in (enums.State.DEACTIVATED, enums.State.COMPROMISED):
            return enums.State.ACTIVE
        return getattr(self.key, name)


def of_retired(old):
    def process(self, payload):
        if behaviour["no_encrypt"]:
            raise exceptions.OperationNotSupported("The operation is not supported.")
        if not behaviour["retired_decrypt"]:
            return old(self, payload)
        found = self._get_object_with_access_controls
        self._get_object_with_access_controls = lambda *asked: Retired(found(*asked))
        try:
            return old(self, payload)
        finally:
            del self._get_object_with_access_controls

    return process


def if_there(old):
    def process(self, payload):
        if behaviour["no_encrypt"]:
            raise exceptions.OperationNotSupported("The operation is not supported.")
        return old(self, payload)

    return process


def querying(old):
    def query(self, payload):
        result = old(self, payload)
        gone = (enums.Operation.ENCRYPT, enums.Operation.DECRYPT)
        if behaviour["no_encrypt"]:
            result.operations = [it for it in result.operations or [] if it not in gone]
        return result

    return query


# Locate reads every key of every client, which takes longer than AWS KMS waits where
# hundreds of tests have keys.
def listing(old):
    def list_objects(self, operation):
        if self.wanted_name is None:
            return old(self, operation)
        named = self._data_session.query(ManagedObjectName.mo_uid)
        named = [it for (it,) in named.filter(ManagedObjectName.name == self.wanted_name)]
        is_named = objects.ManagedObject.unique_identifier.in_(named)
        found = self._data_session.query(objects.ManagedObject).filter(is_named).all()
        allowed = self._is_allowed_by_operation_policy
        who = self._client_identity
        return [
            it
            for it in found
            if allowed(it.operation_policy_name, who, it._owner, it.object_type, operation)
        ]

    return list_objects


def locating(old):
    def locate(self, payload):
        names = [it for it in payload.attributes if it.attribute_name.value == "Name"]
        self.wanted_name = names[0].attribute_value.name_value.value if names else None
        result = old(self, payload)
        if behaviour["locate_not_found"] and not result.unique_identifiers:
            raise exceptions.ItemNotFound("No object matches.")
        return result

    return locate


class ReplacedObjectLink(kmip_objects.Attribute):
    """Attribute Link of 1.x, which PyKMIP does not have."""

    def __init__(self, identifier):
        super().__init__()
        self.identifier = identifier.encode()

    def write(self, stream, kmip_version=None):
        text = self.identifier + bytes(-len(self.identifier) % 8)
        link = struct.pack(">IIII", 0x42004B05, 4, 0x107, 0)
        link += struct.pack(">II", 0x42004C07, len(self.identifier)) + text
        attribute = struct.pack(">II", 0x42000A07, 4) + b"Link" + bytes(4)
        attribute += struct.pack(">II", 0x42000B01, len(link)) + link
        stream.write(struct.pack(">II", 0x42000801, len(attribute)) + attribute)


# Of a key that has replaced another one: the identifier of that.
replaced = {}


def reading(old):
    def read(self, payload):
        result = old(self, payload)
        if result.unique_identifier in replaced and "Link" in payload.attribute_names:
            link = ReplacedObjectLink(replaced[result.unique_identifier])
            result._attributes = result.attributes + [link]
        return result

    return read


def requesting(old):
    def request(self, message, credential=None):
        time.sleep(behaviour["delay"] / 1e3)
        versions = [version.split(".") for version in behaviour["versions"].split(",")]
        self._protocol_versions = [contents.ProtocolVersion(int(a), int(b)) for a, b in versions]
        header = message.request_header
        if behaviour["no_batch"] and header.batch_count.value != 1:
            raise failure(8, "No batches.")
        if behaviour["login"]:
            given = header.authentication and header.authentication.credentials[0].credential_value
            if not given or [given.username, given.password] != behaviour["login"]:
                raise failure(3, "Unknown user.")
        with self._lock:
            # Otherwise that of any client's last request.
            self._id_placeholder = None
            return old(self, message, credential)

    return request


replace(engines.KmipEngine, "_process_encrypt", if_there)
replace(engines.KmipEngine, "_process_decrypt", of_retired)
replace(engines.KmipEngine, "_process_query", querying)
replace(engines.KmipEngine, "_process_locate", locating)
replace(engines.KmipEngine, "_list_objects_with_access_controls", listing)
replace(engines.KmipEngine, "_process_get_attributes", reading)
replace(engines.KmipEngine, "process_request", requesting)


def looping(old):
    def loop(self):
        most = behaviour["max_requests"]
        if most is not None and getattr(self, "served", 0) >= most:
            raise exceptions.ConnectionClosed()
        old(self)
        self.served = getattr(self, "served", 0) + 1

    return loop


replace(sessions.KmipSession, "_handle_message_loop", looping)

folder = tempfile.mkdtemp(prefix="kmip-test-server-")
engine = engines.KmipEngine(
    policies=copy.deepcopy(policy.policies),
    database_path=os.path.join(folder, "db.sqlite"),
)

# It ends with the tests, so nothing has to survive a power failure.
sqlalchemy.event.listen(
    engine._data_store, "connect", lambda store, _: store.execute("PRAGMA synchronous=OFF")
)
# Of connections that are there already.
engine._data_store.dispose()


def create(request):
    masks = [mask for mask in enums.CryptographicUsageMask if mask.value & request.get("mask", 0xC)]
    length = request.get("length", 256)
    key = objects.SymmetricKey(enums.CryptographicAlgorithm.AES, length, os.urandom(length // 8), masks)
    key.names = request["names"]
    key.state = enums.State(request.get("state", 2))
    key.operation_policy_name = "default"
    key.initial_date = int(time.time())
    key._owner = request.get("owner", "claviger")
    return key


def control(request):
    """Makes a key, or changes, replaces or destroys one; or changes what the server does."""
    if "behave" in request:
        behaviour.update(request["behave"])
        return {}
    with engine._lock, engine._data_store_session_factory() as store:
        if "id" in request:
            key = store.get(objects.SymmetricKey, int(request["id"]))
        elif "name" in request:
            named = store.query(ManagedObjectName).filter_by(name=request["name"])
            key = store.get(objects.SymmetricKey, named.one().mo_uid)
        else:
            key = create(request)
            store.add(key)
        if "id" in request or "name" in request:
            if request.get("destroy"):
                store.delete(key)
            if "state" in request:
                key.state = enums.State(request["state"])
            if request.get("rekey"):
                # As Re-key: the names are the new one's, and there is a link.
                new = create({"names": list(key.names)})
                key.names = []
                store.add(new)
                store.commit()
                replaced[str(new.unique_identifier)] = str(key.unique_identifier)
                key = new
            if "names" in request:
                key.names = request["names"]
        identifier = str(key.unique_identifier or "")
        store.commit()
        return {"id": identifier or str(key.unique_identifier)}


def serve_control(listener):
    while True:
        connection, _ = listener.accept()
        with connection, connection.makefile("rw") as lines:
            answer = control(json.loads(lines.readline()))
            lines.write(json.dumps(answer) + "\n")


def listen(port):
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", port))
    listener.listen(256)
    return listener


def end(*_):
    shutil.rmtree(folder, ignore_errors=True)
    os._exit(0)


def end_with_standard_input():
    while os.read(0, 4096):
        pass
    end()


context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.verify_mode = ssl.CERT_REQUIRED
context.load_verify_locations(os.path.join(arguments.pki, "ca.pem"))
context.load_cert_chain(*(os.path.join(arguments.pki, name) for name in ("server.pem", "server.key")))

listener, control_listener = listen(arguments.port), listen(0)
signal.signal(signal.SIGTERM, end)
threading.Thread(target=end_with_standard_input, daemon=True).start()
threading.Thread(target=serve_control, args=[control_listener], daemon=True).start()
ports = {"port": listener.getsockname()[1], "control": control_listener.getsockname()[1]}
print(json.dumps(ports), flush=True)

while True:
    connection, address = listener.accept()
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    connection.settimeout(600)
    connection = context.wrap_socket(connection, server_side=True, do_handshake_on_connect=False)
    session = sessions.KmipSession(engine, connection, address, name="client")
    session.daemon = True
    session.start()

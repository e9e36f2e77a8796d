"""A real host on loopback, and requests to it, signed as AWS KMS signs."""

import base64
import datetime
import hashlib
import hmac
import http.client
import json
import pathlib
import re
import socket
import ssl
import subprocess
import threading

from bounded import Failed, free_port, get, stop, until

# A key store that is switched off, to be refused by; and a caller whom the policy of
# the other one denies.
ADDED = """
[[key_store.policy.settings.statements]]
id = "not-this-one"
effect = "deny"
principals = ["arn:aws:iam::111122223333:user/denied"]

[[key_store]]
name = "off"
uri_path_prefix = "/off"
enabled = false

[[key_store.credential]]
access_key_id = "%(id)s"
secret_access_key_file = "credentials/demo.secret"

[key_store.backend]
plugin = "software"
grants = { log = true, random = true, aead = true, key-storage = "main" }
settings = { cipher = "host" }

[[key_store.policy]]
plugin = "allow-list"
settings = { statements = [{ id = "everybody", effect = "allow", principals = ["*"] }] }
"""


class Host:
    def __init__(self, binary, folder):
        self.binary, self.folder = binary, pathlib.Path(folder) / "host"

    def __enter__(self):
        self.port, probe = free_port(), free_port()
        self.address = f"127.0.0.1:{probe}"
        made = [self.binary, "dev", "--dir", self.folder, "--listen", f"127.0.0.1:{self.port}", "--no-serve"]
        subprocess.run(made, check=True, stdout=subprocess.DEVNULL)
        # A second sink for the audit log that takes everything.
        self.syslog = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.syslog.bind(str(self.folder / "syslog"))
        threading.Thread(target=self.drain, daemon=True).start()
        self.configure(probe)
        self.log = open(self.folder / "stderr", "wb")
        serve = [self.binary, "serve", "--config", self.folder / "claviger.toml"]
        self.process = subprocess.Popen(serve, stdout=self.log, stderr=self.log)
        try:
            until("the host is ready", 30, lambda: self.ready())
        except Failed:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        stop(self.process)
        self.log.close()
        self.syslog.close()

    def drain(self):
        try:
            while self.syslog.recv(1 << 16):
                pass
        except OSError:
            pass

    def configure(self, probe):
        file = self.folder / "claviger.toml"
        text = file.read_text()
        self.access_key_id = re.search(r'access_key_id = "(.*)"', text)[1]
        self.secret = (self.folder / "credentials/demo.secret").read_text().strip()
        listen = f'listen = "127.0.0.1:{self.port}"'
        text = re.sub(r'^listen = ".*"', listen, text, flags=re.MULTILINE)
        text = text.replace(listen, f'{listen}\nprobe_listen = "127.0.0.1:{probe}"\nlame_duck_seconds = 0')
        text += ADDED % {"id": self.access_key_id}
        text += '\n[audit]\nhead_file = "head"\nsyslog = "syslog"\n'
        file.write_text(text)

    def ready(self):
        if self.process.poll() is not None:
            raise Failed("the host ended:\n" + (self.folder / "stderr").read_text())
        return get(f"http://{self.address}/readyz", missing=True) is not None


class Caller:
    """One connection, as AWS KMS has many."""

    def __init__(self, host):
        self.host = host
        context = ssl.create_default_context(cafile=host.folder / "ca.pem")
        self.connection = http.client.HTTPSConnection("localhost", host.port, context=context, timeout=10)

    def send(self, path, body, secret=None, name="/demo"):
        """The status and the answer."""
        path = f"{name}/kms/xks/v1{path}"
        body = json.dumps(body).encode()
        authority = f"localhost:{self.host.port}"
        self.connection.request("POST", path, body, self.signed(path, body, authority, secret or self.host.secret))
        answer = self.connection.getresponse()
        return answer.status, json.loads(answer.read() or b"{}")

    def signed(self, path, body, authority, secret):
        """The headers, with the signature of AWS Signature Version 4."""
        now = datetime.datetime.now(datetime.timezone.utc).strftime("%Y%m%dT%H%M%SZ")
        scope = f"{now[:8]}/us-east-1/kms-xks-proxy/aws4_request"
        headers = {"content-type": "application/json", "host": authority, "x-amz-date": now}
        names = ";".join(headers)
        lines = "".join(f"{name}:{value}\n" for name, value in headers.items())
        request = f"POST\n{path}\n\n{lines}\n{names}\n{hashlib.sha256(body).hexdigest()}"
        text = f"AWS4-HMAC-SHA256\n{now}\n{scope}\n{hashlib.sha256(request.encode()).hexdigest()}"
        key = ("AWS4" + secret).encode()
        for part in scope.split("/") + [text]:
            key = hmac.digest(key, part.encode(), "sha256")
        signature = f"Credential={self.host.access_key_id}/{scope}, SignedHeaders={names}, Signature={key.hex()}"
        return {**headers, "authorization": f"AWS4-HMAC-SHA256 {signature}"}


def metadata(operation, user="you"):
    return {
        "awsPrincipalArn": f"arn:aws:iam::111122223333:user/{user}",
        "kmsOperation": operation,
        "kmsRequestId": "6f1b6a5e-2a0e-4c5d-9c58-7d8d0a3c2b11",
        "kmsKeyArn": "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab",
    }


def encrypt(user="you"):
    plaintext = base64.b64encode(b"a data key of 32 bytes, or about").decode()
    return {"requestMetadata": metadata("Encrypt", user), "plaintext": plaintext, "encryptionAlgorithm": "AES_GCM"}


# What Encrypt answers and Decrypt is sent.
PARTS = ("ciphertext", "initializationVector", "authenticationTag", "ciphertextMetadata")


class Load:
    """Callers who encrypt, decrypt and ask until they are stopped. `sent` are the
    requests that were answered, by operation."""

    CALLERS = 4

    def __init__(self, host):
        self.host, self.sent, self.faults = host, {}, []
        self.lock, self.ended = threading.Lock(), threading.Event()
        self.threads = [threading.Thread(target=self.run, daemon=True) for _ in range(self.CALLERS)]

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.stop()

    def stop(self):
        self.ended.set()
        for thread in self.threads:
            thread.join(20)

    def run(self):
        caller = Caller(self.host)
        try:
            while not self.ended.wait(0.02):
                self.round(caller)
        except Exception as error:
            self.faults.append(f"a request failed: {error!r}")

    def round(self, caller):
        sealed = self.answered(caller, "Encrypt", "/keys/demo/encrypt", encrypt())
        opened = {name: sealed[name] for name in PARTS if name in sealed}
        opened |= {"requestMetadata": metadata("Decrypt"), "encryptionAlgorithm": "AES_GCM"}
        self.answered(caller, "Decrypt", "/keys/demo/decrypt", opened)
        self.answered(caller, "GetKeyMetadata", "/keys/demo/metadata", {"requestMetadata": metadata("DescribeKey")})
        health = {"requestMetadata": {"kmsOperation": "KmsHealthCheck", "kmsRequestId": "1"}}
        self.answered(caller, "GetHealthStatus", "/health", health)

    def answered(self, caller, operation, path, body):
        status, answer = caller.send(path, body)
        if status != 200:
            raise Failed(f"{operation}: {status} {answer}")
        with self.lock:
            self.sent[operation] = self.sent.get(operation, 0) + 1
        return answer


# Requests that are refused, each once: too few for an alert. By key store and error.
REFUSED = {
    ("demo", "Encrypt", "KeyNotFoundException"): 1,
    ("demo", "Encrypt", "AuthenticationFailedException"): 1,
    ("demo", "Encrypt", "AccessDeniedException"): 1,
    ("demo", "Decrypt", "InvalidCiphertextException"): 1,
    ("demo", "Encrypt", "ValidationException"): 1,
    ("off", "Encrypt", "InvalidStateException"): 1,
}
UNROUTED = {"InvalidUriPathException": 1}


def be_refused(host):
    """Sends what REFUSED and UNROUTED name, and one Encrypt that is answered."""
    caller = Caller(host)
    _, sealed = caller.send("/keys/demo/encrypt", encrypt())
    forged = {name: sealed[name] for name in PARTS if name in sealed}
    forged |= {"authenticationTag": base64.b64encode(bytes(16)).decode(), "encryptionAlgorithm": "AES_GCM"}
    requests = [
        ("KeyNotFoundException", "/keys/nobody-has-it/encrypt", encrypt(), {}),
        ("AuthenticationFailedException", "/keys/demo/encrypt", encrypt(), {"secret": "a wrong one"}),
        ("AccessDeniedException", "/keys/demo/encrypt", encrypt("denied"), {}),
        ("InvalidCiphertextException", "/keys/demo/decrypt", {**forged, "requestMetadata": metadata("Decrypt")}, {}),
        ("ValidationException", "/keys/demo/encrypt", {**encrypt(), "encryptionAlgorithm": "ROT13"}, {}),
        ("InvalidStateException", "/keys/demo/encrypt", encrypt(), {"name": "/off"}),
        ("InvalidUriPathException", "/keys/demo/encrypt", encrypt(), {"name": "/nowhere"}),
    ]
    for error, path, body, options in requests:
        status, answer = caller.send(path, body, **options)
        if answer.get("errorName") != error:
            raise Failed(f"{path} was to be refused with {error}: {status} {answer}")

"""Clients that call key stores as AWS KMS does, each request at its time."""

import asyncio
import base64
import collections
import datetime
import hashlib
import hmac
import json
import re
import ssl
import time

KMS_WAITS = 0.25
"""AWS KMS waits so many seconds for an answer."""


def request(host, prefix, path, body):
    """A signed request, good for five minutes."""
    body = json.dumps(body).encode()
    now = datetime.datetime.now(datetime.timezone.utc)
    stamp, date = now.strftime("%Y%m%dT%H%M%SZ"), now.strftime("%Y%m%d")
    scope = f"{date}/us-east-1/kms-xks-proxy/aws4_request"
    target = f"{prefix}/kms/xks/v1{path}"
    headers = "content-type;host;x-amz-date"
    canonical = (f"POST\n{target}\n\ncontent-type:application/json\nhost:localhost\n"
                 f"x-amz-date:{stamp}\n\n{headers}\n{hashlib.sha256(body).hexdigest()}")
    to_sign = (f"AWS4-HMAC-SHA256\n{stamp}\n{scope}\n"
               + hashlib.sha256(canonical.encode()).hexdigest())
    key = ("AWS4" + host.secret).encode()
    for part in scope.split("/"):
        key = hmac.digest(key, part.encode(), "sha256")
    signature = hmac.new(key, to_sign.encode(), "sha256").hexdigest()
    return (f"POST {target} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
            f"X-Amz-Date: {stamp}\r\nContent-Length: {len(body)}\r\nAuthorization: "
            f"AWS4-HMAC-SHA256 Credential={host.access_key_id}/{scope}, SignedHeaders={headers}, "
            f"Signature={signature}\r\n\r\n").encode() + body


def metadata(operation, user="Alice"):
    return {"awsPrincipalArn": f"arn:aws:iam::123456789012:user/{user}", "kmsOperation": operation,
            "kmsRequestId": "4112f4d6-db54-4af4-ae30-c55a22a8dfae",
            "kmsKeyArn": "arn:aws:kms:us-east-2:123456789012:key/1234abcd"}


def encrypt(host, prefix, key, user="Alice"):
    return request(host, prefix, f"/keys/{key}/encrypt", {
        "requestMetadata": metadata("Encrypt", user), "encryptionAlgorithm": "AES_GCM",
        "plaintext": base64.b64encode(b"p" * 32).decode()})


def decrypt(host, prefix, key, sealed):
    parts = ["ciphertext", "initializationVector", "authenticationTag", "ciphertextMetadata"]
    body = {name: sealed[name] for name in parts if name in sealed}
    body.update(requestMetadata=metadata("Decrypt"), encryptionAlgorithm="AES_GCM")
    return request(host, prefix, f"/keys/{key}/decrypt", body)


class Connection:
    """A connection that is opened again when it was closed."""

    def __init__(self, host):
        self.host, self.reader = host, None
        self.tls = ssl.create_default_context(cafile=host.path("ca.pem"))

    async def call(self, bytes_):
        for attempt in range(2):
            fresh = self.reader is None
            if fresh:
                self.reader, self.writer = await asyncio.open_connection(
                    "127.0.0.1", self.host.port, ssl=self.tls, server_hostname="localhost")
            try:
                self.writer.write(bytes_)
                head = (await self.reader.readuntil(b"\r\n\r\n")).decode().lower()
                length = int(re.search(r"content-length: (\d+)", head).group(1))
                body = await self.reader.readexactly(length)
                if "connection: close" in head:
                    self.close()
                return int(head.split()[1]), body
            except (OSError, asyncio.IncompleteReadError):
                self.close()
                # One that was idle may have been closed meanwhile.
                if fresh or attempt:
                    raise

    def close(self):
        if self.reader is not None:
            self.writer.transport.abort()
        self.reader = None


class Seen:
    """What the callers of one key store saw."""

    def __init__(self):
        self.answers = collections.Counter()
        self.late, self.slowest, self.wrong = 0, 0.0, []
        self.failed_at = []

    def note(self, status, body, took, plaintext):
        name = "200" if status == 200 else f"{status} {json.loads(body).get('errorName', '')}"
        self.answers[name] += 1
        self.slowest = max(self.slowest, took)
        self.late += took > KMS_WAITS
        if status != 200:
            self.failed_at.append(time.monotonic())
        if status in (400, 404) or (status == 200 and plaintext and
                                    json.loads(body).get("plaintext") != plaintext):
            self.wrong.append(name)


async def callers(host, prefix, rate, connections, ended, seen, requests=None):
    """Encrypts and decrypts in turn, each request at its time, with the credential that
    `host` has at that time; on a new connection after so many requests, if any."""
    plaintext = base64.b64encode(b"p" * 32).decode()
    first = Connection(host)
    while True:
        status, body = await first.call(encrypt(host, prefix, "demo"))
        if status == 200:
            break
        await asyncio.sleep(0.1)
    sealed = json.loads(body)
    fresh = lambda: ((host.access_key_id, time.monotonic()), encrypt(host, prefix, "demo"),
                     decrypt(host, prefix, "demo", sealed))
    signed = fresh()

    async def one(number):
        nonlocal signed
        connection, step = Connection(host), connections / rate
        due = time.monotonic() + step * number / connections
        turn = number
        while not ended.is_set():
            await asyncio.sleep(max(0, due - time.monotonic()))
            credential, signed_at = signed[0]
            if credential != host.access_key_id or time.monotonic() - signed_at > 60:
                signed = fresh()
            turn += 1
            if requests and turn % requests == 0:
                connection.close()
            decrypts = turn % 2
            begun = time.monotonic()
            status, body = await connection.call(signed[2] if decrypts else signed[1])
            seen.note(status, body, time.monotonic() - begun, plaintext if decrypts else None)
            due = max(due + step, time.monotonic() - 1)
    await asyncio.gather(*(one(number) for number in range(connections)))

#!/usr/bin/env python3
"""Makes the folder of one version of Claviger: see README.md.

    make.py CLAVIGER FOLDER

CLAVIGER is a build of that version, FOLDER is made. Needs curl, SoftHSM 2 and
OpenSC's pkcs11-tool.
"""

import base64
import json
import os
import pathlib
import re
import shutil
import sqlite3
import subprocess
import sys

MODULE = "/usr/lib/softhsm/libsofthsm2.so"
PIN = "1234-for-a-test"
AAD = b"project=nile,department=marketing"

# Beside the key store `demo` of `claviger dev`: the same with cipher = "guest".
GUEST = """
[[key_store]]
name = "guest"
uri_path_prefix = "/guest"
default = "allow"

[[key_store.credential]]
access_key_id = "@ACCESS_KEY_ID@"
secret_access_key_file = "credentials/demo.secret"

[key_store.backend]
plugin = "software"
grants = { log = true, random = true, aead = true, key-storage = "main" }
settings = { cipher = "guest" }
"""

ON_TOKEN = """\
[server]
listen = "127.0.0.1:0"

[server.tls]
certificate = "tls/server.pem"
private_key = "tls/server.key"

[log]
level = "info"
audit = "audit.jsonl"

[plugin_cache]
directory = "plugin-cache"

[tokens.hsm]
module = "@MODULE@"
token_label = "claviger"
pin_file = "credentials/hsm.pin"
sessions = 2

[storage.under-token]
path = "under-token.sqlite"
key_encryption_key = { token = "hsm", label = "claviger-kek", profile = "softhsm" }

[plugin.hsm]
component = "builtin:backend-pkcs11"

[plugin.names]
component = "builtin:directory-map"

[plugin.software]
component = "builtin:backend-software"

# Keys on the token, with versions.
[[key_store]]
name = "ledgers"
uri_path_prefix = "/ledgers"
default = "allow"

[[key_store.credential]]
access_key_id = "@ACCESS_KEY_ID@"
secret_access_key_file = "credentials/demo.secret"

[key_store.backend]
plugin = "hsm"
grants = { log = true, pkcs11 = ["hsm"] }
settings = { tokens = ["hsm"], profile = "softhsm", label = "{key}.v{version}" }

[key_store.directory]
plugin = "names"
settings = { keys = { "orders" = "orders", "closed" = "closed" }, disabled = ["closed"] }

# Keys on the token, whose ciphertexts are those of AWS's sample proxy.
[[key_store]]
name = "moved"
uri_path_prefix = "/moved"
default = "allow"
aad_convention = "sample-proxy"

[[key_store.credential]]
access_key_id = "@ACCESS_KEY_ID@"
secret_access_key_file = "credentials/demo.secret"

[key_store.backend]
plugin = "hsm"
grants = { log = true, pkcs11 = ["hsm"] }
settings = { tokens = ["hsm"], profile = "softhsm" }

[key_store.directory]
plugin = "names"
settings = { keys = { "billing" = "billing" } }

# Keys in software, in a storage whose key is on the token.
[[key_store]]
name = "under-token"
uri_path_prefix = "/under-token"
default = "allow"

[[key_store.credential]]
access_key_id = "@ACCESS_KEY_ID@"
secret_access_key_file = "credentials/demo.secret"

[key_store.backend]
plugin = "software"
grants = { log = true, random = true, aead = true, key-storage = "under-token" }
settings = { cipher = "host" }
"""


def b64(value):
    return base64.b64encode(value).decode()


class State:
    """One state folder, served when ciphertexts are made."""

    def __init__(self, claviger, folder):
        self.claviger = claviger
        self.folder = folder
        self.ciphertexts = []
        self.run(claviger, "dev", "--no-serve", "--listen", "127.0.0.1:0", "--dir", ".")
        config = self.read("claviger.toml")
        self.access_key_id = re.search(r'^access_key_id = "(.*)"', config, re.M)[1]

    def run(self, *command):
        # softhsm2.conf has a relative path, so every program runs in the folder.
        env = {**os.environ, "SOFTHSM2_CONF": "softhsm2.conf"}
        done = subprocess.run(command, cwd=self.folder, env=env, capture_output=True, text=True)
        if done.returncode:
            sys.exit(f"{command}: {done.stdout}{done.stderr}")
        return done.stdout

    def read(self, name):
        return (self.folder / name).read_text()

    def write(self, name, text):
        path = self.folder / name
        path.write_text(text)
        path.chmod(0o600)

    def configure(self, text):
        text = text.replace("@ACCESS_KEY_ID@", self.access_key_id).replace("@MODULE@", MODULE)
        (self.folder / "claviger.toml").write_text(text)

    def key(self, action, key_store, key, *options):
        place = ("--config", "claviger.toml", "--key-store", key_store)
        self.run(self.claviger, "key", action, *place, key, *options)

    def encrypt(self, key_store, key, refused=None):
        """Each kind of ciphertext, under the current version of the key."""
        server = subprocess.Popen(
            [self.claviger, "serve", "--config", "claviger.toml"],
            cwd=self.folder,
            env={**os.environ, "SOFTHSM2_CONF": "softhsm2.conf"},
            stderr=subprocess.PIPE,
            text=True,
        )
        log = []
        for line in server.stderr:
            log.append(line)
            if listening := re.search(r"listening on 127\.0\.0\.1:(\d+)", line):
                break
        else:
            sys.exit("".join(log))
        for length, aad, integrity_value in [
            (32, b"", False),
            (32, AAD, refused != "InvalidKeyUsageException"),
            (300, AAD, False),
        ]:
            self.call(listening[1], key_store, key, length, aad, integrity_value, refused)
        server.terminate()
        rest = server.stderr.read()
        if server.wait():
            sys.exit(rest)

    def call(self, port, key_store, key, length, aad, integrity_value, refused):
        plaintext = os.urandom(length)
        body = {
            "requestMetadata": {
                "awsPrincipalArn": "arn:aws:iam::123456789012:user/Alice",
                "kmsOperation": "Encrypt",
                "kmsRequestId": "4112f4d6-db54-4af4-ae30-c55a22a8dfae",
                "kmsKeyArn": "arn:aws:kms:us-east-2:123456789012:key/1234abcd",
            },
            "plaintext": b64(plaintext),
            "encryptionAlgorithm": "AES_GCM",
        }
        if aad:
            body["additionalAuthenticatedData"] = b64(aad)
        if integrity_value:
            body["ciphertextDataIntegrityValueAlgorithm"] = "SHA_256"
        answer = self.run(
            *("curl", "--silent", "--show-error", "--fail-with-body", "--noproxy", "*"),
            *("--cacert", "ca.pem", "-K", "curl.conf"),
            *("--aws-sigv4", "aws:amz:us-east-1:kms-xks-proxy"),
            *("-H", "Content-Type: application/json", "-d", json.dumps(body)),
            f"https://localhost:{port}/{key_store}/kms/xks/v1/keys/{key}/encrypt",
        )
        made = {"key_store": key_store, "key": key, "plaintext": b64(plaintext)}
        if aad:
            made["aad"] = b64(aad)
        if refused:
            made["refused"] = refused
        self.ciphertexts.append({**made, "encrypted": json.loads(answer)})

    def finish(self):
        lines = ",\n".join(json.dumps(one) for one in self.ciphertexts)
        (self.folder / "ciphertexts.json").write_text(f"[\n{lines}\n]\n")
        for database in self.folder.glob("*.sqlite"):
            with sqlite3.connect(database) as connection:
                connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            connection.close()
            if database.with_name(f"{database.name}-wal").exists():
                sys.exit(f"{database}: it is still open")
        # Certificates expire and compiled plugins are of one build only: a test
        # makes its own.
        for name in ["tls", "plugin-cache"]:
            shutil.rmtree(self.folder / name)
        (self.folder / "ca.pem").unlink()


def software(claviger, folder):
    state = State(claviger, folder)
    state.configure(state.read("claviger.toml") + GUEST)
    for key_store in ["demo", "guest"]:
        if key_store != "demo":
            state.key("create", key_store, "demo")
            state.key("create", key_store, "demo-encrypt-only", "--usage", "encrypt")
        state.key("create", key_store, "retired")
        state.encrypt(key_store, "demo")
        for _ in range(2):
            state.key("rotate", key_store, "demo")
            state.encrypt(key_store, "demo")
        state.encrypt(key_store, "demo-encrypt-only", "InvalidKeyUsageException")
        state.encrypt(key_store, "retired", "InvalidStateException")
        state.key("disable", key_store, "retired")
    state.finish()


def token(claviger, folder):
    state = State(claviger, folder)
    for name in ["keys.sqlite", "keys.kek", "xks-proxy-configuration.json"]:
        (folder / name).unlink()
    state.write("credentials/hsm.pin", PIN)
    state.write(
        "softhsm2.conf",
        "# Relative to the current folder; a test puts the whole path here.\n"
        "directories.tokendir = tokens\nobjectstore.backend = file\nlog.level = ERROR\n",
    )
    (folder / "tokens").mkdir()
    pins = ("--pin", PIN, "--so-pin", "officer-for-a-test")
    state.run("softhsm2-util", "--init-token", "--free", "--label", "claviger", *pins)
    state.run(
        *("pkcs11-tool", "--module", MODULE, "--token-label", "claviger", "--login"),
        *("--pin", PIN, "--keygen", "--key-type", "AES:32", "--label", "claviger-kek"),
        *("--private", "--sensitive"),
    )
    # `closed` is disabled only once it has encrypted.
    state.configure(ON_TOKEN.replace('["closed"]', "[]"))
    for key in ["claviger-health", "orders", "closed"]:
        state.key("create", "ledgers", key)
    state.key("create", "moved", "billing")
    state.key("create", "under-token", "demo")
    for key_store, key in [("ledgers", "orders"), ("under-token", "demo")]:
        state.encrypt(key_store, key)
        state.key("rotate", key_store, key)
        state.encrypt(key_store, key)
    state.encrypt("moved", "billing")
    state.encrypt("ledgers", "closed", "InvalidStateException")
    state.configure(ON_TOKEN)
    (folder / "audit.jsonl").unlink()
    state.finish()


def main():
    claviger = pathlib.Path(sys.argv[1]).resolve()
    folder = pathlib.Path(sys.argv[2])
    for name, make in [("software", software), ("token", token)]:
        (folder / name).mkdir(parents=True)
        make(claviger, (folder / name).resolve())


main()

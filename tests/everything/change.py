#!/usr/bin/env python3
"""Continuous change of everything under load: certificate, credential, policy, component
and key store in turn, by watched files, by signal and by command, each change seen from
outside, and now and then a broken one, which changes nothing.

    tests/everything/change.py --claviger target/release/claviger --backend FILE --seconds 1800

FILE is the component of the backend for software keys. Needs openssl. Prints a summary,
and fails when a request failed or a change did not show.
"""

import argparse
import asyncio
import base64
import collections
import hashlib
import json
import os
import re
import secrets
import shutil
import signal
import socket
import ssl
import statistics
import subprocess
import sys
import tempfile
import time

from client import Connection, Seen, callers, encrypt, request
from host import Served

RATE = 500
"""Requests a second."""
SHOWS_WITHIN = 15
"""A change shows within so many seconds: a watched file settles for one, a component is
compiled, and the machine is busy."""


class Host(Served):
    """A state folder whose configuration changes, and the server on it."""

    def __init__(self, program, backend):
        self.program = os.path.abspath(program)
        self.folder = tempfile.mkdtemp(prefix="claviger-change-")
        self.environment = dict(os.environ)
        subprocess.run([self.program, "dev", "--no-serve", "--dir", self.folder], check=True,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        with open(self.path("claviger.toml")) as file:
            first = re.search(r'access_key_id = "([^"]*)"', file.read()).group(1)
        with open(self.path("credentials/demo.secret")) as file:
            self.access_key_id, self.secret = first, file.read().strip()
        self.credentials = {first: "credentials/demo.secret"}
        self.denied, self.more_key_stores, self.number = False, [], 0
        with open(backend, "rb") as file:
            self.component = file.read()
        self.make_authority()
        self.new_certificate()
        self.new_component()
        self.write_configuration()

    def openssl(self, *arguments):
        subprocess.run(["openssl", *arguments], check=True, stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL, cwd=self.folder)

    def make_authority(self):
        self.openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
                     "-nodes", "-keyout", "authority.key", "-out", "ca.pem", "-days", "30",
                     "-subj", "/CN=change")
        with open(self.path("leaf.conf"), "w") as file:
            file.write("subjectAltName = DNS:localhost\nextendedKeyUsage = serverAuth\n")

    def new_certificate(self):
        """In a folder of its own, which one symbolic link makes the one in use."""
        self.number += 1
        folder = self.path(f"tls-{self.number}")
        os.mkdir(folder)
        self.serial = f"{secrets.randbits(64) | 1 << 63:016X}"
        key, request_, leaf = (os.path.join(folder, it) for it in ("key.pem", "leaf.csr", "leaf.pem"))
        self.openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                     "-keyout", key, "-out", request_, "-subj", "/CN=localhost")
        self.openssl("x509", "-req", "-in", request_, "-CA", "ca.pem", "-CAkey", "authority.key",
                     "-set_serial", f"0x{self.serial}", "-days", "30", "-extfile", "leaf.conf",
                     "-out", leaf)
        self.point("current", f"tls-{self.number}")

    def point(self, link, to):
        os.symlink(to, self.path(link + ".new"))
        os.rename(self.path(link + ".new"), self.path(link))

    def new_component(self):
        """The same backend with another digest: a custom section at its end."""
        self.number += 1
        name = b"change"
        data = f"{self.number:08}".encode()
        section = bytes([len(name)]) + name + data
        bytes_ = self.component + bytes([0, len(section)]) + section
        self.component_file = f"backend-{self.number}.wasm"
        self.replace(self.component_file, bytes_)
        self.digest = hashlib.sha256(bytes_).hexdigest()

    def replace(self, name, bytes_, mode=0o644):
        with open(os.open(self.path(name + ".new"), os.O_CREAT | os.O_WRONLY, mode), "wb") as file:
            file.write(bytes_)
        os.rename(self.path(name + ".new"), self.path(name))

    def new_credential(self):
        id_ = "AKIA" + "".join(secrets.choice("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567") for _ in range(20))
        secret = base64.b32encode(secrets.token_bytes(40)).decode()[:50]
        file = f"credentials/{id_}.secret"
        self.replace(file, secret.encode(), 0o600)
        self.credentials[id_] = file
        return id_, secret

    def configuration(self):
        def key_store(name, policy):
            credentials = "".join(
                f'[[key_store.credential]]\naccess_key_id = "{id_}"\n'
                f'secret_access_key_file = "{file}"\n' for id_, file in self.credentials.items())
            return (f'[[key_store]]\nname = "{name}"\nuri_path_prefix = "/{name}"\n{credentials}'
                    '[key_store.backend]\nplugin = "software"\ngrants = { log = true, random = '
                    'true, aead = true, key-storage = "main" }\n'
                    '[[key_store.policy]]\nplugin = "allow-list"\n' + policy)
        statement = ('[[key_store.policy.settings.statements]]\nid = "{}"\neffect = "{}"\n'
                     'principals = ["{}"]\n')
        policy = statement.format("everybody", "allow", "*")
        if self.denied:
            policy += statement.format("no-mallory", "deny", "arn:aws:iam::*:user/Mallory")
        return (
            '[server]\nlisten = "127.0.0.1:0"\nwatch_files = true\n'
            'probe_listen = "127.0.0.1:0"\nlame_duck_seconds = 0\n'
            '[server.tls]\ncertificate = "current/leaf.pem"\nprivate_key = "current/key.pem"\n'
            'private_roots = true\n[log]\naudit = "audit.jsonl"\n'
            '[control]\nsocket = "claviger.sock"\nswitches = "switches.json"\n'
            '[plugin_cache]\ndirectory = "plugin-cache"\n'
            '[storage.main]\npath = "keys.sqlite"\nkey_encryption_key_file = "keys.kek"\n'
            f'[plugin.software]\ncomponent = "{self.component_file}"\n'
            f'digest = "sha256:{self.digest}"\n'
            '[plugin.allow-list]\ncomponent = "builtin:policy-allow-list"\n'
            + key_store("demo", policy)
            + "".join(key_store(name, policy) for name in self.more_key_stores))

    def write_configuration(self, text=None):
        self.replace("claviger.toml", (text or self.configuration()).encode())

    async def run(self, *arguments):
        process = await asyncio.create_subprocess_exec(
            self.program, *arguments, "--config", self.path("claviger.toml"),
            stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        stdout, stderr = await process.communicate()
        return process.returncode, stdout.decode(), stderr.decode()

    async def status(self):
        _, stdout, stderr = await self.run("status", "--json")
        return json.loads(stdout or "{}"), stderr

    def serial_shown(self):
        """Of the certificate that a new connection is shown."""
        tls = ssl.create_default_context(cafile=self.path("ca.pem"))
        with socket.create_connection(("127.0.0.1", self.port), timeout=5) as tcp:
            with tls.wrap_socket(tcp, server_hostname="localhost") as connection:
                return connection.getpeercert()["serialNumber"]

    async def answer(self, bytes_):
        connection = Connection(self)
        try:
            return (await connection.call(bytes_))[0]
        finally:
            connection.close()



class Changes:
    """Makes them one after another, and looks from outside."""

    def __init__(self, host):
        self.host, self.done, self.faults = host, collections.Counter(), []
        self.took = collections.defaultdict(list)

    async def shows(self, what, looks, begun=None):
        """Waits until `looks()` says so."""
        begun = begun or time.monotonic()
        while not await looks():
            if time.monotonic() - begun > SHOWS_WITHIN:
                self.faults.append(f"{what} does not show")
                return
            await asyncio.sleep(0.1)
        self.done[what] += 1
        self.took[what].append(time.monotonic() - begun)

    async def reload(self):
        status, _, stderr = await self.host.run("reload")
        if status:
            self.faults.append(f"a good configuration is refused: {stderr}")

    async def certificate(self):
        """By the files that are watched, behind a symbolic link."""
        await asyncio.to_thread(self.host.new_certificate)

        async def shown():
            return await asyncio.to_thread(self.host.serial_shown) == self.host.serial
        await self.shows("certificate", shown)

    async def credential(self):
        """The new one beside the old one; KMS changes; the old one goes."""
        host = self.host
        old = host.access_key_id, host.secret
        new = host.new_credential()
        host.write_configuration()
        await self.reload()
        host.access_key_id, host.secret = new
        # What is signed with the old one is answered by now.
        await asyncio.sleep(1)
        del host.credentials[old[0]]
        host.write_configuration()
        await self.reload()
        before = Caller(host, *old)
        self.shown_at_once("credential", await host.answer(encrypt(before, "/demo", "demo")), 401)

    async def policy(self):
        """By SIGHUP."""
        host = self.host
        host.denied = not host.denied
        host.write_configuration()
        host.process.send_signal(signal.SIGHUP)
        expected = 403 if host.denied else 200

        async def flips():
            return await host.answer(encrypt(host, "/demo", "demo", "Mallory")) == expected
        await self.shows("policy", flips)

    async def component(self):
        self.host.new_component()
        self.host.write_configuration()
        begun = time.monotonic()
        await self.reload()

        async def shown():
            status, _ = await self.host.status()
            return all(plugin["digest"] == self.host.digest
                       for key_store in status.get("key_stores", [])
                       for plugin in key_store["plugins"] if plugin["name"] == "software")
        await self.shows("component", shown, begun)

    async def key_store(self):
        """Another one in the place of the last."""
        host = self.host
        gone, host.more_key_stores = host.more_key_stores, [f"more-{host.number}"]
        host.number += 1
        host.write_configuration()
        await self.reload()
        health = lambda name: request(host, f"/{name}", "/keys/nothing/metadata", {
            "requestMetadata": {"awsPrincipalArn": "arn:aws:iam::123456789012:user/Alice",
                                "kmsOperation": "DescribeKey", "kmsRequestId": "1"}})
        connection = Connection(host)
        for name, expected in [(host.more_key_stores[0], "KeyNotFoundException"),
                               *((name, "InvalidUriPathException") for name in gone)]:
            _, body = await connection.call(health(name))
            found = json.loads(body).get("errorName")
            self.shown_at_once(f"key store {'gone' if name in gone else 'new'}", found, expected)
        connection.close()

    def shown_at_once(self, what, found, expected):
        if found == expected:
            self.done[what] += 1
        else:
            self.faults.append(f"{what}: {found} instead of {expected}")

    async def broken(self):
        """A configuration, a certificate and a component that cannot be used."""
        host, number = self.host, self.done["broken"]
        kept = host.component_file
        good = host.configuration()
        if number % 3 == 0:
            text = good.replace("[server]", "[server", 1)
        elif number % 3 == 1:
            host.replace("cut-off.wasm", host.component[:5000])
            text = good.replace(f'"{kept}"', '"cut-off.wasm"')
            text = re.sub(r'digest = "[^"]*"', 'digest = "unchecked"', text)
        else:
            host.replace("bad.pem", b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")
            text = good.replace('"current/leaf.pem"', '"bad.pem"')
        before, _ = await host.status()
        host.write_configuration(text)
        # The command finds its socket without the file's help.
        status = await asyncio.create_subprocess_exec(
            host.program, "reload", "--socket", host.path("claviger.sock"),
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        refused = await status.wait() != 0
        host.write_configuration(good)
        after, _ = await host.status()
        generation = lambda status: status.get("configuration", {}).get("generation")
        if refused and generation(before) == generation(after):
            self.done["broken"] += 1
        else:
            self.faults.append("a broken configuration is taken up")
        await self.reload()

    async def go_on(self, ended, pause, every):
        """Each in turn; a broken one after every so many rounds."""
        rounds = 0
        while not ended.is_set():
            for change in (self.certificate, self.credential, self.policy, self.component,
                           self.key_store):
                await change()
                await asyncio.sleep(pause)
                if ended.is_set():
                    return
            rounds += 1
            if rounds % every == 0:
                await self.broken()


class Caller:
    """Who signs with a credential of their own."""

    def __init__(self, host, access_key_id, secret):
        self.access_key_id, self.secret = access_key_id, secret


async def everything(host, seconds):
    ended, seen, changes, samples = asyncio.Event(), Seen(), Changes(host), []

    async def memory():
        while not ended.is_set():
            samples.append(host.resident())
            await asyncio.sleep(1)
    long = seconds > 120
    work = asyncio.gather(
        callers(host, "/demo", RATE, 16, ended, seen, requests=100),
        changes.go_on(ended, 2 if long else 0.1, 10 if long else 1), memory())
    await asyncio.wait([asyncio.ensure_future(work)], timeout=seconds)
    ended.set()
    await asyncio.wait_for(work, 60)
    return seen, changes, samples


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--claviger", required=True)
    parser.add_argument("--backend", required=True)
    parser.add_argument("--seconds", type=float, default=1800)
    parser.add_argument("--shared-machine", action="store_true",
                        help="late answers are no fault, and fewer than were offered are none")
    arguments = parser.parse_args()
    host = Host(arguments.claviger, arguments.backend)
    host.serve()
    seen, changes, samples = asyncio.run(everything(host, arguments.seconds))
    status = host.stop()

    total = sum(seen.answers.values())
    print(f"answers: {dict(seen.answers)}, late {seen.late}, slowest {seen.slowest*1e3:.0f} ms")
    print(f"changes: {dict(changes.done)}")
    print("seconds until a change showed, median and longest:",
          {what: (round(statistics.median(took), 1), round(max(took), 1))
           for what, took in changes.took.items()})
    third = len(samples) // 3
    first, last = (statistics.median(part or [0]) for part in (samples[:third], samples[-third:]))
    print(f"memory MiB: median of the first third {first:.0f}, of the last third {last:.0f}")
    host.print_log()
    faults = list(changes.faults)
    if set(seen.answers) - {"200"} or seen.wrong:
        faults.append("requests failed")
    if total < RATE * arguments.seconds * (0.1 if arguments.shared_machine else 0.9):
        faults.append("too few answers")
    if seen.late and not arguments.shared_machine:
        faults.append("late answers")
    if arguments.seconds >= 300 and last > 1.2 * first:
        faults.append("memory grows")
    kinds = ["certificate", "credential", "policy", "component", "key store new"]
    if not all(changes.done[kind] for kind in kinds):
        faults.append("not everything was changed")
    if status != 0:
        faults.append(f"the host ended with status {status}")
    print("FAULTS:" if faults else "no faults", *faults, sep="\n  " if faults else "")
    if not faults:
        shutil.rmtree(host.folder)
    sys.exit(bool(faults))


if __name__ == "__main__":
    main()

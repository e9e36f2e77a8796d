#!/usr/bin/env python3
"""Everything at once: hostile plugins, strangers, key changes, a writer that is stopped,
a token that comes and goes, and the requests that must not notice.

    tests/everything/run.py --claviger target/release/claviger --guests DIR --seconds 900

DIR holds the components misbehaving.wasm and looping_policy.wasm of tests/plugins. Needs
SoftHSM and pkcs11-tool. Prints a summary, and fails when a bound is broken.
"""

import argparse
import asyncio
import collections
import os
import re
import shutil
import statistics
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import time

from client import Connection, KMS_WAITS, Seen, callers, encrypt
from host import Served

RATE = 500
"""Requests a second to the key store of software keys."""
TOKEN_RATE = 25
"""And to the one whose keys are on the token."""
RETURN = 2.0
"""The token is in service again so many seconds after its return."""
HOSTILE = ["loops", "computes", "traps", "eats-memory", "returns-megabytes", "waits", "endless-usages"]
MODULE = "/usr/lib/softhsm/libsofthsm2.so"


class Host(Served):
    """A state folder and the server on it."""

    def __init__(self, program, guests):
        self.program = os.path.abspath(program)
        self.folder = tempfile.mkdtemp(prefix="claviger-everything-")
        self.environment = dict(os.environ, SOFTHSM2_CONF=self.path("softhsm2.conf"))
        self.run("dev", "--no-serve", "--dir", self.folder)
        self.make_token()
        self.configure(os.path.abspath(guests))

    def run(self, *arguments):
        subprocess.run([self.program, *arguments], check=True, env=self.environment,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def make_token(self):
        os.mkdir(self.path("tokens"))
        with open(self.path("softhsm2.conf"), "w") as conf:
            conf.write(f"directories.tokendir = {self.path('tokens')}\nobjectstore.backend = file\n")
        quiet = {"check": True, "env": self.environment, "stdout": subprocess.DEVNULL,
                 "stderr": subprocess.DEVNULL}
        subprocess.run(["softhsm2-util", "--init-token", "--free", "--label", "soak",
                        "--so-pin", "12345678", "--pin", "1234"], **quiet)
        for label in ["demo", "claviger-health"]:
            subprocess.run(["pkcs11-tool", "--module", MODULE, "--token-label", "soak", "--login",
                            "--pin", "1234", "--keygen", "--key-type", "AES:32", "--label", label,
                            "--usage-decrypt", "--sensitive"], **quiet)

    def configure(self, guests):
        with open(self.path("claviger.toml")) as file:
            text = file.read()
        credential = text.split("[[key_store.credential]]")[1].split("\n\n")[0]
        text = re.sub(r'listen = "[^"]*"', 'listen = "127.0.0.1:0"', text, count=1)
        with open(os.open(self.path("soak.pin"), os.O_CREAT | os.O_WRONLY, 0o600), "w") as file:
            file.write("1234")

        def key_store(name, backend, more=""):
            return (f'[[key_store]]\nname = "{name}"\nuri_path_prefix = "/{name}"\n'
                    f"default = \"allow\"\n[[key_store.credential]]{credential}\n"
                    f"[key_store.backend]\n{backend}\n{more}\n")
        bad = 'plugin = "misbehaving"\ngrants = { log = true, aead = true, wasi = true }\n'
        text += (
            f'\n[tokens.soak]\nmodule = "{MODULE}"\ntoken_label = "soak"\nprofile = "softhsm"\n'
            'pin_file = "soak.pin"\n[plugin.hsm]\ncomponent = "builtin:backend-pkcs11"\n'
            f'[plugin.misbehaving]\ncomponent = "{guests}/misbehaving.wasm"\ndigest = "unchecked"\n'
            f'[plugin.looping]\ncomponent = "{guests}/looping_policy.wasm"\ndigest = "unchecked"\n'
            + key_store("token", 'plugin = "hsm"\ngrants = { log = true, pkcs11 = ["soak"] }\n'
                        'settings = { tokens = ["soak"] }')
            + key_store("hostile", bad)
            + key_store("looping", bad, '[[key_store.policy]]\nplugin = "looping"\n'
                        "settings = { work = 0 }"))
        with open(self.path("claviger.toml"), "w") as file:
            file.write(text)
        read = lambda name: re.search(name + r' = "([^"]*)"', credential).group(1)
        self.access_key_id = read("access_key_id")
        with open(self.path(read("secret_access_key_file"))) as file:
            self.secret = file.read().strip()
        self.demo_prefix = re.search(r'uri_path_prefix = "([^"]*)"', text).group(1)



async def hostile(host, prefix, keys, ended, counts):
    async def one(key):
        connection, signed = Connection(host), (0, b"")
        while not ended.is_set():
            if time.monotonic() - signed[0] > 60:
                signed = (time.monotonic(), encrypt(host, prefix, key))
            try:
                status, _ = await connection.call(signed[1])
                counts[f"{prefix} {status}"] += 1
            except (OSError, asyncio.IncompleteReadError):
                counts[f"{prefix} closed"] += 1
            await asyncio.sleep(0.002)
    await asyncio.gather(*(one(key) for key in keys))


async def strangers(host, ended, counts):
    """Idle connections, half heads, half handshakes: 100 at a time."""
    tls = ssl.create_default_context(cafile=host.path("ca.pem"))
    half_head = b"POST /demo/kms/xks/v1/health HTTP/1.1\r\nHost: a\r\n"

    async def one(kind):
        while not ended.is_set():
            try:
                if kind == 0:
                    _, writer = await asyncio.open_connection("127.0.0.1", host.port)
                    writer.write(b"\x16\x03\x01\x02\x00\x01")
                else:
                    _, writer = await asyncio.open_connection(
                        "127.0.0.1", host.port, ssl=tls, server_hostname="localhost")
                    if kind == 1:
                        writer.write(half_head)
                counts["strangers"] += 1
                await asyncio.sleep(3)
                writer.transport.abort()
            except OSError:
                counts["strangers refused"] += 1
                await asyncio.sleep(0.2)
    await asyncio.gather(*(one(number % 3) for number in range(100)))


async def command(host, *arguments):
    return await asyncio.create_subprocess_exec(
        host.program, "key", *arguments, "--config", host.path("claviger.toml"),
        env=host.environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)


async def key_changes(host, ended, counts, said):
    """Makes, rotates, disables keys; every third writer is stopped for half a second."""
    number = 0
    while not ended.is_set():
        number += 1
        for action in ["create", "rotate", "disable"]:
            writer = await command(host, action, "--key-store", "demo", f"soak-{number}")
            if number % 3 == 0:
                await asyncio.sleep(0.03)
                try:
                    os.kill(writer.pid, signal.SIGSTOP)
                    await asyncio.sleep(0.5)
                    os.kill(writer.pid, signal.SIGCONT)
                    counts["writers stopped"] += 1
                except ProcessLookupError:
                    pass
            _, stderr = await writer.communicate()
            counts[f"key {action} {'ok' if writer.returncode == 0 else 'failed'}"] += 1
            if writer.returncode:
                said.append(stderr.decode().strip())
        await asyncio.sleep(1)


async def token(host, seconds, ended, outages):
    """The token's files go away and come back: in a long run 3 of every 15 seconds."""
    away_for, there_for = (3, 12) if seconds >= 30 else (1, seconds / 3)
    while not ended.is_set():
        await asyncio.sleep(there_for)
        if ended.is_set():
            return
        os.rename(host.path("tokens"), host.path("tokens-away"))
        away = time.monotonic()
        await asyncio.sleep(away_for)
        os.rename(host.path("tokens-away"), host.path("tokens"))
        outages.append((away, time.monotonic()))


async def memory(host, ended, samples):
    while not ended.is_set():
        samples.append((time.monotonic(), host.resident()))
        await asyncio.sleep(1)


async def everything(host, seconds):
    ended, counts = asyncio.Event(), collections.Counter()
    good, on_token, outages, samples, said = Seen(), Seen(), [], [], []
    begun = time.monotonic()
    work = [
        callers(host, host.demo_prefix, RATE, 16, ended, good),
        callers(host, "/token", TOKEN_RATE, 4, ended, on_token),
        hostile(host, "/hostile", HOSTILE * 2, ended, counts),
        hostile(host, "/looping", ["good"] * 8, ended, counts),
        strangers(host, ended, counts),
        key_changes(host, ended, counts, said),
        token(host, seconds, ended, outages),
        memory(host, ended, samples),
    ]
    running = asyncio.gather(*work)
    done, _ = await asyncio.wait([asyncio.ensure_future(running)], timeout=seconds)
    ended.set()
    await asyncio.wait_for(running, 60)
    return begun, good, on_token, outages, samples, counts, said


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--claviger", required=True)
    parser.add_argument("--guests", required=True)
    parser.add_argument("--seconds", type=float, default=900)
    parser.add_argument("--shared-machine", action="store_true",
                        help="late answers are no fault, and fewer than were offered are none")
    arguments = parser.parse_args()
    host = Host(arguments.claviger, arguments.guests)
    host.serve()
    found = asyncio.run(everything(host, arguments.seconds))
    begun, good, on_token, outages, samples, counts, said = found
    status = host.stop()

    unexplained = [at for at in on_token.failed_at
                   if not any(away <= at <= back + RETURN + KMS_WAITS for away, back in outages)]
    later = [mib for at, mib in samples if at > begun + 60]
    print("software keys:", dict(good.answers), f"late {good.late}, slowest {good.slowest*1e3:.0f} ms")
    print("keys on the token:", dict(on_token.answers),
          f"slowest {on_token.slowest*1e3:.0f} ms, outages {len(outages)}, "
          f"failures outside of them {len(unexplained)}")
    print("others:", dict(counts))
    print("key commands said:", sorted(set(said))[:5])
    # Plugins that allocate to their cap make single samples jump: what must not grow is
    # the middle one.
    third = later[:len(later) // 3], later[-(len(later) // 3):]
    first, last = (statistics.median(part) if part else 0 for part in third)
    print(f"memory MiB: at the start {samples[0][1]:.0f}"
          + (f", after a minute {min(later):.0f}-{max(later):.0f}, median of the first third "
             f"{first:.0f}, of the last third {last:.0f}" if later else ""))
    host.print_log()
    total = sum(good.answers.values())
    faults = []
    if good.answers["200"] < 0.999 * total:
        faults.append("software keys: answers other than 200")
    if good.late and not arguments.shared_machine:
        faults.append("software keys: late answers")
    if total < RATE * arguments.seconds * (0.1 if arguments.shared_machine else 0.9):
        faults.append("software keys: too few answers")
    if arguments.seconds >= 300 and last > 1.1 * first:
        faults.append("memory grows after the first minute")
    if good.wrong or on_token.wrong:
        faults.append(f"wrong answers: {collections.Counter(good.wrong + on_token.wrong)}")
    if unexplained:
        faults.append("keys on the token: failures while it was there")
    if status != 0:
        faults.append(f"the host ended with status {status}")
    print("FAULTS:" if faults else "no faults", *faults, sep="\n  " if faults else "")
    if not faults:
        shutil.rmtree(host.folder)
    sys.exit(bool(faults))


if __name__ == "__main__":
    main()

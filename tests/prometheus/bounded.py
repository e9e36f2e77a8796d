"""Waits that have a condition and an end, and processes that are stopped."""

import socket
import subprocess
import time
import urllib.error
import urllib.request


class Failed(Exception):
    """The test cannot go on; the text says why."""


# Loopback only, whatever the environment says of proxies.
DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def until(what, seconds, condition):
    """The first true value of `condition`."""
    end = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise Failed(f"not within {seconds} s: {what}")
        time.sleep(0.05)


def get(url, missing=False):
    """The body. With `missing`, None where nobody answers or the status is an error."""
    try:
        with DIRECT.open(url, timeout=10) as answer:
            return answer.read().decode()
    except (urllib.error.URLError, ConnectionError) as error:
        if missing:
            return None
        raise Failed(f"{url}: {error}") from error


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def stop(process):
    process.terminate()
    try:
        process.wait(20)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()

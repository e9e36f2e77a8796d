#!/usr/bin/env python3
"""How many hosts some key stores need, what each of them holds, and what it costs.

    python3 docs/operate/capacity.py --key-stores 10 --vcpus 8

capacity.md says where the figures below come from, and what they leave out.
"""

import argparse
import math

# AWS KMS's default quota of an external key store, in requests a second.
QUOTA = 1800
# CPU of one request, in microseconds, on the slower machine of BENCHMARKS.md: software
# keys, one policy, an audit record before each answer.
REQUEST_US = 48
# CPU of one TLS handshake, in microseconds, with an ECDSA certificate.
HANDSHAKE_US = 450
# Memory of a host with software keys, in MiB: without key stores, and for each.
HOST_MIB, KEY_STORE_MIB = 45, 0.23
# An audit record of a request, in bytes.
RECORD = 620
# How long a request may keep a connection, in seconds: AWS KMS waits no longer.
LONGEST = 0.25
# Encryptions that AES-GCM with random vectors allows a version of a key.
MOST_ENCRYPTIONS = 2**32


def plan(key_stores, given):
    """One row of the table."""
    rate = key_stores * given.rate
    request_us = given.request_us + HANDSHAKE_US / given.requests_per_connection
    by_cpu = rate * request_us / 1e6 / given.utilisation / given.vcpus
    # Enough when one is away, and one in each of three zones.
    hosts = max(3, math.ceil(by_cpu) + 1)
    # A group of hosts serves no more key stores than a host holds.
    groups = math.ceil(key_stores / given.most_key_stores)
    hosts = max(hosts, 3 * groups)
    in_group = math.ceil(key_stores / groups)
    hosts_of_group = math.ceil(hosts / groups)
    hosts = hosts_of_group * groups
    # Every request late, on the hosts that are left.
    connections = math.ceil(in_group * given.rate * LONGEST / (hosts_of_group - 1))
    return {
        "key stores": f"{key_stores:,}",
        "requests/s": f"{rate:,}",
        "groups": f"{groups:,}",
        "hosts": f"{hosts:,}",
        "memory of a host": f"{HOST_MIB + in_group * KEY_STORE_MIB:,.0f} MiB",
        "connections of a host": f"{connections:,}",
        "audit of a host, a day": f"{rate / hosts * RECORD * 86400 / 1e9:,.0f} GB",
        "USD per million requests": f"{hosts * given.vcpus * given.price / 3600 / rate * 1e6:.4f}",
    }


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--key-stores", type=int, nargs="+", default=[10, 1_000, 100_000])
    arguments.add_argument("--rate", type=int, default=QUOTA, help="requests a second of each")
    arguments.add_argument("--request-us", type=float, default=REQUEST_US, help="CPU of a request")
    arguments.add_argument("--requests-per-connection", type=int, default=100)
    arguments.add_argument("--vcpus", type=int, default=8, help="of a host")
    arguments.add_argument("--utilisation", type=float, default=0.5, help="of the processors, at the most")
    arguments.add_argument("--most-key-stores", type=int, default=1_000, help="on one host")
    arguments.add_argument("--price", type=float, default=0.05, help="USD for a vCPU and an hour")
    given = arguments.parse_args()
    rows = [plan(key_stores, given) for key_stores in given.key_stores]
    print("| " + " | ".join(rows[0]) + " |")
    print("|" + "---|" * len(rows[0]))
    for row in rows:
        print("| " + " | ".join(row.values()) + " |")
    days = MOST_ENCRYPTIONS / given.rate / 86400
    print(f"\nA key that makes {given.rate:,} encryptions a second has to be rotated every {days:.0f} days.")


if __name__ == "__main__":
    main()

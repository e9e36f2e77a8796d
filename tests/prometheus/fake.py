"""A host that is not there: serves every metric of docs/metrics.md. For trying the test
itself, and the dashboard, without building Claviger. Written by hand, not made from the
page, so that it and the page check each other."""

import http.server
import threading
import time

BUCKETS = ["0.001", "0.005", "0.01", "0.025", "0.05", "0.1", "0.15", "0.2", "0.25", "0.5", "+Inf"]
OPERATIONS = ["GetKeyMetadata", "Encrypt", "Decrypt", "GetHealthStatus"]
UPSTREAM_RESULTS = "answered failed denied throttled deadline unreachable broken refused".split()
RESULTS = "answered trap deadline bad-answer not-started busy broken".split()
CAUSES = (
    "plain-http unexpected-proxy-header no-proxy-header not-tls nothing-in-common client-certificate "
    "refused-by-client misbehaves timed-out cut-off"
).split()
LIMITS = "server.requests_in_flight requests_in_flight requests_per_second health audit bodies".split()
DIGEST = "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"


STARTED = time.time()


def exposition(count):
    """After `count` requests of each operation."""
    lines, now, demo = [], time.time(), 'key_store="demo"'

    def family(name, type, *samples):
        lines.append(f"# HELP {name} Of a host that is not there.")
        lines.append(f"# TYPE {name} {type}")
        lines.extend(f"{name}{{{labels}}} {value}" if labels else f"{name} {value}" for labels, value in samples)

    def histogram(name, *series):
        family(name, "histogram")
        for labels in series:
            # Half of them within 1 ms, the others within 5 ms.
            for bound in BUCKETS:
                lines.append(f'{name}_bucket{{{labels},le="{bound}"}} {count / 2 if bound == "0.001" else count}')
            lines.append(f"{name}_sum{{{labels}}} {count * 0.0015}")
            lines.append(f"{name}_count{{{labels}}} {count}")

    def gauge(name, value, labels=""):
        family(name, "gauge", (labels, value))

    def counter(name, value, labels=""):
        family(name, "counter", (labels, value))

    def each(label, words, value, rest=""):
        return [(f'{rest}{label}="{word}"', value) for word in words]

    histogram("claviger_request_duration_seconds", *(f'{demo},operation="{it}"' for it in OPERATIONS))
    counter(
        "claviger_request_errors_total",
        3,
        f'{demo},operation="Decrypt",error="InvalidCiphertextException",retryable="false"',
    )
    counter("claviger_requests_abandoned_total", 0, demo)
    family("claviger_requests_throttled_total", "counter", *each("limit", LIMITS, 0, demo + ","))
    gauge("claviger_requests_in_flight", 1, demo)
    histogram(
        "claviger_stage_duration_seconds",
        *(f'{demo},stage="{it}"' for it in ("policy", "lookup", "crypto", "queue", "audit")),
    )
    counter("claviger_unrouted_errors_total", 1, 'error="InvalidUriPathException"')

    gauge("claviger_key_store_enabled", 1, demo)
    gauge("claviger_key_store_serving", 1, demo)
    gauge("claviger_key_store_absent", 0, demo)
    states = zip(("ACTIVE", "DEGRADED", "UNAVAILABLE"), (1, 0, 0))
    family("claviger_key_managers", "gauge", *((f'{demo},state="{state}"', number) for state, number in states))
    credential = f'{demo},access_key_id="CLAVIGEREXAMPLEKEYID234"'
    gauge("claviger_credential_written_timestamp_seconds", now - 86400, credential)
    gauge("claviger_credential_last_used_timestamp_seconds", now, credential)

    plugin = f'{demo},plugin="software"'
    gauge("claviger_plugin_info", 1, f'{plugin},digest="{DIGEST}",version="0.1.0"')
    results = [(f'{plugin},result="{it}"', count if it == "answered" else 0) for it in RESULTS]
    family("claviger_plugin_calls_total", "counter", *results)
    gauge("claviger_plugin_broken", 0, plugin)
    family("claviger_plugin_instances", "gauge", *each("state", ("idle", "in-use", "starting"), 1, plugin + ","))
    gauge("claviger_plugin_waiting_requests", 0, plugin)
    gauge("claviger_plugin_memory_limit_bytes", 16 << 20, plugin)
    gauge("claviger_plugin_start_seconds", 0.01, plugin)
    counter("claviger_plugin_own_total", count, f'{plugin},name="requests"')
    counter("claviger_plugin_own_dropped_total", 0, plugin)
    histogram("claviger_plugin_own_duration_seconds", f'{plugin},name="round_trip"')
    upstream = f'{demo},upstream="vault"'
    gauge("claviger_upstream_up", 1, 'upstream="vault"')
    results = [(f'{upstream},result="{it}"', count if it == "answered" else 0) for it in UPSTREAM_RESULTS]
    family("claviger_upstream_requests_total", "counter", *results)
    histogram("claviger_upstream_duration_seconds", upstream)
    gauge("claviger_upstream_requests_in_flight", 1, upstream)
    gauge("claviger_upstream_waiting_requests", 0, upstream)
    gauge("claviger_token_up", 1, 'token="primary"')
    gauge("claviger_storage_up", 1, 'storage="main"')

    gauge("claviger_build_info", 1, 'version="0.0.0"')
    gauge("claviger_ready", 1)
    gauge("claviger_certificate_not_after_timestamp_seconds", now + 90 * 86400, 'common_name="xks.example.com"')
    gauge("claviger_configuration_generation", 1)
    gauge("claviger_configuration_taken_up_timestamp_seconds", STARTED)
    gauge("claviger_configuration_last_change_refused", 0)
    counter("claviger_configuration_refused_total", 0)
    gauge("claviger_connections", 3)
    gauge("claviger_connections_limit", 4096)
    counter("claviger_connections_gave_way_total", 0)
    family("claviger_handshake_failures_total", "counter", *each("cause", CAUSES, 0))
    counter("claviger_connections_without_a_byte_total", 0)
    gauge("claviger_clock_difference_seconds", 0)
    counter("claviger_audit_records_total", count)
    gauge("claviger_audit_records_waiting", 0)
    gauge("claviger_audit_bytes_waiting", 0)
    gauge("claviger_audit_failing", 0)
    gauge("claviger_audit_head_failing", 0, 'head="file"')
    counter("claviger_audit_second_lost_total", 0, 'second="syslog"')
    gauge("process_start_time_seconds", STARTED)
    counter("process_cpu_seconds_total", count / 1000)
    gauge("process_resident_memory_bytes", 50 << 20)
    gauge("process_open_fds", 40)
    gauge("process_max_fds", 65536)
    return "\n".join(lines) + "\n"


class Fake:
    """Ten requests of each operation more with every scrape."""

    def __enter__(self):
        counted = iter(range(10, 1 << 30, 10))

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                body = exposition(next(counted)).encode()
                self.send_response(200)
                self.send_header("Content-Type", "text/plain; version=0.0.4")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.address = "127.0.0.1:%d" % self.server.server_address[1]
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()

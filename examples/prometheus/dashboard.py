#!/usr/bin/env python3
"""Writes dashboard.json: `python3 dashboard.py`, after a change here."""

import json
import pathlib

# Of every query: the hosts and key stores that are chosen above the dashboard.
HOST = 'instance=~"$instance"'
STORE = HOST + ', key_store=~"$key_store"'
# For metrics that other programs have too.
JOB = HOST + ', job="claviger"'

# What AWS says, in seconds: XKS proxies are to answer within, and the alarm's threshold.
TIME_LIMIT, SLOW = 0.25, 0.2

DATASOURCE = {"type": "prometheus", "uid": "${datasource}"}


# ---- panels


def query(expr, legend="", instant=False):
    return {"expr": expr, "legend": legend, "instant": instant}


def steps(good, *others):
    """Thresholds: a colour, then (value, colour) in ascending order."""
    rest = [{"color": color, "value": value} for value, color in others]
    return {"mode": "absolute", "steps": [{"color": good, "value": None}, *rest]}


def mapping(**texts):
    """Texts and colours of values: zero=("no", "red")."""
    numbers = {"zero": "0", "one": "1"}
    options = {
        numbers[name]: {"text": text, "color": color, "index": index}
        for index, (name, (text, color)) in enumerate(texts.items())
    }
    return [{"type": "value", "options": options}]


GOOD = mapping(zero=("no", "red"), one=("yes", "green"))
BAD = mapping(zero=("no", "green"), one=("yes", "red"))


def panel(kind, title, description, queries, width, height, defaults, options, overrides=()):
    targets = []
    for ref, asked in zip("ABCDEFGH", queries):
        target = {"refId": ref, "datasource": DATASOURCE, "expr": asked["expr"]}
        if asked["legend"]:
            target["legendFormat"] = asked["legend"]
        if asked["instant"]:
            target["instant"] = True
        else:
            target["range"] = True
        if kind == "table":
            target["format"] = "table"
        targets.append(target)
    return {
        "type": kind,
        "title": title,
        "description": description,
        "datasource": DATASOURCE,
        "gridPos": {"w": width, "h": height, "x": 0, "y": 0},
        "fieldConfig": {"defaults": defaults, "overrides": list(overrides)},
        "options": options,
        "targets": targets,
    }


def stat(title, description, expr, unit, thresholds, decimals=None, width=4):
    defaults = {"unit": unit, "thresholds": thresholds, "color": {"mode": "thresholds"}}
    if decimals is not None:
        defaults["decimals"] = decimals
    options = {
        "colorMode": "value",
        "graphMode": "none",
        "justifyMode": "auto",
        "orientation": "auto",
        "percentChangeColorMode": "standard",
        "reduceOptions": {"calcs": ["lastNotNull"], "fields": "", "values": False},
        "showPercentChange": False,
        "textMode": "auto",
        "wideLayout": True,
    }
    return panel("stat", title, description, [query(expr, instant=True)], width, 4, defaults, options)


def graph(title, description, queries, unit, limits=None, stacked=False, width=8, maximum=None):
    """Lines over time; `limits` are thresholds that are drawn as lines."""
    custom = {
        "drawStyle": "line",
        "lineWidth": 1,
        "fillOpacity": 20 if stacked else 0,
        "showPoints": "auto",
        "stacking": {"group": "A", "mode": "normal" if stacked else "none"},
        "thresholdsStyle": {"mode": "line" if limits else "off"},
    }
    defaults = {"unit": unit, "color": {"mode": "palette-classic-by-name"}, "custom": custom}
    if title != "Clock":
        defaults["min"] = 0
    if maximum is not None:
        defaults["max"] = maximum
    if limits:
        defaults["thresholds"] = steps("transparent", *limits)
    options = {
        "legend": {"calcs": ["lastNotNull", "max"], "displayMode": "table", "placement": "bottom", "showLegend": True},
        "tooltip": {"mode": "multi", "sort": "desc"},
    }
    return panel("timeseries", title, description, queries, width, 8, defaults, options)


def states(title, description, queries, texts, width=8):
    defaults = {"mappings": texts, "color": {"mode": "thresholds"}, "thresholds": steps("text")}
    defaults["custom"] = {"fillOpacity": 80, "lineWidth": 0}
    options = {
        "legend": {"calcs": [], "displayMode": "list", "placement": "bottom", "showLegend": False},
        "tooltip": {"mode": "single", "sort": "none"},
        "mergeValues": True,
        "rowHeight": 0.8,
        "showValue": "auto",
    }
    return panel("state-timeline", title, description, queries, width, 8, defaults, options)


def table(title, description, labels, columns, width):
    """A row for each combination of `labels`, which come first. `columns` are (name,
    expression, field properties); without properties a column only contributes its
    labels."""
    queries = [query(expr, instant=True) for _, expr, _ in columns]
    order = {name: index for index, name in enumerate(labels)}
    renamed, hidden, overrides = {}, {"Time": True}, []
    for ref, (name, _, properties) in zip("ABCDEFGH", columns):
        value = f"Value #{ref}" if len(columns) > 1 else "Value"
        if properties is None:
            hidden[value] = True
            continue
        renamed[value] = name
        order[value] = len(order)
        overrides.append(
            {
                "matcher": {"id": "byName", "options": name},
                "properties": [{"id": key, "value": it} for key, it in properties.items()],
            }
        )
    options = {"cellHeight": "sm", "frameIndex": 0, "showHeader": True}
    defaults = {"custom": {"align": "auto", "filterable": True, "cellOptions": {"type": "auto"}}}
    made = panel("table", title, description, queries, width, 8, defaults, options, overrides)
    made["transformations"] = [
        {"id": "merge", "options": {}},
        {
            "id": "organize",
            "options": {"excludeByName": hidden, "indexByName": order, "renameByName": renamed},
        },
    ]
    return made


def coloured(texts):
    return {"mappings": texts, "custom.cellOptions": {"type": "color-text"}}


def by(labels, expr):
    return f"sum by ({labels}) ({expr})"


def each(labels, metric, selector=STORE):
    """Without the metric's name, by which Grafana would tell rows apart."""
    return f"max by ({labels}) ({metric}{{{selector}}})"


def rate(metric, labels=STORE, window="$__rate_interval"):
    return f"rate({metric}{{{labels}}}[{window}])"


def a_minute(metric, labels=STORE):
    return f"60 * {rate(metric, labels)}"


def quantile(share, labels, metric, more=""):
    buckets = by(f"{labels}, le".lstrip(", "), rate(metric + "_bucket", STORE + more))
    return f"histogram_quantile({share}, {buckets})"


def mean(labels, metric):
    return f"{by(labels, rate(metric + '_sum'))} / {by(labels, rate(metric + '_count'))}"


DURATION = "claviger_request_duration_seconds"
STAGE = "claviger_stage_duration_seconds"
LATENCY_LINES = [(SLOW, "orange"), (TIME_LIMIT, "red")]

ROWS = [
    (
        "Overview",
        [
            stat(
                "Hosts ready",
                "The share of the chosen hosts that can be scraped and are ready. Load balancers send the others nothing.",
                f'(sum(claviger_ready{{{HOST}}}) or vector(0)) / count(up{{job="claviger", {HOST}}})',
                "percentunit",
                steps("red", (0.01, "orange"), (1, "green")),
            ),
            stat(
                "Requests",
                "Answers a second, errors included.",
                f"sum({rate(DURATION + '_count')})",
                "reqps",
                steps("text"),
            ),
            stat(
                "Retryable errors",
                "In the last minute. AWS recommends an alarm above 5.",
                f'sum(claviger:request_errors:increase1m{{{STORE}, retryable="true"}}) or vector(0)',
                "short",
                steps("green", (1, "orange"), (6, "red")),
                0,
            ),
            stat(
                "Non-retryable errors",
                "In the last minute. AWS recommends an alarm above 5.",
                f'sum(claviger:request_errors:increase1m{{{STORE}, retryable="false"}}) or vector(0)',
                "short",
                steps("green", (1, "orange"), (6, "red")),
                0,
            ),
            stat(
                "Latency, one in a hundred",
                "One request in a hundred took so long or longer, within five minutes. AWS KMS waits for 250 ms, the network included.",
                f"histogram_quantile(0.99, sum by (le) ({rate(DURATION + '_bucket', window='5m')}))",
                "s",
                steps("green", (SLOW, "orange"), (TIME_LIMIT, "red")),
            ),
            stat(
                "Certificate expires in",
                "The first certificate of the chosen hosts to expire. AWS recommends an alarm below 10 days.",
                f"min(claviger_certificate_not_after_timestamp_seconds{{{HOST}}}) - time()",
                "s",
                steps("red", (2 * 86400, "orange"), (10 * 86400, "green")),
                0,
            ),
            table(
                "Alerts that fire",
                "Of rules.yml. The README beside it says what to do first.",
                ["severity", "alertname", "instance", "key_store"],
                [
                    (
                        "firing",
                        'count by (severity, alertname, instance, key_store) (ALERTS{alertname=~"Claviger.+", alertstate="firing"})',
                        None,
                    )
                ],
                24,
            ),
        ],
    ),
    (
        "Requests and errors",
        [
            graph(
                "Requests",
                "Answers a second, errors included, of all chosen hosts.",
                [query(by("key_store, operation", rate(DURATION + "_count")), "{{key_store}} {{operation}}")],
                "reqps",
            ),
            graph(
                "Latency, on average",
                "From the head of a request to its answer. AWS recommends an alarm above 200 ms; AWS KMS waits for 250 ms, the network included.",
                [query(mean("key_store, operation", DURATION), "{{key_store}} {{operation}}")],
                "s",
                LATENCY_LINES,
            ),
            graph(
                "Latency, one in a hundred, by host",
                "Is one host slower than the others?",
                [query(quantile(0.99, "instance", DURATION), "{{instance}}")],
                "s",
                LATENCY_LINES,
            ),
            graph(
                "Errors a minute, by name",
                "What rules.yml counted. AWS recommends an alarm above 5 a minute, of retryable and of non-retryable ones.",
                [
                    query(
                        by("key_store, error, retryable", f"claviger:request_errors:increase1m{{{STORE}}}"),
                        "{{key_store}} {{error}}, retryable: {{retryable}}",
                    )
                ],
                "short",
                [(5, "red")],
            ),
            graph(
                "Refused by a limit, a minute",
                "The limits are settings of claviger.toml; audit and bodies are the host's own.",
                [query(by("key_store, limit", a_minute("claviger_requests_throttled_total")), "{{key_store}} {{limit}}")],
                "short",
            ),
            graph(
                "Given up by AWS KMS, a minute",
                "Requests whose connection ended before the answer. CloudWatch counts them as timeouts.",
                [query(by("key_store", a_minute("claviger_requests_abandoned_total")), "{{key_store}}")],
                "short",
                [(5, "red")],
            ),
            graph(
                "Requests in flight",
                "By host and key store, health checks not included.",
                [query(f"claviger_requests_in_flight{{{STORE}}}", "{{instance}} {{key_store}}")],
                "short",
            ),
            graph(
                "Refused before a key store was found, a minute",
                "Strangers who scan, or a URI path that is not the one AWS KMS has.",
                [query(by("instance, error", a_minute("claviger_unrouted_errors_total", HOST)), "{{instance}} {{error}}")],
                "short",
            ),
            graph(
                "Clock",
                "How far the last caller's clock was behind the host's. Beyond 300 s every request is refused.",
                [query(f"claviger_clock_difference_seconds{{{HOST}}}", "{{instance}}")],
                "s",
                [(-300, "red"), (-60, "orange"), (60, "orange"), (300, "red")],
            ),
        ],
    ),
    (
        "Stages",
        [
            graph(
                "Time in a stage, on average",
                "policy, lookup and crypto follow one another; queue is within them; audit is the wait for the record.",
                [query(mean("key_store, stage", STAGE), "{{key_store}} {{stage}}")],
                "s",
                width=12,
            ),
            graph(
                "Time in a stage, one in a hundred",
                "The stage that rises with the latency is where the time goes.",
                [query(quantile(0.99, "key_store, stage", STAGE), "{{key_store}} {{stage}}")],
                "s",
                LATENCY_LINES,
                width=12,
            ),
        ],
    ),
    (
        "Key stores, key managers, credentials",
        [
            table(
                "Key stores",
                "Each host has switches, and a way to the key managers, of its own.",
                ["key_store", "instance"],
                [
                    ("absent", each("key_store, instance", "claviger_key_store_absent"), coloured(BAD)),
                    ("switched on", each("key_store, instance", "claviger_key_store_enabled"), coloured(GOOD)),
                    ("serves", each("key_store, instance", "claviger_key_store_serving"), coloured(GOOD)),
                ],
                8,
            ),
            graph(
                "Key managers by state",
                "As the last health check found them.",
                [query(f"claviger_key_managers{{{STORE}}}", "{{instance}} {{key_store}} {{state}}")],
                "short",
            ),
            table(
                "Credentials",
                "One that nobody uses any more is to be removed. A secret in an environment variable has no age.",
                ["key_store", "access_key_id"],
                [
                    (
                        "age",
                        f"time() - min by (key_store, access_key_id) (claviger_credential_written_timestamp_seconds{{{STORE}}})",
                        {"unit": "s", "decimals": 0},
                    ),
                    (
                        "last used",
                        "1000 * " + each("key_store, access_key_id", "claviger_credential_last_used_timestamp_seconds"),
                        {
                            "unit": "dateTimeFromNow",
                            "mappings": [{"type": "value", "options": {"0": {"text": "not since the start", "index": 0}}}],
                        },
                    ),
                ],
                8,
            ),
        ],
    ),
    (
        "Plugins",
        [
            graph(
                "Calls",
                "Calls with an answer, a second.",
                [
                    query(
                        by("key_store, plugin", rate("claviger_plugin_calls_total", STORE + ', result="answered"')),
                        "{{key_store}} {{plugin}}",
                    )
                ],
                "cps",
            ),
            graph(
                "Calls that failed, a minute",
                "deadline: too slow; busy: no instance was free; broken: not asked any more; the others are bugs.",
                [
                    query(
                        by("key_store, plugin, result", a_minute("claviger_plugin_calls_total", STORE + ', result!="answered"')),
                        "{{key_store}} {{plugin}} {{result}}",
                    )
                ],
                "short",
            ),
            graph(
                "Instances",
                "On all chosen hosts. When all are in use, requests wait.",
                [query(by("key_store, plugin, state", f"claviger_plugin_instances{{{STORE}}}"), "{{key_store}} {{plugin}} {{state}}")],
                "short",
                stacked=True,
            ),
            graph(
                "Requests that wait for an instance",
                "If calls did not become slower, more instances help.",
                [query(f"claviger_plugin_waiting_requests{{{STORE}}}", "{{instance}} {{key_store}} {{plugin}}")],
                "short",
            ),
            table(
                "Components",
                "Which host runs which component of a plugin, and what it takes.",
                ["plugin", "key_store", "instance", "digest"],
                [
                    ("digest", each("plugin, key_store, instance, digest", "claviger_plugin_info"), None),
                    ("broken", each("plugin, key_store, instance", "claviger_plugin_broken"), coloured(BAD)),
                    ("memory", each("plugin, key_store, instance", "claviger_plugin_memory_limit_bytes"), {"unit": "bytes"}),
                    ("start", each("plugin, key_store, instance", "claviger_plugin_start_seconds"), {"unit": "s"}),
                ],
                16,
            ),
        ],
    ),
    (
        "Upstreams, tokens, storages",
        [
            states("Upstreams that answer", "By host: one of its addresses.", [query(f"claviger_upstream_up{{{HOST}}}", "{{instance}} {{upstream}}")], GOOD),
            graph(
                "Requests to upstreams",
                "A second, by what came of them.",
                [query(by("upstream, result", rate("claviger_upstream_requests_total")), "{{upstream}} {{result}}")],
                "reqps",
            ),
            graph(
                "Time of upstreams",
                "From a request to its answer, the wait for a connection included: half of them and all but one in a hundred.",
                [
                    query(quantile(0.5, "upstream", "claviger_upstream_duration_seconds"), "p50 {{upstream}}"),
                    query(quantile(0.99, "upstream", "claviger_upstream_duration_seconds"), "p99 {{upstream}}"),
                ],
                "s",
                LATENCY_LINES,
            ),
            states("Tokens that answer", "By host.", [query(f"claviger_token_up{{{HOST}}}", "{{instance}} {{token}}")], GOOD, 12),
            states("Storages that are open", "By host.", [query(f"claviger_storage_up{{{HOST}}}", "{{instance}} {{storage}}")], GOOD, 12),
        ],
    ),
    (
        "Hosts: audit, connections, configuration",
        [
            states("Ready", "What /readyz says; no bar: not scraped.", [query(f"claviger_ready{{{HOST}}}", "{{instance}}")], GOOD),
            graph(
                "Audit records",
                "Written, a second.",
                [query(rate("claviger_audit_records_total", HOST), "{{instance}}")],
                "wps",
            ),
            graph(
                "Audit records that are not written yet",
                "From 4 MiB on refusals of strangers are not recorded, from 16 MiB on every request is refused.",
                [query(f"claviger_audit_bytes_waiting{{{HOST}}}", "{{instance}}")],
                "bytes",
                [(3 << 20, "orange"), (16 << 20, "red")],
            ),
            states(
                "The audit log fails",
                "The log itself, and the heads that leave the machine.",
                [
                    query(f"claviger_audit_failing{{{HOST}}}", "{{instance}} log"),
                    query(f"claviger_audit_head_failing{{{HOST}}}", "{{instance}} {{head}}"),
                ],
                BAD,
            ),
            graph(
                "Audit records that a second sink lost, a minute",
                "The file has them all.",
                [query(a_minute("claviger_audit_second_lost_total", HOST), "{{instance}} {{second}}")],
                "short",
            ),
            graph(
                "Connections",
                "Of those that a host may have.",
                [query(f"claviger_connections{{{HOST}}} / claviger_connections_limit{{{HOST}}}", "{{instance}}")],
                "percentunit",
                [(0.8, "orange"), (1, "red")],
                maximum=1,
            ),
            graph(
                "Connections that came to nothing, a minute",
                "Load balancers close connections without a byte to see whether somebody listens; gave way: others wanted the seat.",
                [
                    query(a_minute("claviger_handshake_failures_total", HOST), "{{instance}} {{cause}}"),
                    query(a_minute("claviger_connections_without_a_byte_total", HOST), "{{instance}} without a byte"),
                    query(a_minute("claviger_connections_gave_way_total", HOST), "{{instance}} gave way"),
                ],
                "short",
            ),
            graph(
                "Processor",
                "Cores in use.",
                [query(rate("process_cpu_seconds_total", JOB), "{{instance}}")],
                "short",
            ),
            graph(
                "Memory",
                "Resident.",
                [query(f"process_resident_memory_bytes{{{JOB}}}", "{{instance}}")],
                "bytes",
            ),
            graph(
                "Open files",
                "Of those that the process may open.",
                [query(f"process_open_fds{{{JOB}}} / process_max_fds{{{JOB}}}", "{{instance}}")],
                "percentunit",
                [(0.8, "orange")],
                maximum=1,
            ),
            table(
                "Configuration",
                "Which version and configuration each host serves, and since when.",
                ["instance", "version"],
                [
                    ("version", each("instance, version", "claviger_build_info", HOST), None),
                    ("started", "1000 * " + each("instance", "process_start_time_seconds", JOB), {"unit": "dateTimeFromNow"}),
                    ("generation", each("instance", "claviger_configuration_generation", HOST), {}),
                    (
                        "taken up",
                        "1000 * " + each("instance", "claviger_configuration_taken_up_timestamp_seconds", HOST),
                        {"unit": "dateTimeFromNow"},
                    ),
                    ("last change refused", each("instance", "claviger_configuration_last_change_refused", HOST), coloured(BAD)),
                    ("refused so far", each("instance", "claviger_configuration_refused_total", HOST), {}),
                ],
                16,
            ),
        ],
    ),
]


# ---- the dashboard


def placed(rows):
    """The panels from left to right, line by line, below the titles of their rows."""
    panels, y = [], 0
    for title, members in rows:
        panels.append(
            {"type": "row", "title": title, "collapsed": False, "panels": [], "gridPos": {"w": 24, "h": 1, "x": 0, "y": y}}
        )
        y += 1
        x = height = 0
        for member in members:
            position = member["gridPos"]
            if x + position["w"] > 24:
                x, y, height = 0, y + height, 0
            position["x"], position["y"] = x, y
            x, height = x + position["w"], max(height, position["h"])
            panels.append(member)
        y += height
    for number, made in enumerate(panels, 1):
        made["id"] = number
    return panels


def chosen(name, label, asked):
    return {
        "type": "query",
        "name": name,
        "label": label,
        "datasource": DATASOURCE,
        "query": {"query": asked, "refId": name},
        "refresh": 2,
        "sort": 1,
        "multi": True,
        "includeAll": True,
        "allValue": ".*",
        "current": {"text": ["All"], "value": ["$__all"]},
    }


def dashboard():
    return {
        "uid": "claviger",
        "title": "Claviger",
        "description": "Hosts of Claviger, an AWS KMS External Key Store proxy.",
        "tags": ["claviger", "aws-kms"],
        "schemaVersion": 42,
        "version": 1,
        "editable": True,
        "graphTooltip": 1,
        "refresh": "30s",
        "time": {"from": "now-3h", "to": "now"},
        "timezone": "browser",
        "templating": {
            "list": [
                {
                    "type": "datasource",
                    "name": "datasource",
                    "label": "Prometheus",
                    "query": "prometheus",
                    "refresh": 1,
                    "current": {"text": "", "value": ""},
                },
                chosen("instance", "Host", 'label_values(up{job="claviger"}, instance)'),
                # The one metric that a key store has while it is absent, too.
                chosen("key_store", "Key store", 'label_values(claviger_key_store_absent{instance=~"$instance"}, key_store)'),
            ]
        },
        "panels": placed(ROWS),
    }


def text():
    return json.dumps(dashboard(), indent=2) + "\n"


if __name__ == "__main__":
    pathlib.Path(__file__).with_name("dashboard.json").write_text(text())

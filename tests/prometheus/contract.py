"""What docs/metrics.md says, and where an exposition does otherwise."""

import pathlib
import re

# Labels whose values are words of the page.
CLOSED = {"operation", "retryable", "limit", "stage", "state", "result", "cause", "head", "second"}
# What a row says when not every word is there from the start.
NOT_ALL = ("only those that happened", "those that are configured")
# The host's way to tell Prometheus the parts of a histogram.
PARTS = ("_bucket", "_sum", "_count")
# Bounds without which a panel or an alert would guess.
BOUNDS = {"0.1", "0.2", "0.25"}


class Metric:
    def __init__(self, name, type, labels, meaning, words):
        self.name, self.type, self.labels, self.meaning = name, type, labels, meaning
        # The values of its closed label, where all of them are there from the start.
        self.closed = next((label for label in labels if label in CLOSED), None)
        self.words = words
        self.complete = self.closed and not any(said in meaning for said in NOT_ALL)


def read(repository):
    """The metrics of the page by name."""
    page = (pathlib.Path(repository) / "docs/metrics.md").read_text()
    explained = {}
    for name, words in re.findall(r"^`(\w+)` is (.*)\.$", page, re.MULTILINE):
        explained[name] = set(re.findall(r"`([^`]+)`", words))
    metrics = {}
    for line in page.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if len(cells) != 4 or not line.startswith("| `"):
            continue
        (name,) = re.findall(r"^`(\w+)`$", cells[0])
        labels = re.findall(r"`(\w+)`", cells[2])
        words = set(re.findall(r"`([^`]+)`", cells[3]))
        for label in labels:
            words |= explained.get(label, set())
        metrics[name] = Metric(name, cells[1], labels, cells[3], words)
    if len(metrics) < 40:
        raise SystemExit(f"docs/metrics.md: {len(metrics)} metrics only; was its form changed?")
    return metrics


def base(name, metrics):
    """The metric that a series belongs to, or None."""
    if name in metrics:
        return metrics[name]
    for part in PARTS:
        whole = metrics.get(name.removesuffix(part))
        if name.endswith(part) and whole and whole.type == "histogram":
            return whole
    return None


def faults(exposition, metrics, absent):
    """Where what was scraped is not what the page says. `absent` are the metrics that
    this host cannot have."""
    found, seen = [], {}
    for name, labels, _ in exposition.samples:
        metric = base(name, metrics)
        if metric is None:
            found.append(f"{name} is not in docs/metrics.md")
            continue
        seen.setdefault(metric.name, []).append((name, labels))
        expected = set(metric.labels) | ({"le"} if name.endswith("_bucket") else set())
        if set(labels) != expected:
            found.append(f"{name} has the labels {sorted(labels)}, not {sorted(expected)}")
        elif metric.closed and labels[metric.closed] not in metric.words:
            found.append(f'{name}: docs/metrics.md has no {metric.closed} "{labels[metric.closed]}"')
    for name, metric in metrics.items():
        if name in absent:
            if name in seen:
                found.append(f"{name} is there, though the test says that it cannot be: {absent[name]}")
        elif name not in seen:
            found.append(f"{name} is missing")
        elif exposition.types.get(name) != metric.type:
            found.append(f"{name} is a {exposition.types.get(name)}, not a {metric.type}")
        else:
            found += incomplete(metric, seen[name]) + unbounded(metric, seen[name])
    return sorted(set(found))


def incomplete(metric, series):
    """Words of a closed label that are not there from the start."""
    if not metric.complete:
        return []
    there = {}
    for _, labels in series:
        rest = tuple(sorted((key, value) for key, value in labels.items() if key not in (metric.closed, "le")))
        there.setdefault(rest, set()).add(labels.get(metric.closed))
    return [
        f"{metric.name}{dict(rest)}: no series for the {metric.closed} {sorted(map(str, metric.words - words))}"
        for rest, words in there.items()
        if metric.words - words
    ]


def unbounded(metric, series):
    if metric.name != "claviger_request_duration_seconds":
        return []
    bounds = {labels["le"] for name, labels in series if name.endswith("_bucket")}
    return [f"{metric.name} has no bound {bound}" for bound in sorted(BOUNDS - bounds)]

"""A real Prometheus on loopback."""

import json
import pathlib
import shutil
import subprocess
import urllib.parse

from bounded import Failed, free_port, get, stop, until

CONFIGURATION = """
global: {scrape_interval: 1s, evaluation_interval: 1s}
rule_files: [rules.yml]
scrape_configs:
  - job_name: claviger
    static_configs: [{targets: ["%s"]}]
"""


class Prometheus:
    """Scrapes `address` each second, with the rules of `rules`."""

    def __init__(self, binary, folder, rules, address):
        self.binary, self.folder = binary, pathlib.Path(folder) / "prometheus"
        self.rules, self.address = rules, address

    def __enter__(self):
        self.folder.mkdir()
        shutil.copy(self.rules, self.folder / "rules.yml")
        (self.folder / "prometheus.yml").write_text(CONFIGURATION % self.address)
        listen = f"127.0.0.1:{free_port()}"
        self.url = f"http://{listen}/api/v1/"
        self.log = open(self.folder / "log", "wb")
        started = [self.binary, f"--config.file={self.folder}/prometheus.yml", f"--storage.tsdb.path={self.folder}/data"]
        started += [f"--web.listen-address={listen}", "--log.level=warn"]
        self.process = subprocess.Popen(started, stdout=self.log, stderr=self.log)
        try:
            until("Prometheus is ready", 20, lambda: get(f"http://{listen}/-/ready", missing=True))
        except Failed as failed:
            self.__exit__()
            raise Failed(f"{failed}\n{(self.folder / 'log').read_text()}") from failed
        return self

    def __exit__(self, *_):
        stop(self.process)
        self.log.close()

    def ask(self, path, **parameters):
        return json.loads(get(f"{self.url}{path}?{urllib.parse.urlencode(parameters)}"))["data"]

    def query(self, expr):
        """The series: labels and value."""
        try:
            data = self.ask("query", query=expr)
        except Failed as failed:
            raise Failed(f"{expr}\n{failed}") from failed
        if data["resultType"] == "scalar":
            return [({}, float(data["result"][1]))]
        return [(series["metric"], float(series["value"][1])) for series in data["result"]]

    def number(self, expr):
        """The value of the only series; 0 where there is none."""
        return sum(value for _, value in self.query(expr))

    def rules_in_force(self):
        groups = self.ask("rules")["groups"]
        return [rule for group in groups for rule in group["rules"]]

    def alerts(self):
        """Those that fire, and those that will if it goes on."""
        return self.ask("alerts")["alerts"]

    def wait_for_scrapes(self, number):
        """Counted by a metric of the host, which `up` is not."""
        try:
            until(f"{number} scrapes", 20, lambda: self.number("count_over_time(claviger_build_info[1m])") >= number)
        except Failed as failed:
            errors = [target["lastError"] or "no error" for target in self.ask("targets")["activeTargets"]]
            raise Failed(f"{failed}; the scrapes say: {errors}") from failed

    def wait_for_rules(self):
        """Until each group of rules is evaluated once more."""
        before = [group["lastEvaluation"] for group in self.ask("rules")["groups"]]

        def evaluated():
            groups = self.ask("rules")["groups"]
            again = [group["lastEvaluation"] for group in groups]
            known = all(rule["health"] != "unknown" for group in groups for rule in group["rules"])
            return known and len(again) == len(before) and not set(again) & set(before)

        until("the rules are evaluated", 20, evaluated)

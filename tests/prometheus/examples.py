"""Checks of examples/prometheus that need no host."""

import importlib.util
import json
import re
import shutil
import subprocess


def command(*arguments, stdin=None):
    """The output of a command that has to succeed, or what it complained of."""
    ran = subprocess.run(list(map(str, arguments)), input=stdin, capture_output=True, text=True)
    return ran.returncode == 0, ran.stdout + ran.stderr


def promtool_accepts(promtool, folder):
    checks = [("check", "config", "prometheus.yml"), ("check", "rules", "rules.yml"), ("test", "rules", "rules_test.yml")]
    for *words, file in checks:
        accepted, output = command(promtool, *words, folder / file)
        if not accepted:
            yield f"promtool {' '.join(words)} {file}:\n{output}"


def yaml(schema, file):
    """A YAML file, read by the npm package."""
    program = 'console.log(JSON.stringify(require("yaml").parse(require("fs").readFileSync(process.argv[1], "utf8"))))'
    ran = subprocess.run(["node", "-e", program, str(file)], cwd=schema, capture_output=True, text=True, check=True)
    return json.loads(ran.stdout)


def alerts_are_tested(schema, folder):
    """Each alert fires in one case and does not in another, and what its texts name is
    there when it fires."""
    rules = [rule for group in yaml(schema, folder / "rules.yml")["groups"] for rule in group["rules"]]
    cases = {}
    for test in yaml(schema, folder / "rules_test.yml")["tests"]:
        for asked in test["promql_expr_test"]:
            alert = re.match(r'ALERTS\{alertname="(\w+)"', asked["expr"])
            if alert:
                cases.setdefault(alert[1], []).append([it["labels"] for it in asked.get("exp_samples") or []])
    for rule in rules:
        name = rule.get("alert")
        if not name:
            continue
        firing = [labels for case in cases.get(name, []) for labels in case]
        if not firing:
            yield f"{name}: rules_test.yml has no case in which it fires"
        if all(cases.get(name, [])):
            yield f"{name}: rules_test.yml has no case in which it does not fire"
        for label in set(re.findall(r"\$labels\.(\w+)", json.dumps(rule["annotations"]))):
            if not all(f"{label}=" in labels for labels in firing):
                yield f"{name}: a text names the label {label}, which it does not have when it fires"
        if set(rule["annotations"]) != {"summary", "description"} or set(rule["labels"]) != {"severity"}:
            yield f"{name}: has not exactly a severity, a summary and a description"


def readme_names_each_alert(schema, folder):
    rules = [rule for group in yaml(schema, folder / "rules.yml")["groups"] for rule in group["rules"]]
    alerts = [(rule["alert"], rule["labels"]["severity"]) for rule in rules if "alert" in rule]
    rows = re.findall(r"^\| `(Claviger\w+)` \| (\w+) \|", (folder / "README.md").read_text(), re.MULTILINE)
    if rows != alerts:
        odd = set(rows) ^ set(alerts)
        yield f"README.md: its table is not the list of alerts of rules.yml, in their order: {sorted(odd)}"


def dashboard_is_made_by_its_script(folder):
    spec = importlib.util.spec_from_file_location("dashboard", folder / "dashboard.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    if (folder / "dashboard.json").read_text() != module.text():
        yield "dashboard.json is not what dashboard.py makes: run it"


def dashboard_is_of_grafanas_types(schema, sources, folder, temporary):
    """Compiles the dashboard as a value of Grafana's types, and beside it a file of
    mistakes that the types have to find."""
    project = temporary / "schema"
    project.mkdir()
    for file in sources.glob("*.ts"):
        shutil.copy(file, project)
    shutil.copy(sources / "tsconfig.json", project)
    (project / "node_modules").symlink_to(schema / "node_modules")
    dashboard = (folder / "dashboard.json").read_text()
    text = f'import type {{ Dashboard }} from "./types";\nexport const dashboard: Dashboard = {dashboard};\n'
    (project / "dashboard.ts").write_text(text)
    accepted, output = command(schema / "node_modules/.bin/tsc", "--project", project)
    if not accepted:
        yield f"Grafana's types do not accept the dashboard:\n{output}"


def panels(folder):
    return [panel for panel in json.loads((folder / "dashboard.json").read_text())["panels"] if panel["type"] != "row"]

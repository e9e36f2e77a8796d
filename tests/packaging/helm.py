"""examples/helm, rendered by a real Helm: linted, held against the schemas of Kubernetes,
and against what the host and AWS KMS want of it.
"""

import re
import subprocess

import yaml
from bounded import Failed

# Refused by values.schema.json, with what Helm says.
BAD_VALUES = [
    ({"replicas": 0}, "/replicas"),
    ({"lameDuckSeconds": 5}, "/lameDuckSeconds"),
    ({"config": "[server]\nlisten = \"0.0.0.0:1\"\n"}, "/config"),
    ({"server": "lame_duck_seconds = 1\n"}, "/server"),
    ({"replica": 3}, "replica"),
    ({"image": {"digest": "latest"}}, "/image/digest"),
]
# The Kubernetes version that the schemas are of.
KUBERNETES = "1.37"


class Chart:
    def __init__(self, repository, tools):
        self.folder, self.tools = repository / "examples/helm/claviger", tools

    def helm(self, *arguments):
        return subprocess.run([self.tools / "bin/helm", *arguments], capture_output=True, text=True, timeout=60)

    def rendered(self, values, *more):
        """The manifests, by kind and name."""
        ran = self.helm("template", "xks", self.folder, "--namespace", "keys", "--values", values, *more)
        if ran.returncode != 0:
            raise Failed(f"helm template: {ran.stderr}")
        manifests = [one for one in yaml.safe_load_all(ran.stdout) if one]
        return {(one["kind"], one["metadata"]["name"]): one for one in manifests}, ran.stdout

    def check(self, folder):
        """Returns how many sets of values were rendered."""
        sets = sorted((self.folder / "ci").glob("*.yaml"))
        for values in sets:
            linted = self.helm("lint", "--strict", self.folder, "--values", values)
            if linted.returncode != 0:
                raise Failed(f"helm lint: {linted.stdout}{linted.stderr}")
            manifests, text = self.rendered(values)
            file = folder / values.name
            file.write_text(text)
            validate = [self.tools / "venv/bin/kubernetes-validate", "--strict", "-k", KUBERNETES, file]
            valid = subprocess.run(validate, capture_output=True, text=True, timeout=60)
            if valid.returncode != 0 or valid.stdout.count("passed") + valid.stderr.count("passed") != len(manifests):
                raise Failed(f"{values.name}: {valid.stdout}{valid.stderr}")
            judge(manifests)
        for bad, where in BAD_VALUES:
            file = folder / "bad.yaml"
            file.write_text(yaml.safe_dump(bad))
            refused = self.helm("template", "xks", self.folder, "--values", sets[0], "--values", file)
            if refused.returncode == 0 or where not in refused.stderr:
                raise Failed(f"values.schema.json takes {bad}: {refused.stderr}")
        return len(sets)


def judge(manifests):
    """What no schema says."""
    (hosts,) = [it for (kind, _), it in manifests.items() if kind == "StatefulSet"]
    (config,) = [it for (kind, _), it in manifests.items() if kind == "ConfigMap"]
    toml = config["data"]["claviger.toml"]
    pod = hosts["spec"]["template"]["spec"]
    (container,) = pod["containers"]
    faults = []

    def must(holds, fault):
        if not holds:
            faults.append(fault)

    lame_duck = int(re.search(r"^lame_duck_seconds = (\d+)$", toml, re.M)[1])
    must(pod["terminationGracePeriodSeconds"] >= lame_duck + 20, "pods are killed before they have drained")
    readiness = container["readinessProbe"]
    notices = readiness["periodSeconds"] * readiness["failureThreshold"]
    must(notices + 10 <= lame_duck, f"Kubernetes notices after {notices} s, the lame duck lasts {lame_duck} s")
    ports = {port["name"]: port["containerPort"] for port in container["ports"]}
    for name, setting in [("https", "listen"), ("probes", "probe_listen")]:
        must(f'\n{setting} = "0.0.0.0:{ports[name]}"' in toml, f"the port {name} is not {setting}")
    paths = [container[f"{it}Probe"]["httpGet"]["path"] for it in ("startup", "liveness", "readiness")]
    must(paths == ["/healthz", "/healthz", "/readyz"], f"probes ask {paths}")
    must(pod["securityContext"]["runAsNonRoot"] and not pod["automountServiceAccountToken"], "pods have rights")
    inside = container["securityContext"]
    must(inside["readOnlyRootFilesystem"] and not inside["allowPrivilegeEscalation"], "containers have rights")
    must(inside["capabilities"] == {"drop": ["ALL"]}, "containers have capabilities")
    volumes = {volume["name"]: volume for volume in pod["volumes"]}
    secret = [volume["secret"] for volume in volumes.values() if "secret" in volume]
    must(all(it["defaultMode"] == 0o440 for it in secret), "the host refuses secrets of such a mode")
    mounts = {mount["name"]: mount["mountPath"] for mount in container["volumeMounts"]}
    must(not any("subPath" in mount for mount in container["volumeMounts"]), "subPath is never updated")
    must(mounts.keys() == volumes.keys() | {"state"}, "a volume is not mounted, or a mount has no volume")
    for path in re.findall(r'(?<!uri_path_prefix = )"(/[^"]+)"', toml):
        inside = path.startswith(("/etc/claviger/", "/var/lib/claviger/", "/run/claviger/", "/v1/"))
        must(inside, f"{path} is in no volume")
    labels = hosts["spec"]["template"]["metadata"]["labels"]
    selectors = [hosts["spec"]["selector"]["matchLabels"]]
    for (kind, _), manifest in manifests.items():
        if kind == "Service":
            selectors.append(manifest["spec"]["selector"])
        elif kind == "PodDisruptionBudget":
            selectors.append(manifest["spec"]["selector"]["matchLabels"])
        elif kind == "NetworkPolicy":
            selectors.append(manifest["spec"]["podSelector"]["matchLabels"])
    selectors += [it["labelSelector"]["matchLabels"] for it in pod["topologySpreadConstraints"]]
    must(len(selectors) == 7, f"{len(selectors)} selectors")
    # One with a version would leave the hosts of the other version out during an upgrade.
    lasting = {f"app.kubernetes.io/{it}": labels[f"app.kubernetes.io/{it}"] for it in ("name", "instance")}
    must(all(selector == lasting for selector in selectors), "a selector does not select the hosts of every version")
    if faults:
        raise Failed("\n".join(faults))

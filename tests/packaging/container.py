"""The image, built by the recipe, and a pod of the chart that runs in it: volumes as the
kubelet lays them out, the same user, rights and read-only root, in a network of its own.
"""

import os
import pathlib
import shutil
import subprocess

from bounded import Failed

HERE = pathlib.Path(__file__).resolve().parent
USER = 65532
# What a shell, or a program that is one, is called.
SHELLS = {"sh", "bash", "dash", "ash", "busybox", "perl", "python3", "apt", "dpkg"}


class Images:
    def __init__(self, tools):
        self.store = ["--root", tools / "containers", "--runroot", tools / "containers.run", "--storage-driver", "overlay"]

    def buildah(self, *arguments):
        ran = subprocess.run(["buildah", *self.store, *arguments], capture_output=True, text=True, timeout=300)
        if ran.returncode != 0:
            raise Failed(f"buildah {arguments[0]}: {ran.stdout[-3000:]}{ran.stderr[-3000:]}")
        return ran.stdout.strip()

    def build(self, repository, binary, folder, libraries=""):
        """The image's name. The packages are a layer that is kept."""
        context = folder / "context"
        context.mkdir(exist_ok=True)
        shutil.copy(binary, context / "claviger")
        recipe = repository / "examples/container/Containerfile"
        name = f"localhost/claviger:packaging-test{'-softhsm' if libraries else ''}"
        # The base is the one of tests/packaging/install: no registry is asked.
        base = ["--isolation", "chroot", "--pull-never", "--layers"]
        argument = ["--build-arg", f"LIBRARIES={libraries}"]
        self.buildah("build", *base, *argument, "--file", recipe, "--tag", name, context)
        return name

    def remove(self, *names):
        """Images that hold a program; the layers of packages stay."""
        self.buildah("rmi", "--force", *names)

    def look(self, name, loaded="/usr/bin/claviger"):
        """Nothing is in the image that does not have to be, and all that has to be."""
        container = self.buildah("from", "--pull-never", name)
        try:
            root = pathlib.Path(self.buildah("mount", container))
            files = [pathlib.Path(base) / it for base, _, names in os.walk(root) for it in names]
            shells = [file for file in files if file.name in SHELLS and os.access(file, os.X_OK)]
            if shells:
                raise Failed(f"the image has {shells}")
            risen = [file for file in files if not file.is_symlink() and file.stat().st_mode & 0o6000]
            if risen:
                raise Failed(f"setuid in the image: {risen}")
            needed = subprocess.run(
                ["chroot", root, "/lib64/ld-linux-x86-64.so.2", "--list", loaded], capture_output=True, text=True
            )
            if needed.returncode != 0 or "not found" in needed.stdout:
                raise Failed(f"libraries that {loaded} needs are not in the image: {needed.stdout}{needed.stderr}")
            if not (root / "etc/ssl/certs/ca-certificates.crt").stat().st_size:
                raise Failed("the image has no roots for upstreams")
            return sum(file.lstat().st_size for file in files)
        finally:
            self.buildah("rm", container)


def projected(folder, files, mode):
    """A volume as the kubelet makes it of a ConfigMap or Secret."""
    data = folder / "..2026_11_29_00_00_00.1"
    data.mkdir(parents=True)
    for name, text in files.items():
        (data / name).write_text(text)
        os.chown(data / name, 0, USER)
        (data / name).chmod(mode)
        (folder / name).symlink_to(f"..data/{name}")
    (folder / "..data").symlink_to(data.name)
    os.chown(folder, 0, USER)
    folder.chmod(0o3777)


def run_pod(manifests, image, tools, binary, folder):
    """Runs the pod's container and what pod.sh asks of it."""
    config = manifests[("ConfigMap", "xks")]["data"]
    trial = folder / "trial"
    subprocess.run([binary, "dev", "--no-serve", "--dir", trial], check=True, stdout=subprocess.DEVNULL)
    tls = {"tls.crt": (trial / "tls/server.pem").read_text(), "tls.key": (trial / "tls/server.key").read_text()}
    secret = {"keys.kek": (trial / "keys.kek").read_text(), "secret-access-key": (trial / "credentials/demo.secret").read_text()}
    volumes = folder / "volumes"
    projected(volumes / "config", config, 0o444)
    projected(volumes / "tls", tls, 0o440)
    projected(volumes / "secret-payments", secret, 0o440)
    for name in ("state", "run"):
        (volumes / name).mkdir()
        os.chown(volumes / name, 0, USER)
        (volumes / name).chmod(0o2775)
    pod = manifests[("StatefulSet", "xks")]["spec"]["template"]["spec"]
    (container,) = pod["containers"]
    mounts = []
    for mount in container["volumeMounts"]:
        rights = "ro" if mount.get("readOnly") else "rw"
        mounts += ["--volume", f"{volumes / mount['name']}:{mount['mountPath']}:{rights}"]
    inside, of_pod = container["securityContext"], pod["securityContext"]
    options = [
        f"--user={of_pod['runAsUser']}:{of_pod['runAsGroup']}",
        f"--read-only={str(inside['readOnlyRootFilesystem']).lower()}",
        "--read-only-tmpfs=false",
        *[f"--cap-drop={it}" for it in inside["capabilities"]["drop"]],
        "--security-opt=no-new-privileges",
        *mounts,
    ]
    (folder / "options").write_text("".join(f"{option}\n" for option in options))
    (folder / "arguments").write_text("".join(f"{argument}\n" for argument in container["args"]))
    sysctls = [f"{it['name']}={it['value']}" for it in of_pod["sysctls"]]
    ran = subprocess.run(
        ["unshare", "--mount", "--net", "--propagation", "private", "bash", HERE / "pod.sh", folder, tools, image, binary, *sysctls],
        stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120,
    )
    if ran.returncode != 0:
        raise Failed(f"the pod: {ran.stdout[-4000:]}{ran.stderr[-4000:]}")

"""The unit, in a machine of its own with a real systemd: examples/systemd and
docs/operate are run there as they stand.
"""

import pathlib
import re
import subprocess

import guide
from bounded import Failed

HERE = pathlib.Path(__file__).resolve().parent
# One after the other: each goes on from the end of the one before.
DOCUMENTS = [
    "docs/operate/first-hour.md",
    "examples/systemd/README.md",
    "docs/operate/alarms.md",
    "docs/operate/rotation.md",
    "docs/operate/upgrade.md",
]
# What a reader has built is here what is tested.
BUILT = {"target/release/claviger": "/srv/claviger"}
# Of `systemd-analyze security`, in tenths; README.md says the same.
MOST_EXPOSED = 17
LONGEST_DRAIN = 10


def unit(repository):
    """The unit by itself: verified, rated, and in step with the configuration."""
    folder = repository / "examples/systemd"
    text = (folder / "claviger.service").read_text()
    verified = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", folder / "claviger.service"], capture_output=True, text=True
    ).stderr.splitlines()
    # Not installed on this machine.
    others = [line for line in verified if "claviger.service: Command /usr/bin/claviger is not executable" not in line]
    others = [line for line in others if line.startswith("claviger.service:") or "claviger.service:" in line]
    if others:
        raise Failed("systemd-analyze verify: " + "\n".join(others))
    rated = ["systemd-analyze", "security", "--offline=yes", f"--threshold={MOST_EXPOSED}", "--no-pager"]
    if subprocess.run([*rated, folder / "claviger.service"], capture_output=True).returncode != 0:
        raise Failed(f"systemd-analyze security rates the unit worse than {MOST_EXPOSED / 10}")
    readme = (folder / "README.md").read_text()
    if f"rates it {MOST_EXPOSED / 10} of 10" not in readme:
        raise Failed("README.md has another rating")
    stop = int(re.search(r"^TimeoutStopSec=(\d+)$", text, re.M)[1])
    lame_duck = int(re.search(r"^lame_duck_seconds = (\d+)$", (folder / "claviger.toml").read_text(), re.M)[1])
    if stop < lame_duck + 2 * LONGEST_DRAIN:
        raise Failed(f"TimeoutStopSec={stop} cuts off lame_duck_seconds = {lame_duck}")


def guides(repository, binary, folder):
    """The documents, in the machine. Returns how many blocks were run."""
    shared = folder / "shared"
    shared.mkdir()
    documents, scripts = [], []
    for number, name in enumerate(DOCUMENTS):
        text = (repository / name).read_text()
        for written, here in BUILT.items():
            text = text.replace(written, here)
        found = guide.blocks(text)
        outputs = shared / str(number)
        outputs.mkdir()
        (shared / f"script{number}").write_text(guide.script(found, f"/srv/guide/{number}"))
        scripts.append(f"bash /srv/guide/script{number} || exit 1")
        documents.append((name, found, outputs))
    scripts.append("bash /srv/repository/tests/packaging/effects.sh > /srv/guide/effects 2>&1")
    scripts.append("journalctl --quiet --unit claviger.service --output cat > /srv/guide/journal")
    (shared / "script").write_text("\n".join(scripts) + "\n")
    booted = subprocess.run(
        ["unshare", "--mount", "--propagation", "private", "bash", HERE / "machine.sh", folder, repository, binary],
        stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=240,
    )
    run = 0
    for name, found, outputs in documents:
        wrong = guide.faults(found, outputs)
        if wrong:
            raise Failed(f"{name}:\n" + "\n".join(wrong) + f"\n{booted.stdout[-2000:]}{booted.stderr[-2000:]}")
        run += sum(block.skipped is None for block in found)
    effects = (shared / "effects").read_text()
    if effects != "looked\n":
        raise Failed(f"the unit in force:\n{effects}")
    journal = (shared / "journal").read_text()
    # The last start is one that has to fail so.
    journal = journal.partition("may not make memory executable")[0]
    denied = [line for line in journal.splitlines() if re.search(r"denied|not permitted|EPERM", line)]
    if denied:
        raise Failed("the unit forbids what the host does: " + "\n".join(denied))
    return run

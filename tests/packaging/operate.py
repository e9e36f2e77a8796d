"""Pages of docs/operate whose commands need no machine: they are run in the repository."""

import re
import subprocess

import guide
from bounded import Failed

DOCUMENTS = ["docs/operate/capacity.md"]


def measures(repository, binary):
    """The tool that the figures of capacity.md come from still finds some."""
    tool = [repository / "tests/packaging/measure", "--claviger", binary, "--key-stores", "2", "--seconds", "1"]
    ran = subprocess.run(tool, capture_output=True, text=True, timeout=60)
    if ran.returncode != 0 or not re.fullmatch(r"2 key stores: \d+ MiB, ready after [\d.]+ s, \d+ µs for a handshake\n", ran.stdout):
        raise Failed(f"tests/packaging/measure: {ran.stdout}{ran.stderr}")


def check(repository, folder):
    """Returns what was run."""
    run = 0
    for number, name in enumerate(DOCUMENTS):
        found = guide.blocks((repository / name).read_text())
        outputs = folder / str(number)
        outputs.mkdir()
        subprocess.run(["bash", "-c", guide.script(found, outputs)], cwd=repository, timeout=60)
        wrong = guide.faults(found, outputs)
        if wrong:
            raise Failed(f"{name}:\n" + "\n".join(wrong))
        run += len(found)
    return f"{run} blocks of commands"


def every_command_is_run(repository, elsewhere):
    """No page of docs/operate, and none of the examples that are tried here, has commands
    that nobody runs."""
    pages = sorted((repository / "docs/operate").glob("*.md"))
    pages += [repository / f"examples/{it}/README.md" for it in ("systemd", "container", "helm", "terraform")]
    known = {repository / name for name in [*DOCUMENTS, *elsewhere]}
    for page in pages:
        blocks = guide.blocks(page.read_text())
        run = [block for block in blocks if block.skipped is None]
        if run and page not in known:
            raise Failed(f"{page.relative_to(repository)} has commands that no test runs")

"""Documents whose commands are run as they stand there, as tests/harness/guide.rs has
it: `console` blocks, the `text` block behind one is what it prints on standard output,
`…` stands for any part of a line, and `<!-- not run: WHY -->` before a block skips it.
Drawings, TOML and HCL are passed over.
"""

import re
import shlex


class Block:
    def __init__(self, commands, skipped):
        self.commands, self.skipped, self.prints = commands, skipped, None


def blocks(markdown):
    found, skipped, kind, inside = [], None, None, []
    for line in markdown.splitlines():
        if kind is None:
            if (told := re.fullmatch(r"<!-- not run: (.*) -->", line)):
                skipped = told[1]
            elif line.startswith("```"):
                kind, inside = line[3:], []
        elif line != "```":
            inside.append(line)
        else:
            text = "".join(f"{line}\n" for line in inside)
            if kind == "console":
                found.append(Block(text, skipped))
                skipped = None
            elif kind in ("", "toml", "hcl"):
                pass
            elif kind == "text" and found and found[-1].prints is None:
                found[-1].prints = text
            else:
                raise ValueError(f"a block of neither commands nor what they print: {text}")
            kind = None
    return found


def fits(pattern, printed):
    expression = "".join(
        ".*".join(re.escape(part) for part in line.split("…")) + "\n" for line in pattern.splitlines()
    )
    return re.fullmatch(expression, printed) is not None


def script(found, outputs):
    """One script of all blocks, so that they share a shell as they do for a reader."""
    lines = ["set -e -o pipefail"]
    for number, block in enumerate(found):
        if block.skipped is None:
            output = shlex.quote(f"{outputs}/{number}")
            lines += [f"exec > {output} 2> {output}.stderr", block.commands]
    lines.append(f"echo done > {shlex.quote(f'{outputs}/done')}")
    return "\n".join(lines) + "\n"


def faults(found, outputs):
    """What went otherwise than the document says."""
    wrong = []
    for number, block in enumerate(found):
        if block.skipped is not None:
            continue
        printed, stderr = outputs / str(number), outputs / f"{number}.stderr"
        if not printed.exists():
            wrong.append(f"not reached:\n{block.commands}")
            continue
        printed, stderr = printed.read_text(), stderr.read_text()
        if not fits(block.prints or "", printed):
            wrong.append(f"$ {block.commands}--- printed:\n{printed}--- and on standard error:\n{stderr}")
        if stderr and not (outputs / "done").exists():
            last = not (outputs / f"{number + 1}").exists()
            wrong += [f"$ {block.commands}--- ended the script:\n{stderr}"] if last else []
    if not (outputs / "done").exists() and not wrong:
        wrong.append("a command of the last block that was reached failed, and said nothing")
    return wrong

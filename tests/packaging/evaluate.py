"""As much of Terraform's language as examples/terraform uses: variables, references,
for_each, count, and texts with references in them. Anything else is an error.
"""

import copy
import re

from bounded import Failed


def evaluated(value, names):
    """A value as python-hcl2 has it: texts in quotes, expressions in `${…}`."""
    if isinstance(value, list):
        return [evaluated(one, names) for one in value]
    if isinstance(value, dict):
        return {key: evaluated(one, names) for key, one in value.items() if not key.startswith("__")}
    if not isinstance(value, str):
        return value
    if value.startswith('"'):
        return re.sub(r"\$\{([^}]*)\}", lambda found: str(expression(found[1], names)), value[1:-1])
    return expression(value[2:-1] if value.startswith("${") else value, names)


def expression(text, names):
    if (choice := re.fullmatch(r"(\S+) == null \? (\S+) : (\S+)", text)):
        which = choice[2] if expression(choice[1], names) is None else choice[3]
        return expression(which, names)
    if (both := re.fullmatch(r"(\S+) \+ (\S+)", text)):
        return expression(both[1], names) + expression(both[2], names)
    if text.isdigit():
        return int(text)
    if text not in names:
        raise Failed(f"this test does not know what {text} is")
    return names[text]


def resources(texts, made, given):
    """Each resource by its address; those with for_each, once for each. `made` is what
    becomes of references to resources, `given` what the caller of the module gives."""
    names, found = dict(made), {}
    for block in texts["variables.tf"].get("variable", []):
        for name, variable in block.items():
            name = name.strip('"')
            if "default" not in variable and name not in given:
                raise Failed(f"examples/terraform wants another variable: {name}")
            names[f"var.{name}"] = given.get(name, evaluated(variable.get("default"), names))
    for block in texts["main.tf"]["resource"]:
        for kind, named in block.items():
            for name, body in named.items():
                address, body = f"{kind}.{name}".replace('"', ""), copy.deepcopy(body)
                body.pop("depends_on", None)
                each, count = body.pop("for_each", None), body.pop("count", None)
                if count is not None and evaluated(count, names) == 0:
                    continue
                if each is None:
                    found[address] = evaluated(body, names)
                    continue
                each = evaluated(each, names)
                pairs = each.items() if isinstance(each, dict) else zip(each, each)
                for key, value in pairs:
                    here = names | {"each.key": key, "each.value": value}
                    if isinstance(value, dict):
                        members = {"availability_zone": None} | value
                        here |= {f"each.value.{member}": it for member, it in members.items()}
                    found[f'{address}["{key}"]'] = evaluated(body, here)
    return found

"""The shared scenario, for drivers in Python: variables, expectations, waiting."""

import base64
import json
import os
import sys
import time

# How long a condition may take to come true, in seconds.
PATIENCE = 20
BLOBS = {"Plaintext", "CiphertextBlob", "Message"}


class Refused(Exception):
    """A call that failed: whether the SDK knew a class for it, and what it said."""

    def __init__(self, name, message, modelled):
        super().__init__(f"{name}: {message}")
        self.name, self.message, self.modelled = name, message, modelled


def run(call):
    """Runs the scenario with `call(operation, parameters)`, which returns the answer
    as JSON values (blobs in Base64) or raises Refused."""
    given = json.loads(os.environ["CLAVIGER_SDK_TEST"])
    variables = dict(given)
    for length in (4096, 4097):
        variables[f"{length} bytes"] = base64.b64encode(b"p" * length).decode()
    with open(given["scenario"], encoding="utf-8") as file:
        steps = json.load(file)
    failures = 0
    for number, step in enumerate(steps):
        try:
            take(step, call, variables)
        except Exception as problem:
            sys.exit(f"step {number}, {step['do']}: {problem!r}\n{json.dumps(step, indent=1)}")
        failures += "fails" in step
    print(f"{len(steps)} steps, {failures} of them failures that were provoked")


def take(step, call, variables):
    parameters = filled(step.get("with", {}), variables)
    if "fails" in step:
        wanted = filled(step["fails"], variables)
        try:
            answer = call(step["do"], parameters)
        except Refused as refused:
            assert refused.name == wanted["as"], f"{refused.name}, not {wanted['as']}"
            modelled = wanted["as"] != "ValidationException"
            assert refused.modelled == modelled, "the SDK's own class"
            if "saying" in wanted:
                assert refused.message == wanted["saying"], refused.message
            return
        raise AssertionError(f"succeeded: {answer}")
    until = filled(step.get("until", {}), variables)
    deadline = time.monotonic() + PATIENCE
    while True:
        answer = call(step["do"], parameters)
        if all(at(answer, pointer) == value for pointer, value in until.items()):
            break
        assert time.monotonic() < deadline, answer
        time.sleep(0.02)
    for pointer, value in filled(step.get("gives", {}), variables).items():
        assert at(answer, pointer) == value, f"{pointer} is {at(answer, pointer)}"
    for name, pointer in step.get("keep", {}).items():
        variables[name] = at(answer, pointer)
        assert variables[name], pointer


def at(value, pointer):
    for part in pointer.split("/")[1:]:
        value = value[int(part)] if isinstance(value, list) else value.get(part)
        if value is None:
            return None
    return value


def filled(value, variables):
    if isinstance(value, dict):
        return {key: filled(inner, variables) for key, inner in value.items()}
    if isinstance(value, list):
        return [filled(inner, variables) for inner in value]
    if isinstance(value, str):
        for name, text in variables.items():
            value = value.replace("${" + name + "}", str(text))
        assert "${" not in value, value
    return value

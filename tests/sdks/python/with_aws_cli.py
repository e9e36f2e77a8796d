"""aws-cli runs the shared scenario: the driver behind the command `aws`, called in
this process, because starting a process for each step would take a minute."""

import base64
import contextlib
import io
import json
import os
import re
import tempfile

import awscli.clidriver
from botocore.session import Session

import scenario

DRIVER = awscli.clidriver.create_clidriver()
MODEL = Session().get_service_model("kms")
ERROR = re.compile(r"An error occurred \((\w+)\) when calling the (\w+) operation: ?(.*)", re.S)
FLAGS = {"Plaintext": "--plaintext", "CiphertextBlob": "--ciphertext-blob", "Message": "--message"}


def call(operation, parameters):
    command = re.sub(r"(?<!^)(?=[A-Z])", "-", operation).lower()
    with tempfile.TemporaryDirectory() as directory:
        arguments = ["kms", command]
        for name in scenario.BLOBS & parameters.keys():
            path = os.path.join(directory, name)
            with open(path, "wb") as file:
                file.write(base64.b64decode(parameters[name]))
            arguments += [FLAGS[name], f"fileb://{path}"]
        others = {k: v for k, v in parameters.items() if k not in scenario.BLOBS}
        arguments += ["--cli-input-json", json.dumps(others)]
        status, out, err = run(arguments)
    if status == 0:
        return json.loads(out) if out.strip() else {}
    found = ERROR.search(err)
    assert found and found[2] == operation, err
    modelled = any(shape.name == found[1] for shape in MODEL.error_shapes)
    raise scenario.Refused(found[1], found[3].strip(), modelled)


def run(arguments):
    out, err = Text(), Text()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        status = DRIVER.main(arguments)
    return status, out.getvalue(), err.getvalue()


class Text(io.StringIO):
    """aws-cli looks for the encoding of its standard output."""

    encoding = "utf-8"


scenario.run(call)

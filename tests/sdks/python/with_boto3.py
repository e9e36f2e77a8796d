"""boto3 runs the shared scenario."""

import base64
import re

import boto3
from botocore.exceptions import ClientError

import scenario

client = boto3.client("kms")


def call(operation, parameters):
    for name in scenario.BLOBS & parameters.keys():
        parameters = {**parameters, name: base64.b64decode(parameters[name])}
    method = re.sub(r"(?<!^)(?=[A-Z])", "_", operation).lower()
    try:
        answer = getattr(client, method)(**parameters)
    except ClientError as error:
        own = getattr(client.exceptions, type(error).__name__, None)
        modelled = type(error) is not ClientError and own is type(error)
        details = error.response["Error"]
        raise scenario.Refused(details["Code"], details["Message"], modelled) from None
    headers = answer["ResponseMetadata"]["HTTPHeaders"]
    assert headers["x-claviger-local-kms"] == "this is not AWS KMS"
    assert answer["ResponseMetadata"]["RequestId"]
    return {name: as_json(value) for name, value in answer.items()}


def as_json(value):
    return base64.b64encode(value).decode() if isinstance(value, bytes) else value


scenario.run(call)

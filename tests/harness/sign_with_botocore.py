"""Signs requests with botocore, the signer of AWS's own SDK for Python.

Standard input: {"id", "secret", "region", "service", "requests": [{"method",
"url", "headers": [[name, value]], "body" in Base64}]}. Standard output: for each
request the headers that botocore sends, the two that it added included.
"""

import base64
import json
import sys

try:
    from botocore.auth import SigV4Auth
    from botocore.awsrequest import AWSRequest
    from botocore.credentials import Credentials
except ImportError:
    sys.exit("no botocore")

asked = json.load(sys.stdin)
credentials = Credentials(asked["id"], asked["secret"])
signer = SigV4Auth(credentials, asked["service"], asked["region"])
answer = []
for one in asked["requests"]:
    request = AWSRequest(
        method=one["method"], url=one["url"], data=base64.b64decode(one["body"])
    )
    for name, value in one["headers"]:
        request.headers[name] = value
    signer.add_auth(request)
    answer.append(request.headers.items())
json.dump(answer, sys.stdout)

"""Runs a line of curl with the library of curl 7.84, which signs a host without its port.

    old_curl.py curl --cacert FILE -K FILE --aws-sigv4 PROVIDER -H HEADER … -d BODY URL

Prints the body of the answer. It knows the options of the line that `claviger dev`
prints, and no others.
"""

import argparse
import io
import re
import sys

from curl_cffi import Curl, CurlOpt

parser = argparse.ArgumentParser()
parser.add_argument("curl", choices=["curl"])
parser.add_argument("--cacert", required=True)
parser.add_argument("-K", dest="config", required=True)
parser.add_argument("--aws-sigv4", required=True)
parser.add_argument("-H", dest="headers", action="append", default=[])
parser.add_argument("-d", dest="body", required=True)
parser.add_argument("url")
line = parser.parse_args(sys.argv[1:])

with open(line.config) as config:
    user = re.fullmatch(r'user = "(.+)"\n', config.read()).group(1)

curl = Curl()
if b"libcurl/7.84." not in curl.version():
    sys.exit(f"not the library of curl 7.84: {curl.version()}")
body = line.body.encode()
answer = io.BytesIO()
for option, value in [
    (CurlOpt.URL, line.url.encode()),
    (CurlOpt.CAINFO, line.cacert.encode()),
    (CurlOpt.USERPWD, user.encode()),
    (CurlOpt.AWS_SIGV4, line.aws_sigv4.encode()),
    (CurlOpt.HTTPHEADER, [header.encode() for header in line.headers]),
    (CurlOpt.POSTFIELDS, body),
    (CurlOpt.POSTFIELDSIZE, len(body)),
    (CurlOpt.NOPROXY, b"*"),
    (CurlOpt.WRITEDATA, answer),
]:
    curl.setopt(option, value)
curl.perform()
print(answer.getvalue().decode())

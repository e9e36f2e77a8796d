//! C: the values that AWS KMS is given.

use super::{Check, Severity};
use crate::becomes::{AwsFault, Becomes};

/// The form of the values.
pub static C01: Check = Check {
    id: "C01",
    title: "Endpoint, path, credential and service name have AWS KMS's form",
    severity: Severity::Failure,
    looks_at: "the values given, against the patterns and lengths of the AWS KMS API",
    becomes: &[Becomes::Aws(AwsFault::VALIDATION)],
    fix: "give the value in AWS KMS's form",
    more: "\
XksProxyUriEndpoint is `https://` and a host name, 10 to 128 characters; it has no port, \
because AWS KMS always connects to 443, and no slash at the end. XksProxyUriPath has 10 to \
128 characters and ends in `/kms/xks/v1`. The access key id has 20 to 30 characters of \
`A-Z2-7`, the secret access key 43 to 64 of `A-Za-z0-9/+=`. \
XksProxyVpcEndpointServiceName looks like \
`com.amazonaws.vpce.eu-central-1.vpce-svc-0123456789abcdef0`.

AWS KMS refuses other values with ValidationException before it calls the proxy. The AWS \
CLI of version 1 has another trap: it replaces a value that begins with `https://` by the \
document at that address. In `--cli-input-json '{\"XksProxyUriEndpoint\":\"https://…\"}'` both \
versions take it as it is.",
};

/// The console's file.
pub static C02: Check = Check {
    id: "C02",
    title: "The proxy configuration file is what the AWS KMS console reads",
    severity: Severity::Failure,
    looks_at: "the file of --console-file: JSON with XksProxyUriPath and \
               XksProxyAuthenticationCredential",
    becomes: &[],
    fix: "claviger console-file --config claviger.toml --key-store NAME --output FILE",
    more: "\
The console takes a file of JSON with `XksProxyUriPath` and, in \
`XksProxyAuthenticationCredential`, `AccessKeyId` and `RawSecretAccessKey`. It refuses the \
upload when it cannot read them; nothing has reached AWS KMS then. Export the file again \
with the proxy's own tool instead of editing it. It holds the secret: nobody else may have \
access to it (`chmod 600`), and it can be deleted once it is uploaded.",
};

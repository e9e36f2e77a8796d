//! curl, which signs with `--aws-sigv4`: a second signer that shares no code
//! with the host, and the client that AWS's own test client uses.

use std::process::{Command, Output};
use std::sync::LazyLock;

use super::{Call, Response, Server};

/// One run of curl against a server.
pub(crate) struct Curl {
    command: Command,
}

/// What one run of curl gave.
pub(crate) struct Outcome {
    /// curl's exit code: 35 is a failed TLS handshake.
    pub(crate) exit: i32,
    /// The HTTP version of the answer, as curl writes it.
    pub(crate) http_version: String,
    pub(crate) response: Response,
    pub(crate) stderr: String,
}

impl Curl {
    /// curl that trusts the server's certificate authority.
    pub(crate) fn new(server: &Server) -> Self {
        Self::require();
        let mut command = Command::new("curl");
        command
            .args(["--silent", "--show-error", "--max-time", "30"])
            .args(["--noproxy", "*"])
            .args([
                "--write-out",
                "\n%{http_version} %{http_code} %{content_type}",
            ])
            .arg("--cacert")
            .arg(server.folder().path("ca.pem"));
        Self { command }
    }

    /// Fails with the fix when curl is missing or too old for `--aws-sigv4`.
    pub(crate) fn require() {
        static VERSION: LazyLock<Option<(u32, u32)>> = LazyLock::new(|| {
            let output = Command::new("curl").arg("--version").output().ok()?;
            let text = String::from_utf8_lossy(&output.stdout).into_owned();
            let mut numbers = text.split_whitespace().nth(1)?.split('.');
            let mut next = || numbers.next()?.parse().ok();
            Some((next()?, next()?))
        });
        assert!(
            VERSION.is_some_and(|version| version >= (7, 75)),
            "the tests need curl 7.75 or later for --aws-sigv4 (Debian: apt-get install curl); \
             found: {:?}",
            *VERSION
        );
    }

    pub(crate) fn args(mut self, args: &[&str]) -> Self {
        self.command.args(args);
        self
    }

    /// Lets curl sign and send a call; its own signature is not used.
    pub(crate) fn send(self, server: &Server, call: &Call) -> Outcome {
        let credential = &call.signer.credential;
        let user = format!(
            "{}:{}",
            credential.access_key_id, credential.secret_access_key
        );
        let body = String::from_utf8(call.request.body.clone()).expect("the body is text");
        // Plaintexts are watched for as if our own client had sent them.
        server.forbidden.note_request(&call.request);
        self.args(&["--aws-sigv4", "aws:amz:us-east-1:kms-xks-proxy"])
            .args(&["--user", &user])
            .args(&["--header", "Content-Type: application/json"])
            .args(&["--data-binary", &body])
            .run(server, &call.request.target)
    }

    /// Runs curl on a path of the server.
    pub(crate) fn run(mut self, server: &Server, path: &str) -> Outcome {
        let port = server.address.port();
        self.command
            .arg(format!("https://localhost:{port}{path}"))
            .args(["--resolve", &format!("localhost:{port}:127.0.0.1")]);
        outcome(&self.command.output().expect("curl starts"))
    }
}

fn outcome(output: &Output) -> Outcome {
    let stdout = String::from_utf8_lossy(&output.stdout).into_owned();
    let (body, facts) = stdout.rsplit_once('\n').unwrap_or(("", &stdout));
    let mut facts = facts.splitn(3, ' ');
    let mut fact = || facts.next().unwrap_or_default().to_owned();
    let (http_version, status, content_type) = (fact(), fact(), fact());
    Outcome {
        exit: output.status.code().unwrap_or(-1),
        http_version,
        response: Response {
            status: status.parse().unwrap_or_default(),
            headers: vec![("content-type".to_owned(), content_type)],
            body: body.as_bytes().to_vec(),
        },
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

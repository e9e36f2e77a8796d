//! botocore, the signer of AWS's SDK for Python: it shares nothing with the host
//! and nothing with [`Signer`](super::Signer), not even SHA-256.

use std::io::Write as _;
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use super::{Call, Request, base64};

const SCRIPT: &str = include_str!("sign_with_botocore.py");

/// The one in the path, and where Debian's `python3-botocore` is seen.
const PYTHONS: [&str; 2] = ["python3", "/usr/bin/python3"];

/// What is said when there is no botocore.
const INSTALL: &str = "this test needs Python with botocore: \
                       apt-get install python3-botocore, or pip install botocore";

/// The requests of these calls, all of one credential, as botocore signs them now
/// for this Region.
pub(crate) fn sign(calls: &[Call], region: &str) -> Vec<Request> {
    let signer = &calls[0].signer;
    let requests: Vec<_> = calls.iter().map(|call| as_json(&call.request)).collect();
    let asked = json!({
        "id": signer.credential.access_key_id,
        "secret": signer.credential.secret_access_key,
        "region": region,
        "service": signer.service,
        "requests": requests,
    });
    let answer = ask(&asked.to_string());
    let answer: Vec<Vec<(String, String)>> = serde_json::from_slice(&answer).expect("its JSON");
    assert_eq!(answer.len(), calls.len());
    let headed = calls.iter().zip(answer).map(|(call, headers)| Request {
        headers,
        ..call.request.clone()
    });
    headed.collect()
}

fn as_json(request: &Request) -> Value {
    let authority = request.authority.as_deref().expect("a host");
    json!({
        "method": request.method,
        "url": format!("https://{authority}{}", request.target),
        "headers": request.headers,
        "body": base64(&request.body),
    })
}

/// The first Python that has botocore.
fn ask(asked: &str) -> Vec<u8> {
    for python in PYTHONS {
        let child = Command::new(python)
            .args(["-c", SCRIPT])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn();
        let Ok(mut child) = child else { continue };
        // Without botocore it ends before it reads.
        let mut stdin = child.stdin.take().expect("piped above");
        let _ = stdin.write_all(asked.as_bytes());
        drop(stdin);
        let output = child.wait_with_output().expect("our own child");
        if output.status.success() {
            return output.stdout;
        }
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert_eq!(stderr.trim(), "no botocore", "{stderr}");
    }
    panic!("{INSTALL}");
}

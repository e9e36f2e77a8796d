//! What an independent signer signs is accepted, and ours signs as it does.

use crate::harness::{Call, Request, Server, base64, botocore, plaintext};

/// Three headers whose order, case and spaces a signer has to put right.
fn with_headers(call: Call, headers: &[(&str, &str)]) -> Call {
    let before = |request: Request| Request {
        headers: headers
            .iter()
            .map(|&(name, value)| (name.to_owned(), value.to_owned()))
            .chain(request.headers)
            .collect(),
        ..request
    };
    call.request(before)
}

/// The names in `SignedHeaders=`.
fn signed_headers(authorization: &str) -> Vec<String> {
    let (_, rest) = authorization.split_once("SignedHeaders=").unwrap();
    let (names, _) = rest.split_once(',').unwrap();
    names.split(';').map(str::to_owned).collect()
}

#[tokio::test]
async fn xks_031_what_botocore_signs_is_accepted_and_our_signer_signs_the_same() {
    let server = Server::start();
    let store = &server.store;
    let keys = server.keys();
    let text = plaintext();
    let encrypt = store.encrypt(keys.usable, &text).with_aad("context");
    let encrypted = server.send(encrypt.clone()).await.ok();
    let decrypt = store.decrypt(keys.usable, &encrypted).with_aad("context");
    let odd = "requestMetadata/awsPrincipalArn";
    let calls = [
        store.metadata(keys.usable),
        store.metadata(keys.decrypt_only),
        store.health(),
        encrypt,
        // A body that is not ASCII.
        store.metadata(keys.no_usage).with(odd, "Zoë ☂"),
        with_headers(
            store.encrypt(keys.encrypt_only, &text),
            &[
                ("X-Zulu", "last"),
                ("a-first", "  two   spaces "),
                ("X-M", ""),
            ],
        ),
        with_headers(
            store.health(),
            &[("x-twice", "b, c"), ("A-First", "\"q\""), ("X-Twice", "a")],
        ),
        decrypt,
    ];
    for region in ["us-east-1", "eu-central-1"] {
        for (call, signed) in calls.iter().zip(botocore::sign(&calls, region)) {
            let authorization = signed.header("authorization").unwrap();
            let names = signed_headers(authorization);
            assert!(names.contains(&"content-type".to_owned()), "{names:?}");
            let mut ours = call.signer.clone();
            region.clone_into(&mut ours.region);
            signed
                .header("x-amz-date")
                .unwrap()
                .clone_into(&mut ours.timestamp);
            ours.timestamp[..8].clone_into(&mut ours.date);
            ours.signed_headers = names;
            assert_eq!(ours.authorization(&signed), authorization);
            let answer = server.send(signed).await.ok();
            if call.request.target.ends_with("/decrypt") {
                assert_eq!(answer["plaintext"], base64(&text));
            }
        }
    }
}

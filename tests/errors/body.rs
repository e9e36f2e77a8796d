//! What a body may look like: XKS-107, XKS-108.

use crate::harness::calls::KEY_ARN;
use crate::harness::{Server, assert_xks_error, base64, plaintext};

const METADATA: &str =
    r#"{"awsPrincipalArn":"a","kmsOperation":"Encrypt","kmsRequestId":"b","kmsKeyArn":"c"}"#;

async fn assert_not_valid(server: &Server, body: impl AsRef<[u8]>) {
    let call = server
        .store
        .encrypt(server.keys().usable, "x")
        .with_body(body);
    let response = server.send(call).await;
    assert_xks_error(&response, 400, "ValidationException");
}

/// The body of an Encrypt request, before the closing brace.
fn body() -> String {
    let plaintext = base64(plaintext());
    format!(
        r#"{{"requestMetadata":{METADATA},"encryptionAlgorithm":"AES_GCM","plaintext":"{plaintext}""#
    )
}

#[tokio::test]
async fn xks_107_the_body_is_one_json_object() {
    let server = Server::start();
    let good = format!("{}}}", body());
    let call = server.store.encrypt(server.keys().usable, "x");
    server.send(call.clone().with_body(&good)).await.ok();
    server
        .send(call.with_body(format!(" \t\r\n{good}\n ")))
        .await
        .ok();
    for bad in [
        String::new(),
        " ".to_owned(),
        "null".to_owned(),
        format!("[{good}]"),
        format!("{good}{good}"),
        format!("{good}x"),
        format!("{good}\0"),
        format!("\u{feff}{good}"),
        good.replace("\"AES_GCM\"", "'AES_GCM'"),
        good.replace("\"AES_GCM\"", "\"AES_GCM\","),
        good.replace(',', ",,"),
        format!("/* */{good}"),
        body(),
    ] {
        assert_not_valid(&server, bad).await;
    }
}

#[tokio::test]
async fn xks_107_the_body_is_utf_8() {
    let server = Server::start();
    let good = format!("{},\"more\":\"#\"}}", body());
    for bad in [&b"\xff"[..], b"\xc3", b"\xed\xa0\x80", b"\xc0\xaf"] {
        let mut bytes = good.clone().into_bytes();
        let at = good.find('#').unwrap();
        bytes.splice(at..=at, bad.iter().copied());
        assert_not_valid(&server, bytes).await;
    }
    for escape in [r"\ud800", r"\udc00", r"\u12", r"\x41", "\n"] {
        assert_not_valid(&server, good.replace('#', escape)).await;
    }
}

#[tokio::test]
async fn xks_107_a_member_is_there_once() {
    let server = Server::start();
    for member in [
        r#""plaintext":"AAAA""#,
        r#""encryptionAlgorithm":"AES_GCM""#,
        r#""\u0070laintext":"AAAA""#,
        r#""requestMetadata":{}"#,
        r#""additionalAuthenticatedData":"AAAA","additionalAuthenticatedData":"AAAA""#,
        r#""unknown":1,"unknown":1"#,
        r#""unknown":{"a":1,"a":2}"#,
    ] {
        assert_not_valid(&server, format!("{},{member}}}", body())).await;
    }
    let twice = METADATA.replace('}', &format!(",\"kmsKeyArn\":\"{KEY_ARN}\"}}"));
    assert_not_valid(&server, format!("{}}}", body()).replace(METADATA, &twice)).await;
}

#[tokio::test]
async fn xks_107_the_depth_is_bounded() {
    let server = Server::start();
    for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
        let value = |depth: usize, inner: &str| {
            format!("{}{inner}{}", open.repeat(depth), close.repeat(depth))
        };
        let call = server.store.encrypt(server.keys().usable, "x");
        let shallow = format!("{},\"more\":{}}}", body(), value(8, "1"));
        server.send(call.with_body(shallow)).await.ok();
        let deep = format!("{},\"more\":{}}}", body(), value(5000, "1"));
        assert_not_valid(&server, deep).await;
    }
}

#[tokio::test]
async fn xks_108_escapes_are_resolved_before_base64() {
    let server = Server::start();
    let key = server.keys().usable;
    let bytes = [0xfb, 0xff, 0xbf];
    let text = base64(bytes);
    assert_eq!(text, "+/+/");
    for escaped in [r"+\/+\/", r"\u002b/\u002B/", r"\u002b\u002f\u002b\u002f"] {
        let body = format!(
            r#"{{"requestMetadata":{METADATA},"encryptionAlgorithm":"AES\u005fGCM","plaintext":"{escaped}"}}"#
        );
        let call = server.store.encrypt(key, "x").with_body(body);
        let encrypted = server.send(call).await.ok();
        let decrypted = server
            .send(server.store.decrypt(key, &encrypted))
            .await
            .ok();
        assert_eq!(decrypted["plaintext"], text);
    }
}

#[tokio::test]
async fn xks_108_base64_is_standard_padded_and_canonical() {
    let server = Server::start();
    for bad in [
        "-_-_",
        "AA",
        "AAA",
        "AA=",
        "AA===",
        "A===",
        "AB==",
        "AAB=",
        "AAAA====",
        " AAAA",
        "AA\\nAA",
        "AAAA\\u0000",
    ] {
        let body = format!(
            r#"{{"requestMetadata":{METADATA},"encryptionAlgorithm":"AES_GCM","plaintext":"{bad}"}}"#
        );
        assert_not_valid(&server, body).await;
    }
}

//! Sizes and overload: XKS-129 to XKS-132, and what HTTP itself bounds.

use crate::harness::guests::misbehaving;
use crate::harness::{Call, Server, assert_xks_error, plaintext};

const MIB: usize = 1024 * 1024;

#[tokio::test]
async fn xks_129_above_the_required_sizes_it_is_served_or_unsupported() {
    let server = Server::start();
    for (plaintext, aad) in [(4301, 0), (8192, 0), (16, 8193), (16, 20_000)] {
        let call = server.store.encrypt("demo", vec![b'p'; plaintext]);
        let response = server.send(call.with_aad(vec![b'a'; aad])).await;
        if response.status == 200 {
            response.ok();
        } else {
            assert_xks_error(&response, 501, "UnsupportedOperationException");
        }
    }
}

#[tokio::test]
async fn xks_130_aad_that_two_bytes_cannot_measure_is_unsupported() {
    let server = Server::start_with(|folder| folder.set("server.body_bytes", 262_144));
    for length in [65_536, 65_537, 131_072] {
        let aad = vec![b'a'; length];
        let call = server.store.encrypt("demo", plaintext()).with_aad(&aad);
        let response = server.send(call).await;
        assert_xks_error(&response, 501, "UnsupportedOperationException");
    }
    // With the default cap on bodies it is refused as well, a stage earlier.
    let server = Server::start();
    let call = server
        .store
        .encrypt("demo", plaintext())
        .with_aad(vec![b'a'; 65_536]);
    let response = server.send(call).await;
    assert_xks_error(&response, 501, "UnsupportedOperationException");
}

/// The head of an unsigned request, and a body of this length.
fn unsigned(call: Call, length: usize, chunked: bool) -> (Vec<u8>, Vec<u8>) {
    let mut request = call.request;
    request.body = vec![b' '; length];
    let body = request.body.clone();
    if chunked {
        request.body = Vec::new();
        request = request.add_header("Transfer-Encoding", "chunked");
        let mut framed = format!("{length:x}\r\n").into_bytes();
        framed.extend_from_slice(&body);
        framed.extend_from_slice(b"\r\n0\r\n\r\n");
        return (request.to_http1(), framed);
    }
    let bytes = request.to_http1();
    let head = bytes[..bytes.len() - length].to_vec();
    (head, body)
}

#[tokio::test]
async fn xks_131_a_large_body_is_cut_off_before_authentication() {
    let server = Server::start();
    for chunked in [false, true] {
        let (head, body) = unsigned(server.store.metadata("demo"), MIB, chunked);
        let mut connection = server.connect().await;
        connection.write(&head).await.unwrap();
        // No more than the cap and a little is needed to see that it is too long.
        connection.write(&body[..70_000]).await.unwrap();
        let response = connection.read_response(false).await.expect("an answer");
        assert_xks_error(&response, 501, "UnsupportedOperationException");
        assert_eq!(response.header("connection"), Some("close"));
        assert!(connection.closes().await);
    }
}

#[tokio::test]
async fn xks_131_a_body_of_the_cap_is_read() {
    let server = Server::start();
    for (length, chunked, status) in [
        (65_536, false, 401),
        (65_536, true, 401),
        (65_537, false, 501),
        (65_537, true, 501),
    ] {
        let (head, body) = unsigned(server.store.metadata("demo"), length, chunked);
        let mut connection = server.connect().await;
        connection.write(&head).await.unwrap();
        connection.write(&body).await.unwrap();
        let response = connection.read_response(false).await.expect("an answer");
        assert_eq!(
            response.status,
            status,
            "{length} {chunked}: {}",
            response.text()
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn xks_131_a_large_body_over_http2_is_cut_off() {
    let server = Server::start();
    let mut connection = server.connect_http2().await;
    let mut request = server.store.metadata("demo").request;
    request.body = vec![b' '; MIB];
    // The stream may be reset while the body is still on its way.
    if let Ok(response) = connection.try_send(&request).await {
        assert_xks_error(&response, 501, "UnsupportedOperationException");
    }
    server.send(server.store.metadata("demo")).await.ok();
}

/// The most memory that the server has had, in bytes.
fn peak_memory(server: &Server) -> usize {
    let path = format!("/proc/{}/status", server.process_id());
    let status = std::fs::read_to_string(path).unwrap();
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))
        .unwrap();
    let kib: usize = line.trim().trim_end_matches(" kB").parse().unwrap();
    kib * 1024
}

#[tokio::test]
async fn xks_131_memory_stays_bounded_under_large_bodies() {
    let server = Server::start();
    server
        .send(server.store.encrypt("demo", plaintext()))
        .await
        .ok();
    let before = peak_memory(&server);
    let mut connections = Vec::new();
    for _ in 0..32 {
        connections.push(server.connect().await);
    }
    let (head, body) = unsigned(server.store.metadata("demo"), MIB, true);
    for connection in &mut connections {
        connection.write(&head).await.unwrap();
        connection.write(&body[..65_000]).await.unwrap();
    }
    for connection in &mut connections {
        connection.write(&body[65_000..100_000]).await.unwrap();
        let response = connection.read_response(false).await.expect("an answer");
        assert_xks_error(&response, 501, "UnsupportedOperationException");
    }
    let grown = peak_memory(&server) - before;
    // 32 bodies of 64 KiB and what TLS and HTTP keep for each connection; the
    // bodies as they were sent would have been 32 MiB.
    assert!(grown < 16 * MIB, "{grown} bytes");
}

#[tokio::test]
async fn xks_132_more_requests_than_configured_are_throttled() {
    let server = Server::start_with(|folder| {
        misbehaving(folder);
        folder.set("server.requests_in_flight", 1);
    });
    // Sleeps in an import until its deadline, and holds no thread meanwhile.
    let slow = server.store.encrypt("waits", plaintext()).sign();
    server.forbidden.note_request(&slow);
    let mut first = server.connect().await;
    first.write(&slow.to_http1()).await.unwrap();
    let mut statuses = Vec::new();
    let slow = {
        let answered = first.read_response(false);
        tokio::pin!(answered);
        loop {
            tokio::select! {
                response = &mut answered => break response.expect("an answer"),
                response = server.send(server.store.metadata("good")) => {
                    statuses.push(response.status);
                    if response.status != 200 {
                        assert_xks_error(&response, 429, "ThrottlingException");
                    }
                }
            }
        }
    };
    // The two met at least once, and one of them was refused.
    if slow.status == 429 {
        assert_xks_error(&slow, 429, "ThrottlingException");
    } else {
        assert_xks_error(&slow, 503, "DependencyTimeoutException");
        assert!(statuses.contains(&429), "{statuses:?}");
    }
    server.send(server.store.metadata("good")).await.ok();
}

#[tokio::test]
async fn xks_137_more_connections_than_configured_wait() {
    let server = Server::start_with(|folder| folder.set("server.connections", 1));
    let mut first = server.connect().await;
    // Before a request has authenticated it would give way to the second.
    let call = server.store.metadata("demo");
    server.send_on(&mut first, call).await.ok();
    let second = server.connect();
    tokio::pin!(second);
    let busy = async {
        for _ in 0..20 {
            let call = server.store.metadata("demo");
            server.send_on(&mut first, call).await.ok();
        }
    };
    tokio::select! {
        biased;
        _ = &mut second => panic!("two connections at once"),
        () = busy => {}
    }
    // Its turn comes when the first has gone.
    drop(first);
    let mut second = second.await;
    server
        .send_on(&mut second, server.store.metadata("demo"))
        .await
        .ok();
}

#[tokio::test]
async fn xks_015_http_1_0_is_not_kept_open() {
    let server = Server::start();
    let bytes = server.store.metadata("demo").request.to_http1();
    let text = String::from_utf8(bytes)
        .unwrap()
        .replace("HTTP/1.1", "HTTP/1.0");
    let mut connection = server.connect().await;
    connection.write(text.as_bytes()).await.unwrap();
    let response = connection.read_response(false).await.expect("an answer");
    assert_xks_error(&response, 401, "AuthenticationFailedException");
    assert!(connection.closes().await);
}

#[tokio::test]
async fn xks_105_nonsense_after_a_request_does_not_spoil_its_answer() {
    let server = Server::start();
    let request = server.store.metadata("demo").sign();
    server.forbidden.note_request(&request);
    let mut bytes = request.to_http1();
    bytes.extend_from_slice(b"\x16\x03\x01 this is no request\r\n\r\n");
    let mut connection = server.connect().await;
    connection.write(&bytes).await.unwrap();
    connection
        .read_response(false)
        .await
        .expect("an answer")
        .ok();
    // The rest is refused with the connection.
    while let Some(response) = connection.read_response(false).await {
        assert_eq!(response.status, 400, "{}", response.text());
    }
    server.send(server.store.metadata("demo")).await.ok();
}

#[tokio::test]
async fn xks_105_ambiguous_lengths_are_never_served() {
    let server = Server::start();
    let request = server.store.metadata("demo").sign();
    let length = request.body.len().to_string();
    let longer = (request.body.len() + 1).to_string();
    let twice = request.clone().add_header("Content-Length", &length);
    let twice = twice.add_header("Content-Length", &longer);
    let both = request.clone().add_header("Content-Length", &length);
    let both = both.add_header("Transfer-Encoding", "chunked");
    let unknown = request.add_header("Transfer-Encoding", "rot13");
    for request in [twice, both, unknown] {
        server.forbidden.note_request(&request);
        let mut connection = server.connect().await;
        connection.write(&request.to_http1()).await.unwrap();
        if let Some(response) = connection.read_response(false).await {
            assert_ne!(response.status, 200, "{}", response.text());
        }
    }
}

#[tokio::test]
async fn xks_105_too_many_and_too_large_headers_are_refused() {
    let server = Server::start();
    let many = (0..500).fold(server.store.metadata("demo").sign(), |request, index| {
        request.add_header(&format!("X-Header-{index}"), "a")
    });
    let large = server.store.metadata("demo").sign();
    let large = large.add_header("X-Large", &"a".repeat(MIB));
    for request in [many, large] {
        server.forbidden.note_request(&request);
        let mut connection = server.connect().await;
        let _ = connection.write(&request.to_http1()).await;
        if let Some(response) = connection.read_response(false).await {
            assert_ne!(response.status, 200, "{}", response.text());
        }
    }
    server.send(server.store.metadata("demo")).await.ok();
}

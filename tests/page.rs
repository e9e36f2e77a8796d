//! The page of a host: who gets it. `tests/page/run` is about what it shows.

use serde_json::Value;
use tokio::net::TcpStream;

use crate::harness::http1::Http1;
use crate::harness::{Request, Response, Server};

fn served() -> (Server, String) {
    let server = Server::start_with(|folder| folder.set("server.page_listen", "127.0.0.1:0"));
    let log = server.log();
    let (_, rest) = log.split_once("the page is at http://").expect("a page");
    let address = rest.split('/').next().unwrap().to_owned();
    (server, address)
}

async fn ask(address: &str, target: &str, host: &str, headers: &[(&str, &str)]) -> Response {
    let mut connection = Http1::over(TcpStream::connect(address).await.expect("it listens"));
    let own = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    let request = Request {
        method: "GET".to_owned(),
        target: target.to_owned(),
        authority: Some(host.to_owned()),
        headers: headers.iter().map(own).collect(),
        body: Vec::new(),
    };
    connection.send(&request).await
}

#[tokio::test]
async fn the_page_shows_requests_and_no_payload() {
    let (server, address) = served();
    server
        .send(server.store.encrypt(server.keys().usable, "x"))
        .await
        .ok();
    let page = ask(&address, "/", &address, &[]).await;
    assert!(page.text().contains("<html"), "{}", page.text());
    let state = ask(&address, "/state?after=0", &address, &[]).await.text();
    let state: Value = serde_json::from_str(&state).expect("JSON");
    let [request] = &state["requests"].as_array().unwrap()[..] else {
        panic!("{state}");
    };
    assert_eq!(request["operation"], "Encrypt");
    assert_eq!(request["status"], 200);
    assert!(request["stages_us"]["crypto"].is_u64(), "{request}");
    let newer = ask(&address, "/state?after=1", &address, &[]).await.text();
    let newer: Value = serde_json::from_str(&newer).expect("JSON");
    assert_eq!(newer["requests"].as_array().map(Vec::len), Some(0));
}

#[tokio::test]
async fn another_site_gets_nothing_of_the_page() {
    let (_server, address) = served();
    for target in ["/", "/state?after=0", "/page.js"] {
        let rebound = ask(&address, target, "rebound.example", &[]).await;
        assert_eq!(rebound.status, 403, "{target}");
        let origin = [("origin", "https://evil.example")];
        assert_eq!(ask(&address, target, &address, &origin).await.status, 403);
        let site = [("sec-fetch-site", "cross-site")];
        assert_eq!(ask(&address, target, &address, &site).await.status, 403);
        assert_eq!(ask(&address, target, &address, &[]).await.status, 200);
    }
}

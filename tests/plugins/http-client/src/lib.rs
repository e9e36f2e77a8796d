//! A key backend whose external key ids name what it asks of upstreams over
//! `wasi:http`: with an ordinary client, `wstd`, and by hand where a client would not.
//! What comes of it is the code of an error, which the host records: the status of an
//! answer, or one of the numbers below.

mod by_hand;

use claviger_sdk::settings::Table;
use claviger_sdk::{
    AES_256, Call, DECRYPT, Decryption, ENCRYPT, Encryption, Error, ExternalKey, HealthReport,
    HealthStatus, KeyBackend, KeyManager, KeyStatus, Sealed,
};
use wstd::http::error::ErrorCode;
use wstd::http::{Body, Client, HeaderValue, Method, Request};
use wstd::runtime::block_on;
use wstd::time::Duration;

use by_hand::Held;

#[derive(Default)]
struct HttpClient {
    held: Held,
}

claviger_sdk::key_backend!(HttpClient);

impl KeyBackend for HttpClient {
    fn configure(_: &Table<'_>) -> Option<Self> {
        Some(Self::default())
    }

    fn lookup(&self, _: &Call, id: &str) -> Result<ExternalKey, Error> {
        if let Some(authority) = id.strip_prefix("looks-at-") {
            let code = outcome(get(&format!("http://{authority}/ok")), Client::new());
            return Err(Error::internal("see the code").with_code(code));
        }
        Ok(ExternalKey {
            handle: id.into(),
            key_spec: AES_256.into(),
            key_usage: vec![ENCRYPT.into(), DECRYPT.into()],
            key_status: KeyStatus::Enabled,
            ciphertext_metadata: Vec::new(),
            fresh_for_ms: 500,
            requests_at_once: 1,
            host_cipher: None,
        })
    }

    fn encrypt(&self, handle: &[u8], _: &Encryption) -> Result<Sealed, Error> {
        let id = std::str::from_utf8(handle).unwrap_or_default();
        let code = match id.split_once('-').unwrap_or((id, "")) {
            ("get", path) => outcome(
                get(&format!("http://one/{}", path.replace('.', "/"))),
                Client::new(),
            ),
            ("asks", what) => outcome(asked(what), Client::new()),
            ("impatient", _) => {
                let mut client = Client::new();
                client.set_first_byte_timeout(Duration::from_millis(30));
                outcome(get("http://one/wrong/late"), client)
            }
            ("hand", what) => self.held.try_it(what),
            _ => 0,
        };
        Err(Error::internal("see the code").with_code(code))
    }

    fn decrypt(&self, _: &[u8], _: &Decryption) -> Result<Vec<u8>, Error> {
        Err(Error::invalid_ciphertext())
    }

    fn check_health(&self, _: &Call) -> Result<HealthReport, Error> {
        Ok(HealthReport {
            vendor: "Claviger tests".into(),
            key_managers: vec![KeyManager {
                id: "http-client".into(),
                model: "http-client 1".into(),
                health_status: HealthStatus::Active,
            }],
        })
    }
}

fn get(uri: &str) -> Request<Body> {
    with("GET", uri, &[], Body::empty())
}

fn with(method: &str, uri: &str, headers: &[(&str, &str)], body: Body) -> Request<Body> {
    let method = Method::from_bytes(method.as_bytes()).unwrap();
    let request = Request::builder().method(method).uri(uri);
    let request = headers.iter().fold(request, |request, (name, value)| {
        request.header(*name, *value)
    });
    request.body(body).unwrap()
}

/// Requests of which most should not get through.
fn asked(what: &str) -> Request<Body> {
    let header =
        |name: &str, value: &str| with("GET", "http://one/ok", &[(name, value)], Body::empty());
    match what {
        "https" => get("https://one/ok"),
        "another-upstream" => get("http://two/ok"),
        "a-port" => get("http://one:80/ok"),
        "an-address" => get("http://127.0.0.1/ok"),
        "a-user" => get("http://one@two/ok"),
        "says-secretly" => {
            let request = with("GET", "http://never-log-this/ok", &[], Body::empty());
            let (mut head, body) = request.into_parts();
            head.headers
                .insert("x-a", HeaderValue::from_bytes(b"\xff").unwrap());
            Request::from_parts(head, body)
        }
        "another-path" => get("http://one/other"),
        "upwards" => get("http://one/ok/../other"),
        "options" => with("OPTIONS", "http://one/ok", &[], Body::empty()),
        "other-method" => with("FETCH", "http://one/ok", &[], Body::empty()),
        "host-header" => header("host", "other"),
        "hop-by-hop" => header("te", "trailers"),
        "posts" => with(
            "POST",
            "http://one/counts",
            &[],
            vec![b'a'; 100 << 10].into(),
        ),
        "long-body" => with(
            "POST",
            "http://one/counts",
            &[],
            vec![b'a'; (1 << 20) + 1].into(),
        ),
        "many-headers" => {
            let names: Vec<_> = (0..40).map(|number| format!("x-{number}")).collect();
            let headers: Vec<_> = names.iter().map(|name| (&**name, "a")).collect();
            with("GET", "http://one/ok", &headers, Body::empty())
        }
        "sends-hidden" => header("claviger-secret-authorization", "Bearer hidden"),
        "hidden-back" => with(
            "GET",
            "http://one/shows",
            &[("claviger-secret-x-a", "hidden")],
            Body::empty(),
        ),
        "operators-back" => get("http://one/operator"),
        "bound-elsewhere" => header("claviger-secret-x-a", "elsewhere"),
        "no-secret" => header("claviger-secret-x-a", "Bearer none"),
        "secret-host" => header("claviger-secret-host", "hidden"),
        _ => get("http://one/ok"),
    }
}

fn outcome(request: Request<Body>, client: Client) -> u32 {
    match block_on(answer(request, &client)) {
        Ok(code) => code,
        Err(error) => error.downcast_ref().map_or(19, code),
    }
}

async fn answer(request: Request<Body>, client: &Client) -> Result<u32, wstd::http::Error> {
    let path = request.uri().path().to_owned();
    let mut response = client.send(request).await?;
    let status = response.status().as_u16();
    let headers = format!("{:?}", response.headers());
    let body = response.body_mut().contents().await?;
    let body = String::from_utf8_lossy(body);
    let as_expected = match &*path {
        "/wrong/packed" => headers.contains("gzip") && body.contains("not unpacked"),
        "/counts" => body == "102400",
        _ => true,
    };
    Ok(
        if headers.contains("never-log") || body.contains("never-log") {
            30
        } else if !as_expected {
            31
        } else {
            status.into()
        },
    )
}

/// The first seven are those of the plugin `caller`.
fn code(error: &ErrorCode) -> u32 {
    match error {
        ErrorCode::DestinationNotFound => 1,
        ErrorCode::HttpRequestDenied => 2,
        ErrorCode::ConnectionLimitReached => 3,
        ErrorCode::HttpResponseTimeout => 4,
        ErrorCode::DestinationUnavailable => 5,
        ErrorCode::HttpResponseIncomplete => 6,
        ErrorCode::HttpResponseBodySize(_) => 7,
        ErrorCode::HttpRequestBodySize(_) => 8,
        ErrorCode::HttpRequestMethodInvalid => 9,
        ErrorCode::ConnectionTerminated => 10,
        _ => 18,
    }
}

//! A key backend whose external key ids name what it asks of upstreams, while it has a
//! plaintext in its hands. What comes of it is the code of an error, which the host
//! records: the status of an answer, or one of the numbers below.

use claviger_sdk::http::{self, HttpError, Method, Request};
use claviger_sdk::secrets::{self, SecretError};
use claviger_sdk::settings::Table;
use claviger_sdk::streams::{Connection, StreamError};
use claviger_sdk::{
    AES_256, Call, DECRYPT, Decryption, ENCRYPT, Encryption, Error, ExternalKey, HealthReport,
    HealthStatus, KeyBackend, KeyManager, KeyStatus, Sealed, log,
};
use std::cell::RefCell;

#[derive(Default)]
struct Caller {
    /// What it does not let go of.
    held: RefCell<Vec<Connection>>,
}

claviger_sdk::key_backend!(Caller);

impl KeyBackend for Caller {
    fn configure(_: &Table<'_>) -> Option<Self> {
        Some(Self::default())
    }

    fn lookup(&self, _: &Call, id: &str) -> Result<ExternalKey, Error> {
        if let Some(text) = id.strip_prefix("says-") {
            let shown = secrets::reveal("shown")?;
            log::info(format!("{text} {}", String::from_utf8_lossy(&shown)));
            log::info(format!("{text} nothing"));
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

    fn encrypt(&self, handle: &[u8], request: &Encryption) -> Result<Sealed, Error> {
        let id = std::str::from_utf8(handle).unwrap_or_default();
        let code = match id.split_once('-').unwrap_or((id, "")) {
            ("get", path) => outcome(&get(path)),
            ("repeat", path) => outcome(&get(path).repeatable()),
            ("post", path) => outcome(&Request::new("one", Method::Post, format!("/{path}"))),
            ("asks", what) => outcome(&asked(what, &request.plaintext)),
            ("reveals", name) => match secrets::reveal(name) {
                Ok(_) => 20,
                Err(SecretError::NoSuchSecret) => 21,
                Err(SecretError::NotRevealed) => 22,
                Err(SecretError::Invalid(_)) => 23,
            },
            ("streams", what) => self.stream(what),
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
                id: "caller".into(),
                model: "caller 1".into(),
                health_status: HealthStatus::Active,
            }],
        })
    }
}

fn get(path: &str) -> Request {
    let mut request = Request::new("one", Method::Get, format!("/{}", path.replace('.', "/")));
    request.repeatable = false;
    request
}

/// Requests that a plugin should not get through.
fn asked(what: &str, plaintext: &[u8]) -> Request {
    let plaintext: String = plaintext.iter().map(|byte| format!("{byte:02x}")).collect();
    match what {
        "another-upstream" => Request::new("two", Method::Get, "/ok"),
        "tls-upstream" => Request::new("raw", Method::Get, "/ok"),
        "another-path" => Request::new("one", Method::Get, format!("/other/{plaintext}")),
        "upwards" => Request::new("one", Method::Get, "/ok/../other"),
        "another-host" => Request::new("one", Method::Get, "http://169.254.169.254/latest"),
        "absolute" => Request::new("one", Method::Get, "//169.254.169.254/ok"),
        "host-header" => get("ok").header("Host", "other"),
        "framing" => get("ok").header("transfer-encoding", "chunked"),
        "split" => get("ok").header("x-a", "b\r\nx-c: d"),
        "operators-header" => get("shows").header("x-operator", "mine"),
        "many-headers" => (0..40).fold(get("ok"), |request, number| {
            request.header(&format!("x-{number}"), "a")
        }),
        "long-body" => Request::new("one", Method::Post, "/ok").body(vec![0; (1 << 20) + 1]),
        "hidden-back" => get("shows").secret("x-a", "Bearer ", "hidden"),
        "operators-back" => get("operator"),
        "bound-elsewhere" => get("ok").secret("x-a", "", "elsewhere"),
        "no-secret" => get("ok").secret("x-a", "", "none"),
        _ => get("ok"),
    }
}

fn outcome(request: &Request) -> u32 {
    match http::send(request) {
        Ok(response) => {
            let shown = response.headers.iter().any(|(_, value)| value.contains("never-log"));
            let shown = shown || String::from_utf8_lossy(&response.body).contains("never-log");
            if shown { 30 } else { response.status.into() }
        }
        Err(HttpError::NoSuchUpstream) => 1,
        Err(HttpError::Denied(_)) => 2,
        Err(HttpError::Throttled) => 3,
        Err(HttpError::Deadline) => 4,
        Err(HttpError::Unreachable(_)) => 5,
        Err(HttpError::Broken(_)) => 6,
        Err(HttpError::Refused(_)) => 7,
    }
}

impl Caller {
    fn stream(&self, what: &str) -> u32 {
        let run = || -> Result<u32, StreamError> {
            match what {
                // As many as it gets, and it never lets go.
                "hoard" => loop {
                    match Connection::open("raw", true) {
                        Ok(connection) => self.held.borrow_mut().push(connection),
                        Err(_) => return Ok(100 + self.held.borrow().len() as u32),
                    }
                },
                // What an earlier call held is of no use.
                "held" => match self.held.borrow().first() {
                    Some(connection) => connection.write(b"ping").map(|()| 200),
                    None => Ok(99),
                },
                "http" => Connection::open("one", false).map(|_| 200),
                "much" => Connection::open("raw", false)?.read(u32::MAX).map(|_| 200),
                _ => {
                    let connection = Connection::open("raw", false)?;
                    let used = connection.is_used();
                    connection.write(b"ping")?;
                    let answer = connection.read(4)?;
                    connection.keep();
                    Ok(if answer != b"pong" {
                        98
                    } else if used {
                        202
                    } else {
                        201
                    })
                }
            }
        };
        match run() {
            Ok(code) => code,
            Err(StreamError::NoSuchUpstream) => 1,
            Err(StreamError::Denied(_)) => 2,
            Err(StreamError::Throttled) => 3,
            Err(StreamError::Deadline) => 4,
            Err(StreamError::Unreachable(_)) => 5,
            Err(StreamError::Closed) => 6,
        }
    }
}

//! A proxy in this process: TLS, the four APIs with AES-256-GCM, a record of what
//! it was asked, and answers that a test puts in the place of its own.

use std::collections::{BTreeMap, VecDeque};
use std::convert::Infallible;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::Mutex;

use aws_lc_rs::aead::{AES_256_GCM, Aad, Nonce, RandomizedNonceKey};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use claviger_xks::credential::Credential;
use claviger_xks::integrity::integrity_value;
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::ServerConfig;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::sync::Barrier;
use tokio_rustls::TlsAcceptor;

/// The host of every endpoint.
pub(crate) const HOST: &str = "xks.example.com";
/// The ciphertext metadata of the proxy.
const METADATA: &[u8] = b"v1";

/// What a proxy answers instead of doing what it is asked.
#[derive(Clone)]
pub(crate) enum Answer {
    /// A status and a body.
    Says(u16, Value),
    /// The same as bytes, with another media type.
    Bytes(u16, &'static str, Vec<u8>),
    /// Nothing, for longer than KMS waits.
    Late,
    /// What it would have answered, when as many have come as the barrier wants.
    Together(Arc<Barrier>),
    /// What it would have answered, changed.
    Changed(fn(&mut Value)),
}

impl Answer {
    /// An error name, with the status that it has.
    pub(crate) fn error(status: u16, name: &str) -> Self {
        let message = "a message that callers of KMS are not told";
        Self::Says(
            status,
            json!({ "errorName": name, "errorMessage": message }),
        )
    }
}

/// One call that came.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Call {
    pub(crate) path: String,
    pub(crate) authorization: String,
    pub(crate) body: Value,
}

impl Call {
    pub(crate) fn metadata(&self) -> &Value {
        &self.body["requestMetadata"]
    }
}

/// A running proxy.
pub(crate) struct Proxy {
    pub(crate) address: SocketAddr,
    pub(crate) credential: Credential,
    inside: Arc<Inside>,
    directory: TempDir,
}

struct Inside {
    key: RandomizedNonceKey,
    calls: Mutex<Vec<Call>>,
    answers: Mutex<VecDeque<Answer>>,
    standing: Mutex<Option<Answer>>,
    keys: Mutex<BTreeMap<String, Value>>,
}

impl Proxy {
    /// Starts one that has the key `demo`.
    pub(crate) async fn start() -> Self {
        let directory = TempDir::new().unwrap();
        let acceptor = certificates(directory.path());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let inside = Arc::new(Inside {
            key: RandomizedNonceKey::new(&AES_256_GCM, &[7; 32]).unwrap(),
            calls: Mutex::default(),
            answers: Mutex::default(),
            standing: Mutex::default(),
            keys: Mutex::new(BTreeMap::from([("demo".to_owned(), usable())])),
        });
        tokio::spawn(accept(listener, acceptor, Arc::clone(&inside)));
        Self {
            address,
            credential: Credential::generate().unwrap(),
            inside,
            directory,
        }
    }

    /// The CA of its certificate.
    pub(crate) fn ca_file(&self) -> PathBuf {
        self.directory.path().join("ca.pem")
    }

    /// Answers the next call so.
    pub(crate) fn next(&self, answer: Answer) {
        self.inside.answers.lock().unwrap().push_back(answer);
    }

    /// Answers every call so, until it is told otherwise.
    pub(crate) fn always(&self, answer: Option<Answer>) {
        *self.inside.standing.lock().unwrap() = answer;
    }

    /// Has another key.
    pub(crate) fn add_key(&self, id: &str) {
        self.inside
            .keys
            .lock()
            .unwrap()
            .insert(id.to_owned(), usable());
    }

    /// The calls that came since the last time.
    pub(crate) fn take_calls(&self) -> Vec<Call> {
        std::mem::take(&mut self.inside.calls.lock().unwrap())
    }
}

fn usable() -> Value {
    json!({ "keySpec": "AES_256", "keyUsage": ["ENCRYPT", "DECRYPT"], "keyStatus": "ENABLED" })
}

fn certificates(directory: &Path) -> TlsAcceptor {
    let mut ca = CertificateParams::new(Vec::new()).unwrap();
    ca.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let ca = CertifiedIssuer::self_signed(ca, KeyPair::generate().unwrap()).unwrap();
    let key = KeyPair::generate().unwrap();
    let names = vec![HOST.to_owned(), "localhost".to_owned()];
    let leaf = CertificateParams::new(names).unwrap();
    let leaf = leaf.signed_by(&key, &ca).unwrap();
    std::fs::write(directory.join("ca.pem"), ca.pem()).unwrap();
    std::fs::write(directory.join("leaf.pem"), leaf.pem()).unwrap();
    std::fs::write(directory.join("leaf.key"), key.serialize_pem()).unwrap();
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![leaf.der().clone()], key)
        .unwrap();
    TlsAcceptor::from(Arc::new(config))
}

async fn accept(listener: TcpListener, acceptor: TlsAcceptor, inside: Arc<Inside>) {
    while let Ok((stream, _)) = listener.accept().await {
        let (acceptor, inside) = (acceptor.clone(), Arc::clone(&inside));
        tokio::spawn(async move {
            let Ok(stream) = acceptor.accept(stream).await else {
                return;
            };
            let service = service_fn(move |request| {
                let inside = Arc::clone(&inside);
                async move { Ok::<_, Infallible>(answer(&inside, request).await) }
            });
            let _ = http1::Builder::new()
                .serve_connection(TokioIo::new(stream), service)
                .await;
        });
    }
}

async fn answer(inside: &Inside, request: Request<Incoming>) -> Response<Full<Bytes>> {
    let path = request.uri().path().to_owned();
    let authorization = request.headers()["authorization"]
        .to_str()
        .unwrap()
        .to_owned();
    let body = request.into_body().collect().await.unwrap().to_bytes();
    let body: Value = serde_json::from_slice(&body).unwrap();
    let call = Call {
        path: path.clone(),
        authorization,
        body: body.clone(),
    };
    inside.calls.lock().unwrap().push(call);
    let queued = inside.answers.lock().unwrap().pop_front();
    let told = queued.or_else(|| inside.standing.lock().unwrap().clone());
    match told {
        Some(Answer::Says(status, value)) => say(status, &value),
        Some(Answer::Bytes(status, media_type, bytes)) => respond(status, media_type, bytes),
        Some(Answer::Late) => std::future::pending().await,
        Some(Answer::Together(barrier)) => {
            barrier.wait().await;
            let (status, value) = inside.do_it(&path, &body);
            say(status, &value)
        }
        Some(Answer::Changed(change)) => {
            let (status, mut value) = inside.do_it(&path, &body);
            change(&mut value);
            say(status, &value)
        }
        None => {
            let (status, value) = inside.do_it(&path, &body);
            say(status, &value)
        }
    }
}

fn say(status: u16, value: &Value) -> Response<Full<Bytes>> {
    respond(status, "application/json", value.to_string().into_bytes())
}

fn respond(status: u16, media_type: &'static str, body: Vec<u8>) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::from(body)));
    *response.status_mut() = StatusCode::from_u16(status).unwrap();
    let media_type = media_type.parse().unwrap();
    response.headers_mut().insert("content-type", media_type);
    response
}

impl Inside {
    fn do_it(&self, path: &str, body: &Value) -> (u16, Value) {
        let mut parts = path.rsplit('/');
        match (parts.next().unwrap(), parts.next().unwrap()) {
            ("health", _) => (200, health()),
            (api, key) => {
                let keys = self.keys.lock().unwrap();
                let Some(metadata) = keys.get(key) else {
                    return (404, json!({ "errorName": "KeyNotFoundException" }));
                };
                match api {
                    "metadata" => (200, metadata.clone()),
                    "encrypt" => (200, self.encrypt(key, body)),
                    "decrypt" => self.decrypt(key, body),
                    other => panic!("{other}"),
                }
            }
        }
    }

    fn encrypt(&self, key: &str, body: &Value) -> Value {
        let aad = bytes(body, "additionalAuthenticatedData");
        let mut text = bytes(body, "plaintext");
        let all = [key.as_bytes(), &aad, METADATA].concat();
        let nonce = self
            .key
            .seal_in_place_append_tag(Aad::from(&all), &mut text)
            .unwrap();
        let tag = text.split_off(text.len() - 16);
        let mut answer = json!({
            "ciphertext": STANDARD.encode(&text),
            "ciphertextMetadata": STANDARD.encode(METADATA),
            "initializationVector": STANDARD.encode(nonce.as_ref()),
            "authenticationTag": STANDARD.encode(&tag),
        });
        if body["ciphertextDataIntegrityValueAlgorithm"] == "SHA_256" {
            let value = integrity_value(&aad, METADATA, nonce.as_ref(), &text, &tag);
            answer["ciphertextDataIntegrityValue"] = STANDARD.encode(value).into();
        }
        answer
    }

    fn decrypt(&self, key: &str, body: &Value) -> (u16, Value) {
        let aad = bytes(body, "additionalAuthenticatedData");
        let metadata = bytes(body, "ciphertextMetadata");
        let all = [key.as_bytes(), &aad, &metadata].concat();
        let mut text = [bytes(body, "ciphertext"), bytes(body, "authenticationTag")].concat();
        let nonce: [u8; 12] = bytes(body, "initializationVector").try_into().unwrap();
        match self
            .key
            .open_in_place(Nonce::from(&nonce), Aad::from(&all), &mut text)
        {
            Ok(plaintext) => (200, json!({ "plaintext": STANDARD.encode(plaintext) })),
            Err(_) => (400, json!({ "errorName": "InvalidCiphertextException" })),
        }
    }
}

/// What a proxy says that is well.
pub(crate) fn health() -> Value {
    json!({
        "xksProxyFleetSize": 1,
        "xksProxyVendor": "Test",
        "xksProxyModel": "Test 1",
        "ekmVendor": "Test",
        "ekmFleetDetails": [{ "id": "1", "model": "Test", "healthStatus": "ACTIVE" }],
    })
}

fn bytes(body: &Value, name: &str) -> Vec<u8> {
    let text = body[name].as_str().unwrap_or_default();
    STANDARD.decode(text).unwrap()
}

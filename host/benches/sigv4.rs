//! What the protocol costs without TLS, HTTP and plugins:
//! `cargo bench -p claviger --bench sigv4`.

#![expect(
    clippy::expect_used,
    reason = "a benchmark that meets the unexpected should panic"
)]

#[path = "load/kms_request.rs"]
#[expect(dead_code, reason = "written for the load comparison")]
mod kms_request;
#[path = "load/native_aes_gcm.rs"]
#[expect(dead_code, reason = "written for the load comparison")]
mod native_aes_gcm;

use std::hint::black_box;
use std::time::SystemTime;

use claviger_xks::credential::Credential;
use claviger_xks::framing::{AdditionalAuthenticatedData, CiphertextMetadata};
use claviger_xks::request::EncryptRequest;
use claviger_xks::response::EncryptResponse;
use claviger_xks::sigv4::{Credentials, UnauthenticatedRequest, authenticate};
use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use hyper::Method;
use hyper::header::{HeaderMap, HeaderName, HeaderValue};

use kms_request::{AAD, Call, PLAINTEXT};
use native_aes_gcm::NativeKey;

criterion_group!(benches, signature, json, aes_gcm);
criterion_main!(benches);

/// Where `claviger dev` serves its key store.
const URI_PATH: &str = "/demo/kms/xks/v1";

/// A request as a server has it after HTTP.
struct Received {
    path: String,
    headers: HeaderMap,
    body: Vec<u8>,
}

impl Received {
    fn new(request: &[u8]) -> Self {
        let text = str::from_utf8(request).expect("ASCII");
        let (head, body) = text.split_once("\r\n\r\n").expect("a head and a body");
        let (line, fields) = head.split_once("\r\n").expect("a request line");
        let headers = fields.lines().map(|field| {
            let (name, value) = field.split_once(": ").expect("a field");
            let name: HeaderName = name.parse().expect("a name");
            (name, HeaderValue::from_str(value).expect("a value"))
        });
        Self {
            path: line.split(' ').nth(1).expect("a target").to_owned(),
            headers: headers.collect(),
            body: body.as_bytes().to_vec(),
        }
    }
}

fn signature(criterion: &mut Criterion) {
    let credential = Credential::generate().expect("random bytes");
    let now = SystemTime::now();
    let received = Received::new(&Call::encrypt(false).to_bytes(URI_PATH, &credential, now));
    let credentials = Credentials::new([credential]).expect("one credential");
    let request = UnauthenticatedRequest {
        method: &Method::POST,
        path: &received.path,
        authority: None,
        headers: &received.headers,
        body: &received.body,
    };
    criterion.bench_function("SigV4 verification of Encrypt", |bencher| {
        bencher.iter(|| {
            authenticate(black_box(&request), &credentials, now).expect("a good signature")
        });
    });
}

fn json(criterion: &mut Criterion) {
    let credential = Credential::generate().expect("random bytes");
    let request = Call::encrypt(false).to_bytes(URI_PATH, &credential, SystemTime::now());
    let body = Received::new(&request).body;
    criterion.bench_function("parse the body of Encrypt", |bencher| {
        bencher.iter(|| EncryptRequest::parse(black_box(&body)).expect("a good request"));
    });
    let response = EncryptResponse {
        ciphertext: &[7; PLAINTEXT],
        ciphertext_metadata: &CiphertextMetadata::new(&[0, 0, 0, 1]).expect("4 bytes"),
        initialization_vector: &[1; 12],
        authentication_tag: &[2; 16],
        ciphertext_data_integrity_value: None,
    };
    criterion.bench_function("write the answer to Encrypt", |bencher| {
        bencher.iter(|| black_box(&response).to_json());
    });
}

fn aes_gcm(criterion: &mut Criterion) {
    let key = NativeKey::generate();
    let metadata = CiphertextMetadata::new(&[0, 0, 0, 1]).expect("4 bytes");
    for (plaintext, aad_bytes) in [(PLAINTEXT, AAD), (4096, 8192)] {
        let aad = AdditionalAuthenticatedData::try_from(vec![9; aad_bytes]).expect("64 KiB");
        let name = format!("native AES-256-GCM, {plaintext} + {aad_bytes} bytes");
        criterion.bench_function(&name, |bencher| {
            bencher.iter_batched_ref(
                || vec![7; plaintext],
                |text| key.seal(&aad, &metadata, text),
                BatchSize::SmallInput,
            );
        });
    }
}

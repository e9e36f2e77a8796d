//! What calls of the stock plugins cost, through the pools that requests use and
//! without a server: `cargo bench -p claviger --bench plugin_calls`.

#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "a benchmark that meets the unexpected should panic"
)]

#[path = "load/kms_request.rs"]
#[expect(dead_code, reason = "written for the load comparison")]
mod kms_request;
#[path = "load/native_aes_gcm.rs"]
#[expect(dead_code, reason = "written for the load comparison")]
mod native_aes_gcm;
#[path = "load/state_folder.rs"]
#[expect(dead_code, reason = "written for the load comparison")]
mod state_folder;

use claviger::measure::Plugins;
use claviger_config::Configuration;
use claviger_xks::framing::{AdditionalAuthenticatedData, CiphertextMetadata};
use claviger_xks::request::EncryptRequest;
use claviger_xks::uri::ExternalKeyId;
use criterion::{Criterion, criterion_group, criterion_main};
use tokio::runtime::Runtime;

use kms_request::{AAD, Call, PLAINTEXT};
use native_aes_gcm::NativeKey;
use state_folder::{CIPHER_GUEST, PER_REQUEST, StateFolder};

criterion_group!(benches, plugin_calls);
criterion_main!(benches);

/// Bytes of plaintext and of additional authenticated data: a data key with its
/// encryption context, and the most that the specification asks for.
const SIZES: [(usize, usize); 2] = [(PLAINTEXT, AAD), (4096, 8192)];

fn plugin_calls(criterion: &mut Criterion) {
    let folder = StateFolder::make();
    let runtime = Runtime::new().expect("a runtime starts");
    native(criterion);
    for (name, variation) in [
        ("host", &[][..]),
        ("guest", CIPHER_GUEST),
        ("host, per-request", PER_REQUEST),
    ] {
        let configuration = Configuration::load(&folder.variation("measured", variation))
            .expect("a configuration of claviger dev");
        let plugins = runtime
            .block_on(Plugins::assemble(&configuration))
            .unwrap_or_else(|faults| panic!("{}", claviger_config::report(&faults)));
        measure(criterion, &runtime, &plugins, name);
    }
}

fn native(criterion: &mut Criterion) {
    let key = NativeKey::generate();
    let metadata = CiphertextMetadata::new(&[0, 0, 0, 1]).expect("4 bytes");
    for (plaintext, aad_bytes) in SIZES {
        let (aad, plaintext) = (aad(aad_bytes), vec![7; plaintext]);
        let name = format!(
            "native/AES-256-GCM, {} + {aad_bytes} bytes",
            plaintext.len()
        );
        criterion.bench_function(&name, |bencher| {
            // With a copy, because the backend's caller keeps the plaintext too.
            bencher.iter(|| {
                let mut text = plaintext.clone();
                (key.seal(&aad, &metadata, &mut text), text)
            });
        });
    }
}

fn measure(criterion: &mut Criterion, runtime: &Runtime, plugins: &Plugins, name: &str) {
    let key: &ExternalKeyId = &"demo".parse().expect("a key id");
    let request = EncryptRequest::parse(Call::encrypt(false).body().as_bytes()).expect("good");
    let mut group = criterion.benchmark_group(name);
    for (name, callers) in [("policy", u32::MAX), ("policy, decision repeated", 1)] {
        let mut number = 0;
        group.bench_function(name, |bencher| {
            bencher.to_async(runtime).iter(|| {
                let mut metadata = request.metadata.clone();
                number = (number + 1) % callers;
                metadata.aws_principal_arn = format!("arn:aws:iam::111122223333:user/{number}");
                async move {
                    let allowed = plugins.authorize(key, &metadata).await;
                    assert!(allowed.expect("an answer"));
                }
            });
        });
    }
    group.bench_function("key lookup", |bencher| {
        bencher.to_async(runtime).iter(|| async {
            plugins.find(key).await.expect("a key");
        });
    });
    for (plaintext, aad_bytes) in SIZES {
        let (aad, plaintext) = (aad(aad_bytes), vec![7; plaintext]);
        let sizes = format!("{} + {aad_bytes} bytes", plaintext.len());
        group.bench_function(format!("key lookup, encrypt, {sizes}"), |bencher| {
            bencher.to_async(runtime).iter(|| async {
                let mut found = plugins.find(key).await.expect("a key");
                found.encrypt(&aad, &plaintext).await.expect("a ciphertext")
            });
        });
        group.bench_function(format!("key lookup, encrypt, verify, {sizes}"), |bencher| {
            bencher.to_async(runtime).iter(|| async {
                let mut found = plugins.find(key).await.expect("a key");
                found
                    .encrypt_and_verify(&aad, &plaintext)
                    .await
                    .expect("a value")
            });
        });
    }
    group.finish();
}

fn aad(bytes: usize) -> AdditionalAuthenticatedData {
    vec![9; bytes].try_into().expect("at most 64 KiB")
}

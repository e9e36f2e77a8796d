//! A process that is killed leaves everything that it answered.

use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::{Value, json};

use super::api::call;
use super::kms::{Kms, command};
use crate::harness::process::Process;
use crate::harness::{Server, text};

/// How many aliases are made before the process is killed.
const BEFORE: usize = 20;

#[test]
fn what_was_answered_is_there_after_sigkill() {
    let folder = tempfile::TempDir::new().unwrap();
    let dir = ["--dir", &text(&folder.path().join("state"))];
    let kms = Kms::start_with(Server::start(), &dir);
    let (store, arn) = kms.make_key();
    let encrypt = json!({ "KeyId": arn, "Plaintext": "aGVsbG8=" });
    let encrypted = kms.ok("Encrypt", &encrypt);

    let address = kms.process.address;
    let answered = AtomicUsize::new(0);
    std::thread::scope(|threads| {
        // Until nobody answers any more.
        threads.spawn(|| {
            for number in 0.. {
                let own = call(
                    address,
                    "CreateKey",
                    &json!({ "Description": number.to_string() }),
                    "",
                );
                if own.is_err() {
                    return;
                }
                answered.fetch_add(1, Ordering::SeqCst);
            }
        });
        while answered.load(Ordering::SeqCst) < BEFORE {
            std::thread::yield_now();
        }
        let process = i32::try_from(kms.process.id()).unwrap();
        let process = rustix::process::Pid::from_raw(process).unwrap();
        rustix::process::kill_process(process, rustix::process::Signal::KILL).unwrap();
    });
    let answered = answered.into_inner();
    let Kms { process, proxy } = kms;
    drop(process);

    let mut again = command(&proxy);
    again.args(dir);
    let kms = Kms {
        process: Process::start(again),
        proxy,
    };
    let listed = kms.ok("ListKeys", &json!({ "Limit": 1000 }));
    let keys = listed["Keys"].as_array().unwrap();
    let described = keys
        .iter()
        .map(|key| kms.ok("DescribeKey", &json!({ "KeyId": key["KeyId"] })));
    let descriptions: Vec<Value> = described
        .map(|described| described["KeyMetadata"]["Description"].clone())
        .collect();
    for number in 0..answered {
        assert!(
            descriptions.contains(&number.to_string().into()),
            "{number} of {answered}"
        );
    }
    let described = kms.ok(
        "DescribeCustomKeyStores",
        &json!({ "CustomKeyStoreId": store }),
    );
    assert_eq!(
        described["CustomKeyStores"][0]["ConnectionState"],
        "CONNECTED"
    );
    let decrypt = json!({ "CiphertextBlob": encrypted["CiphertextBlob"] });
    assert_eq!(kms.ok("Decrypt", &decrypt)["Plaintext"], "aGVsbG8=");
    kms.stop();
}

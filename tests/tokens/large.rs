//! A token with many keys, on which each search takes long (FLT-51).

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use tokio::task::JoinSet;

use super::folder;
use crate::harness::hsm::make_key;
use crate::harness::{Folder, assert_xks_error, plaintext};

/// Keys that nobody asks for, which `SoftHSM` reads in every search all the same.
const OTHERS: usize = 1000;
const CLIENTS: usize = 16;
/// From the first request to the time from which all are served.
const SERVED_WITHIN: Duration = Duration::from_secs(10);

/// A token with a thousand keys besides those that are used.
fn large() -> Folder {
    let mut folder = folder("softhsm");
    let settings = &mut folder.main_key_store()["backend"]["settings"];
    settings["label"] = "{key}".into();
    for key in 0..CLIENTS {
        folder.create_key(&key_of(key));
    }
    // One more key, a thousand times: copies of its file.
    let before = objects(&folder);
    make_key(folder.directory(), "AES:32", "filler");
    let made = objects(&folder);
    let filler = made.difference(&before).next().expect("a file");
    for number in 0..OTHERS {
        let name = format!("00000000-0000-0000-0000-{number:012}.object");
        std::fs::copy(filler, filler.with_file_name(name)).expect("room for a file");
    }
    folder
}

/// The files of all objects.
fn objects(folder: &Folder) -> BTreeSet<PathBuf> {
    let list = |path: PathBuf| std::fs::read_dir(path).expect("a folder").flatten();
    let tokens = list(folder.path("tokens")).map(|token| token.path());
    let files = tokens.flat_map(list).map(|file| file.path());
    files
        .filter(|file| file.extension().is_some_and(|it| it == "object"))
        .collect()
}

fn key_of(client: usize) -> String {
    format!("key-{client}")
}

#[tokio::test]
async fn flt_51_searches_that_are_late_are_not_begun_again() {
    let server = large().serve();
    let began = Instant::now();
    let mut clients = JoinSet::new();
    for client in 0..CLIENTS {
        let (mut connection, store) = (server.connect().await, server.store.clone());
        clients.spawn(async move {
            let mut in_a_row = 0;
            let mut late = 0;
            while in_a_row < 20 {
                let call = store.encrypt(&key_of(client), plaintext());
                let response = connection.send(&call.sign()).await;
                if response.status == 200 {
                    in_a_row += 1;
                } else {
                    assert_xks_error(&response, 503, "DependencyTimeoutException");
                    (in_a_row, late) = (0, late + 1);
                }
                assert!(began.elapsed() < SERVED_WITHIN, "{late} late");
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
            late
        });
    }
    while let Some(ended) = clients.join_next().await {
        // Half a second of those searches at the most, for one key.
        let late = ended.expect("served in time");
        assert!(late < 40, "{late} late");
    }
}

//! The storage's file from outside.

use std::time::{Duration, Instant};

use rusqlite::Connection;

use crate::harness::process::LIMIT;
use crate::harness::{Call, Deployment, Folder, Server};

/// With keys in software, whatever deployment is selected.
pub(super) fn folder() -> Folder {
    let folder = Folder::new(Deployment::software());
    folder.save();
    folder
}

/// The storage's file, as another program opens it.
pub(super) fn database(folder: &Folder) -> Connection {
    Connection::open(folder.path("keys.sqlite")).expect("the storage is there")
}

/// Changes a bit of what is stored under this name.
pub(super) fn damage(folder: &Folder, record: &str) {
    let database = database(folder);
    let row = "WHERE scope = 'demo' AND name = ?1";
    let select = format!("SELECT sealed FROM entry {row}");
    let mut sealed: Vec<u8> = database
        .query_row(&select, [record], |row| row.get(0))
        .expect("the record is there");
    sealed[20] ^= 1;
    let update = format!("UPDATE entry SET sealed = ?2 {row}");
    let changed = database.execute(&update, (record, sealed));
    assert_eq!(changed, Ok(1));
}

/// Sends the call until the answer has this status; none of the answers before may be
/// anything but one of those two.
pub(super) async fn until(server: &Server, call: impl Fn() -> Call, status: u16, before: u16) {
    let end = Instant::now() + LIMIT;
    loop {
        let response = server.send(call()).await;
        if response.status == status {
            return;
        }
        assert_eq!(response.status, before, "{}", response.text());
        assert!(Instant::now() < end, "never {status}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// The status of the key store's only key manager, as AWS KMS is told.
pub(super) async fn health(server: &Server) -> String {
    let report = server.send(server.store.health()).await.ok();
    let details = report["ekmFleetDetails"].as_array().expect("a list");
    details[0]["healthStatus"]
        .as_str()
        .expect("a text")
        .to_owned()
}

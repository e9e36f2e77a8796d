//! The storage's file from outside.

use rusqlite::Connection;

use crate::harness::{Deployment, Folder};

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
    let select = format!("SELECT sealed FROM record {row}");
    let mut sealed: Vec<u8> = database
        .query_row(&select, [record], |row| row.get(0))
        .expect("the record is there");
    sealed[20] ^= 1;
    let update = format!("UPDATE record SET sealed = ?2 {row}");
    let changed = database.execute(&update, (record, sealed));
    assert_eq!(changed, Ok(1));
}

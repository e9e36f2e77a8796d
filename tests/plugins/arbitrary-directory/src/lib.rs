//! A directory whose entries are drawn from the external key id. Only for ids that begin
//! with `any-` there may be none.

#[path = "../../arbitrary-backend/src/draw.rs"]
#[allow(dead_code, reason = "for the other plugins that draw")]
mod draw;

use claviger_sdk::settings::Table;
use claviger_sdk::{Call, DirectoryEntry, Error, KeyDirectory, KeyStatus};
use draw::Draw;

struct Arbitrary;

claviger_sdk::key_directory!(Arbitrary);

impl KeyDirectory for Arbitrary {
    fn configure(_: &Table<'_>) -> Option<Self> {
        Some(Self)
    }

    fn resolve(&self, _: &Call, id: &str) -> Result<DirectoryEntry, Error> {
        let mut draw = Draw::from(&format!("directory {id}"));
        if draw.seldom(16) {
            let text = draw.text("by chance");
            return Err(match draw.below(4) {
                0 if id.starts_with("any-") => Error::key_not_found(),
                1 if id.starts_with("any-") => Error::invalid_ciphertext(),
                2 => Error::throttling(text),
                _ => Error::internal(text),
            });
        }
        Ok(DirectoryEntry {
            backend_key_id: draw.text(id),
            key_status: if draw.seldom(16) {
                KeyStatus::Disabled
            } else {
                KeyStatus::Enabled
            },
        })
    }
}

//! Reads a JSON object of settings and reports every fault of it at once.
//!
//! An operator who mistyped three settings should learn so in one attempt, not
//! in three. A [`Table`] therefore answers `None` for a setting that is absent or
//! wrong, notes what is wrong in [`Faults`], and lets the reader go on. Settings
//! that nobody asked for are refused by [`Table::finish`], so that a mistyped key
//! cannot pass for an absent one.
//!
//! ```
//! let read = claviger_settings::read(r#"{ "cypher": "host", "limit": 900 }"#, |settings| {
//!     let cipher = settings.choice("cipher", &[("host", 'h'), ("guest", 'g')]);
//!     let limit = settings.integer("limit", 1..=500);
//!     Some((cipher.unwrap_or('h'), limit.unwrap_or(100)))
//! });
//! let faults = read.unwrap_err();
//! assert_eq!(faults[0].to_string(), "limit: out of range; write a whole number from 1 to 500");
//! assert_eq!(faults[1].to_string(), "cypher: no such setting; did you mean `cipher`?");
//! ```
//!
//! Faults name types and rules, not values: a value may be a secret. Only
//! [`Table::choice`] repeats one, when it is short and printable.

#![cfg_attr(
    test,
    allow(
        clippy::unwrap_used,
        clippy::indexing_slicing,
        reason = "a test that meets the unexpected should panic"
    )
)]

mod fault;
mod nearest;
mod table;

pub use fault::{Fault, Faults};
pub use nearest::nearest;
pub use serde_json::{Map, Value};
pub use table::Table;

/// Reads `text` with `reader`, refuses what it left unread, and returns either
/// its value or all faults.
///
/// `reader` should ask for every setting before it gives up with `None`: a key
/// it never asked for is reported as unknown.
pub fn read<T>(text: &str, reader: impl FnOnce(&Table<'_>) -> Option<T>) -> Result<T, Vec<Fault>> {
    read_map(&parse(text).map_err(|fault| vec![fault])?, reader)
}

/// As [`read`], of settings that are JSON values already.
pub fn read_map<T>(
    map: &Map<String, Value>,
    reader: impl FnOnce(&Table<'_>) -> Option<T>,
) -> Result<T, Vec<Fault>> {
    match read_partly(map, reader) {
        (Some(value), faults) if faults.is_empty() => Ok(value),
        (_, faults) => Err(faults),
    }
}

/// As [`read_map`], with whatever `reader` made of settings that have faults: to look for
/// more of them in what the settings name. Nothing else may be done with it.
pub fn read_partly<T>(
    map: &Map<String, Value>,
    reader: impl FnOnce(&Table<'_>) -> Option<T>,
) -> (Option<T>, Vec<Fault>) {
    let faults = Faults::default();
    let settings = Table::root(map, &faults);
    let value = reader(&settings);
    settings.finish();
    let mut faults = faults.into_vec();
    if value.is_none() && faults.is_empty() {
        faults.push(Fault::new(
            "",
            "refused, but the reason is missing",
            "report this as a bug of the plugin that reads these settings",
        ));
    }
    (value, faults)
}

/// The JSON object that `text` holds.
pub fn parse(text: &str) -> Result<Map<String, Value>, Fault> {
    match serde_json::from_str(text) {
        Ok(Value::Object(map)) => Ok(map),
        Ok(other) => Err(Fault::new(
            "",
            format!("the settings are {}", table::name_of(&other)),
            "write a JSON object: { … }",
        )),
        // Not the error's own words: they may repeat a value.
        Err(error) => Err(Fault::new(
            "",
            format!(
                "not JSON at line {}, column {}",
                error.line(),
                error.column()
            ),
            "write a JSON object: { … }",
        )),
    }
}

#[cfg(test)]
mod tests;

//! The kinds of single settings that several tables have.

use claviger_settings::Table;
use std::error::Error;
use std::net::SocketAddr;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::str::FromStr;

/// A path; a relative one starts from `base`.
pub(crate) fn path(table: &Table<'_>, key: &str, base: &Path) -> Option<PathBuf> {
    table.parsed(key, |text| parse_path(text, base))
}

/// The path in `text`, or problem and fix.
pub(crate) fn parse_path(text: &str, base: &Path) -> Result<PathBuf, (&'static str, &'static str)> {
    if text.is_empty() {
        Err((
            "an empty path",
            "write a path, absolute or relative to this file",
        ))
    } else if text.contains('\0') {
        Err(("a path with a NUL character", "remove the NUL character"))
    } else {
        Ok(base.join(text))
    }
}

/// A string that has a type of its own.
pub(crate) fn parsed<T: FromStr<Err: Error>>(table: &Table<'_>, key: &str) -> Option<T> {
    table.parsed(key, |text| {
        text.parse().map_err(|error| problem_and_fix(&error))
    })
}

/// The two halves of a parser's error. All parsers of settings word it
/// "problem: fix".
pub(crate) fn problem_and_fix(error: &impl Error) -> (String, String) {
    let text = error.to_string();
    let (problem, fix) = text
        .split_once(": ")
        .unwrap_or((&text, "write another value"));
    (problem.to_owned(), fix.to_owned())
}

/// An IP address with its port.
pub(crate) fn address(table: &Table<'_>, key: &str) -> Option<SocketAddr> {
    table.parsed(key, |text| {
        text.parse().map_err(|_| {
            (
                "not an IP address with a port",
                "write it as \"127.0.0.1:8443\" or \"[::1]:8443\"",
            )
        })
    })
}

/// How many of something: `default` when left out.
pub(crate) fn count(
    table: &Table<'_>,
    key: &str,
    range: RangeInclusive<u64>,
    default: usize,
) -> usize {
    // The ranges end far below what a 32-bit usize holds.
    table.integer(key, range).map_or(default, |count| {
        usize::try_from(count).unwrap_or(usize::MAX)
    })
}

//! The kinds of single settings that several tables have.

use claviger_settings::Table;
use std::fmt::Display;
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

/// A string that has a type of its own; `fix` says what to do about its faults.
pub(crate) fn parsed<T: FromStr<Err: Copy + Display>>(
    table: &Table<'_>,
    key: &str,
    fix: impl Fn(T::Err) -> &'static str,
) -> Option<T> {
    table.parsed(key, |text| {
        text.parse()
            .map_err(|fault: T::Err| (fault.to_string(), fix(fault)))
    })
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

#[cfg(test)]
mod tests {
    use crate::NotAName;
    use claviger_xks::credential::{AccessKeyIdFault, SecretAccessKeyFault};
    use claviger_xks::uri::UriPathPrefixFault as Prefix;

    #[test]
    fn every_fault_of_a_text_has_a_problem_and_a_fix() {
        let length = 0;
        let ids = [
            AccessKeyIdFault::Length { length },
            AccessKeyIdFault::Character('a'),
        ];
        let secrets = [
            SecretAccessKeyFault::Length { length },
            SecretAccessKeyFault::Character,
        ];
        let prefixes = [
            Prefix::TooLong { length },
            Prefix::NoLeadingSlash,
            Prefix::TrailingSlash,
            Prefix::EmptySegment,
            Prefix::Character('.'),
        ];
        let told = [(NotAName.to_string(), NotAName.fix())]
            .into_iter()
            .chain(ids.map(|fault| (fault.to_string(), fault.fix())))
            .chain(secrets.map(|fault| (fault.to_string(), fault.fix())))
            .chain(prefixes.map(|fault| (fault.to_string(), fault.fix())));
        for (problem, fix) in told {
            assert!(!problem.is_empty() && !fix.is_empty(), "{problem}; {fix}");
            // A problem that tells the fix too would tell it twice.
            assert!(!problem.contains(": "), "{problem}");
        }
    }
}

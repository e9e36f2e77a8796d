//! The audit lines of Claviger that belong to a record of `CloudTrail`.
//!
//! `requestID` of the record is `kms_request_id` of the line. Of a request that was
//! refused before it was authenticated, or whose body is invalid, the line says what it
//! claims in `unverified`; without any id there, it is found by time, and told apart by
//! key, key store and peer.

use std::collections::BTreeSet;
use std::io::{self, BufRead as _, BufReader, Read};
use std::time::{Duration, SystemTime};

use serde::Deserialize;

use crate::aws::cloud_trail::Record;

/// The longest line, in bytes; longer ones are passed over.
const LINE_LIMIT: u64 = 256 << 10;

/// How far the times of a record and of a line without an id may be apart. Records have
/// whole seconds, and AWS KMS tries twice.
const WINDOW: Duration = Duration::from_secs(5);

/// The most lines that are kept for one record, and the most peers, key stores.
const MOST: usize = 50;

/// One audit record of Claviger.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[expect(missing_docs, reason = "the fields are the members of the line")]
pub struct AuditLine {
    pub time: Option<String>,
    pub peer: Option<String>,
    pub key_store: Option<String>,
    pub operation: Option<String>,
    pub external_key_id: Option<String>,
    pub access_key_id: Option<String>,
    pub status: Option<u16>,
    pub error: Option<String>,
    pub reason: Option<String>,
    pub kms_request_id: Option<String>,
    pub kms_operation: Option<String>,
    pub kms_key_arn: Option<String>,
    pub policy: Option<Policy>,
    pub unverified: Option<Unverified>,
}

/// What a refused request says of itself.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[expect(missing_docs, reason = "the fields are the members of the line")]
pub struct Unverified {
    pub method: Option<String>,
    pub path: Option<String>,
    pub access_key_id: Option<String>,
    pub kms_operation: Option<String>,
    pub kms_request_id: Option<String>,
}

/// Which policy decided, and why.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[expect(missing_docs, reason = "the fields are the members of the line")]
pub struct Policy {
    pub plugin: Option<String>,
    pub statement: Option<String>,
    pub reason: Option<String>,
}

/// A line with its number, from 1.
pub type Numbered = (u64, AuditLine);

/// The lines that belong to one record.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Matches {
    /// Those with the record's request id: one for each call; `ReEncrypt` has two.
    pub exact: Vec<Numbered>,
    /// Those of refused requests that claim to have it.
    pub claimed: Vec<Numbered>,
    /// Those without any id that were written at the time, from an address that AWS KMS
    /// uses.
    pub near: Vec<Numbered>,
    /// The same from other addresses.
    pub elsewhere: Vec<Numbered>,
}

/// Looks for the lines of each record in one pass over an audit file.
pub fn find(records: &[Record], file: impl Read) -> io::Result<Vec<Matches>> {
    let mut found: Vec<_> = records.iter().map(Sought::new).collect();
    let mut peers = BTreeSet::new();
    let mut reader = BufReader::new(file);
    let mut number = 0;
    let mut bytes = Vec::new();
    while next_line(&mut reader, &mut bytes)? {
        number += 1;
        let Ok(line) = serde_json::from_slice::<AuditLine>(&bytes) else {
            continue;
        };
        if line.kms_request_id.is_some()
            && let Some(address) = line.peer.as_deref().and_then(address)
            && peers.len() < MOST
        {
            peers.insert(address.to_owned());
        }
        for sought in &mut found {
            sought.look_at(number, &line);
        }
    }
    Ok(found
        .into_iter()
        .map(|sought| sought.finish(&peers))
        .collect())
}

/// One record, and what was found for it so far.
struct Sought<'r> {
    record: &'r Record,
    time: Option<SystemTime>,
    exact: Vec<Numbered>,
    claimed: Vec<Numbered>,
    near: Vec<Numbered>,
    /// The key stores that have served its key.
    key_stores: BTreeSet<String>,
}

impl<'r> Sought<'r> {
    fn new(record: &'r Record) -> Self {
        Self {
            record,
            time: record.event_time.as_deref().and_then(parsed),
            exact: Vec::new(),
            claimed: Vec::new(),
            near: Vec::new(),
            key_stores: BTreeSet::new(),
        }
    }

    fn look_at(&mut self, number: u64, line: &AuditLine) {
        let key = self.record.external_key_id();
        if self.is_of_key(line)
            && let Some(key_store) = &line.key_store
            && self.key_stores.len() < MOST
        {
            self.key_stores.insert(key_store.clone());
        }
        let has = |list: &Vec<Numbered>| list.len() < MOST;
        if let Some(id) = &line.kms_request_id {
            if self.record.request_id.as_ref() == Some(id) && has(&self.exact) {
                self.exact.push((number, line.clone()));
            }
            return;
        }
        let unverified = line.unverified.as_ref();
        if let Some(id) = unverified.and_then(|unverified| unverified.kms_request_id.as_ref()) {
            if self.record.request_id.as_ref() == Some(id) && has(&self.claimed) {
                self.claimed.push((number, line.clone()));
            }
            return;
        }
        let other_key = line.external_key_id.is_some()
            && key.is_some()
            && line.external_key_id.as_deref() != key;
        let at = line.time.as_deref().and_then(parsed);
        if !other_key && is_near(self.time, at) && has(&self.near) {
            self.near.push((number, line.clone()));
        }
    }

    /// Whether a line is about the record's key.
    fn is_of_key(&self, line: &AuditLine) -> bool {
        let arn = line.kms_key_arn.as_deref();
        arn.is_some_and(|arn| self.record.key_arns().any(|other| other == arn))
            || (line.external_key_id.is_some()
                && line.external_key_id.as_deref() == self.record.external_key_id())
    }

    fn finish(self, peers: &BTreeSet<String>) -> Matches {
        let of_store = |(_, line): &Numbered| match &line.key_store {
            Some(key_store) if !self.key_stores.is_empty() => self.key_stores.contains(key_store),
            _ => true,
        };
        let known = !self.exact.is_empty() || !self.claimed.is_empty();
        let near = if known { Vec::new() } else { self.near };
        let (near, elsewhere) = near.into_iter().filter(of_store).partition(|(_, line)| {
            let address = line.peer.as_deref().and_then(address);
            address.is_some_and(|address| peers.contains(address))
        });
        Matches {
            exact: self.exact,
            claimed: self.claimed,
            near,
            elsewhere,
        }
    }
}

/// Reads a line into `bytes`; of one that is too long the beginning. False at the end.
fn next_line(reader: &mut impl io::BufRead, bytes: &mut Vec<u8>) -> io::Result<bool> {
    bytes.clear();
    if reader.by_ref().take(LINE_LIMIT).read_until(b'\n', bytes)? == 0 {
        return Ok(false);
    }
    if !bytes.ends_with(b"\n") {
        reader.skip_until(b'\n')?;
    }
    Ok(true)
}

/// The address of a peer, without its port.
fn address(peer: &str) -> Option<&str> {
    Some(peer.rsplit_once(':')?.0)
}

fn parsed(time: &str) -> Option<SystemTime> {
    humantime::parse_rfc3339(time).ok()
}

fn is_near(one: Option<SystemTime>, other: Option<SystemTime>) -> bool {
    let (Some(one), Some(other)) = (one, other) else {
        return false;
    };
    let apart = one
        .duration_since(other)
        .or_else(|_| other.duration_since(one));
    apart.is_ok_and(|apart| apart <= WINDOW)
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = concat!(
        r#"{"time":"2026-11-28T10:00:00.100000Z","peer":"10.0.0.5:4001","key_store":"pay","operation":"Decrypt","external_key_id":"demo","status":200,"kms_operation":"Decrypt","kms_request_id":"r1"}"#,
        "\n",
        r#"{"time":"2026-11-28T10:00:01.900000Z","peer":"10.0.0.5:4002","key_store":"pay","operation":"Decrypt","external_key_id":"demo","status":401,"error":"AuthenticationFailedException","reason":"the signature differs"}"#,
        "\n",
        r#"{"time":"2026-11-28T10:00:01.950000Z","peer":"192.0.2.9:5000","status":401,"error":"AuthenticationFailedException"}"#,
        "\n",
        r#"{"time":"2026-11-28T10:00:01.960000Z","peer":"10.0.0.5:4003","key_store":"pay","operation":"Decrypt","external_key_id":"other","status":401}"#,
        "\n",
        r#"{"time":"2026-11-28T10:00:01.970000Z","peer":"10.0.0.5:4003","key_store":"sales","status":401}"#,
        "\nnot json\n",
        r#"{"time":"2026-11-28T10:00:01.980000Z","peer":"10.0.0.5:4004","key_store":"pay","status":401,"unverified":{"method":"POST","path":"/pay/kms/xks/v1/health","kms_request_id":"r5"}}"#,
        "\n",
        r#"{"time":"2026-11-28T10:05:00.000000Z","peer":"10.0.0.5:4003","key_store":"pay","status":401}"#,
    );

    fn record(id: &str) -> Record {
        let text = format!(
            r#"{{"eventName":"Decrypt","eventTime":"2026-11-28T10:00:02Z","requestID":"{id}",
            "additionalEventData":{{"xksKeyId":"demo"}}}}"#
        );
        Record::parse(&text).unwrap().remove(0)
    }

    fn numbers(lines: &[Numbered]) -> Vec<u64> {
        lines.iter().map(|(number, _)| *number).collect()
    }

    #[test]
    fn the_line_with_the_request_id_is_found_and_no_other() {
        let found = find(&[record("r1")], FILE.as_bytes()).unwrap();
        assert_eq!(numbers(&found[0].exact), [1]);
        assert!(found[0].near.is_empty() && found[0].elsewhere.is_empty());
    }

    #[test]
    fn a_line_without_an_id_is_found_by_time_key_key_store_and_peer() {
        let found = find(&[record("r9")], FILE.as_bytes()).unwrap();
        assert!(found[0].exact.is_empty());
        assert_eq!(numbers(&found[0].near), [2]);
        assert_eq!(numbers(&found[0].elsewhere), [3]);
    }

    #[test]
    fn a_refused_request_that_claims_the_id_is_found() {
        let found = find(&[record("r5")], FILE.as_bytes()).unwrap();
        assert!(found[0].exact.is_empty() && found[0].near.is_empty());
        assert_eq!(numbers(&found[0].claimed), [7]);
    }

    #[test]
    fn several_records_are_looked_for_at_once() {
        let found = find(&[record("r9"), record("r1")], FILE.as_bytes()).unwrap();
        assert_eq!(numbers(&found[0].near), [2]);
        assert_eq!(numbers(&found[1].exact), [1]);
    }

    #[test]
    fn a_line_that_is_too_long_is_passed_over() {
        let long = format!("{{\"x\":\"{}\"}}\n{FILE}", "a".repeat(300 << 10));
        let found = find(&[record("r1")], long.as_bytes()).unwrap();
        assert_eq!(numbers(&found[0].exact), [2]);
    }
}

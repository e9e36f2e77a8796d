//! The page of documents, made from the table of checks.

use std::fmt::Write as _;

use crate::becomes::Becomes;
use crate::catalogue::{ALL, Check, Severity};
use crate::output::command::marked;

/// Where the page is in the repository.
pub const PATH: &str = "docs/doctor/README.md";

/// The letters of ids, and what they stand for.
const PARTS: [(char, &str); 11] = [
    ('C', "Values"),
    ('N', "Network"),
    ('T', "TLS"),
    ('H', "Health"),
    ('A', "Authentication"),
    ('P', "Protocol"),
    ('M', "Key metadata"),
    ('E', "Encrypt and Decrypt"),
    ('K', "Key stores"),
    ('V', "VPC endpoint service"),
    ('X', "CloudHSM and CloudTrail"),
];

const HEAD: &str = include_str!("pages/head.txt");

/// The whole page.
pub fn page() -> String {
    let mut page = HEAD.to_owned();
    for (letter, name) in PARTS {
        // Writing to a String cannot fail.
        let _ = write!(page, "\n## {letter}: {name}\n");
        for check in ALL.iter().filter(|check| check.id.starts_with(letter)) {
            page += &section(check);
        }
    }
    page
}

fn section(check: &Check) -> String {
    let id = check.id;
    let mut text = format!("\n### {id}\n\n**{}.**", check.title);
    let worst = match check.severity {
        Severity::Failure => "",
        Severity::Warning => " Never more than a warning.",
        Severity::Information => " For information.",
    };
    let _ = writeln!(text, "{worst} Looks at {}.\n", check.looks_at);
    let _ = writeln!(text, "{}", check.more);
    if !check.becomes.is_empty() {
        text += "\nAWS KMS, when it fails:\n\n";
        for line in check.becomes.iter().copied().flat_map(Becomes::lines) {
            let _ = writeln!(text, "- {line}");
        }
    }
    if !check.fix.is_empty() {
        let _ = writeln!(text, "\nFix: {}", marked(check.fix));
    }
    text
}

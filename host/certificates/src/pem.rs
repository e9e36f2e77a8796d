//! PEM files as people make them, read so that nothing in one is passed over in
//! silence.
//!
//! Decoding is left to the reader of rustls. What it skips without a word is found
//! here first: a marker that shares its line with another, a block without an end, text
//! whose line breaks were lost.

mod flaw;

use std::borrow::Cow;

use claviger_settings::Fault;

pub(crate) use flaw::Flaw;

/// The longest file that is read, in bytes. A chain takes less than ten thousand.
pub const MOST_BYTES: usize = 1 << 20;

const BEGIN: &str = "-----BEGIN ";
const END: &str = "-----END ";
const DASHES: &str = "-----";

/// A file, and what it is called.
#[derive(Clone, Copy)]
pub struct PemFile<'f> {
    /// What is in it.
    pub bytes: &'f [u8],
    /// The key path of the setting that names it: `server.tls.certificate`.
    pub setting: &'f str,
    /// Its path, for the commands in texts.
    pub path: &'f str,
}

impl PemFile<'_> {
    /// A fault of this file.
    pub(crate) fn fault(&self, problem: &str, fix: impl Into<String>) -> Fault {
        Fault::new(self.setting, format!("{}: {problem}", self.path), fix)
    }
}

// Not its bytes: they may be a private key.
impl std::fmt::Debug for PemFile<'_> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("PemFile")
            .field("setting", &self.setting)
            .field("path", &self.path)
            .finish_non_exhaustive()
    }
}

/// A block of a file, from its first marker to its last.
#[derive(Clone, Copy)]
pub(crate) struct Section<'t> {
    /// `CERTIFICATE`
    pub(crate) label: &'t str,
    /// Both markers and what is between them.
    pub(crate) text: &'t str,
    /// The line of the first marker, counted from 1.
    pub(crate) line: usize,
}

/// The blocks of a text, and what is wrong with it.
#[derive(Default)]
pub(crate) struct Scan<'t> {
    pub(crate) sections: Vec<Section<'t>>,
    pub(crate) flaws: Vec<Flaw>,
}

/// The text of a file, without a byte order mark; or what it is instead of PEM.
pub(crate) fn text(bytes: &[u8]) -> Result<Cow<'_, str>, Flaw> {
    if bytes.len() > MOST_BYTES {
        return Err(Flaw::TooLong);
    }
    if bytes.trim_ascii().is_empty() {
        return Err(Flaw::Empty);
    }
    if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) {
        return Err(Flaw::Utf16);
    }
    // What is around the blocks may be in any encoding.
    let text = String::from_utf8_lossy(bytes.strip_prefix(BOM).unwrap_or(bytes));
    if !text.contains(BEGIN.trim_end()) {
        return Err(Flaw::instead_of_pem(bytes, &text));
    }
    if text.contains("-----\\n") || text.contains("-----\\r") {
        return Err(Flaw::EscapedLineBreaks);
    }
    Ok(text)
}

/// UTF-8's byte order mark.
const BOM: &[u8] = "\u{feff}".as_bytes();

/// Whether a file begins with a byte order mark, which some programs stumble over.
pub(crate) fn has_byte_order_mark(bytes: &[u8]) -> bool {
    bytes.starts_with(BOM)
}

/// Finds the blocks of a text. Two markers on one line are taken apart, so that what
/// else is wrong is found too.
pub(crate) fn scan(text: &str) -> Scan<'_> {
    let mut scan = Scan::default();
    let mut open: Option<(&str, usize, usize)> = None;
    for (line, at, content) in lines(text) {
        let mut rest = 0;
        while let Some(marker) = Marker::next(content, rest) {
            let before = content.get(rest..marker.start).unwrap_or_default();
            rest = marker.end;
            match (marker.begins, open) {
                (true, None) => {
                    open = Some((marker.label, at + marker.start, line));
                    if !before.trim().is_empty() {
                        scan.flaws.push(Flaw::TextBeforeMarker { line });
                    } else if !before.is_empty() {
                        scan.flaws.push(Flaw::Indented { line });
                    }
                }
                (true, Some((label, _, from))) => {
                    scan.flaws.push(Flaw::NoEnd {
                        label: label.to_owned(),
                        line: from,
                    });
                    open = Some((marker.label, at + marker.start, line));
                }
                (false, Some((label, start, from))) if label == marker.label => {
                    if from == line {
                        scan.flaws.push(Flaw::OneLine { line });
                    }
                    let text = text.get(start..at + marker.end).unwrap_or_default();
                    scan.sections.push(Section {
                        label,
                        text,
                        line: from,
                    });
                    open = None;
                    if Marker::next(content, rest).is_some() {
                        scan.flaws.push(Flaw::Glued {
                            line,
                            before: scan.sections.len(),
                        });
                    }
                }
                (false, _) => {
                    scan.flaws.push(Flaw::NoBegin { line });
                    open = None;
                }
            }
        }
        if rest == 0 && open.is_none() && looks_like_a_marker(content) {
            scan.flaws.push(Flaw::Marker { line });
        }
    }
    if let Some((label, _, line)) = open {
        let label = label.to_owned();
        scan.flaws.push(Flaw::NoEnd { label, line });
    }
    scan
}

/// Line number, position and content of each line. A line ends where it does for the
/// reader of rustls: at either of the two characters, or at both together.
fn lines(text: &str) -> impl Iterator<Item = (usize, usize, &str)> {
    let mut at = 0;
    let mut number = 0;
    text.split_inclusive(['\n', '\r']).map(move |line| {
        let start = at;
        at += line.len();
        // The second character of an ending is not a line of its own.
        if line != "\n" || !text.get(..start).is_some_and(|text| text.ends_with('\r')) {
            number += 1;
        }
        (number, start, line.trim_end())
    })
}

/// `----BEGIN CERTIFICATE----`, or with other dashes.
fn looks_like_a_marker(line: &str) -> bool {
    let line = line.trim();
    let dash = |character: char| matches!(character, '-' | '\u{2013}' | '\u{2014}');
    (line.starts_with(dash) || line.ends_with(dash))
        && ["BEGIN ", "END "].iter().any(|word| line.contains(word))
}

/// `-----BEGIN CERTIFICATE-----` within a line.
struct Marker<'l> {
    begins: bool,
    label: &'l str,
    start: usize,
    end: usize,
}

impl<'l> Marker<'l> {
    /// The first marker at or after `from`.
    fn next(line: &'l str, from: usize) -> Option<Self> {
        let rest = line.get(from..)?;
        let (begins, offset) = match (rest.find(BEGIN), rest.find(END)) {
            (Some(begin), Some(end)) => (begin < end, begin.min(end)),
            (Some(begin), None) => (true, begin),
            (None, Some(end)) => (false, end),
            (None, None) => return None,
        };
        let start = from + offset;
        let label_at = start + if begins { BEGIN.len() } else { END.len() };
        let length = line.get(label_at..)?.find(DASHES)?;
        Some(Self {
            begins,
            label: line.get(label_at..label_at + length)?,
            start,
            end: label_at + length + DASHES.len(),
        })
    }
}

#[cfg(test)]
mod tests;

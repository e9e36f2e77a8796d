//! What is wrong with a PEM file as a text, and how it is put right.

use claviger_settings::Fault;

use super::PemFile;
use crate::words::{self, ordinal};

/// Something that makes a file, or a block of it, unreadable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Flaw {
    /// More than [`super::MOST_BYTES`].
    TooLong,
    Empty,
    /// As Windows writes text.
    Utf16,
    /// A certificate or key in binary.
    Der,
    /// A container of certificates and key in binary.
    Pkcs12,
    /// The base64 text without the lines around it.
    NoMarkers,
    /// Something else.
    NotPem,
    /// `\` and `n` where a line should end.
    EscapedLineBreaks,
    /// The last line of a block goes on with the first line of the next.
    Glued {
        line: usize,
        /// The number of the block that it ends.
        before: usize,
    },
    /// A whole block on one line.
    OneLine {
        line: usize,
    },
    /// Spaces before a marker.
    Indented {
        line: usize,
    },
    /// Other text before a marker.
    TextBeforeMarker {
        line: usize,
    },
    /// A block without its last line.
    NoEnd {
        label: String,
        line: usize,
    },
    /// The last line of a block that did not begin.
    NoBegin {
        line: usize,
    },
    /// Something like a marker.
    Marker {
        line: usize,
    },
}

impl Flaw {
    /// What a file without any marker is.
    pub(super) fn instead_of_pem(bytes: &[u8], text: &str) -> Self {
        const VERSION_3: &[u8] = &[2, 1, 3];
        let head = bytes.get(..10).unwrap_or(bytes);
        if bytes.first() == Some(&0x30) && bytes.iter().any(|byte| !byte.is_ascii()) {
            // Of the three kinds only PKCS#12 begins with the number 3.
            return if head.windows(3).any(|window| window == VERSION_3) {
                Self::Pkcs12
            } else {
                Self::Der
            };
        }
        // Every certificate and key begins like this.
        if text.trim_start().starts_with("MI") {
            return Self::NoMarkers;
        }
        Self::NotPem
    }

    /// Whether certificates or keys are missing of what was read.
    pub(crate) fn loses_a_block(&self) -> bool {
        matches!(
            self,
            Self::NoEnd { .. } | Self::NoBegin { .. } | Self::Marker { .. }
        )
    }

    /// As a fault of the setting that names the file.
    pub(crate) fn fault(&self, file: &PemFile<'_>) -> Fault {
        let (problem, fix) = self.words(file.path);
        file.fault(&problem, fix)
    }

    /// What is wrong with the file at this path, and what to do.
    fn words(&self, path: &str) -> (String, String) {
        match self {
            Self::TooLong => (
                "is larger than 1 MiB".to_owned(),
                "name the file with the server's own certificates or key, and nothing else".into(),
            ),
            Self::Empty => ("is empty".to_owned(), "write the PEM text into it".into()),
            Self::Utf16 => (
                "is UTF-16 text".to_owned(),
                format!("iconv -f UTF-16 -t UTF-8 {path} > NEW"),
            ),
            Self::Der => (
                "is DER, the binary form, and not PEM".to_owned(),
                format!(
                    "openssl x509 -inform DER -in {path} -out NEW for a certificate, \
                     openssl pkey -inform DER -in {path} -out NEW for a key"
                ),
            ),
            Self::Pkcs12 => (
                "is a PKCS#12 container and not PEM".to_owned(),
                format!(
                    "openssl pkcs12 -in {path} -nokeys -out CERTIFICATE, and \
                     openssl pkcs12 -in {path} -nocerts -noenc -out KEY"
                ),
            ),
            Self::NoMarkers => (
                "has no lines -----BEGIN …----- and -----END …-----".to_owned(),
                "add them, or export it again as PEM".into(),
            ),
            Self::NotPem => (
                "has no PEM block".to_owned(),
                "name a PEM file: it begins with -----BEGIN".into(),
            ),
            Self::EscapedLineBreaks => (
                r"has line breaks as the two characters \n".to_owned(),
                format!(r"sed 's/\\r//g; s/\\n/\n/g' {path} > NEW"),
            ),
            Self::Glued { line, before } => (
                format!(
                    "line {line} ends the {} block and begins the {}: a newline is missing \
                     between them",
                    ordinal(*before),
                    ordinal(before + 1)
                ),
                "join the files with awk 1 FILE1 FILE2 > NEW, which ends every line; cat does not"
                    .into(),
            ),
            Self::OneLine { line } => (
                format!("line {line} is a whole block: its line breaks are missing"),
                "export it again, and keep the line breaks where it is passed on".into(),
            ),
            Self::Indented { line } => (
                format!("line {line} has spaces before -----BEGIN"),
                format!("sed 's/^[[:space:]]*//' {path} > NEW"),
            ),
            Self::TextBeforeMarker { line } => (
                format!("line {line} has other text before -----BEGIN"),
                "begin a line with -----BEGIN".into(),
            ),
            Self::NoEnd { label, line } => (
                format!(
                    "the block {} that begins on line {line} has no end",
                    words::line(label)
                ),
                "copy the whole block: the file may have been cut off".into(),
            ),
            Self::NoBegin { line } => (
                format!("line {line} ends a block that does not begin"),
                "copy the whole block, with its line -----BEGIN".into(),
            ),
            Self::Marker { line } => (
                format!("line {line} is nearly a line -----BEGIN …----- or -----END …-----"),
                "write five dashes on both sides".into(),
            ),
        }
    }
}

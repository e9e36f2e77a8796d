use crate::scalar;
use claviger_settings::Table;
use std::path::{Path, PathBuf};

/// `[log]`: what is written about the host's work, and where.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Log {
    /// The least severe lines that are written.
    pub level: LogLevel,
    /// How lines on standard error look.
    pub format: LogFormat,
    /// Where the audit record of each request goes.
    pub audit: AuditSink,
}

/// How severe a line of the log is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[expect(missing_docs, reason = "the variants are the settings' own words")]
pub enum LogLevel {
    Error,
    Warn,
    #[default]
    Info,
    Debug,
}

/// How a line of the log looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// One JSON object a line.
    Json,
}

/// Where audit records go, one line of JSON each.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum AuditSink {
    /// Standard output.
    #[default]
    Stdout,
    /// The end of a file.
    File(PathBuf),
}

impl Log {
    pub(crate) fn read(table: Table<'_>, base: &Path) -> Self {
        let levels = [
            ("error", LogLevel::Error),
            ("warn", LogLevel::Warn),
            ("info", LogLevel::Info),
            ("debug", LogLevel::Debug),
        ];
        let level = table.choice("level", &levels).unwrap_or_default();
        let formats = [("text", LogFormat::Text), ("json", LogFormat::Json)];
        let format = table.choice("format", &formats).unwrap_or_default();
        let audit = table.parsed("audit", |text| match text {
            "stdout" => Ok(AuditSink::Stdout),
            file => scalar::parse_path(file, base).map(AuditSink::File),
        });
        table.finish();
        Self {
            level,
            format,
            audit: audit.unwrap_or_default(),
        }
    }
}

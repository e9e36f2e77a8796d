//! The log on standard error.

use std::io;

use claviger_config::{Log, LogFormat, LogLevel};
use tracing::Level;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::{Layer as _, Registry, fmt};

/// Starts the log. Only this program's own lines are written: at debug level
/// HTTP and TLS libraries print header fields, Authorization among them
/// (XKS-117).
pub(super) fn start(log: &Log) {
    let level = match log.level {
        LogLevel::Error => Level::ERROR,
        LogLevel::Warn => Level::WARN,
        LogLevel::Info => Level::INFO,
        LogLevel::Debug => Level::DEBUG,
    };
    let ours = Targets::new().with_target("claviger", level);
    let lines = fmt::layer().with_writer(io::stderr).with_target(false);
    let lines = match log.format {
        LogFormat::Text => lines.with_ansi(false).boxed(),
        LogFormat::Json => lines.json().boxed(),
    };
    // A second start in one process keeps the first log.
    let _ =
        tracing::subscriber::set_global_default(Registry::default().with(lines.with_filter(ours)));
}

//! The log on standard error.

mod lines;

use std::io;
use std::panic::PanicHookInfo;
use std::sync::OnceLock;
use std::time::Duration;

use claviger_config::{Log, LogFormat, LogLevel};
use tracing::{Level, error, warn};
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::{Layer as _, Registry, fmt};

use lines::Lines;

/// How long the end of the process waits for a standard error that nobody reads.
const LAST_LINES: Duration = Duration::from_secs(1);

/// The log of this process.
static LINES: OnceLock<Lines> = OnceLock::new();

/// Starts the log. Only this program's own lines are written: at debug level
/// HTTP and TLS libraries print header fields, Authorization among them
/// (XKS-117). A second start in one process keeps the first log.
pub(super) fn start(log: &Log) -> io::Result<()> {
    if LINES.get().is_some() {
        return Ok(());
    }
    let level = match log.level {
        LogLevel::Error => Level::ERROR,
        LogLevel::Warn => Level::WARN,
        LogLevel::Info => Level::INFO,
        LogLevel::Debug => Level::DEBUG,
    };
    let lines = Lines::start(io::stderr(), say_lost)?;
    let ours = Targets::new().with_target("claviger", level);
    let layer = fmt::layer().with_writer(lines.clone()).with_target(false);
    let layer = match log.format {
        LogFormat::Text => layer.with_ansi(false).boxed(),
        LogFormat::Json => layer.json().boxed(),
    };
    if LINES.set(lines).is_ok() {
        let _ = tracing::subscriber::set_global_default(
            Registry::default().with(layer.with_filter(ours)),
        );
        std::panic::set_hook(Box::new(log_panic));
    }
    Ok(())
}

/// Writes what is waiting, and then `last`, which may have several lines. Does not
/// wait for ever.
pub(super) fn end(last: Option<&str>) {
    let Some(lines) = LINES.get() else {
        if let Some(last) = last {
            // Standard error may be closed; the exit code still tells.
            let _ = io::Write::write_all(&mut io::stderr(), last.as_bytes());
        }
        return;
    };
    if let Some(last) = last {
        lines.append_text(last);
    }
    lines.flush(LAST_LINES);
}

fn say_lost(lines: u64) {
    warn!(
        lines,
        "lines of the log were lost: nobody read standard error"
    );
}

/// The standard library would write to standard error, and wait for it.
fn log_panic(panic: &PanicHookInfo<'_>) {
    let text = panic.payload_as_str().unwrap_or("no text");
    if let Some(place) = panic.location() {
        error!(at = %place, "a fault of the program: {text}");
    } else {
        error!("a fault of the program: {text}");
    }
    // The others go on; with this one the process ends.
    if std::thread::current().name() == Some("main") {
        end(None);
    }
}

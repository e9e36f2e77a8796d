//! Capability `log`: lines of a plugin in the operator's log.

mod source;
mod witness;

use std::sync::Arc;
use std::time::Instant;

use tracing::{debug, enabled, error, info, warn};

use crate::words::{SecretBytes, printable};
pub(crate) use source::LogSource;
pub(crate) use witness::Witness;

/// Lines that one call may write; the rest is counted and dropped.
const LINES_PER_CALL: u32 = 32;
/// Longest line, in bytes.
const LINE: usize = 512;
/// Secrets that are looked for in lines.
const KNOWN: usize = 32;
/// A secret of fewer bytes cannot be told from other text: nothing is written once the
/// plugin has seen one.
const TOLD_APART: usize = 4;

/// How much a line matters.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Level {
    Error,
    Warn,
    Info,
    Debug,
}

impl Level {
    /// Whether the operator wants to see lines of this level.
    fn is_written(self) -> bool {
        match self {
            Self::Error => enabled!(tracing::Level::ERROR),
            Self::Warn => enabled!(tracing::Level::WARN),
            Self::Info => enabled!(tracing::Level::INFO),
            Self::Debug => enabled!(tracing::Level::DEBUG),
        }
    }
}

/// What a plugin instance may still write during the current call.
pub(crate) struct LogLines {
    source: Arc<LogSource>,
    left: u32,
    withhold: bool,
    /// Secrets that the instance has seen, the last ones.
    known: Vec<SecretBytes>,
}

impl LogLines {
    /// `source` names key store and plugin in each line.
    pub(crate) fn new(source: Arc<LogSource>) -> Self {
        Self {
            source,
            left: LINES_PER_CALL,
            withhold: true,
            known: Vec::new(),
        }
    }

    /// A new call begins; with `withhold` a plaintext is in the plugin's hands,
    /// and the text of its lines stays out of the log (XKS-116).
    pub(crate) fn begin_call(&mut self, withhold: bool) {
        self.left = LINES_PER_CALL;
        self.withhold = withhold;
    }

    /// The instance has seen a secret, and may remember it.
    pub(super) fn knows(&mut self, secret: &SecretBytes) {
        let known = self.known.iter().any(|known| known == secret);
        if !known {
            if self.known.len() >= KNOWN {
                self.known.remove(0);
            }
            self.known.push(Arc::clone(secret));
        }
    }

    /// Whether this text may hold what nobody should see: a plaintext was in the
    /// plugin's hands, or it repeats a secret that the plugin has seen.
    pub(super) fn withholds(&self, text: &str) -> bool {
        let repeats = |secret: &SecretBytes| {
            secret.len() < TOLD_APART || memchr::memmem::find(text.as_bytes(), secret).is_some()
        };
        self.withhold || self.known.iter().any(repeats)
    }

    /// Writes a line, if the plugin may write any more.
    pub(crate) fn write(&mut self, level: Level, message: &str) {
        self.source.hear(message);
        if !level.is_written() {
            return;
        }
        let Some(line) = self.admit(message) else {
            return;
        };
        let Some(withheld) = self.source.lines.admit(Instant::now()) else {
            return;
        };
        let plugin = &*self.source.name;
        if withheld > 0 {
            warn!(plugin, withheld, "it writes too many lines");
        }
        match level {
            Level::Error => error!(plugin, "{line}"),
            Level::Warn => warn!(plugin, "{line}"),
            Level::Info => info!(plugin, "{line}"),
            Level::Debug => debug!(plugin, "{line}"),
        }
    }

    /// The line as it goes into the log, or `None` when it does not.
    fn admit(&mut self, message: &str) -> Option<String> {
        self.left = self.left.checked_sub(1)?;
        if self.left == 0 {
            return Some(format!(
                "more than {LINES_PER_CALL} lines in one call: dropped"
            ));
        }
        if self.withholds(message) {
            return Some("[text withheld: a plaintext or a secret was being processed]".to_owned());
        }
        Some(printable(message, LINE))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source() -> Arc<LogSource> {
        Arc::new(LogSource::new("demo/software".into()))
    }

    #[test]
    fn xks_116_lines_written_while_a_plaintext_is_processed_are_withheld() {
        let mut lines = LogLines::new(source());
        lines.begin_call(true);
        let line = lines.admit("the plaintext is secret-bytes").unwrap();
        assert!(!line.contains("secret-bytes"), "{line}");
        lines.begin_call(false);
        assert_eq!(lines.admit("key rotated").unwrap(), "key rotated");
    }

    #[test]
    fn a_line_that_repeats_a_secret_the_plugin_has_seen_is_withheld_and_others_are_not() {
        let secret = |text: &str| Arc::new(zeroize::Zeroizing::new(text.as_bytes().to_vec()));
        let mut lines = LogLines::new(source());
        lines.begin_call(false);
        lines.knows(&secret("s.123456"));
        assert_eq!(lines.admit("not logged in").unwrap(), "not logged in");
        lines.begin_call(false);
        let line = lines.admit("body: {token: s.1234567}").unwrap();
        assert!(!line.contains("s.123456"), "{line}");
        lines.knows(&secret("abc"));
        assert!(lines.withholds("anything"));
    }

    #[test]
    fn a_flood_of_lines_is_cut_and_said_so_once() {
        let mut lines = LogLines::new(source());
        lines.begin_call(false);
        let admitted: Vec<_> = (0..100).filter_map(|_| lines.admit("again")).collect();
        assert_eq!(admitted.len(), 32);
        assert!(admitted.last().unwrap().contains("dropped"));
    }
}

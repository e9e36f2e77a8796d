//! What a plugin writes to standard error in a call. Nobody reads it, unless the call ends
//! in a trap: runtimes of languages say there what went wrong.

use std::collections::VecDeque;
use std::sync::Arc;

use bytes::Bytes;
use parking_lot::Mutex;
use tokio::io::AsyncWrite;
use wasmtime_wasi::cli::{IsTerminal, StdoutStream};
use wasmtime_wasi::p2::{OutputStream, Pollable, StreamResult};

/// The most that is kept, in bytes: the end of it.
const MOST: usize = 400;
/// What may be written at once.
const PERMIT: usize = 64 << 10;

/// The end of what the call under way has written.
#[derive(Clone, Default)]
pub(crate) struct LastWords(Arc<Mutex<VecDeque<u8>>>);

impl LastWords {
    /// A call begins.
    pub(super) fn clear(&self) {
        self.0.lock().clear();
    }

    /// On one line; nothing when nothing was written.
    pub(super) fn text(&self) -> Option<String> {
        let bytes: Vec<u8> = self.0.lock().iter().copied().collect();
        let text = String::from_utf8_lossy(&bytes);
        let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
        let text = lines.collect::<Vec<_>>().join(" | ");
        (!text.is_empty()).then_some(text)
    }
}

impl IsTerminal for LastWords {
    fn is_terminal(&self) -> bool {
        false
    }
}

impl StdoutStream for LastWords {
    fn async_stream(&self) -> Box<dyn AsyncWrite + Send + Sync> {
        // Of WASI 0.3, which no plugin has.
        Box::new(tokio::io::sink())
    }

    fn p2_stream(&self) -> Box<dyn OutputStream> {
        Box::new(self.clone())
    }
}

impl OutputStream for LastWords {
    fn write(&mut self, bytes: Bytes) -> StreamResult<()> {
        let mut kept = self.0.lock();
        kept.extend(
            bytes
                .get(bytes.len().saturating_sub(MOST)..)
                .unwrap_or_default(),
        );
        let surplus = kept.len().saturating_sub(MOST);
        kept.drain(..surplus);
        Ok(())
    }

    fn flush(&mut self) -> StreamResult<()> {
        Ok(())
    }

    fn check_write(&mut self) -> StreamResult<usize> {
        Ok(PERMIT)
    }
}

#[wasmtime_wasi::async_trait]
impl Pollable for LastWords {
    async fn ready(&mut self) {}
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_of_what_was_written_is_kept_on_one_line() {
        let mut words = LastWords::default();
        assert_eq!(words.text(), None);
        words.write(Bytes::from("x".repeat(10_000))).unwrap();
        words
            .write(Bytes::from("Traceback:\n  File a\n\nValueError: no\n"))
            .unwrap();
        let text = words.text().unwrap();
        assert!(text.len() <= MOST + 9, "{text}");
        assert!(
            text.ends_with("xTraceback: | File a | ValueError: no"),
            "{text}"
        );
        words.clear();
        assert_eq!(words.text(), None);
    }
}

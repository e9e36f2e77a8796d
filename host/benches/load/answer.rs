//! A reader of HTTP/1.1 answers that costs the load generator next to nothing.

use std::ops::Range;

/// More than any answer of an XKS API in a benchmark.
const CAPACITY: usize = 16 << 10;

/// Bytes that have arrived on one connection.
pub(crate) struct AnswerBuffer {
    bytes: Box<[u8; CAPACITY]>,
    filled: usize,
    body: Range<usize>,
}

/// A whole answer.
pub(crate) struct Answer<'b> {
    head: &'b [u8],
    body: &'b [u8],
}

impl Default for AnswerBuffer {
    fn default() -> Self {
        Self {
            bytes: Box::new([0; CAPACITY]),
            filled: 0,
            body: 0..0,
        }
    }
}

impl AnswerBuffer {
    /// Where the next bytes go.
    pub(crate) fn free(&mut self) -> &mut [u8] {
        &mut self.bytes[self.filled..]
    }

    /// So many bytes have arrived. True when the answer is whole.
    pub(crate) fn arrived(&mut self, count: usize) -> bool {
        assert_ne!(count, 0, "the server closed the connection");
        self.filled += count;
        let bytes = &self.bytes[..self.filled];
        let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") else {
            return false;
        };
        let head = end + 4;
        let whole = head + content_length(&bytes[..head]).expect("a Content-Length");
        if self.filled < whole {
            return false;
        }
        assert_eq!(self.filled, whole, "one answer to one request");
        self.filled = 0;
        self.body = head..whole;
        true
    }

    /// The last whole answer.
    pub(crate) fn answer(&self) -> Answer<'_> {
        Answer {
            head: &self.bytes[..self.body.start],
            body: &self.bytes[self.body.clone()],
        }
    }
}

impl<'b> Answer<'b> {
    /// Whether the status is 200.
    pub(crate) fn good(&self) -> bool {
        self.head.starts_with(b"HTTP/1.1 200 ")
    }

    /// The body of a good answer.
    pub(crate) fn body(&self) -> &'b [u8] {
        assert!(
            self.good(),
            "not 200: {}",
            String::from_utf8_lossy(self.body)
        );
        self.body
    }
}

fn content_length(head: &[u8]) -> Option<usize> {
    const NAME: &[u8] = b"content-length:";
    let mut lines = head.split(|&byte| byte == b'\n');
    let line = lines.find(|line| {
        line.get(..NAME.len())
            .is_some_and(|name| name.eq_ignore_ascii_case(NAME))
    })?;
    str::from_utf8(&line[NAME.len()..])
        .ok()?
        .trim()
        .parse()
        .ok()
}

//! Writes TTLV.

use zeroize::Zeroizing;

/// A message that grows. What it had is overwritten when it is dropped.
pub(crate) struct Writer(Zeroizing<Vec<u8>>);

impl Writer {
    /// With room for so many bytes: a message with a plaintext must not grow beyond, or
    /// a copy stays behind.
    pub(crate) fn with_room(bytes: usize) -> Self {
        Self(Zeroizing::new(Vec::with_capacity(bytes)))
    }

    pub(crate) fn into_bytes(self) -> Zeroizing<Vec<u8>> {
        self.0
    }

    /// What `inside` writes is its content.
    pub(crate) fn structure(&mut self, tag: u32, inside: impl FnOnce(&mut Self)) {
        self.head(tag, 0x01, 0);
        let begin = self.0.len();
        inside(self);
        let content = self.0.len().saturating_sub(begin);
        let place = begin.saturating_sub(4)..begin;
        if let Some(place) = self.0.get_mut(place) {
            place.copy_from_slice(&length(content).to_be_bytes());
        }
    }

    pub(crate) fn integer(&mut self, tag: u32, number: i32) {
        self.head(tag, 0x02, 4);
        self.padded(&number.to_be_bytes());
    }

    pub(crate) fn enumeration(&mut self, tag: u32, number: u32) {
        self.head(tag, 0x05, 4);
        self.padded(&number.to_be_bytes());
    }

    pub(crate) fn boolean(&mut self, tag: u32, flag: bool) {
        self.head(tag, 0x06, 8);
        self.padded(&u64::from(flag).to_be_bytes());
    }

    pub(crate) fn text(&mut self, tag: u32, text: &str) {
        self.head(tag, 0x07, text.len());
        self.padded(text.as_bytes());
    }

    pub(crate) fn bytes(&mut self, tag: u32, bytes: &[u8]) {
        self.head(tag, 0x08, bytes.len());
        self.padded(bytes);
    }

    fn head(&mut self, tag: u32, kind: u8, bytes: usize) {
        let [_, t1, t2, t3] = tag.to_be_bytes();
        self.0.extend_from_slice(&[t1, t2, t3, kind]);
        self.0.extend_from_slice(&length(bytes).to_be_bytes());
    }

    fn padded(&mut self, value: &[u8]) {
        self.0.extend_from_slice(value);
        let whole = self.0.len().next_multiple_of(8);
        self.0.resize(whole, 0);
    }
}

/// Messages are far below 4 GiB; the server would refuse this length.
fn length(bytes: usize) -> u32 {
    u32::try_from(bytes).unwrap_or(u32::MAX)
}

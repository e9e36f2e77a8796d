//! Hexadecimal digits, as `SigV4` and configurations write hashes.

/// The digits of `bytes`, in lower case and ASCII.
pub fn digits(bytes: &[u8]) -> impl Iterator<Item = u8> {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digit = |nibble: u8| DIGITS.get(usize::from(nibble)).copied().unwrap_or_default();
    bytes
        .iter()
        .flat_map(move |byte| [digit(byte >> 4), digit(byte & 0xf)])
}

/// The same as text.
pub fn text(bytes: &[u8]) -> String {
    digits(bytes).map(char::from).collect()
}

#[cfg(test)]
mod tests {
    #[test]
    fn every_nibble_has_its_digit() {
        let bytes = [0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef, 0xf0];
        assert_eq!(super::text(&bytes), "0123456789abcdeff0");
    }
}

//! Bytes as lower-case hexadecimal digits.

/// Appends two digits for each byte.
pub(crate) fn encode_into(buffer: &mut Vec<u8>, bytes: &[u8]) {
    let digit = |value: u8| value + if value < 10 { b'0' } else { b'a' - 10 };
    for byte in bytes {
        buffer.extend([digit(byte >> 4), digit(byte & 0xf)]);
    }
}

/// The same as a text.
pub(crate) fn encode(bytes: &[u8]) -> String {
    let mut digits = Vec::with_capacity(bytes.len() * 2);
    encode_into(&mut digits, bytes);
    String::from_utf8(digits).unwrap_or_default()
}

/// The bytes of exactly so many digits, all in lower case.
pub(crate) fn decode<const N: usize>(digits: &[u8]) -> Option<[u8; N]> {
    let value = |digit: u8| match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        _ => None,
    };
    let (pairs, []) = digits.as_chunks::<2>() else {
        return None;
    };
    if pairs.len() != N {
        return None;
    }
    let mut bytes = [0; N];
    for (byte, [high, low]) in bytes.iter_mut().zip(pairs) {
        *byte = value(*high)? << 4 | value(*low)?;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_as_many_lower_case_digits_as_are_expected_are_read() {
        let text = encode(&[0x00, 0x9a, 0xff]);
        assert_eq!(text, "009aff");
        assert_eq!(decode(text.as_bytes()), Some([0x00, 0x9a, 0xff]));
        assert_eq!(decode::<2>(text.as_bytes()), None);
        assert_eq!(decode::<2>(b"009"), None);
        assert_eq!(decode::<1>(b"9A"), None);
    }
}

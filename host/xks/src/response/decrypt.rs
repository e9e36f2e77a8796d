//! The answer to Decrypt.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

/// The plaintext (XKS-090).
#[derive(Clone, Copy)]
pub struct DecryptResponse<'d> {
    /// As many bytes as the ciphertext.
    pub plaintext: &'d [u8],
}

impl DecryptResponse<'_> {
    /// The body of the answer, overwritten when dropped.
    pub fn to_json(&self) -> Zeroizing<Vec<u8>> {
        const BEFORE: &str = "{\"plaintext\":\"";
        const AFTER: &str = "\"}";
        let base64_bytes = self.plaintext.len().div_ceil(3) * 4;
        // With room for all of it from the start, so that no copy is left behind.
        let mut json = Zeroizing::new(String::with_capacity(
            BEFORE.len() + base64_bytes + AFTER.len(),
        ));
        json.push_str(BEFORE);
        STANDARD.encode_string(self.plaintext, &mut json);
        json.push_str(AFTER);
        Zeroizing::new(std::mem::take(&mut *json).into_bytes())
    }
}

impl fmt::Debug for DecryptResponse<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("DecryptResponse([redacted])")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn xks_090_body_is_the_plaintext_in_base64() {
        let response = DecryptResponse {
            plaintext: b"Hello World!",
        };
        assert_eq!(*response.to_json(), br#"{"plaintext":"SGVsbG8gV29ybGQh"}"#);
    }

    #[test]
    fn xks_116_writing_the_plaintext_leaves_no_copy_behind() {
        for length in 0..64 {
            let json = DecryptResponse {
                plaintext: &vec![0; length],
            }
            .to_json();
            assert_eq!(json.len(), json.capacity());
        }
        assert_eq!(
            format!("{:?}", DecryptResponse { plaintext: b"abc" }),
            "DecryptResponse([redacted])"
        );
    }
}

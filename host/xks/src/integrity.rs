//! The ciphertext data integrity value (specification, Appendix C).

use aws_lc_rs::digest::{Context, SHA256};

/// The only hash algorithm that version 1 of the specification has (XKS-074).
pub const ALGORITHM: &str = "SHA_256";

/// SHA-256 over the decoded request AAD, ciphertext metadata, initialization
/// vector, ciphertext and authentication tag, with nothing between them
/// (XKS-075). The AAD is the request's own, not the framed one.
///
/// Call it on the key manager's output before the verifying decrypt, or a bit
/// that flips in between goes unseen (XKS-077).
pub fn integrity_value(
    aad: &[u8],
    metadata: &[u8],
    initialization_vector: &[u8],
    ciphertext: &[u8],
    authentication_tag: &[u8],
) -> [u8; 32] {
    let mut context = Context::new(&SHA256);
    for part in [
        aad,
        metadata,
        initialization_vector,
        ciphertext,
        authentication_tag,
    ] {
        context.update(part);
    }
    let mut value = [0; 32];
    for (to, from) in value.iter_mut().zip(context.finish().as_ref()) {
        *to = *from;
    }
    value
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::digest::digest;
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;

    use super::*;

    #[test]
    fn xks_076_vector_of_the_specification() {
        let decode = |text| STANDARD.decode(text).unwrap();
        let aad = decode("cHJvamVjdD1uaWxlLGRlcGFydG1lbnQ9bWFya2V0aW5n");
        let metadata = decode("a2V5X3ZlcnNpb249MQ==");
        let initialization_vector = decode("HMrlRw85cAJUd5Ax");
        let ciphertext = decode("ghxkK1txeDNn3q8Y");
        let tag = decode("vBxN2ncH1oEkR8WVXpmyYQ==");
        assert_eq!(
            [&aad, &metadata, &initialization_vector, &ciphertext, &tag].map(Vec::len),
            [33, 13, 12, 12, 16]
        );
        let value = integrity_value(&aad, &metadata, &initialization_vector, &ciphertext, &tag);
        assert_eq!(
            STANDARD.encode(value),
            "qHA/ImC9h5HsLRXqCyPmWgYx7tzyoTplzILbP0fPXsc="
        );
    }

    #[test]
    fn xks_075_integrity_value_hashes_the_raw_aad() {
        let value = integrity_value(b"aad", b"m", b"iv", b"c", b"t");
        assert_eq!(value, digest(&SHA256, b"aadmivct").as_ref());
        assert_eq!(
            integrity_value(b"", b"", b"iv", b"c", b"t"),
            digest(&SHA256, b"ivct").as_ref()
        );
    }
}

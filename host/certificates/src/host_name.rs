//! Which hosts a name in a certificate stands for.

/// Whether `name`, of a certificate, is that of `host`: exactly, or by a wildcard for
/// the first label alone.
pub fn covers(name: &str, host: &str) -> bool {
    if name.eq_ignore_ascii_case(host) {
        return true;
    }
    match (name.strip_prefix("*."), host.split_once('.')) {
        (Some(domain), Some((label, rest))) => {
            !label.is_empty() && domain.eq_ignore_ascii_case(rest)
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_match_exactly_or_by_one_level() {
        for good in ["xks.example.com", "XKS.example.com", "*.example.com"] {
            assert!(covers(good, "xks.example.com"), "{good}");
        }
        for bad in [
            "example.com",
            "*.com",
            "*",
            "*.xks.example.com",
            "x*.example.com",
            "",
        ] {
            assert!(!covers(bad, "xks.example.com"), "{bad}");
        }
    }
}

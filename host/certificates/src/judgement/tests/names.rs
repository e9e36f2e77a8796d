//! FLT-81, XKS-017: names.

use super::*;

fn named(common: &str, alternative: &[&str]) -> CertificateParams {
    let mut params = server();
    params.subject_alt_names = alternative
        .iter()
        .map(|name| rcgen::SanType::DnsName((*name).try_into().unwrap()))
        .collect();
    params.distinguished_name = if common.is_empty() {
        DistinguishedName::new()
    } else {
        subject(common)
    };
    params
}

#[test]
fn flt_81_no_common_name_is_a_warning() {
    has(
        of(&named("", &[HOST])).warning(),
        &[
            "the 1st certificate (no subject, SHA-256 ",
            "has no common name",
            "issued again",
        ],
    );
}

#[test]
fn flt_81_a_common_name_that_kms_refuses_is_a_warning() {
    for (common, part) in [
        ("192.0.2.1", "an address and no host name"),
        ("xks", "a name without a domain"),
        ("*", "a wildcard stands for something else"),
        ("x*.example.com", "a wildcard stands for something else"),
        ("*.*.example.com", "a wildcard stands for something else"),
        ("Example proxy", "which is no host name"),
        ("https://xks.example.com", "which is no host name"),
        ("xks.example.com.", "which is no host name"),
        ("xks_1.example.com", "which is no host name"),
    ] {
        let said = of(&named(common, &[HOST]));
        has(
            said.warning(),
            &[
                &format!("the common name {common}, "),
                part,
                "AWS KMS refuses it",
            ],
        );
    }
}

#[test]
fn xks_017_a_wildcard_of_one_level_hides_the_days_that_are_left() {
    let said = of(&named("*.example.com", &["*.example.com"]));
    has(
        said.warning(),
        &[
            "the wildcard *.example.com",
            "XksProxyCertificateDaysToExpire",
        ],
    );
}

#[test]
fn xks_017_the_common_name_should_be_a_dns_name_too() {
    assert_eq!(of(&named(HOST, &["*.example.com"])), Said::nothing());
    assert_eq!(
        of(&named("XKS.Example.com", &["a.example.com", HOST])),
        Said::nothing()
    );
    has(
        of(&named(HOST, &["other.example.com"])).warning(),
        &["which is none of its DNS names"],
    );
    has(
        of(&named(HOST, &[])).warning(),
        &["has no DNS name among its alternative names"],
    );
}

#[test]
fn flt_81_names_for_others_than_kms_are_free() {
    let pki = Pki::new(&named("localhost", &["localhost"]));
    assert_eq!(privately(pki.chain(), pki.key), Said::nothing());
}

#[test]
fn flt_81_what_a_certificate_says_of_itself_is_escaped_and_cut() {
    let long = format!("a\u{1b}[2Jb\u{202e}{}", "c".repeat(300));
    let said = of(&named(&long, &[HOST]));
    let warning = said.warning();
    has(warning, &[r"CN=a\u{1b}[2Jb\u{202e}ccc", "…"]);
    assert!(warning.len() < 700, "{warning}");
}

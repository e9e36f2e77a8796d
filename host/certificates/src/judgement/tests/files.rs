//! FLT-80: the files as texts.

use super::*;

const GLUED: &str = include_str!("../../../../../docs/cases/06-glued-chain.pem");
const GOOD: &str = include_str!("../../../../../docs/cases/06-good-chain.pem");
const KEY: &str = include_str!("../../../../../docs/cases/06-key.pem");
const ENCRYPTED: &str = include_str!("../../../../../docs/cases/16-encrypted.p8");
const ENCRYPTED_TRADITIONAL: &str =
    include_str!("../../../../../docs/cases/16-encrypted-traditional.key");
const ESCAPED: &str = include_str!("../../../../../docs/cases/16-escaped-newlines.pem");

/// The bytes of the first block of a PEM text.
fn der(pem: &str) -> Vec<u8> {
    use rustls::pki_types::pem::PemObject as _;
    CertificateDer::from_pem_slice(pem.as_bytes())
        .unwrap()
        .to_vec()
}

#[test]
fn flt_80_certificates_joined_without_a_newline_are_a_fault() {
    assert_eq!(privately(GOOD, KEY), Said::nothing());
    let said = privately(GLUED, KEY);
    has(
        said.fault(),
        &[
            "server.tls.certificate: server.pem: line 11 ends the 1st block and begins the 2nd",
            "awk 1 FILE1 FILE2 > NEW",
        ],
    );
}

#[test]
fn flt_80_escaped_line_breaks_are_named_in_one_line() {
    let said = privately(ESCAPED, KEY);
    let fault = said.fault();
    has(fault, &[r"line breaks as the two characters \n", "sed 's"]);
    assert!(fault.len() < 200, "{fault}");
}

#[test]
fn flt_80_an_encrypted_key_is_named_with_the_command_that_decrypts_it() {
    for key in [ENCRYPTED, ENCRYPTED_TRADITIONAL] {
        let said = privately(GOOD, key);
        has(
            said.fault(),
            &[
                "server.tls.private_key: server.key: the private key is encrypted",
                "openssl pkey -in server.key -out NEW",
            ],
        );
    }
}

#[test]
fn flt_80_what_harms_nobody_is_read_without_a_word() {
    let carriage_returns = GOOD.replace('\n', "\r\n");
    assert_eq!(
        privately(carriage_returns, KEY.replace('\n', "\r\n")),
        Said::nothing()
    );
    let around = format!("Bag Attributes\n  friendlyName: M\u{fc}ller\n{GOOD}\nThe end\n");
    assert_eq!(privately(around, KEY), Said::nothing());
    let latin_1 = [b"friendlyName: M\xfcller\n", GOOD.as_bytes()].concat();
    assert_eq!(privately(latin_1, KEY), Said::nothing());
    let parameters =
        "-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n";
    assert_eq!(
        privately(GOOD, format!("{parameters}{KEY}")),
        Said::nothing()
    );
    // No newline at the end, and spaces after the markers.
    assert_eq!(
        privately(GOOD.trim_end().replace("-----\n", "-----  \n"), KEY),
        Said::nothing()
    );
}

#[test]
fn flt_80_a_byte_order_mark_is_a_warning() {
    let said = privately(format!("\u{feff}{GOOD}"), KEY);
    has(said.warning(), &["byte order mark", "sed '1s/^"]);
}

#[test]
fn flt_80_other_forms_are_named_with_the_command_that_converts_them() {
    let utf_16: Vec<u8> = std::iter::once(0xfeff)
        .chain(GOOD.encode_utf16())
        .flat_map(u16::to_le_bytes)
        .collect();
    let pkcs_12 = b"\x30\x82\x09\xff\x02\x01\x03\x30\x82\x09\xc5";
    let base64: String = GOOD.lines().filter(|line| !line.contains('-')).collect();
    for (file, parts) in [
        (
            der(GOOD),
            ["is DER", "openssl x509 -inform DER -in server.pem"],
        ),
        (
            pkcs_12.to_vec(),
            ["PKCS#12", "openssl pkcs12 -in server.pem"],
        ),
        (utf_16, ["UTF-16", "iconv"]),
        (base64.into_bytes(), ["has no lines -----BEGIN", "add them"]),
        (b"hello".to_vec(), ["has no PEM block", "-----BEGIN"]),
        (b" \n".to_vec(), ["is empty", "write the PEM text"]),
        (
            vec![b'a'; crate::MOST_BYTES + 1],
            ["larger than 1 MiB", "name the file"],
        ),
    ] {
        has(privately(file, KEY).fault(), &parts);
    }
}

#[test]
fn flt_80_blocks_that_would_be_passed_over_are_faults() {
    for (label, parts) in [
        (
            "TRUSTED CERTIFICATE",
            ["line 1 begins a block TRUSTED", "openssl x509"],
        ),
        (
            "CERTIFICATES",
            ["line 1 begins a block CERTIFICATES", "keep blocks"],
        ),
        ("PKCS7", ["PKCS#7", "openssl pkcs7"]),
        ("CERTIFICATE REQUEST", ["certificate request", "authority"]),
    ] {
        has(
            privately(GOOD.replace("CERTIFICATE-", &format!("{label}-")), KEY)
                .faults
                .first()
                .unwrap(),
            &parts,
        );
    }
}

#[test]
fn flt_80_damaged_blocks_are_named_by_their_place() {
    let second = GOOD.rfind("-----BEGIN").unwrap();
    let (leaf, intermediate) = GOOD.split_at(second);
    let body = intermediate.lines().nth(1).unwrap();
    let middle = leaf.lines().nth(1).unwrap();
    let last = "-----END CERTIFICATE-----\n";
    for (chain, parts) in [
        (
            GOOD.replace(body, "!"),
            ["the 2nd certificate, on line 12, cannot be read", "copy"],
        ),
        (
            GOOD.replacen(middle, "AAAA", 1),
            ["the 1st certificate, on line 1, cannot", "copy"],
        ),
        (
            leaf.replace(last, "") + intermediate,
            ["begins on line 1 has no end", "cut off"],
        ),
        (
            format!("{leaf}{}", intermediate.replace(last, "")),
            ["begins on line 12 has no end", "cut off"],
        ),
        (
            format!("{last}{GOOD}"),
            ["line 1 ends a block that does not begin", "copy"],
        ),
        (
            format!("{leaf}  {intermediate}"),
            ["line 12 has spaces before", "sed 's/^"],
        ),
        (
            format!("{leaf}a{intermediate}"),
            ["line 12 has other text before", "begin a line"],
        ),
        (
            format!("----BEGIN CERTIFICATE----\n{GOOD}"),
            ["line 1 is nearly a line", "five dashes"],
        ),
        (
            format!("{leaf}{}", intermediate.replace('\n', " ")),
            ["line 12 is a whole block", "line breaks"],
        ),
    ] {
        for newline in ["\n", "\r\n", "\r"] {
            has(privately(chain.replace('\n', newline), KEY).fault(), &parts);
        }
    }
}

#[test]
fn flt_80_a_list_of_roots_is_no_chain() {
    let many: String = (0..17).map(|_| Pki::new(&server()).leaf).collect();
    let said = privately(format!("{GOOD}{many}"), KEY);
    has(
        &said.faults[0],
        &["holds 19 certificates, more than any chain"],
    );
}

#[test]
fn flt_80_exchanged_settings_are_named() {
    let said = privately(KEY, GOOD);
    assert_eq!(
        said.warnings,
        [
            "server.tls.certificate: server.pem: holds a private key too, which others than the server \
         may read there; remove it, and take a new key if others could read the file"
        ]
    );
    has(
        &said.faults[0],
        &["server.tls.certificate: server.pem: holds a private key and no cert"],
    );
    has(
        &said.faults[1],
        &["server.tls.private_key: server.key: holds certificates and no private"],
    );
}

#[test]
fn flt_80_a_key_in_the_certificates_file_is_a_warning_unless_both_are_one_file() {
    let both = format!("{GOOD}{KEY}");
    has(
        privately(&both, KEY).warning(),
        &["holds a private key too"],
    );
    assert_eq!(privately(&both, &both), Said::nothing());
    assert_eq!(privately(&both, both.trim_end()), Said::nothing());
    // Certificates in the key's file are read by nobody, and harm nobody.
    assert_eq!(privately(GOOD, format!("{KEY}{GOOD}")), Said::nothing());
}

/// A file with some of its lines removed, joined, repeated or damaged.
fn changed(text: &str, mut draw: impl FnMut(usize) -> usize) -> String {
    let mut lines: Vec<String> = text.split_inclusive('\n').map(str::to_owned).collect();
    for _ in 0..=draw(3) {
        let at = draw(lines.len());
        match draw(6) {
            0 => drop(lines.remove(at)),
            1 => lines[at] = lines[at].trim_end().to_owned(),
            2 => lines.insert(at, lines[draw(lines.len())].clone()),
            3 => lines[at].insert(0, ' '),
            4 => lines[at] = lines[at].replacen('-', "", 1 + draw(3)),
            _ => lines[at] = lines[at].replacen('A', "B", 1),
        }
    }
    lines.concat()
}

#[test]
fn flt_80_what_is_not_a_fault_is_read_as_rustls_reads_it() {
    use rustls::pki_types::pem::PemObject as _;
    let mut state = 1_u64;
    let mut draw = |below: usize| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        usize::try_from(state >> 33).unwrap() % below
    };
    let mut whole = 0;
    for _ in 0..2000 {
        let text = changed(GOOD, &mut draw);
        let file = PemFile {
            bytes: text.as_bytes(),
            setting: "s",
            path: "p",
        };
        let ours = read_certificates(&file);
        if !ours.faults.is_empty() {
            continue;
        }
        whole += 1;
        let theirs: Vec<_> = CertificateDer::pem_slice_iter(text.as_bytes())
            .map(Result::unwrap)
            .collect();
        let ours: Vec<_> = ours.certificates.into_iter().map(|(_, der)| der).collect();
        assert_eq!(ours, theirs, "{text}");
        // No marker is left that both passed over.
        assert_eq!(ours.len(), text.matches("-BEGIN").count(), "{text}");
    }
    assert!((100..1900).contains(&whole), "{whole}");
}

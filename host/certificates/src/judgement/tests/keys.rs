//! FLT-80, FLT-81: keys, and what certificates say that they are for.

use super::*;

macro_rules! weak {
    ($name:literal) => {
        (
            include_str!(concat!("weak/", $name, ".pem")),
            include_str!(concat!("weak/", $name, ".key")),
        )
    };
}

#[test]
fn flt_80_the_key_of_another_certificate_is_a_fault_of_the_key() {
    let (pki, other) = (Pki::new(&server()), Pki::new(&server()));
    has(
        listed(pki.chain(), other.key).fault(),
        &[
            "server.tls.private_key: server.key: is not the key of the 1st certificate \
             (CN=xks.example.com, ",
            "openssl x509 -in server.pem -noout -pubkey",
        ],
    );
}

#[test]
fn flt_80_no_byte_of_a_key_is_in_a_text() {
    let pki = Pki::new(&server());
    let body = pki.key.lines().nth(1).unwrap();
    let glued = pki.key.replace('\n', "");
    let indented = pki.key.replace('\n', "\n ");
    let damaged = pki.key.replace(body, &format!("!{body}"));
    let openssh = pki.key.replace("PRIVATE", "OPENSSH PRIVATE");
    let cut = pki.key.replace("-----END PRIVATE KEY-----", "");
    for key in [glued, indented, damaged, openssh, cut, body.to_owned()] {
        let said = listed(pki.chain(), key);
        assert!(!said.faults.is_empty());
        for text in said.faults.iter().chain(&said.warnings) {
            assert!(!text.contains(&body[..8]), "{text}");
        }
    }
}

#[test]
fn flt_80_of_several_keys_the_first_is_used() {
    let (pki, other) = (Pki::new(&server()), Pki::new(&server()));
    let said = listed(pki.chain(), pki.key + &other.key);
    has(
        said.warning(),
        &["server.key: holds 2 private keys, of which the first is used"],
    );
}

#[test]
fn flt_81_keys_that_cannot_be_served_are_named_by_kind_and_length() {
    for ((chain, key), part) in [
        (
            weak!("rsa-1024"),
            "has an RSA key of 1,024 bits, which cannot be served",
        ),
        (
            weak!("rsa-pss"),
            "has a key for RSA-PSS only, which cannot be served",
        ),
    ] {
        let said = privately(chain, key);
        has(
            &said.faults[0],
            &["the 1st certificate (CN=xks.example.com, ", part],
        );
        has(
            &said.faults[1],
            &["server.tls.private_key: ", "the private key cannot be used"],
        );
    }
    let (chain, key) = weak!("version-1");
    has(
        privately(chain, key).fault(),
        &["the 1st certificate cannot be served: "],
    );
}

#[test]
fn flt_81_a_signature_with_sha_1_is_a_warning() {
    let (chain, key) = weak!("sha-1");
    has(
        privately(chain, key).warning(),
        &["the 1st certificate (", "is signed with SHA-1"],
    );
}

#[test]
fn flt_81_a_key_that_no_suite_of_kms_is_for_is_a_warning() {
    let pki = Pki::new(&server());
    let key = KeyPair::generate_for(&rcgen::PKCS_ED25519).unwrap();
    let leaf = server().signed_by(&key, &pki.intermediate).unwrap().pem();
    let said = listed(leaf + &pki.intermediate.pem(), key.serialize_pem());
    has(
        said.warning(),
        &["the 1st certificate (", "has an Ed25519 key"],
    );
}

#[test]
fn flt_81_a_certificate_for_something_else_is_a_warning() {
    let mut params = server();
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    has(
        of(&params).warning(),
        &["the 1st certificate (", "is not for servers"],
    );
    params = server();
    params.key_usages = vec![KeyUsagePurpose::KeyEncipherment];
    has(
        of(&params).warning(),
        &["the 1st certificate (", "is not for signatures"],
    );
    params = server();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    has(
        of(&params).warning(),
        &["has the flag of a certificate authority"],
    );
}

#[test]
fn flt_81_an_issuer_without_the_ca_flag_is_a_warning() {
    let mut intermediate = authority("Intermediate");
    intermediate.is_ca = IsCa::ExplicitNoCa;
    let pki = Pki::with(&server(), intermediate);
    has(
        listed(pki.chain(), pki.key).warning(),
        &[
            "the 2nd certificate (CN=Intermediate, ",
            "is no certificate authority's",
        ],
    );
}

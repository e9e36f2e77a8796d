//! FLT-80: which certificates there are, and in which order.

use super::*;

#[test]
fn flt_80_an_intermediate_that_is_missing_is_named() {
    let pki = Pki::new(&server());
    has(
        listed(&pki.leaf, &pki.key).warning(),
        &[
            "the issuer of the 1st certificate (CN=xks.example.com, SHA-256 ",
            "is CN=Intermediate: it is not in the file",
            "append the certificate of the issuer to server.pem",
        ],
    );
    // A private root may sign servers' certificates itself.
    assert_eq!(privately(&pki.leaf, &pki.key), Said::nothing());
}

#[test]
fn flt_80_the_place_of_the_missing_intermediate_is_in_the_command() {
    let extension = |place: &[u8]| {
        let length = |more: usize| u8::try_from(place.len() + more).unwrap();
        let mut access = vec![0x30, length(14), 0x30, length(12)];
        access.extend_from_slice(b"\x06\x08\x2b\x06\x01\x05\x05\x07\x30\x02\x86");
        access.push(length(0));
        access.extend_from_slice(place);
        rcgen::CustomExtension::from_oid_content(&[1, 3, 6, 1, 5, 5, 7, 1, 1], access)
    };
    let with = |place: &[u8]| {
        let mut params = server();
        params.custom_extensions.push(extension(place));
        let pki = Pki::new(&params);
        listed(&pki.leaf, &pki.key)
    };
    has(
        with(b"http://r3.example.com/r3.cer").warning(),
        &[
            "curl -s 'http://r3.example.com/r3.cer' | openssl x509 -inform DER -outform PEM >> server.pem",
        ],
    );
    // A certificate may say anything, but not in a command.
    let hostile = with(b"http://a/'; rm -rf /; '");
    assert!(!hostile.warning().contains("rm -rf"), "{hostile:?}");
}

#[test]
fn flt_80_an_intermediate_before_the_servers_own_is_a_fault() {
    let pki = Pki::new(&server());
    let said = listed(pki.intermediate.pem() + &pki.leaf, &pki.key);
    has(
        said.fault(),
        &[
            "server.tls.certificate: server.pem: the 1st certificate (CN=Intermediate, SHA-256 ",
            "is a certificate authority's; the private key is that of the 2nd certificate \
             (CN=xks.example.com, ",
            "put the 2nd certificate first",
        ],
    );
    let case = include_str!("../../../../../docs/cases/16-intermediate-first.pem");
    let key = include_str!("../../../../../docs/cases/06-key.pem");
    has(
        privately(case, key).fault(),
        &["put the 2nd certificate first"],
    );
}

#[test]
fn flt_80_a_reversed_chain_is_a_fault() {
    let pki = Pki::new(&server());
    let reversed = pki.root.pem() + &pki.intermediate.pem() + &pki.leaf;
    let said = privately(reversed, &pki.key);
    let [fault] = said.faults.as_slice() else {
        panic!("{said:#?}");
    };
    has(
        fault,
        &[
            "the 1st certificate (CN=Root,",
            "put the 3rd certificate first",
        ],
    );
    has(
        &said.warnings[0],
        &["put them into this order: 3rd, 2nd, 1st"],
    );
}

#[test]
fn flt_80_intermediates_in_another_order_are_a_warning() {
    let pki = Pki::new(&server());
    let old = CertifiedIssuer::self_signed(authority("Old"), KeyPair::generate().unwrap()).unwrap();
    let crossed = authority("Root")
        .signed_by(pki.root.key(), &old)
        .unwrap()
        .pem();
    let good = pki.chain() + &crossed;
    assert_eq!(listed(good, &pki.key), Said::nothing());
    let mixed = pki.leaf.clone() + &crossed + &pki.intermediate.pem();
    has(
        listed(mixed, &pki.key).warning(),
        &["put them into this order: 1st, 3rd, 2nd"],
    );
}

#[test]
fn flt_80_a_certificate_that_is_there_twice_is_a_warning() {
    let pki = Pki::new(&server());
    let said = listed(pki.chain() + &pki.intermediate.pem(), &pki.key);
    has(
        said.warning(),
        &[
            "the 3rd certificate (CN=Intermediate, ",
            "is the 2nd again; remove",
        ],
    );
}

#[test]
fn flt_80_certificates_of_others_are_a_warning() {
    let (pki, other) = (Pki::new(&server()), Pki::new(&server()));
    let stranger =
        CertifiedIssuer::self_signed(authority("Stranger"), KeyPair::generate().unwrap());
    let said = listed(pki.chain() + &stranger.unwrap().pem(), &pki.key);
    has(
        said.warning(),
        &[
            "the 3rd certificate (CN=Stranger, ",
            "does not belong to the chain",
        ],
    );

    // The right name with another key.
    let said = privately(pki.leaf + &other.intermediate.pem(), &pki.key);
    has(
        said.warning(),
        &[
            "the 2nd certificate (CN=Intermediate, ",
            "has the name of the issuer of the 1st certificate (CN=xks.example.com, ",
            "and did not sign it",
        ],
    );
}

#[test]
fn flt_80_a_root_that_is_sent_is_a_warning() {
    let pki = Pki::new(&server());
    let said = privately(pki.chain() + &pki.root.pem(), &pki.key);
    has(
        said.warning(),
        &[
            "the 3rd certificate (CN=Root, ",
            "is a root, which clients have",
            "remove it",
        ],
    );
}

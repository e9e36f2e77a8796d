//! FLT-81, XKS-016: the end of the chain.

use super::*;
use crate::chain::fingerprint;

#[test]
fn xks_016_a_root_that_is_not_listed_is_a_warning() {
    let pki = Pki::new(&server());
    let chain = pki.chain() + &pki.root.pem();
    let other = list("Other");
    let said = said(chain, &pki.key, ExpectedRoots::Listed(&other));
    has(
        &said.warnings[0],
        &[
            "the 3rd certificate (CN=Root, ",
            "is a root, which clients have",
        ],
    );
    has(
        &said.warnings[1],
        &["is a root that is not on AWS's published list: AWS KMS refuses it"],
    );
}

#[test]
fn xks_016_a_listed_root_may_be_sent_or_not() {
    let pki = Pki::new(&server());
    let der = pki.root.der();
    let fingerprint = fingerprint(&crate::chain::read(der).unwrap());
    let text = format!("{fingerprint}\t-\t-\tCN=Root\n");
    let roots = Roots::parse(&text).unwrap();
    assert_eq!(
        said(pki.chain(), &pki.key, ExpectedRoots::Listed(&roots)),
        Said::nothing()
    );
    let sent = said(
        pki.chain() + &pki.root.pem(),
        &pki.key,
        ExpectedRoots::Listed(&roots),
    );
    has(sent.warning(), &["which clients have"]);
}

#[test]
fn xks_016_a_listed_name_with_another_certificate_is_a_warning() {
    let pki = Pki::new(&server());
    let said = listed(pki.chain() + &pki.root.pem(), &pki.key);
    has(
        &said.warnings[1],
        &["CN=Root, which is on AWS's published list with another certificate"],
    );
}

#[test]
fn xks_016_a_self_signed_certificate_is_a_warning_where_kms_is_the_client() {
    let key = KeyPair::generate().unwrap();
    let own = server().self_signed(&key).unwrap().pem();
    let said = listed(&own, key.serialize_pem());
    has(
        said.warning(),
        &[
            "the 1st certificate (CN=xks.example.com, ",
            "is self-signed",
        ],
    );
    assert_eq!(privately(&own, key.serialize_pem()), Said::nothing());
}

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, CustomExtension, DnType, IsCa, KeyPair,
};

use super::*;

struct Authority {
    root: CertifiedIssuer<'static, KeyPair>,
    intermediate: CertifiedIssuer<'static, KeyPair>,
    leaf: CertificateDer<'static>,
}

fn params(name: &str, ca: bool) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, name);
    if ca {
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    }
    params
}

fn authority() -> Authority {
    let key = || KeyPair::generate().unwrap();
    let root = CertifiedIssuer::self_signed(params("Root", true), key()).unwrap();
    let intermediate =
        CertifiedIssuer::signed_by(params("Intermediate", true), key(), &root).unwrap();
    let leaf = params("leaf", false)
        .signed_by(&key(), &intermediate)
        .unwrap();
    Authority {
        leaf: leaf.der().clone(),
        root,
        intermediate,
    }
}

fn list(lines: &[(&str, &CertificateDer<'_>)]) -> Roots {
    let line = |(name, certificate): &(&str, &CertificateDer<'_>)| {
        let fingerprint = hex::text(digest(&SHA256, certificate).as_ref());
        format!("{fingerprint}\t-\t-\tCN={name}\n")
    };
    Roots::parse(&lines.iter().map(line).collect::<String>()).unwrap()
}

fn look(
    sent: &[&CertificateDer<'static>],
    roots: &[&CertificateDer<'static>],
    list: &Roots,
) -> (Completeness, Option<Anchor>) {
    let sent: Vec<_> = sent.iter().map(|&one| one.clone()).collect();
    let roots: Vec<_> = roots.iter().map(|one| read(one).unwrap()).collect();
    let chain = Chain::read(&sent).unwrap();
    (chain.completeness(&roots, list), chain.anchor(&roots, list))
}

#[test]
fn a_whole_chain_ends_in_its_root() {
    let Authority {
        root,
        intermediate,
        leaf,
    } = authority();
    let listed = list(&[("Root", root.der())]);
    let name = || "CN=Root".to_owned();
    let sent = [&leaf, intermediate.der()];
    let found = look(&sent, &[root.der()], &listed);
    assert_eq!(found, (Completeness::InOrder, Some(Anchor::Listed(name()))));

    // The root itself may be sent, too.
    let sent_root = [&leaf, intermediate.der(), root.der()];
    let found = look(&sent_root, &[], &listed);
    assert_eq!(found, (Completeness::InOrder, Some(Anchor::Listed(name()))));

    let found = look(&sent, &[], &listed);
    let by_name = Some(Anchor::ListedByName(name()));
    assert_eq!(found, (Completeness::InOrder, by_name));

    let reissued = list(&[("Root", &leaf)]);
    let found = look(&sent, &[root.der()], &reissued);
    let other = Some(Anchor::OtherCertificate(name()));
    assert_eq!(found, (Completeness::InOrder, other));

    let none = list(&[]);
    let found = look(&sent, &[root.der()], &none);
    let unlisted = Some(Anchor::Unlisted(name()));
    assert_eq!(found, (Completeness::InOrder, unlisted));

    let found = look(&sent, &[], &none);
    assert_eq!(found, (Completeness::IssuerUnknown(name()), None));
}

#[test]
fn other_orders_and_gaps_are_seen() {
    let Authority {
        root,
        intermediate,
        leaf,
    } = authority();
    let (list, roots) = (list(&[("Root", root.der())]), [root.der()]);
    let completeness = |sent: &[&CertificateDer<'static>]| look(sent, &roots, &list).0;
    let missing = Completeness::IssuerMissing("CN=Intermediate".to_owned());
    // Whichever roots are at hand: they may be another authority's.
    let unknown = Completeness::IssuerUnknown("CN=Intermediate".to_owned());
    assert_eq!(completeness(&[&leaf]), unknown);
    // http://a/ as the place of the issuer's certificate.
    let place = b"\x30\x17\x30\x15\x06\x08\x2b\x06\x01\x05\x05\x07\x30\x02\x86\x09http://a/";
    let extension = CustomExtension::from_oid_content(&[1, 3, 6, 1, 5, 5, 7, 1, 1], place.to_vec());
    let mut public = params("leaf", false);
    public.custom_extensions.push(extension);
    let public = public
        .signed_by(&KeyPair::generate().unwrap(), &intermediate)
        .unwrap();
    assert_eq!(completeness(&[public.der()]), missing);
    assert_eq!(completeness(&[&leaf, root.der()]), unknown);
    assert_eq!(
        completeness(&[&leaf, root.der(), intermediate.der()]),
        Completeness::WrongOrder
    );
    let stranger = authority();
    assert_eq!(
        completeness(&[&leaf, intermediate.der(), &stranger.leaf]),
        Completeness::Superfluous
    );
    // A certificate of the right name with another key did not sign it.
    assert_eq!(completeness(&[&leaf, stranger.intermediate.der()]), unknown);
}

#[test]
fn a_cross_signed_root_may_end_the_chain_in_either() {
    let Authority {
        root,
        intermediate,
        leaf,
    } = authority();
    let old =
        CertifiedIssuer::self_signed(params("Old", true), KeyPair::generate().unwrap()).unwrap();
    let crossed = params("Root", true)
        .signed_by(root.key(), &old)
        .unwrap()
        .der()
        .clone();
    let sent = [&leaf, intermediate.der(), &crossed];
    let roots = [root.der(), old.der()];
    for name in ["Root", "Old"] {
        let certificate = if name == "Root" {
            root.der()
        } else {
            old.der()
        };
        let list = list(&[(name, certificate)]);
        let found = look(&sent, &roots, &list);
        let listed = Some(Anchor::Listed(format!("CN={name}")));
        assert_eq!(found, (Completeness::InOrder, listed));
    }
}

#[test]
fn what_is_no_certificate_is_not_read() {
    assert!(Chain::read(&[]).is_none());
    let leaf = authority().leaf;
    assert!(Chain::read(&[leaf, CertificateDer::from(vec![1, 2, 3])]).is_none());
}

//! The requirements on an XKS proxy.

use super::Catalogue;

const CATALOGUE: Catalogue = Catalogue {
    document: "docs/xks-requirements.md",
    prefix: "XKS",
    without_test: &[
        ("deployment: what a load balancer does in front", &[22]),
        ("a rate: the load comparison measures it", &[133]),
        (
            "deployment: the distance between AWS Region and key manager",
            &[136],
        ),
    ],
    partly: &[
        (
            3,
            "deployment: the endpoint's DNS name and port 443 are not in the configuration",
        ),
        (
            21,
            "may: without a certificate TLS 1.3 has an alert of its own, certificate_required",
        ),
        (
            42,
            "deployment: what a front proxy does; only its consequence is tested",
        ),
        (
            105,
            "a head that HTTP itself refuses is answered by the HTTP library, without a body",
        ),
    ],
};

#[test]
fn every_requirement_has_a_test_or_a_reason() {
    CATALOGUE.check();
}

//! FLT-81: dates.

use super::*;

fn until(from: i32, until: i32) -> CertificateParams {
    let mut params = server();
    valid(&mut params, from, until);
    params
}

#[test]
fn flt_81_an_expired_certificate_is_a_fault() {
    has(
        of(&until(-90, -14)).fault(),
        &[
            "the 1st certificate (CN=xks.example.com, ",
            "expired on 2026-11-16 00:00:00 UTC; renew it",
        ],
    );
}

#[test]
fn flt_81_a_certificate_that_is_not_valid_yet_is_a_warning() {
    has(
        of(&until(1, 90)).warning(),
        &[
            "is not valid before 2026-12-01 00:00:00 UTC",
            "this machine's clock",
        ],
    );
}

#[test]
fn flt_81_fewer_than_thirty_days_are_a_warning_with_their_number() {
    assert_eq!(of(&until(-1, 30)), Said::nothing());
    has(
        of(&until(-1, 29)).warning(),
        &["expires in 29 days, on 2026-12-29 00:00:00 UTC"],
    );
    has(of(&until(-1, 2)).warning(), &["expires in 2 days, on"]);
    has(of(&until(-1, 1)).warning(), &["expires in 1 day, on"]);
    has(
        of(&until(-1, 0)).warning(),
        &["expires in less than a day, on"],
    );
}

#[test]
fn flt_81_the_dates_of_the_others_are_warnings() {
    // Where an old root's cross-signature has expired, clients know a shorter way.
    for (days, part) in [(-1, "expired on"), (3, "expires in 3 days")] {
        let mut intermediate = authority("Intermediate");
        valid(&mut intermediate, -90, days);
        let pki = Pki::with(&server(), intermediate);
        has(
            listed(pki.chain(), pki.key).warning(),
            &["the 2nd certificate (CN=Intermediate, ", part],
        );
    }
}

#[test]
fn flt_81_the_cases_of_the_catalogue() {
    let key = include_str!("../../../../../docs/cases/06-key.pem");
    let expired = include_str!("../../../../../docs/cases/07-expired.pem");
    has(
        privately(expired, key).fault(),
        &["expired on 2026-11-15 15:55:00 UTC"],
    );
    let early = include_str!("../../../../../docs/cases/07-not-yet-valid.pem");
    has(
        privately(early, key).warning(),
        &["is not valid before 2026-11-30 15:55:00 UTC"],
    );
    let nameless = include_str!("../../../../../docs/cases/07-no-common-name.pem");
    let roots = list("Trial Root");
    let said = said(nameless, key, ExpectedRoots::Listed(&roots));
    has(
        said.warning(),
        &["the 1st certificate (no subject, ", "has no common name"],
    );
}

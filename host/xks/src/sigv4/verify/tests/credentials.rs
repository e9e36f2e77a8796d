//! Who signed, when, and for which Region.

use std::time::Duration;

use super::*;
use crate::sigv4::DuplicateAccessKeyId;
use crate::sigv4::timestamp::TimestampFault;

#[test]
fn xks_032_300_seconds_pass_and_more_do_not() {
    let kms = Case::kms();
    let check = |now| kms.check_with(&[&kms.authorization()], &credentials(), now);
    let limit = Duration::from_mins(5);
    assert!(check(at(DATE) + limit).is_ok());
    assert!(check(at(DATE) - limit).is_ok());
    for beyond in [Duration::from_secs(301), Duration::from_millis(300_001)] {
        let seconds = i64::try_from(beyond.as_secs()).unwrap();
        for (now, behind) in [(at(DATE) + beyond, seconds), (at(DATE) - beyond, -seconds)] {
            let signed = true;
            assert_eq!(check(now), Err(Fault::Skew { behind, signed }));
        }
    }
}

#[test]
fn flt_75_a_date_says_how_clocks_differ_if_it_was_signed() {
    let kms = Case::kms();
    let check = |now| kms.check_with(&[&kms.authorization()], &credentials(), now);
    for behind in [0, 61, -61] {
        let now = at(DATE);
        let by = Duration::from_secs(u64::from(i32::unsigned_abs(behind)));
        let now = if behind < 0 { now - by } else { now + by };
        assert_eq!(check(now).unwrap().behind(), i64::from(behind));
    }
    let now = at(DATE) + Duration::from_secs(1000);
    for (id, secret) in [(ID, OTHER_SECRET), ("AKIAI2SFODNN7EXAMPLF", SECRET)] {
        let others = Credentials::new([credential(id, secret)]).unwrap();
        let (behind, signed) = (1000, false);
        assert_eq!(
            kms.check_with(&[&kms.authorization()], &others, now),
            Err(Fault::Skew { behind, signed })
        );
    }
}

#[test]
fn xks_033_date_has_one_form_and_is_that_of_the_scope() {
    let mut case = Case::kms();
    case.fields[1].1 = "2021-10-09T00:20:31Z".to_owned();
    assert_eq!(case.fault(), Fault::Date(TimestampFault));
    case.fields.truncate(1);
    assert_eq!(case.fault(), Fault::DateMissing);
    let mut case = Case::kms();
    case.scope = "20211008/us-west-2/kms-xks-proxy/aws4_request".to_owned();
    assert_eq!(case.fault(), Fault::DateOutOfScope);
}

#[test]
fn xks_034_access_key_ids_are_unique() {
    let twice = [credential(ID, SECRET), credential(ID, OTHER_SECRET)];
    assert_eq!(
        Credentials::new(twice).unwrap_err(),
        DuplicateAccessKeyId(ID.parse().unwrap())
    );
    assert_eq!(
        credentials()
            .access_key_ids()
            .map(AccessKeyId::as_str)
            .collect::<Vec<_>>(),
        [ID, OTHER_ID]
    );
}

#[test]
fn xks_035_unknown_and_malformed_ids_are_authentication_faults() {
    for id in ["AKIAI2SFODNN7EXAMPLF", "akiai2sfodnn7example", "x"] {
        let case = Case {
            id: id.to_owned(),
            ..Case::kms()
        };
        assert_eq!(case.fault(), Fault::UnknownAccessKeyId, "{id}");
    }
    let none = Credentials::new([]).unwrap();
    let kms = Case::kms();
    assert_eq!(
        kms.check_with(&[&kms.authorization()], &none, at(DATE)),
        Err(Fault::UnknownAccessKeyId)
    );
}

#[test]
fn xks_039_every_fault_is_the_same_401() {
    for fault in [
        Fault::UnknownAccessKeyId,
        Fault::Signature,
        Fault::Skew {
            behind: 301,
            signed: true,
        },
    ] {
        assert_eq!(fault.error().status(), 401);
        assert_eq!(fault.error().name(), "AuthenticationFailedException");
    }
}

#[test]
fn xks_040_any_region_signs() {
    for region in ["us-east-1", "eu-central-1", "us-gov-west-1", "mars-1"] {
        let scope = format!("20211009/{region}/kms-xks-proxy/aws4_request");
        assert!(
            Case {
                scope,
                ..Case::kms()
            }
            .check()
            .is_ok()
        );
    }
}

#[test]
fn xks_041_a_repeated_request_is_served_again() {
    let (kms, credentials) = (Case::kms(), credentials());
    for _ in 0..3 {
        assert!(
            kms.check_with(&[&kms.authorization()], &credentials, at(DATE))
                .is_ok()
        );
    }
}

#[test]
fn xks_122_several_credentials_are_valid_at_once() {
    let credentials = credentials();
    let check = |case: &Case, now| {
        let authenticated = case
            .check_with(&[&case.authorization()], &credentials, now)
            .unwrap();
        authenticated.access_key_id().to_string()
    };
    let old = Case::kms();
    let new = Case {
        id: OTHER_ID.into(),
        secret: OTHER_SECRET.into(),
        ..Case::kms()
    };
    let next_day = Case::signed_at("20211010T002031Z");
    let elsewhere = Case {
        scope: "20211009/us-east-1/kms-xks-proxy/aws4_request".into(),
        ..Case::kms()
    };
    for _ in 0..2 {
        assert_eq!(check(&old, at(DATE)), ID);
        assert_eq!(check(&new, at(DATE)), OTHER_ID);
        // Neither another day nor another Region is answered from a kept key.
        assert_eq!(check(&next_day, at("20211010T002031Z")), ID);
        assert_eq!(check(&elsewhere, at(DATE)), ID);
    }
}

#[test]
fn xks_011_the_credential_of_another_key_store_is_unknown() {
    let this = Credentials::new([credential(ID, SECRET)]).unwrap();
    let case = Case {
        id: OTHER_ID.into(),
        secret: OTHER_SECRET.into(),
        ..Case::kms()
    };
    assert_eq!(
        case.check_with(&[&case.authorization()], &this, at(DATE)),
        Err(Fault::UnknownAccessKeyId)
    );
}

//! The test against tokens that are fakes: each kind of them, and each fault that one
//! can have.

mod fake;

use std::time::Duration;

use claviger_config::IvConvention::{CallerRandom, NullAppended, NullPrefixed, ZeroWriteback};
use claviger_config::{IvConvention, Profile};
use cryptoki_sys as sys;

use crate::wire::{Bytes, KeptKey, Request};
use crate::{Ended, Level, Options, Report, test};
use fake::{Break, Fake};

fn options() -> Options {
    Options {
        token: "hsm".to_owned(),
        configured: None,
        sessions: 8,
        make_key: false,
        key: KeptKey {
            label: "claviger-token-test-1".to_owned(),
            id: Bytes(vec![1]),
        },
        limit: Duration::from_secs(10),
        seconds: Duration::from_secs(1),
    }
}

fn tested(fake: &mut Fake) -> Report {
    test(fake, &options())
}

fn named(name: &str) -> Profile {
    let mut profiles = Profile::NAMED.into_iter();
    profiles.find(|(other, _)| *other == name).unwrap().1
}

/// The finding of this name; there is one, and it is of this level.
#[track_caller]
fn finding(report: &Report, check: &str, level: Level) -> String {
    let found = report.findings.iter().find(|it| it.check == check);
    let found = found.unwrap_or_else(|| panic!("no finding `{check}`: {report}"));
    assert_eq!(found.level, level, "{report}");
    format!("{}; {}", found.found, found.means)
}

#[test]
fn every_convention_is_found_and_proposed() {
    for (iv, vector_length) in [
        (CallerRandom, 12),
        (CallerRandom, 16),
        (ZeroWriteback, 12),
        (NullPrefixed, 12),
        (NullAppended, 16),
    ] {
        let report = tested(&mut Fake {
            iv,
            vector_length,
            ..Fake::default()
        });
        assert_eq!(report.ended, Ended::Well, "{report}");
        let proposal = report.proposal.clone().unwrap();
        assert_eq!(
            proposal.toml,
            format!(
                "[tokens.hsm]\nprofile = {{ mechanism = 0x1087, iv_convention = \"{}\", \
                 iv_length = {vector_length}, bad_tag_codes = [0x40] }}\nsessions = 4\n",
                iv.name()
            ),
            "{report}"
        );
    }
}

#[test]
fn return_values_of_a_wrong_tag_are_proposed_whatever_they_are() {
    for code in [
        sys::CKR_GENERAL_ERROR,
        sys::CKR_FUNCTION_FAILED,
        sys::CKR_DEVICE_ERROR,
        0x8000_0042,
    ] {
        let report = tested(&mut Fake {
            bad_tag: Some(code),
            ..Fake::default()
        });
        let proposal = report.proposal.clone().unwrap();
        assert_eq!(*proposal.profile.bad_tag_codes, [code], "{report}");
    }
}

#[test]
fn a_token_that_does_not_authenticate_is_not_proposed() {
    let mut nothing_checked = Fake {
        bad_tag: None,
        ..Fake::default()
    };
    let report = tested(&mut nothing_checked);
    finding(&report, "not-authenticated", Level::Fault);
    assert_eq!((report.ended, report.proposal), (Ended::Badly, None));
    let report = tested(&mut Fake {
        ignores_additional_data: true,
        ..Fake::default()
    });
    let said = finding(&report, "not-authenticated", Level::Fault);
    assert!(said.contains("additional data"), "{said}");
    assert_eq!(report.ended, Ended::Badly);
}

#[test]
fn a_vector_that_comes_twice_is_a_fault() {
    let report = tested(&mut Fake {
        iv: NullAppended,
        vector_length: 16,
        repeats_vectors: true,
        ..Fake::default()
    });
    let said = finding(&report, "vectors", Level::Fault);
    assert!(
        said.starts_with("of 64 vectors that the token made 1 are"),
        "{said}"
    );
    assert_eq!(report.ended, Ended::Badly);
}

#[test]
fn a_short_tag_or_a_write_behind_a_buffer_is_no_convention() {
    for fake in [
        &mut Fake {
            cuts_tag: true,
            ..Fake::default()
        },
        &mut Fake {
            writes_too_much: true,
            ..Fake::default()
        },
    ] {
        let report = tested(fake);
        finding(&report, "no-convention", Level::Fault);
        assert_eq!((report.ended, report.proposal), (Ended::Badly, None));
    }
}

#[test]
fn a_token_that_throttles_is_found_out_all_the_same() {
    for every in [2, 3, 7] {
        let report = tested(&mut Fake {
            iv: ZeroWriteback,
            throttles: Some(every),
            ..Fake::default()
        });
        finding(&report, "passing-failure", Level::Warning);
        let proposal = report.proposal.clone().unwrap();
        assert_eq!(*proposal.profile.bad_tag_codes, [0x40], "{every}: {report}");
    }
}

/// Wherever it happens, the test goes on and says the same of the token.
#[test]
fn a_session_that_is_lost_is_opened_again() {
    let whole = tested(&mut Fake::default()).proposal;
    for at in 1..90 {
        let report = tested(&mut Fake {
            breaks_at: Some((at, Break::Session)),
            ..Fake::default()
        });
        finding(&report, "session-lost", Level::Warning);
        assert_eq!(report.ended, Ended::Well, "at {at}: {report}");
        assert_eq!(report.proposal, whole, "at {at}: {report}");
    }
}

#[test]
fn a_library_that_crashes_or_hangs_is_reported_and_the_test_goes_on() {
    for (how, check) in [(Break::Crash, "crash"), (Break::Hang, "hang")] {
        // With what the host would not do, and with what it does.
        for (at, level) in [(2, Level::Warning), (30, Level::Fault)] {
            let report = tested(&mut Fake {
                breaks_at: Some((at, how)),
                ..Fake::default()
            });
            finding(&report, check, level);
            assert_ne!(report.ended, Ended::Incomplete, "{report}");
        }
    }
}

#[test]
fn a_pin_that_could_be_locked_is_not_tried() {
    for (flag, check) in [
        (sys::CKF_USER_PIN_FINAL_TRY, "pin-final-try"),
        (sys::CKF_USER_PIN_LOCKED, "pin-locked"),
    ] {
        let mut fake = Fake {
            flags: flag,
            ..Fake::default()
        };
        let report = tested(&mut fake);
        finding(&report, check, Level::Fault);
        assert_eq!(report.ended, Ended::Incomplete);
        assert!(!fake.asked.contains(&Request::Login));
    }
    let report = tested(&mut Fake {
        flags: sys::CKF_USER_PIN_COUNT_LOW,
        ..Fake::default()
    });
    finding(&report, "pin-count-low", Level::Warning);
    assert_eq!(report.ended, Ended::Well);
}

#[test]
fn a_pin_that_is_refused_is_tried_once() {
    let mut fake = Fake {
        login: Some(sys::CKR_PIN_INCORRECT),
        ..Fake::default()
    };
    let report = test(
        &mut fake,
        &Options {
            make_key: true,
            ..options()
        },
    );
    let said = finding(&report, "login", Level::Fault);
    assert!(said.contains("tried once"), "{said}");
    assert_eq!(report.ended, Ended::Incomplete);
    let logins = fake.asked.iter().filter(|it| **it == Request::Login);
    assert_eq!(logins.count(), 1);
}

#[test]
fn a_key_on_the_token_is_made_when_asked_for_and_removed_whatever_happens() {
    let refuses = || Fake {
        session_keys: false,
        ..Fake::default()
    };
    let report = tested(&mut refuses());
    let said = finding(&report, "key", Level::Fault);
    assert!(said.contains("--make-key"), "{said}");
    let with_key = Options {
        make_key: true,
        ..options()
    };
    for breaks_at in [
        None,
        Some((3, Break::Hang)),
        Some((40, Break::Crash)),
        Some((20, Break::Session)),
        Some((25, Break::Interruption)),
    ] {
        let mut fake = Fake {
            breaks_at,
            ..refuses()
        };
        let report = test(&mut fake, &with_key);
        finding(&report, "key-removed", Level::Ok);
        let last = fake.asked.last().unwrap();
        assert_eq!(*last, Request::RemoveKept(with_key.key.clone()));
    }
}

#[test]
fn an_interruption_ends_the_test() {
    let report = tested(&mut Fake {
        breaks_at: Some((9, Break::Interruption)),
        ..Fake::default()
    });
    finding(&report, "interrupted", Level::Fault);
    assert_eq!(report.ended, Ended::Incomplete);
}

fn with_profile(fake: &mut Fake, profile: Profile) -> Report {
    test(
        fake,
        &Options {
            configured: Some(profile),
            ..options()
        },
    )
}

#[test]
fn a_configured_profile_that_works_stays() {
    let report = with_profile(&mut Fake::default(), named("luna"));
    assert_eq!(report.configured_works, Some(true));
    assert_eq!(report.ended, Ended::Well, "{report}");
    let proposal = report.proposal.unwrap();
    assert_eq!(proposal.name, Some("luna"));
    assert_eq!(
        proposal.toml,
        "[tokens.hsm]\nprofile = \"luna\"\nsessions = 4\n"
    );
}

#[test]
fn a_configured_profile_that_does_not_fit_is_a_fault() {
    let mut fake = Fake {
        iv: ZeroWriteback,
        profile_problem: Some("refused".to_owned()),
        ..Fake::default()
    };
    let report = with_profile(&mut fake, named("softhsm"));
    assert_eq!(report.configured_works, Some(false));
    assert_eq!(report.ended, Ended::Badly);
    // Not tested by this: whether the proposed one works, since the fake refuses both.
    finding(&report, "profile", Level::Fault);
}

#[test]
fn conventions_have_names() {
    let all: [IvConvention; 4] = [CallerRandom, ZeroWriteback, NullPrefixed, NullAppended];
    let names = all.map(IvConvention::name);
    assert_eq!(
        names,
        [
            "caller-random",
            "zero-writeback",
            "null-prefixed",
            "null-appended"
        ]
    );
}

#[test]
fn the_report_says_what_each_finding_means_and_ends_with_the_proposal() {
    let text = tested(&mut Fake::default()).to_string();
    let end = "Proposed for the configuration\n\n[tokens.hsm]\nprofile = { mechanism = 0x1087, \
               iv_convention = \"caller-random\", iv_length = 12, bad_tag_codes = [0x40] }\n\
               sessions = 4\n\nhsm: no profile is configured; 0 faults, 0 warnings\n";
    assert!(text.ends_with(end), "{text}");
    let line = "  ok       CKM_AES_GCM, pIv: 12 bytes chosen by the caller: works; the token uses \
                the vector that it is given; the tag of 16 bytes follows the ciphertext\n           \
                iv_convention = \"caller-random\", iv_length = 12\n";
    assert!(text.contains(line), "{text}");
}

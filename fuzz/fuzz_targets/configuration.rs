//! A configuration is taken whole or refused with faults that can be printed; and what is
//! read of one with faults is never taken for a whole one.

#![no_main]

use std::path::Path;

use claviger_config::{Configuration, Examined, report};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let base = Path::new("/base");
    let examined = Examined::of(text, base);
    match Configuration::parse(text, base) {
        Ok(whole) => {
            assert_eq!(examined.faults, []);
            assert_eq!(examined.readable, Some(whole));
        }
        Err(faults) => assert_eq!(examined.faults, faults),
    }
    match Configuration::parse(text, base) {
        Ok(configuration) => {
            assert!(!configuration.key_stores.is_empty());
            assert!(
                configuration
                    .key_stores
                    .iter()
                    .all(|store| !store.credentials.is_empty())
            );
            let printable = |text: &str| !text.chars().any(|c| c.is_control() && c != '\n');
            assert!(printable(&report(&configuration.warnings())));
            assert_eq!(Configuration::parse(text, base), Ok(configuration));
        }
        Err(faults) => {
            assert!(!faults.is_empty());
            assert!(
                faults
                    .iter()
                    .all(|fault| !fault.problem.is_empty() && !fault.fix.is_empty())
            );
            let report = report(&faults);
            assert!(
                !report
                    .chars()
                    .any(|character| character.is_control() && character != '\n')
            );
        }
    }
});

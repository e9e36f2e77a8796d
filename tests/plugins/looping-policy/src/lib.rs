//! A policy that allows everything after it has computed for a while: about so many
//! milliseconds as the setting `work` says, or for ever when that is 0.

use claviger_sdk::settings::Table;
use claviger_sdk::{AuthorizationPolicy, Decision, RequestContext};
use std::hint::black_box;

struct Looping {
    work: u64,
}

claviger_sdk::authorization_policy!(Looping);

impl AuthorizationPolicy for Looping {
    const FRESH_FOR_MS: u32 = 0;

    fn configure(settings: &Table<'_>) -> Option<Self> {
        Some(Self {
            work: settings.integer("work", 0..=1000)?,
        })
    }

    fn authorize(&self, _: &RequestContext) -> Decision {
        let mut step: u64 = 0;
        while self.work == 0 || step < self.work * 1_000_000 {
            step = black_box(step).wrapping_add(1);
        }
        Decision::allow("looping", "it has computed for long enough")
    }
}

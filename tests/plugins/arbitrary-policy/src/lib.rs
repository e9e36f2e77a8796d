//! A policy whose decisions are drawn from the `kmsRequestId`, and mostly allow.

#[path = "../../arbitrary-backend/src/draw.rs"]
#[allow(dead_code, reason = "for the other plugins that draw")]
mod draw;

use claviger_sdk::settings::Table;
use claviger_sdk::{AuthorizationPolicy, Decision, RequestContext};
use draw::Draw;

struct Arbitrary;

claviger_sdk::authorization_policy!(Arbitrary);

impl AuthorizationPolicy for Arbitrary {
    const FRESH_FOR_MS: u32 = u32::MAX;

    fn configure(_: &Table<'_>) -> Option<Self> {
        Some(Self)
    }

    fn authorize(&self, request: &RequestContext) -> Decision {
        let mut draw = Draw::from(&request.kms_request_id);
        let (statement, reason) = (draw.text("arbitrary"), draw.text("by chance"));
        match draw.below(16) {
            0 => Decision::deny(statement, reason),
            1 => Decision::Abstain,
            _ => Decision::allow(statement, reason),
        }
    }
}

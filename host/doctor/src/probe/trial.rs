//! What the tests of probes judge.

use std::time::Duration;

use claviger_xks::uri::ExternalKeyId;
use claviger_xks_client::exchange::{RawAnswer, Times};
use http::{HeaderMap, StatusCode};
use zeroize::Zeroizing;

use super::fix::OfKey;

/// An answer without a body, after so long.
pub(super) fn answer(status: u16, milliseconds: u64) -> RawAnswer {
    RawAnswer {
        status: StatusCode::from_u16(status).unwrap(),
        headers: HeaderMap::new(),
        body: Zeroizing::new(Vec::new()),
        times: Times {
            connection: None,
            exchange: Duration::from_millis(milliseconds),
        },
    }
}

/// Of a key of Claviger, with everything said.
pub(super) fn of_key(key: &ExternalKeyId) -> OfKey<'_> {
    OfKey {
        key,
        claviger: true,
        made_up_caller: false,
        made_up_kms_key: false,
    }
}

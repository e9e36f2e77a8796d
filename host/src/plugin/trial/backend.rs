//! What a key backend does.

mod at_once;
mod keys;
mod lasting;
mod management;
mod round_trip;
mod state;
mod tampering;

use std::sync::Arc;

use super::conduct;
use super::outcome::Instead;
use super::rig::{Open, Session, Shut};
use super::{Entry, Trial, entry};
use crate::plugin::answer::KeyAnswer;
use crate::plugin::contract;
use crate::words::{Octets, Sealed};

type Backend = contract::Backend;
type BackendTrial<'t> = Trial<'t, Backend>;

/// Checks that need no key.
pub(super) static OF_THE_PLUGIN: [Entry<Backend>; 4] = [
    entry(&state::Q01, None, |trial| {
        Box::pin(state::is_kept_up(trial))
    }),
    entry(&state::Q02, None, |trial| {
        Box::pin(state::reports_health(trial))
    }),
    entry(&keys::B01, None, |trial| {
        Box::pin(keys::has_no_unknown_key(trial))
    }),
    entry(&keys::B02, Some(&keys::B01), |trial| {
        Box::pin(keys::bears_ids_at_the_limits(trial))
    }),
];

/// Checks of each key.
pub(super) static OF_A_KEY: [Entry<Backend>; 25] = [
    entry(&keys::B03, None, |trial| Box::pin(keys::is_found(trial))),
    entry(&keys::B04, Some(&keys::B03), |trial| {
        Box::pin(keys::has_short_metadata(trial))
    }),
    entry(&keys::B05, Some(&keys::B03), |trial| {
        Box::pin(keys::has_short_handle(trial))
    }),
    entry(&keys::B06, Some(&keys::B03), |trial| {
        Box::pin(keys::is_aes_256(trial))
    }),
    entry(&keys::B07, Some(&keys::B03), |trial| {
        Box::pin(keys::has_usages(trial))
    }),
    entry(&keys::B08, Some(&keys::B03), |trial| {
        Box::pin(keys::is_enabled(trial))
    }),
    entry(&keys::B09, Some(&keys::B03), |trial| {
        Box::pin(keys::is_the_same_again(trial))
    }),
    entry(&round_trip::S01, Some(&keys::B03), |trial| {
        Box::pin(round_trip::encrypts(trial))
    }),
    entry(&round_trip::S02, Some(&round_trip::S01), |trial| {
        Box::pin(round_trip::has_lengths(trial))
    }),
    entry(&round_trip::S03, Some(&round_trip::S01), |trial| {
        Box::pin(round_trip::hides(trial))
    }),
    entry(&round_trip::S04, Some(&round_trip::S01), |trial| {
        Box::pin(round_trip::decrypts(trial))
    }),
    entry(&round_trip::S05, Some(&round_trip::S04), |trial| {
        Box::pin(round_trip::of_all_sizes(trial))
    }),
    entry(&lasting::S06, Some(&round_trip::S01), |trial| {
        Box::pin(lasting::never_repeats(trial))
    }),
    entry(&tampering::S07, Some(&round_trip::S04), |trial| {
        Box::pin(tampering::of_aad(trial))
    }),
    entry(&tampering::S08, Some(&round_trip::S04), |trial| {
        Box::pin(tampering::of_tag(trial))
    }),
    entry(&tampering::S09, Some(&round_trip::S04), |trial| {
        Box::pin(tampering::of_vector(trial))
    }),
    entry(&tampering::S10, Some(&round_trip::S04), |trial| {
        Box::pin(tampering::of_metadata(trial))
    }),
    entry(&tampering::S11, Some(&round_trip::S04), |trial| {
        Box::pin(tampering::of_key(trial))
    }),
    entry(&at_once::S12, Some(&round_trip::S04), |trial| {
        Box::pin(at_once::in_order(trial))
    }),
    entry(&at_once::S13, Some(&round_trip::S04), |trial| {
        Box::pin(at_once::one_bad(trial))
    }),
    entry(&at_once::S14, Some(&round_trip::S04), |trial| {
        Box::pin(at_once::instances_agree(trial))
    }),
    entry(&lasting::S15, Some(&round_trip::S04), |trial| {
        Box::pin(lasting::survives_a_cut(trial))
    }),
    entry(&conduct::U01, Some(&keys::B03), |trial| {
        Box::pin(conduct::keeps_plaintexts(trial))
    }),
    entry(&conduct::U02, Some(&keys::B03), |trial| {
        Box::pin(conduct::writes_few_lines(trial))
    }),
    entry(&conduct::U03, Some(&round_trip::S04), |trial| {
        Box::pin(lasting::grows_no_memory(trial))
    }),
];

/// Checks of `key-management`, and of the time that all of it took.
pub(super) static MANAGEMENT: [Entry<Backend>; 6] = [
    entry(&management::G01, None, |trial| {
        Box::pin(management::lists(trial))
    }),
    entry(&management::G02, None, |trial| {
        Box::pin(management::makes(trial))
    }),
    entry(&management::G03, Some(&management::G02), |trial| {
        Box::pin(management::refuses(trial))
    }),
    entry(&management::G04, Some(&management::G02), |trial| {
        Box::pin(management::disables(trial))
    }),
    entry(&management::G05, Some(&management::G02), |trial| {
        Box::pin(management::rotates(trial))
    }),
    entry(&conduct::U04, None, |trial| {
        Box::pin(conduct::is_in_time(trial))
    }),
];

/// A key as it was looked up, for the calls that follow.
#[derive(Clone)]
struct Held {
    handle: Octets,
    metadata: Octets,
    /// Requests that one call may have.
    at_once: usize,
}

impl From<KeyAnswer> for Held {
    fn from(key: KeyAnswer) -> Self {
        Self {
            handle: Arc::new(key.handle),
            metadata: Arc::new(key.metadata),
            at_once: usize::try_from(key.at_once).unwrap_or(1).clamp(1, 128),
        }
    }
}

impl Held {
    /// What is encrypted under it. The additional data has the metadata in it, as the
    /// host frames it.
    fn open(&self, additional_data: &[u8], plaintext: &[u8]) -> Open {
        Open {
            metadata: Arc::clone(&self.metadata),
            additional_data: Arc::new(framed(additional_data, &self.metadata)),
            plaintext: Arc::new(plaintext.to_vec()),
        }
    }

    /// What it was encrypted to.
    fn shut(&self, additional_data: &[u8], sealed: &Sealed) -> Shut {
        Shut {
            metadata: Arc::clone(&self.metadata),
            additional_data: Arc::new(framed(additional_data, &self.metadata)),
            sealed: sealed.clone(),
        }
    }
}

/// Both with their lengths in front, so that neither can be taken for the other.
fn framed(additional_data: &[u8], metadata: &[u8]) -> Vec<u8> {
    let length = u16::try_from(additional_data.len()).unwrap_or(u16::MAX);
    let metadata_length = u8::try_from(metadata.len()).unwrap_or(u8::MAX);
    [
        &length.to_be_bytes(),
        additional_data,
        &[metadata_length],
        metadata,
    ]
    .concat()
}

/// A session, and the key of the check.
async fn begin<'r>(rig: &'r super::rig::Rig<'_, Backend>) -> Result<(Session<'r>, Held), Instead> {
    let mut session = rig.session().await?;
    let key = session.found().await?;
    Ok((session, key.into()))
}

/// The same bytes each time: nobody's secret.
fn plaintext(length: usize) -> Vec<u8> {
    (0..length)
        .map(|at| u8::try_from(at % 251).unwrap_or_default())
        .collect()
}

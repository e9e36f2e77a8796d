//! What the thread of a storage is asked for.

use std::sync::Arc;

use claviger_config::StorageQuota;
use tokio::sync::oneshot;
use zeroize::Zeroizing;

use super::counter::SharedCounter;
use super::fault::StorageFault;
#[cfg(test)]
use super::{Shared, keeper::Keeper};

/// One piece of work.
pub(super) enum Job {
    Write(Write),
    Reserve(Arc<SharedCounter>),
    /// Tests only: works on the database on its thread.
    #[cfg(test)]
    Do(Deed),
}

#[cfg(test)]
type Deed = Box<dyn FnOnce(&mut Keeper, &Shared) + Send>;

/// A change of one record.
pub(super) struct Write {
    pub(super) scope: String,
    pub(super) name: String,
    pub(super) change: Change,
    pub(super) quota: StorageQuota,
    /// The new revision.
    pub(super) reply: oneshot::Sender<Result<u64, StorageFault>>,
}

pub(super) enum Change {
    Set {
        expected: Option<u64>,
        value: Zeroizing<Vec<u8>>,
    },
    Delete {
        expected: u64,
    },
}

impl Change {
    /// Of the value, in bytes.
    pub(super) fn length(&self) -> usize {
        match self {
            Self::Set { value, .. } => value.len(),
            Self::Delete { .. } => 0,
        }
    }
}

//! What the log says of a token's outages: each thing once an outage, and nothing
//! before the start has reported what it found.

use std::sync::atomic::{AtomicBool, Ordering};

use tracing::{error, info, warn};

use super::slot::OpenFault;

/// Where a token is between an outage and the next.
pub(super) struct Outage {
    /// What the operator calls the token.
    token: String,
    /// The start is over: what is found from here on is for the log.
    in_service: AtomicBool,
    /// No session works, and the log says so.
    out: AtomicBool,
    /// An attempt has failed since.
    failed: AtomicBool,
    /// The library was started again since.
    restarted: AtomicBool,
}

impl Outage {
    pub(super) fn new(token: &str) -> Self {
        Self {
            token: token.to_owned(),
            in_service: AtomicBool::new(false),
            out: AtomicBool::new(false),
            failed: AtomicBool::new(false),
            restarted: AtomicBool::new(false),
        }
    }

    /// The start is over. `out` when it has warned that no session works.
    pub(super) fn begin_service(&self, out: bool) {
        self.out.store(out, Ordering::Release);
        self.in_service.store(true, Ordering::Release);
    }

    /// The last session that worked works no more.
    pub(super) fn begins(&self) {
        if self.in_service.load(Ordering::Acquire) && !self.out.swap(true, Ordering::AcqRel) {
            error!(token = self.token, "no session works: requests are refused");
        }
    }

    /// A session works.
    pub(super) fn ends(&self) {
        self.failed.store(false, Ordering::Release);
        self.restarted.store(false, Ordering::Release);
        if self.out.swap(false, Ordering::AcqRel) {
            info!(token = self.token, "the token is back");
        }
    }

    /// A session could not be opened.
    pub(super) fn attempt_failed(&self, fault: &OpenFault) {
        if !self.in_service.load(Ordering::Acquire) {
            return;
        }
        if matches!(fault, OpenFault::Pin(_)) {
            error!(
                token = self.token,
                "{fault}: no more attempts, because they would lock the token's user"
            );
        } else if !self.failed.swap(true, Ordering::AcqRel) {
            warn!(token = self.token, "no session can be opened: {fault}");
        }
    }

    /// The library was started again.
    pub(super) fn library_restarted(&self) {
        if !self.restarted.swap(true, Ordering::AcqRel) {
            info!(token = self.token, "the library was started again");
        }
    }
}

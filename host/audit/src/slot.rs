//! A place for one value that a thread of its own takes: what is not taken yet is
//! replaced or added to, and never queued without bound.

use std::time::Instant;

use parking_lot::{Condvar, Mutex};

pub(crate) struct Slot<T> {
    inner: Mutex<Inner<T>>,
    changed: Condvar,
}

struct Inner<T> {
    value: Option<T>,
    /// The thread works with what it took.
    busy: bool,
    closing: bool,
}

impl<T> Slot<T> {
    pub(crate) fn new() -> Self {
        Self {
            inner: Mutex::new(Inner {
                value: None,
                busy: false,
                closing: false,
            }),
            changed: Condvar::new(),
        }
    }

    /// Replaces what waits, or adds to it.
    pub(crate) fn update<R>(&self, change: impl FnOnce(&mut Option<T>) -> R) -> R {
        let result = change(&mut self.inner.lock().value);
        self.changed.notify_all();
        result
    }

    /// Waits for a value; none when there will be no more.
    pub(crate) fn next(&self) -> Option<T> {
        let mut inner = self.inner.lock();
        inner.busy = false;
        self.changed.notify_all();
        loop {
            if let Some(value) = inner.value.take() {
                inner.busy = true;
                return Some(value);
            }
            if inner.closing {
                return None;
            }
            self.changed.wait(&mut inner);
        }
    }

    /// No more values. Whether the thread was ready with all of them before `deadline`.
    pub(crate) fn finish(&self, deadline: Instant) -> bool {
        let mut inner = self.inner.lock();
        inner.closing = true;
        self.changed.notify_all();
        while inner.busy || inner.value.is_some() {
            if self.changed.wait_until(&mut inner, deadline).timed_out() {
                return false;
            }
        }
        true
    }
}

//! What a child process writes, collected while it runs.

use std::io::Read;
use std::sync::{Arc, Condvar, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

/// Everything that has come out of one pipe so far.
pub(crate) struct Transcript {
    shared: Arc<Shared>,
    reader: Option<JoinHandle<()>>,
}

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    bytes: Vec<u8>,
    ended: bool,
    /// Nobody reads, until this is false again.
    held: bool,
}

impl Transcript {
    /// Reads `pipe` to its end on a thread of its own.
    pub(crate) fn of(mut pipe: impl Read + Send + 'static) -> Self {
        let shared = Arc::new(Shared::default());
        let writer = Arc::clone(&shared);
        let reader = std::thread::spawn(move || {
            let mut chunk = [0; 8192];
            loop {
                let count = pipe.read(&mut chunk).unwrap_or(0);
                let state = writer.state.lock().expect("no reader panics");
                let held = |state: &mut State| state.held;
                let state = writer.changed.wait_while(state, held);
                let mut state = state.expect("no reader panics");
                state.bytes.extend_from_slice(&chunk[..count]);
                state.ended = count == 0;
                writer.changed.notify_all();
                if count == 0 {
                    return;
                }
            }
        });
        Self {
            shared,
            reader: Some(reader),
        }
    }

    /// Stops reading, or goes on.
    pub(crate) fn hold(&self, held: bool) {
        self.shared.state.lock().expect("no reader panics").held = held;
        self.shared.changed.notify_all();
    }

    /// Waits for a complete line that `wanted` accepts and returns it; `None` when
    /// the pipe ends or the time runs out before.
    pub(crate) fn wait_for(
        &self,
        wanted: impl Fn(&str) -> bool,
        limit: Duration,
    ) -> Option<String> {
        let find = |state: &State| {
            let text = String::from_utf8_lossy(&state.bytes);
            text.split_inclusive('\n')
                .find(|line| line.ends_with('\n') && wanted(line))
                .map(str::to_owned)
        };
        let state = self.shared.state.lock().expect("no reader panics");
        let (state, _) = self
            .shared
            .changed
            .wait_timeout_while(state, limit, |state| !state.ended && find(state).is_none())
            .expect("no reader panics");
        find(&state)
    }

    /// Waits until the other side has closed the pipe; false when it has not in
    /// time.
    pub(crate) fn wait_for_end(&self, limit: Duration) -> bool {
        let state = self.shared.state.lock().expect("no reader panics");
        let (state, _) = self
            .shared
            .changed
            .wait_timeout_while(state, limit, |state| !state.ended)
            .expect("no reader panics");
        state.ended
    }

    /// What has been written so far.
    pub(crate) fn so_far(&self) -> Vec<u8> {
        let state = self.shared.state.lock().expect("no reader panics");
        state.bytes.clone()
    }
}

impl Drop for Transcript {
    fn drop(&mut self) {
        self.hold(false);
        // The pipe has ended, or its process has been killed: no long wait.
        if self.wait_for_end(Duration::from_secs(1))
            && let Some(reader) = self.reader.take()
        {
            let _ = reader.join();
        }
    }
}

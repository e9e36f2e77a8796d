//! The program as a child process: what it writes, and its end in any case.

use std::net::SocketAddr;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use super::transcript::Transcript;

/// How long anything may take before the test fails.
pub(crate) const LIMIT: Duration = Duration::from_secs(30);
/// How long a start may take: this build of the host compiles slowly, and a component with
/// a language's runtime in it is large.
const START: Duration = Duration::from_mins(2);

/// A running server process; killed when it is dropped before it has ended.
pub(crate) struct Process {
    child: Child,
    pub(crate) stdout: Transcript,
    pub(crate) stderr: Transcript,
    /// Where it serves AWS KMS.
    pub(crate) address: SocketAddr,
}

impl Process {
    /// Starts the program and waits until it listens.
    #[track_caller]
    pub(crate) fn start(mut command: Command) -> Self {
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program starts");
        let stdout = Transcript::of(child.stdout.take().expect("piped above"));
        let stderr = Transcript::of(child.stderr.take().expect("piped above"));
        let Some(address) = listening(&stderr, false) else {
            let _ = child.kill();
            let _ = child.wait();
            let written = stderr.so_far();
            panic!("does not serve: {}", String::from_utf8_lossy(&written));
        };
        Self {
            child,
            stdout,
            stderr,
            address,
        }
    }

    /// Where it answers probes.
    pub(crate) fn probe_address(&self) -> SocketAddr {
        listening(&self.stderr, true).expect("a probe listener")
    }

    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Sends SIGTERM.
    pub(crate) fn terminate(&self) {
        self.signal(rustix::process::Signal::TERM);
    }

    pub(crate) fn signal(&self, signal: rustix::process::Signal) {
        let process = i32::try_from(self.id()).expect("a process id is positive");
        let process = rustix::process::Pid::from_raw(process).expect("not zero");
        rustix::process::kill_process(process, signal).expect("our own child");
    }

    /// Waits for the end; `None` when it had to be killed.
    pub(crate) fn wait(&mut self) -> Option<ExitStatus> {
        let ended = self.stderr.wait_for_end(LIMIT);
        if !ended {
            let _ = self.child.kill();
        }
        let status = self.child.wait().expect("our own child");
        ended.then_some(status)
    }

    /// Waits for the end of a process whose standard error nobody reads; `None` when
    /// it does not come in time.
    pub(crate) fn wait_unread(&mut self) -> Option<ExitStatus> {
        let end = Instant::now() + LIMIT;
        while Instant::now() < end {
            if let Some(status) = self.child.try_wait().expect("our own child") {
                return Some(status);
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        None
    }

    /// Standard error so far, as text.
    pub(crate) fn log(&self) -> String {
        String::from_utf8_lossy(&self.stderr.so_far()).into_owned()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // No effect on a process that has been waited for.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The address of the listener for probes, or of the one for AWS KMS.
fn listening(stderr: &Transcript, probe: bool) -> Option<SocketAddr> {
    let wanted = |line: &str| {
        line.contains("listening on ") && line.contains("probe listening on ") == probe
    };
    let line = stderr.wait_for(wanted, START)?;
    let address = line.split_once("listening on ")?.1;
    let end = |letter: char| !letter.is_ascii_digit() && !".:".contains(letter);
    address.split(end).next()?.parse().ok()
}

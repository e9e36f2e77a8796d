//! The process that calls the library, seen from the one that tests: started, asked
//! within a time, ended.

use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::net::Shutdown;
use std::os::fd::{AsFd as _, OwnedFd};
use std::os::unix::net::UnixStream;
use std::os::unix::process::{CommandExt as _, ExitStatusExt as _};
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use claviger_token_test::wire::{Answer, Request};
use claviger_token_test::{Lost, Worker};
use parking_lot::Mutex;
use tokio::signal::unix::{SignalKind, signal};

use super::{WORKER_COMMAND, WhichToken};
use crate::resources::this_program;

/// The longest answer, in bytes.
const ANSWER: u64 = 1 << 20;
/// How long a process may take to remove its key and end.
const ENDING: Duration = Duration::from_secs(2);

/// This program, run once more for a token.
pub(super) struct Process {
    program: PathBuf,
    which: WhichToken,
    interruption: Interruption,
    running: Option<Running>,
}

struct Running {
    child: Child,
    stream: UnixStream,
    answers: BufReader<UnixStream>,
}

impl Process {
    /// Starts nothing yet.
    pub(super) fn new(which: WhichToken, interruption: Interruption) -> io::Result<Self> {
        Ok(Self {
            program: this_program()?,
            which,
            interruption,
            running: None,
        })
    }

    /// Its standard input is a socket, on which it is asked and answers: what a library
    /// prints on standard output goes to standard error. In a process group of its own,
    /// it does not hear what interrupts this one.
    fn start(&self) -> io::Result<Running> {
        let (stream, of_child) = UnixStream::pair()?;
        let errors = io::stderr().as_fd().try_clone_to_owned()?;
        let child = Command::new(&self.program)
            .arg(WORKER_COMMAND)
            .arg("--config")
            .arg(&self.which.config)
            .arg(&self.which.name)
            .stdin(Stdio::from(OwnedFd::from(of_child)))
            .stdout(Stdio::from(errors))
            .process_group(0)
            .spawn()?;
        let answers = BufReader::new(stream.try_clone()?);
        Ok(Running {
            child,
            stream,
            answers,
        })
    }

    fn running(&mut self) -> Result<&mut Running, Lost> {
        if self.running.is_none() {
            let broken = |error: io::Error| Lost::Broken(error.to_string());
            let running = self.start().map_err(broken)?;
            let socket = running.stream.try_clone().map_err(broken)?;
            self.running = Some(running);
            if self.interruption.watch(Some(socket)) {
                self.kill();
                return Err(Lost::Interrupted);
            }
        }
        let none = || Lost::Broken("it is not running".to_owned());
        self.running.as_mut().ok_or_else(none)
    }

    /// Ends it at once; how it ended, perhaps by itself before.
    fn kill(&mut self) -> Option<ExitStatus> {
        self.interruption.watch(None);
        let mut running = self.running.take()?;
        // One that has ended is not killed any more, and keeps its status.
        let _ = running.child.kill();
        running.child.wait().ok()
    }
}

impl Worker for Process {
    fn ask(&mut self, request: &Request, limit: Duration) -> Result<Answer, Lost> {
        if self.interruption.has_come() {
            self.kill();
            return Err(Lost::Interrupted);
        }
        let asked = self.running()?.ask(request, limit);
        asked.map_err(|failure| {
            let status = self.kill();
            if self.interruption.has_come() {
                return Lost::Interrupted;
            }
            match failure {
                Silence::Timeout => Lost::Silent(limit),
                Silence::Ended => Lost::Ended(status.map_or_else(String::new, told)),
                Silence::Garbled(problem) => Lost::Broken(problem),
            }
        })
    }

    fn end(&mut self) {
        if let Some(running) = &mut self.running {
            // It reads the end, removes its key and ends.
            let _ = running.stream.shutdown(Shutdown::Write);
            let _ = running.stream.set_read_timeout(Some(ENDING));
            let _ = running.answers.read(&mut [0]);
        }
        self.kill();
    }

    fn resume(&mut self) {
        self.interruption.forget();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Why there is no answer.
enum Silence {
    Timeout,
    Ended,
    Garbled(String),
}

impl Running {
    fn ask(&mut self, request: &Request, limit: Duration) -> Result<Answer, Silence> {
        let mut line =
            serde_json::to_vec(request).map_err(|fault| Silence::Garbled(fault.to_string()))?;
        line.push(b'\n');
        if self.stream.write_all(&line).is_err() {
            return Err(Silence::Ended);
        }
        let answer = self.read(Instant::now() + limit)?;
        serde_json::from_slice(&answer).map_err(|fault| Silence::Garbled(fault.to_string()))
    }

    /// A line, until `end`.
    fn read(&mut self, end: Instant) -> Result<Vec<u8>, Silence> {
        let mut line = Vec::new();
        loop {
            let left = end.saturating_duration_since(Instant::now());
            let left = left.max(Duration::from_millis(1));
            let room = ANSWER.saturating_sub(u64::try_from(line.len()).unwrap_or(ANSWER));
            let read = self
                .stream
                .set_read_timeout(Some(left))
                .and_then(|()| (&mut self.answers).take(room).read_until(b'\n', &mut line));
            match read {
                Ok(_) if line.ends_with(b"\n") => return Ok(line),
                Ok(0) if room == 0 => {
                    return Err(Silence::Garbled("its answer is too long".to_owned()));
                }
                Ok(0) => return Err(Silence::Ended),
                Ok(_) => {}
                Err(fault) if fault.kind() == io::ErrorKind::Interrupted => {}
                Err(fault) if fault.kind() == io::ErrorKind::WouldBlock => {
                    return Err(Silence::Timeout);
                }
                Err(_) => return Err(Silence::Ended),
            }
        }
    }
}

fn told(status: ExitStatus) -> String {
    match status.signal() {
        Some(signal) => format!("signal {signal}"),
        None => status.to_string(),
    }
}

/// Whether the operator has interrupted the test (SIGINT, SIGTERM, SIGHUP).
pub(super) struct Interruption(Arc<Mutex<Watched>>);

#[derive(Default)]
struct Watched {
    has_come: bool,
    /// What is waited for, and is not any more when it comes.
    socket: Option<UnixStream>,
}

impl Interruption {
    /// From here on signals do not end this process.
    pub(super) fn begin() -> io::Result<Self> {
        let watched = Arc::new(Mutex::new(Watched::default()));
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_io()
            .build()?;
        let mut signals = {
            let _entered = runtime.enter();
            let kinds = [
                SignalKind::interrupt(),
                SignalKind::terminate(),
                SignalKind::hangup(),
            ];
            kinds.map(signal)
        };
        for signal in &mut signals {
            if let Err(fault) = signal {
                return Err(io::Error::new(fault.kind(), fault.to_string()));
            }
        }
        let told = Arc::clone(&watched);
        thread::Builder::new()
            .name("claviger-signals".to_owned())
            .spawn(move || {
                let [interrupt, terminate, hangup] = signals;
                let (Ok(mut interrupt), Ok(mut terminate), Ok(mut hangup)) =
                    (interrupt, terminate, hangup)
                else {
                    return;
                };
                loop {
                    runtime.block_on(async {
                        tokio::select! {
                            _ = interrupt.recv() => {}
                            _ = terminate.recv() => {}
                            _ = hangup.recv() => {}
                        }
                    });
                    let mut told = told.lock();
                    told.has_come = true;
                    if let Some(socket) = &told.socket {
                        // One that is closed already wakes nobody.
                        let _ = socket.shutdown(Shutdown::Both);
                    }
                }
            })?;
        Ok(Self(watched))
    }

    fn has_come(&self) -> bool {
        self.0.lock().has_come
    }

    /// Closes this socket when it comes. True when it has.
    fn watch(&self, socket: Option<UnixStream>) -> bool {
        let mut watched = self.0.lock();
        watched.socket = socket;
        watched.has_come
    }

    fn forget(&self) {
        self.0.lock().has_come = false;
    }
}

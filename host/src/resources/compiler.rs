//! Compiling a component, in a process of its own.
//!
//! A compiler's time and memory follow what the component's author wrote: 183 KB can
//! take minutes, 600 KB gigabytes, and some input makes it crash. So this program runs
//! itself once more with the component on its standard input, and ends that process
//! when it has had what the operator allows it. It has no secret: an empty
//! environment, no descriptor but three pipes, and no memory of this process.

mod child;
mod fault;
#[cfg(test)]
mod tests;

use std::io::{self, Read, Write as _};
use std::os::unix::process::{CommandExt as _, ExitStatusExt as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::{Duration, Instant};

use claviger_config::CompileLimits;

use super::artefact::{Artefact, LARGEST};
use super::engine::Layout;
pub(crate) use child::{ChildFault, compile_here};
pub(crate) use fault::CompileFault;

/// The command that compiles: `claviger COMMAND --seconds N --memory-mib N`.
pub(crate) const COMMAND: &str = "compile-component";

/// The allocator of the binary reserves a gibibyte at its start, in which the limit on
/// memory would not be felt.
const ALLOCATOR: (&str, &str) = ("MIMALLOC_ARENA_RESERVE", "16MiB");

/// What is read of the child's standard error, in bytes.
const COMPLAINT: u64 = 4 << 10;

/// The program of this process, to run it once more.
pub(crate) fn this_program() -> io::Result<PathBuf> {
    // The file that was started, also when another has its name by now.
    let same = Path::new("/proc/self/exe");
    if same.exists() {
        Ok(same.to_owned())
    } else {
        std::env::current_exe()
    }
}

/// The program that compiles: this one, since another may compile otherwise.
#[derive(Clone, Debug)]
pub struct Compiler {
    program: PathBuf,
}

impl Compiler {
    /// The program that this process runs.
    pub(crate) fn of_this_process() -> io::Result<Self> {
        Ok(Self {
            program: this_program()?,
        })
    }

    /// A program that is the same host, for a process that is something else: a test,
    /// for example.
    pub fn at(program: impl Into<PathBuf>) -> Self {
        Self {
            program: program.into(),
        }
    }

    /// Compiles a component for the engines of this host that have this layout.
    pub(super) fn compile(
        &self,
        component: &[u8],
        layout: Layout,
        limits: CompileLimits,
    ) -> Result<Artefact, CompileFault> {
        let child = self.start(layout, limits);
        let mut child = child.map_err(CompileFault::Start)?;
        let (Some(mut stdin), Some(stdout), Some(stderr)) =
            (child.stdin.take(), child.stdout.take(), child.stderr.take())
        else {
            return Err(CompileFault::Start(io::ErrorKind::BrokenPipe.into()));
        };
        let end = Instant::now() + limits.time;
        thread::scope(|scope| {
            // It ends when the child reads no more.
            scope.spawn(move || stdin.write_all(component));
            let (artefact, complaint) = (read(stdout, LARGEST), read(stderr, COMPLAINT));
            let artefact = take(&artefact, end);
            let complaint = take(&complaint, end);
            let late = artefact.is_none() || complaint.is_none();
            // Without effect on one that has ended.
            let ended = child.kill().and_then(|()| child.wait());
            let status = ended.map_err(CompileFault::Start)?;
            match (late, artefact) {
                (false, Some(artefact)) if status.success() => Ok(Artefact::compiled(artefact)),
                _ => Err(judge(late, status, &complaint.unwrap_or_default(), limits)),
            }
        })
    }

    fn start(&self, layout: Layout, limits: CompileLimits) -> io::Result<Child> {
        let mut command = Command::new(&self.program);
        if let Layout::Narrow(bytes) = layout {
            command.args([COMMAND, "--narrow", &bytes.to_string()]);
        } else {
            command.arg(COMMAND);
        }
        command
            .arg0("claviger")
            .args(["--seconds", &limits.time.as_secs().to_string()])
            .args(["--memory-mib", &(limits.memory_bytes >> 20).to_string()])
            .env_clear()
            .envs([ALLOCATOR])
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
    }
}

/// Reads a pipe to its end on a thread of its own, at most `limit` bytes of it.
fn read(pipe: impl Read + Send + 'static, limit: u64) -> Receiver<Vec<u8>> {
    let (send, receive) = mpsc::sync_channel(1);
    thread::spawn(move || {
        let mut bytes = Vec::new();
        // What comes after an error is no artefact: its end is missing.
        let _ = pipe.take(limit).read_to_end(&mut bytes);
        let _ = send.send(bytes);
    });
    receive
}

/// What was read, unless the time is over first.
fn take(read: &Receiver<Vec<u8>>, end: Instant) -> Option<Vec<u8>> {
    let left = end.saturating_duration_since(Instant::now());
    read.recv_timeout(left.max(Duration::from_millis(1))).ok()
}

/// Why there is no artefact.
fn judge(late: bool, status: ExitStatus, complaint: &[u8], limits: CompileLimits) -> CompileFault {
    const CPU_TIME: i32 = rustix::process::Signal::XCPU.as_raw();
    let complaint = String::from_utf8_lossy(complaint);
    let said = fault::essence(&complaint);
    match (status.code(), status.signal()) {
        _ if late => CompileFault::Time(limits.time),
        (_, Some(CPU_TIME)) => CompileFault::Time(limits.time),
        _ if fault::is_out_of_memory(&complaint) => CompileFault::Memory(limits.memory_bytes),
        (Some(1), _) => CompileFault::Refused(said),
        (Some(code), _) => CompileFault::Crashed {
            how: format!("status {code}"),
            said,
        },
        (None, signal) => CompileFault::Crashed {
            how: format!("signal {}", signal.unwrap_or_default()),
            said,
        },
    }
}

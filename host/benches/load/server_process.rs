//! A server as a process of its own, and the processor time it takes.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// The argument that makes this program the native floor.
pub(crate) const FLOOR: &str = "--floor";

/// A running server.
pub(crate) struct ServerProcess {
    id: u32,
    pub(crate) address: SocketAddr,
    /// Unless somebody else has started it; killed when dropped.
    child: Option<Child>,
}

impl ServerProcess {
    /// The program, serving a configuration.
    pub(crate) fn host(configuration: &Path) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_claviger"));
        command.args(["serve", "--config"]).arg(configuration);
        Self::start(command)
    }

    /// The program, serving a configuration on the first processor only.
    pub(crate) fn host_on_one_processor(configuration: &Path) -> Self {
        let mut command = Command::new("taskset");
        command.args(["-c", "0", env!("CARGO_BIN_EXE_claviger")]);
        command.args(["serve", "--config"]).arg(configuration);
        Self::start(command)
    }

    /// This program again, as the native floor.
    pub(crate) fn floor(state_folder: &Path) -> Self {
        let this = std::env::current_exe().expect("this program has a path");
        let mut command = Command::new(this);
        command.arg(FLOOR).arg(state_folder);
        Self::start(command)
    }

    /// A server that somebody else has started and will stop.
    pub(crate) fn running(id: u32, address: SocketAddr) -> Self {
        Self {
            id,
            address,
            child: None,
        }
    }

    fn start(mut command: Command) -> Self {
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the server starts");
        let mut stderr = BufReader::new(child.stderr.take().expect("piped above"));
        let mut log = String::new();
        let address = loop {
            let start = log.len();
            let count = stderr.read_line(&mut log).expect("the log is text");
            assert_ne!(count, 0, "the server does not serve:\n{log}");
            if let Some((_, address)) = log[start..].split_once("listening on ") {
                break address.trim().parse().expect("an address");
            }
        };
        std::thread::spawn(move || {
            let _ = std::io::copy(&mut stderr, &mut std::io::stderr());
        });
        Self {
            id: child.id(),
            address,
            child: Some(child),
        }
    }

    /// Processor time of the server so far, in user and kernel mode.
    pub(crate) fn processor_time(&self) -> Duration {
        processor_time(&self.id.to_string())
    }
}

impl Drop for ServerProcess {
    fn drop(&mut self) {
        if let Some(child) = &mut self.child {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// `utime` and `stime` of a process, by its id or `self`.
pub(crate) fn processor_time(process: &str) -> Duration {
    /// Of the kernel's interface, whatever it counts in: 1/100 s.
    const TICK: Duration = Duration::from_millis(10);

    let stat = fs::read_to_string(format!("/proc/{process}/stat")).expect("a running process");
    // The name of the program, in parentheses, may contain spaces.
    let (_, fields) = stat.rsplit_once(')').expect("a name in parentheses");
    let ticks: u32 = fields
        .split_ascii_whitespace()
        .skip(11)
        .take(2)
        .map(|ticks| ticks.parse::<u32>().expect("a number of ticks"))
        .sum();
    TICK * ticks
}

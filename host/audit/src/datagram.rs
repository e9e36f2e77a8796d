//! Lines as datagrams for the daemons of the machine.
//!
//! syslog's are those of RFC 3164 as the C library sends them to `/dev/log`, without a
//! time: the daemon takes its own. RFC 5424 is not read at that socket by every daemon.

use std::io;
use std::os::unix::net::UnixDatagram;
use std::path::PathBuf;
use std::time::Duration;

/// Facility `authpriv`, severity `informational`: 10 × 8 + 6.
const PRIORITY: u8 = 86;
const NAME: &str = "claviger-audit";
/// How long a daemon is waited for.
const LIMIT: Duration = Duration::from_secs(1);

/// The daemons' formats.
#[derive(Clone, Copy)]
pub(crate) enum Format {
    Syslog,
    Journald,
}

/// A socket of a daemon.
pub(crate) struct Datagrams {
    socket: UnixDatagram,
    path: PathBuf,
    format: Format,
    datagram: Vec<u8>,
}

impl Datagrams {
    /// The daemon need not run yet.
    pub(crate) fn new(path: PathBuf, format: Format) -> io::Result<Self> {
        let socket = UnixDatagram::unbound()?;
        socket.set_write_timeout(Some(LIMIT))?;
        Ok(Self {
            socket,
            path,
            format,
            datagram: Vec::new(),
        })
    }

    /// Sends a line without its end.
    pub(crate) fn send(&mut self, line: &[u8]) -> io::Result<()> {
        self.datagram.clear();
        let head = match self.format {
            Format::Syslog => format!("<{PRIORITY}>{NAME}[{}]: ", std::process::id()),
            Format::Journald => {
                format!("PRIORITY=6\nSYSLOG_FACILITY=10\nSYSLOG_IDENTIFIER={NAME}\nMESSAGE=")
            }
        };
        self.datagram.extend_from_slice(head.as_bytes());
        self.datagram.extend_from_slice(line);
        if matches!(self.format, Format::Journald) {
            self.datagram.push(b'\n');
        }
        let sent = self.socket.send_to(&self.datagram, &self.path)?;
        if sent == self.datagram.len() {
            Ok(())
        } else {
            Err(io::ErrorKind::WriteZero.into())
        }
    }
}

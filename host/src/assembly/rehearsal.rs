//! What a start does with files and addresses beyond reading them, tried without leaving
//! a trace: for `claviger check` (FLT-82).

use std::io::{self, ErrorKind};
use std::net::{SocketAddr, TcpListener};
use std::os::unix::net::{UnixDatagram, UnixStream};
use std::path::Path;

use claviger_config::access::{self, may_write};
use claviger_config::{AuditHead, AuditSecond, AuditSink, Configuration, cannot_listen};
use claviger_settings::Fault;

use crate::switches::Switches;

/// What the start would stumble over. An address that is taken is a warning, unless the
/// host of this configuration serves there.
pub(super) fn faults(configuration: &Configuration, warnings: &mut Vec<Fault>) -> Vec<Fault> {
    let mut faults = Vec::new();
    faults.extend(unwritable(configuration));
    warnings.extend(unreachable(configuration));
    let server = &configuration.server;
    let control = configuration.control.as_ref();
    let is_here = control.is_some_and(|it| UnixStream::connect(&it.socket).is_ok());
    let addresses = [
        ("server.listen", Some(server.listen)),
        ("server.probe_listen", server.probe_listen),
        ("server.page_listen", server.page_listen),
    ];
    for (setting, address) in addresses {
        if let Some(address) = address {
            let taken = listen(setting, address, &mut faults);
            warnings.extend(taken.filter(|_| !is_here));
        }
    }
    if let Some(control) = &configuration.control
        && let Err(fault) = Switches::read(&control.switches)
    {
        faults.push(fault);
    }
    faults
}

/// A warning when somebody listens there.
fn listen(setting: &str, address: SocketAddr, faults: &mut Vec<Fault>) -> Option<Fault> {
    match TcpListener::bind(address) {
        Ok(_) => None,
        Err(error) if error.kind() == ErrorKind::AddrInUse => Some(Fault::new(
            setting,
            format!("{address}: somebody listens there now"),
            "nothing, if it is the host of this configuration; otherwise another port",
        )),
        Err(error) => {
            faults.push(cannot_listen(setting, address, &error));
            None
        }
    }
}

/// What the host writes itself: without it, it does not start.
fn unwritable(configuration: &Configuration) -> impl Iterator<Item = Fault> {
    let audit = match &configuration.log.audit {
        AuditSink::File(path) => Some(("log.audit", may_append(path), path)),
        AuditSink::Stdout => None,
    };
    let control = configuration.control.iter().flat_map(|control| {
        [
            (
                "control.socket",
                may_replace(&control.socket, true),
                &control.socket,
            ),
            (
                "control.switches",
                may_replace(&control.switches, true),
                &control.switches,
            ),
        ]
    });
    audit
        .into_iter()
        .chain(control)
        .filter_map(|(setting, tried, path)| {
            let error = tried.err()?;
            Some(Fault::new(
                setting,
                format!("{}: cannot be written: {error}", path.display()),
                "let this user write there, or name another path",
            ))
        })
}

/// As the audit log is opened.
fn may_append(path: &Path) -> io::Result<()> {
    if path.is_symlink() {
        return Err(io::Error::other("it is a symbolic link"));
    }
    may_write(path, false)
}

/// Files that are written anew beside the old one, which they take the place of.
fn may_replace(path: &Path, makes_folders: bool) -> io::Result<()> {
    may_write(&access::with_suffix(path, ".new"), makes_folders)
}

/// Where heads and records go as well: the host serves without, and tries on.
fn unreachable(configuration: &Configuration) -> impl Iterator<Item = Fault> {
    let audit = &configuration.audit;
    let heads = audit.heads.iter().filter_map(|head| match head {
        AuditHead::Replace(path) => Some(("audit.head_file", may_replace(path, false), path)),
        AuditHead::Append(path) => Some(("audit.head_log", may_write(path, false), path)),
        AuditHead::Syslog(path) => Some(("audit.head_syslog", connects(path), path)),
        AuditHead::Command { .. } => None,
    });
    let second = audit.second.iter().map(|second| match second {
        AuditSecond::Syslog(path) => ("audit.syslog", connects(path), path),
        AuditSecond::Journald(path) => ("audit.journald", connects(path), path),
    });
    heads.chain(second).filter_map(|(setting, tried, path)| {
        let error = tried.err()?;
        Some(Fault::new(
            setting,
            format!("{}: {error}", path.display()),
            "see that it is there when the host serves: until then nothing goes there",
        ))
    })
}

fn connects(path: &Path) -> io::Result<()> {
    UnixDatagram::unbound()?.connect(path)
}

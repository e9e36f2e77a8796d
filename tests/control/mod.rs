//! The control socket: `claviger status`, `claviger reload`, the kill switch.

mod kill_switch;
mod status;

use std::process::Output;

use crate::harness::{Folder, Server};

/// The host can be reached by commands.
pub(crate) fn with_control(folder: &mut Folder) {
    folder.set("control.socket", "run/claviger.sock");
    folder.set("control.switches", "switches.json");
}

/// Runs a command that reaches the host; its standard output and error.
pub(crate) fn claviger(server: &Server, arguments: &[&str]) -> (bool, String, String) {
    told(server.folder().claviger(arguments))
}

fn told(output: Output) -> (bool, String, String) {
    let text = |bytes| String::from_utf8(bytes).expect("text");
    (
        output.status.success(),
        text(output.stdout),
        text(output.stderr),
    )
}

use std::net::SocketAddr;

use super::{LocalKmsCommand, StartFault};

/// Refuses an address that others can reach, unless that was said twice.
pub(super) fn require_loopback(command: &LocalKmsCommand) -> Result<SocketAddr, StartFault> {
    let told_twice = command.not_only_loopback && command.authenticate_nobody;
    if command.listen.ip().is_loopback() || told_twice {
        return Ok(command.listen);
    }
    Err(StartFault::NotLoopback {
        listen: command.listen,
    })
}

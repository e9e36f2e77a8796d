//! The process that compiles: it limits itself, compiles, and ends.

use std::fs;
use std::io::{self, Read, Write};

use claviger_config::CompileLimits;
use rustix::process::{Resource, Rlimit, setrlimit};
use thiserror::Error;

use super::super::component_source::COMPONENT_BYTES;
use super::super::engine::{self, Layout};

/// How much less this process wants the processor than those that serve.
const NICE: i32 = 10;

/// Why nothing was compiled.
#[derive(Debug, Error)]
pub(crate) enum ChildFault {
    /// The component or the artefact cannot be read or written, or the limits not set.
    #[error("{0}")]
    Io(#[from] io::Error),
    /// The engine or its compiler refuses.
    #[error("{0:#}")]
    Refused(wasmtime::Error),
}

/// Reads a component, compiles it within the limits, and writes the artefact.
pub(crate) fn compile_here(
    layout: Layout,
    limits: CompileLimits,
    input: impl Read,
    mut output: impl Write,
) -> Result<(), ChildFault> {
    let mut component = Vec::new();
    input.take(COMPONENT_BYTES).read_to_end(&mut component)?;
    end_with_the_parent();
    give_way_and_stay_within(limits)?;
    let engine = engine::for_compilation(layout).map_err(ChildFault::Refused)?;
    let compiled = engine
        .precompile_component(&component)
        .map_err(ChildFault::Refused)?;
    output.write_all(&compiled)?;
    Ok(output.flush()?)
}

/// Before any thread of the compiler starts. The parent ends what takes too long; the
/// limit on processor time is for the case that the parent is gone.
fn give_way_and_stay_within(limits: CompileLimits) -> io::Result<()> {
    // What the allocator has reserved by now is no memory.
    let reserved = address_space()?;
    let processors = std::thread::available_parallelism().map_or(1, usize::from);
    let processors = u64::try_from(processors).unwrap_or(u64::MAX);
    let all_of_them = limits.time.as_secs().saturating_mul(processors);
    for (resource, limit) in [
        (Resource::As, reserved.saturating_add(limits.memory_bytes)),
        (Resource::Cpu, all_of_them.saturating_add(1)),
        (Resource::Core, 0),
        (Resource::Fsize, 0),
    ] {
        let limit = Rlimit {
            current: Some(limit),
            maximum: Some(limit),
        };
        setrlimit(resource, limit)?;
    }
    // Where it may not give way it compiles all the same.
    let _ = rustix::process::nice(NICE);
    Ok(())
}

/// Nobody waits for the artefact any more.
#[cfg(target_os = "linux")]
fn end_with_the_parent() {
    use rustix::process::{Signal, set_parent_process_death_signal};
    // Where it cannot be asked for, the limit on processor time ends it.
    let _ = set_parent_process_death_signal(Some(Signal::KILL));
}

#[cfg(not(target_os = "linux"))]
fn end_with_the_parent() {}

/// Bytes of address space that this process has; 0 where the system does not say.
fn address_space() -> io::Result<u64> {
    match fs::read_to_string("/proc/self/statm") {
        Ok(pages) => {
            let pages = pages
                .split(' ')
                .next()
                .and_then(|pages| pages.parse::<u64>().ok());
            let page = u64::try_from(rustix::param::page_size()).unwrap_or(4096);
            Ok(pages.unwrap_or(0).saturating_mul(page))
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(0),
        Err(error) => Err(error),
    }
}

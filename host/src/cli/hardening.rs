//! What the operating system may show of this process.

use rustix::process::{Resource, Rlimit, setrlimit};

/// From here on the process leaves no core file, and no other process of its user can
/// read its memory. Root can.
pub(super) fn keep_memory_private() {
    let none = Rlimit {
        current: Some(0),
        maximum: Some(0),
    };
    // Neither can fail for a process that gives something up.
    let _ = setrlimit(Resource::Core, none);
    not_dumpable();
}

#[cfg(target_os = "linux")]
fn not_dumpable() {
    use rustix::process::{DumpableBehavior, set_dumpable_behavior};
    let _ = set_dumpable_behavior(DumpableBehavior::NotDumpable);
}

#[cfg(not(target_os = "linux"))]
fn not_dumpable() {}

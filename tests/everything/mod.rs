//! Everything at once, and continuous change of everything, for some seconds: the long
//! forms are `run.py` and `change.py` by hand, as BENCHMARKS.md says.

use std::path::Path;
use std::process::Command;

use crate::harness::guests::{looping_policy_guest, misbehaving_guest, repository};
use crate::softhsm_guide::require_softhsm;

#[test]
fn nobody_stops_anybody_when_everything_happens_at_once() {
    require_softhsm();
    let guests = tempfile::tempdir().unwrap();
    for (name, guest) in [
        ("misbehaving.wasm", misbehaving_guest()),
        ("looping_policy.wasm", looping_policy_guest()),
    ] {
        std::fs::copy(&guest.path, guests.path().join(name)).unwrap();
    }
    passes("run.py", "--guests", guests.path(), 12);
}

/// Certificate, credential, policy, component, key store, and a broken change, while the
/// host serves (FLT-71).
#[test]
fn flt_71_no_request_fails_while_everything_changes() {
    let backend = Path::new(env!("OUT_DIR")).join("backend-software.wasm");
    passes("change.py", "--backend", &backend, 20);
}

/// Runs a script of this folder for so many seconds, on a machine that others use too.
fn passes(script: &str, option: &str, value: &Path, seconds: u32) {
    let output = Command::new("python3")
        .arg(repository().join("tests/everything").join(script))
        .args(["--claviger", env!("CARGO_BIN_EXE_claviger"), option])
        .arg(value)
        .args(["--seconds", &seconds.to_string(), "--shared-machine"])
        .output()
        .expect("python3 is installed");
    assert!(
        output.status.success(),
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
}

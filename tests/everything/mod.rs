//! Everything at once, for some seconds: the long form is `run.py` by hand, as
//! BENCHMARKS.md says.

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
    let output = Command::new("python3")
        .arg(repository().join("tests/everything/run.py"))
        .args(["--claviger", env!("CARGO_BIN_EXE_claviger"), "--guests"])
        .arg(guests.path())
        .args(["--seconds", "12", "--shared-machine"])
        .output()
        .expect("python3 is installed");
    assert!(
        output.status.success(),
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
}

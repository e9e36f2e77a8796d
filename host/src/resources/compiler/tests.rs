//! The parent's side: what it makes of a process that does not do its work. Scripts
//! stand in for the program.

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt as _;

use super::*;

const LIMITS: CompileLimits = CompileLimits {
    time: Duration::from_secs(20),
    memory_bytes: 64 << 20,
};

fn compile(script: &str, limits: CompileLimits) -> Result<String, String> {
    let directory = tempfile::tempdir().unwrap();
    let program = directory.path().join("program");
    std::fs::write(&program, format!("#!/bin/sh\n{script}\n")).unwrap();
    std::fs::set_permissions(&program, Permissions::from_mode(0o700)).unwrap();
    Compiler::at(program)
        .compile(b"component", Layout::Wide, limits)
        .map(|artefact| String::from_utf8_lossy(artefact.bytes()).into_owned())
        .map_err(|fault| fault.to_string())
}

#[test]
fn flt_11_the_compiler_has_nothing_of_this_process_but_three_pipes() {
    let secret = tempfile::NamedTempFile::new().unwrap();
    let told = compile("cat; echo; env; ls -l /proc/$$/fd; pwd", LIMITS).unwrap();
    assert!(told.starts_with("component\n"), "{told}");
    for variable in std::env::vars().filter(|(name, _)| name != "PWD" && name != "_") {
        let line = format!("{}={}\n", variable.0, variable.1);
        assert!(!told.contains(&line), "{told}");
    }
    let name = secret.path().display().to_string();
    assert!(!told.contains(&name), "{told}");
    assert!(told.ends_with("/\n"), "{told}");
}

#[test]
fn flt_11_a_crash_of_the_compiler_is_a_fault() {
    for (script, words) in [
        ("kill -SEGV $$", "crashed on it (signal 11)"),
        ("kill -ABRT $$", "crashed on it (signal 6)"),
        (
            "echo 'panicked at x.rs' >&2; exit 101",
            "(status 101): panicked at x.rs",
        ),
        (
            "echo 'no such thing' >&2; exit 1",
            "cannot be compiled: no such thing",
        ),
        (
            "echo 'memory allocation of 9 bytes failed' >&2; kill -ABRT $$",
            "more than 64 MiB",
        ),
        ("kill -XCPU $$", "not compiled within 20 s"),
    ] {
        let fault = compile(script, LIMITS).unwrap_err();
        assert!(fault.contains(words), "{script}: {fault}");
    }
    let missing = Compiler::at("/nowhere/claviger").compile(b"", Layout::Wide, LIMITS);
    assert!(matches!(missing, Err(CompileFault::Start(_))));
}

#[test]
fn flt_11_a_process_that_does_not_end_is_ended() {
    let limits = CompileLimits {
        time: Duration::from_secs(1),
        ..LIMITS
    };
    for script in [
        "exec sleep 100",
        "exec >&-; exec sleep 100",
        "echo half; exec sleep 100",
        "exec >&- 2>&- <&-; exec sleep 100",
    ] {
        let begun = Instant::now();
        let ended = compile(script, limits);
        assert!(begun.elapsed() < Duration::from_secs(15), "{script}");
        assert!(ended.is_err(), "{script}");
    }
}

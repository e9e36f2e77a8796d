//! What other processes see of the host's memory: FLT-64.

use std::os::unix::fs::MetadataExt as _;
use std::os::unix::process::{CommandExt as _, ExitStatusExt as _};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use crate::harness::deployment::program;
use crate::harness::process::LIMIT;
use crate::harness::{Deployment, Folder, Server, plaintext};

fn limits(process: u32) -> String {
    std::fs::read_to_string(format!("/proc/{process}/limits")).unwrap()
}

#[tokio::test]
async fn flt_64_a_server_that_is_aborted_leaves_no_core() {
    let folder = Folder::new(Deployment::software());
    folder.save();
    let mut child = Command::new("sh")
        .args(["-c", "ulimit -c unlimited; exec \"$@\"", "sh"])
        .arg(program().get_program())
        .args(["serve", "--config"])
        .arg(folder.path("claviger.toml"))
        .current_dir(folder.directory())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let process = child.id();
    let begun = Instant::now();
    // Once it is the server and no longer the shell.
    while !limits(process).contains("Max core file size        0                    0") {
        assert!(begun.elapsed() < LIMIT, "{}", limits(process));
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let process = Pid::from_raw(i32::try_from(process).unwrap()).unwrap();
    kill_process(process, Signal::ABORT).unwrap();
    let status = child.wait().unwrap();
    assert_eq!(status.signal(), Some(6));
    assert!(!status.core_dumped());
}

#[tokio::test]
async fn flt_64_a_server_has_no_core_limit_to_raise() {
    let server = Server::start();
    let call = server.store.encrypt(server.keys().usable, plaintext());
    server.send(call).await.ok();
    let limits = limits(server.process_id());
    let core = limits.lines().find(|line| line.contains("core file size"));
    let core: Vec<_> = core.unwrap().split_whitespace().collect();
    assert_eq!(core[4..6], ["0", "0"], "soft and hard");
}

/// The files of a process that is not dumpable belong to root in `/proc`, whoever runs
/// it: nobody else can attach to it or read its memory.
#[test]
fn flt_64_no_other_process_of_its_user_can_read_its_memory() {
    let user = match rustix::process::geteuid() {
        root if root.is_root() => 12345,
        user => user.as_raw(),
    };
    // A command that waits for its standard input.
    let mut command = Command::new(program().get_program());
    command
        .args([
            "compile-component",
            "--seconds",
            "60",
            "--memory-mib",
            "512",
        ])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    if rustix::process::geteuid().is_root() {
        command.uid(user).gid(user);
    }
    let Ok(mut child) = command.spawn() else {
        // The target folder is closed to other users: nothing can be shown there.
        return;
    };
    let files = format!("/proc/{}/mem", child.id());
    let begun = Instant::now();
    loop {
        let owner = std::fs::metadata(&files).map(|file| file.uid());
        if matches!(owner, Ok(0)) {
            break;
        }
        assert!(begun.elapsed() < LIMIT, "{owner:?}");
        std::thread::sleep(Duration::from_millis(10));
    }
    drop(child.stdin.take());
    child.wait().unwrap();
}

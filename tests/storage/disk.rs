//! A disk that is full or slow, and a database that another process holds.

use std::process::Command;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Resource, Rlimit, prlimit};

use super::file::{database, folder, health, until};
use crate::harness::deployment::program;
use crate::harness::{Folder, Server, assert_xks_error, plaintext};

/// Serves a key that has encrypted and one that has not.
async fn with_fresh_key(command: Command, folder: Folder) -> Server {
    folder.key("create", "demo", "fresh");
    let server = Server::run(folder, command);
    server
        .send(server.store.encrypt("demo", plaintext()))
        .await
        .ok();
    server
}

fn serving(folder: &Folder) -> Command {
    let mut command = program();
    command.args(["serve", "--config"]);
    command.arg(folder.path("claviger.toml"));
    command
}

/// The same; writes beyond a limit fail, and do not end the process.
fn serving_limited(folder: &Folder) -> Command {
    let serving = serving(folder);
    let mut command = Command::new("sh");
    command.args(["-c", "trap '' XFSZ; exec \"$@\"", "sh"]);
    command.arg(serving.get_program());
    command.args(serving.get_args());
    command
}

/// From now on no file of the server takes another byte, or takes all again.
fn disk_is_full(server: &Server, full: bool) {
    let process = i32::try_from(server.process_id()).unwrap();
    let limit = Rlimit {
        current: full.then_some(1),
        maximum: None,
    };
    prlimit(Pid::from_raw(process), Resource::Fsize, limit).unwrap();
}

#[tokio::test]
async fn flt_30_a_full_disk_is_said_and_nothing_is_counted_in_memory_alone() {
    let mut folder = folder();
    folder.set("log.audit", "stdout");
    folder.save();
    let server = with_fresh_key(serving_limited(&folder), folder).await;
    // Its first health check made a key of its own.
    assert_eq!(health(&server).await, "ACTIVE");
    disk_is_full(&server, true);
    let fresh = || server.store.encrypt("fresh", plaintext());
    for _ in 0..5 {
        let response = server.send(fresh()).await;
        assert_xks_error(&response, 503, "DependencyTimeoutException");
    }
    server.wait_for_log("key storage cannot be written");
    assert_eq!(health(&server).await, "DEGRADED");
    // What was reserved on the disk before may be used.
    let call = server.store.encrypt("demo", plaintext());
    server.send(call).await.ok();
    let output = server
        .folder()
        .claviger(&["key", "show", "--key-store", "demo", "demo"]);
    assert!(output.status.success());
    let counted = "SELECT count(*) FROM count WHERE name LIKE '%fresh%'";
    let counted: i64 = database(server.folder())
        .query_row(counted, [], |row| row.get(0))
        .unwrap();
    assert_eq!(counted, 0);
    disk_is_full(&server, false);
    until(&server, fresh, 200, 503).await;
    server.wait_for_log("key storage works again");
    assert_eq!(health(&server).await, "ACTIVE");
}

#[tokio::test]
async fn flt_31_a_locked_database_holds_up_only_what_needs_it() {
    let folder = folder();
    let server = with_fresh_key(serving(&folder), folder).await;
    let other = database(server.folder());
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    // Many first uses at once: none of them may hold a thread of the host.
    let fresh = server.store.encrypt("fresh", plaintext()).sign();
    server.forbidden.note_request(&fresh);
    let mut waiting = Vec::new();
    for _ in 0..8 {
        let mut connection = server.connect().await;
        connection.write(&fresh.to_http1()).await.unwrap();
        waiting.push(connection);
    }
    let mut slowest = Duration::ZERO;
    for _ in 0..50 {
        let start = Instant::now();
        let call = server.store.encrypt("demo", plaintext());
        server.send(call).await.ok();
        slowest = slowest.max(start.elapsed());
    }
    assert!(slowest < Duration::from_millis(500), "{slowest:?}");
    for connection in &mut waiting {
        let response = connection.read_response(false).await.expect("an answer");
        assert_xks_error(&response, 503, "DependencyTimeoutException");
    }
    other.execute_batch("ROLLBACK").unwrap();
    until(
        &server,
        || server.store.encrypt("fresh", plaintext()),
        200,
        503,
    )
    .await;
}

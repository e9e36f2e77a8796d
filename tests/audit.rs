//! The audit log of a host: nothing that was answered is missing (FLT-38), what was done
//! to it is found (FLT-39), and a target that takes nothing stops nobody for ever
//! (FLT-37).

use std::collections::BTreeSet;
use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use rustix::process::Signal;
use serde_json::Value;
use tokio::task::JoinSet;

use crate::control::claviger;
use crate::harness::guests::repository;
use crate::harness::http1::Http1;
use crate::harness::{Folder, Server, assert_xks_error, plaintext};
use crate::probe::{probe, with_probe};

/// How often a host is killed; `CLAVIGER_KILLS` for longer.
fn kills() -> usize {
    let kills = std::env::var("CLAVIGER_KILLS").ok();
    kills.map_or(3, |kills| kills.parse().expect("a number"))
}

/// The ids of the requests that have a record.
fn recorded(folder: &Folder) -> BTreeSet<String> {
    let text = fs::read(folder.path("audit.jsonl")).expect("a file");
    let text = String::from_utf8_lossy(&text);
    let records = text
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let ids = records.filter_map(|record| record["kms_request_id"].as_str().map(str::to_owned));
    ids.collect()
}

/// Asks on a connection of its own until the host is gone; the ids that were answered.
async fn ask_until_it_is_gone(
    mut connection: Http1,
    store: crate::harness::KeyStore,
    asker: usize,
    count: Arc<AtomicUsize>,
) -> Vec<String> {
    let mut answered = Vec::new();
    for number in 0.. {
        let id = format!("{asker}-{number}");
        let call = store.metadata("demo").with_request_id(&id);
        let bytes = crate::harness::Request::from(call).to_http1();
        if connection.write(&bytes).await.is_err() {
            break;
        }
        let Some(response) = connection.read_response(false).await else {
            break;
        };
        if response.status == 200 {
            answered.push(id);
            count.fetch_add(1, Ordering::Relaxed);
        }
    }
    answered
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn flt_38_kill_9_loses_no_answered_request() {
    let mut folder = Folder::new(crate::harness::Deployment::software());
    let mut answered = BTreeSet::new();
    for kill in 0..kills() {
        let server = folder.serve();
        let count = Arc::<AtomicUsize>::default();
        let mut askers = JoinSet::new();
        for asker in 0..8 {
            let stream = server.tls().connect(server.address).await;
            let connection = Http1::over(stream.expect("a handshake"));
            let (store, count) = (server.store.clone(), Arc::clone(&count));
            let asker = kill * 8 + asker;
            askers.spawn(ask_until_it_is_gone(connection, store, asker, count));
        }
        let enough = 100 + kill % 7 * 30;
        let began = Instant::now();
        while count.load(Ordering::Relaxed) < enough {
            assert!(
                began.elapsed() < crate::harness::process::LIMIT,
                "no answers"
            );
            tokio::task::yield_now().await;
        }
        folder = server.kill();
        let all = askers.join_all().await;
        answered.extend(all.into_iter().flatten());
        let missing: Vec<_> = answered.difference(&recorded(&folder)).cloned().collect();
        assert!(missing.is_empty(), "kill {kill}: no record of {missing:?}");
    }
    // The last one ends as it should, and the chain has no gap.
    let folder = folder.serve().stop().folder;
    let log = folder.path("audit.jsonl");
    let output = crate::harness::deployment::program()
        .args(["audit", "verify"])
        .arg(log)
        .output();
    let output = output.expect("it starts");
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{said}");
}

/// Runs `claviger audit verify` on the log of this folder.
fn verify(folder: &Folder, more: &[&str]) -> (bool, String) {
    let log = folder.path("audit.jsonl");
    let mut command = crate::harness::deployment::program();
    let output = command
        .args(["audit", "verify"])
        .arg(log)
        .args(more)
        .output();
    let output = output.expect("it starts");
    let said = [output.stdout, output.stderr].concat();
    (
        output.status.success(),
        String::from_utf8(said).expect("text"),
    )
}

#[tokio::test]
async fn flt_39_what_is_done_to_the_log_is_found() {
    let server = Server::start_with(|folder: &mut Folder| {
        folder.set("audit.head_file", "elsewhere.head");
    });
    for _ in 0..5 {
        server.send(server.store.metadata("demo")).await.ok();
    }
    let folder = server.stop().folder;
    let head = folder.path("elsewhere.head");
    let with_head = ["--head-file", head.to_str().expect("UTF-8")];
    let (good, said) = verify(&folder, &with_head);
    assert!(good, "{said}");
    // Those of the requests, the start and the stop.
    assert!(said.contains("7 records"), "{said}");

    let path = folder.path("audit.jsonl");
    let whole = fs::read_to_string(&path).unwrap();
    let lines: Vec<_> = whole.lines().collect();
    let joined = |lines: &[&str]| lines.join("\n") + "\n";
    let mut without = lines.clone();
    without.remove(2);
    let edited = whole.replacen("\"status\":200", "\"status\":403", 1);
    let cut = joined(&lines[..lines.len() - 2]);
    for (what, text) in [
        ("edited", edited),
        ("deleted", joined(&without)),
        ("cut", cut),
    ] {
        fs::write(&path, text).unwrap();
        let (good, said) = verify(&folder, &with_head);
        assert!(!good && said.contains("audit.jsonl"), "{what}: {said}");
    }
    // Cut together with its state: only the head that left the machine can tell.
    fs::write(&path, &whole).unwrap();
    let (good, said) = verify(&folder, &[]);
    assert!(
        good && said.contains("not checked, without a head"),
        "{said}"
    );
}

#[tokio::test]
async fn flt_74_a_renamed_log_is_gone_on_with_in_a_new_file() {
    let server = Server::start();
    server.send(server.store.metadata("demo")).await.ok();
    let log = server.folder().path("audit.jsonl");
    fs::rename(&log, server.folder().path("audit.jsonl.1")).unwrap();
    server.signal(Signal::HUP);
    server.says("the configuration is taken up", 1);
    server.send(server.store.metadata("demo")).await.ok();
    let stopped = server.stop();
    assert_eq!(stopped.audit.len(), 1);
    let (good, said) = verify(&stopped.folder, &[]);
    // Two requests, and the start, the configuration and the stop.
    assert!(good && said.contains("5 records"), "{said}");
}

#[tokio::test]
async fn flt_37_a_full_disk_refuses_and_is_told_at_the_end() {
    let server = Server::start_with(|folder: &mut Folder| {
        folder.set("log.audit", "/dev/full");
    });
    let call = || server.store.encrypt(server.keys().usable, plaintext());
    for _ in 0..3 {
        // Nothing is answered that could not be recorded.
        assert_xks_error(&server.send(call()).await, 429, "ThrottlingException");
    }
    let (status, log) = server.end();
    assert_eq!(status.code(), Some(1), "{log}");
    assert!(
        log.contains("audit records could not be written and are lost"),
        "{log}"
    );
    assert_eq!(
        log.matches("audit records cannot be written").count(),
        1,
        "{log}"
    );
}

#[tokio::test]
async fn flt_73_a_host_that_cannot_record_is_not_ready_and_tells_the_operator_why() {
    let server = Server::start_with(|folder: &mut Folder| {
        with_probe(folder);
        folder.set("log.audit", "/dev/full");
        crate::control::with_control(folder);
    });
    server.send(server.store.metadata("demo")).await;
    let response = probe(&server, "GET", "/readyz").await;
    assert_eq!((response.status, response.text()), (503, String::new()));
    let (ready, _, fault) = claviger(&server, &["status"]);
    assert!(
        !ready && fault.contains("audit records cannot be written"),
        "{fault}"
    );
    server.end();
}

#[tokio::test]
async fn flt_37_a_pipe_that_nobody_reads_does_not_keep_the_host_from_ending() {
    let folder = Folder::new(crate::harness::Deployment::software());
    let pipe = folder.path("pipe");
    let made = std::process::Command::new("mkfifo")
        .args(["-m", "0600"])
        .arg(&pipe)
        .status();
    assert!(made.expect("mkfifo").success());
    let mut folder = folder;
    folder.set("log.audit", "pipe");
    // Somebody opened it, and reads nothing.
    let _reader = fs::File::options()
        .read(true)
        .write(true)
        .open(&pipe)
        .unwrap();
    let server = folder.serve();
    let big = "x".repeat(2000);
    let mut refused = 0;
    for _ in 0..200 {
        let call = server.store.metadata("demo").with_request_id(&big);
        let began = Instant::now();
        let status = server.send(call).await.status;
        assert!(
            began.elapsed() < Duration::from_secs(2),
            "no request waits for long"
        );
        refused += usize::from(status != 200);
        if refused > 3 {
            break;
        }
    }
    assert!(refused > 0, "the pipe has room for 64 KiB");
    let began = Instant::now();
    let (status, log) = server.end();
    assert!(began.elapsed() < Duration::from_secs(20), "{log}");
    assert_eq!(status.code(), Some(1), "{log}");
}

/// Names that sources write, as `name!("…")`.
fn written_by(source: &str) -> BTreeSet<String> {
    let text = fs::read_to_string(repository().join(source)).expect("a source");
    let text = text.split("#[cfg(test)]").next().expect("a beginning");
    let names = text.split("name!(\"").skip(1);
    names
        .map(|rest| rest.split('"').next().expect("a name").to_owned())
        .collect()
}

#[test]
fn xks_118_the_document_names_every_member_and_no_others() {
    let text = fs::read_to_string(repository().join("docs/audit.md")).expect("the document");
    let tables = text.lines().filter(|line| line.starts_with("| `"));
    let mut documented = BTreeSet::new();
    for line in tables {
        let mut cells = line.split(" | ");
        let names = cells.next().expect("names").split('`').skip(1).step_by(2);
        documented.extend(names.map(str::to_owned));
        // Members of a member are named behind it.
        if ["| `stages_us`", "| `unverified`", "| `policy`"]
            .iter()
            .any(|it| line.starts_with(it))
        {
            let inner = cells
                .next()
                .expect("a meaning")
                .split('`')
                .skip(1)
                .step_by(2);
            documented.extend(inner.map(str::to_owned));
        }
    }
    let mut written = BTreeSet::new();
    for source in [
        "host/src/front/xks/record/line.rs",
        "host/src/front/xks/counters.rs",
        "host/src/audit/act.rs",
    ] {
        written.extend(written_by(source));
    }
    assert_eq!(documented, written);
}

/// What was there is gone: the host cannot know what, and says so at once.
#[tokio::test]
async fn flt_39_a_file_that_is_deleted_or_cut_while_it_is_written_is_said() {
    for cut in [false, true] {
        let server = Server::start();
        server.send(server.store.metadata("demo")).await.ok();
        let log = server.folder().path("audit.jsonl");
        let (done, said) = if cut {
            let file = fs::File::options().write(true).open(&log).unwrap();
            (file.set_len(10), "it was cut")
        } else {
            (fs::remove_file(&log), "it was deleted")
        };
        done.unwrap();
        server.send(server.store.metadata("demo")).await.ok();
        server.wait_for_log(said);
        let (_, stderr) = server.end();
        assert_eq!(stderr.matches(said).count(), 1, "{stderr}");
    }
}

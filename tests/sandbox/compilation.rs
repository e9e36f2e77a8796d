//! Components that a compiler does not survive, or not soon: FLT-11.

use std::fmt::Write as _;
use std::process::Stdio;
use std::time::{Duration, Instant};

use super::plugin;
use crate::harness::deployment::program;
use crate::harness::{Deployment, Folder, Server, plaintext};

/// 200,000 calls in one function, in 800 KB.
fn large() -> String {
    let body = "(call 0 (local.get 0))".repeat(200_000);
    component(&format!("(func (param i32) {body})"))
}

/// A function of nested loops, each of which may change every variable, in 34 KB: a
/// compiler that looks at all pairs of them has long to look.
fn slow() -> String {
    let (variables, loops) = (4000, 400);
    let mut body = String::new();
    for depth in 0..loops {
        let _ = write!(body, "(loop (br_if 0 (local.get 0))");
        for step in 0..8 {
            let (to, from) = (
                (depth * 8 + step) % variables + 1,
                (depth + step) % variables + 1,
            );
            let _ = write!(
                body,
                "(local.set {to} (i64.add (local.get {from}) (local.get {to})))"
            );
        }
    }
    body.push_str(&")".repeat(loops));
    let locals = "i64 ".repeat(variables);
    component(&format!("(func (param i32) (local {locals}) {body})"))
}

fn component(function: &str) -> String {
    format!(
        r#"(component
          (core module $m {function})
          (instance $i)
          (export "claviger:plugin/lifecycle@0.1.0" (instance $i))
          (export "claviger:plugin/authorization@0.1.0" (instance $i)))"#
    )
}

fn folder(bomb: &str) -> Folder {
    let mut folder = Folder::new(Deployment::software());
    plugin(&mut folder, "bomb", bomb);
    folder
}

#[test]
fn flt_11_a_compilation_that_takes_too_long_is_ended() {
    let mut folder = folder(&slow());
    folder.set("plugin.bomb.compile.seconds", 1);
    let begun = Instant::now();
    let stderr = folder.serve_refuses();
    assert!(
        begun.elapsed() < Duration::from_secs(20),
        "{:?}",
        begun.elapsed()
    );
    assert!(stderr.contains("plugin.bomb.compile"), "{stderr}");
    assert!(stderr.contains("not compiled within 1 s"), "{stderr}");
    assert!(stderr.contains("compile = { seconds"), "{stderr}");
}

/// The process that compiles for this one, if there is one now.
fn compiler_of(parent: u32) -> Option<u32> {
    let tasks = std::fs::read_dir(format!("/proc/{parent}/task")).ok()?;
    let children =
        tasks.filter_map(|task| std::fs::read_to_string(task.ok()?.path().join("children")).ok());
    let ids: Vec<_> = children.collect();
    ids.iter()
        .flat_map(|ids| ids.split_whitespace())
        .find_map(|id| id.parse().ok())
}

#[test]
fn flt_11_the_compiler_ends_with_the_host() {
    let folder = folder(&slow());
    folder.save();
    let mut host = program()
        .args(["check", "--config"])
        .arg(folder.path("claviger.toml"))
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let wait = |condition: &dyn Fn() -> bool| {
        let begun = Instant::now();
        while !condition() {
            assert!(begun.elapsed() < Duration::from_secs(30), "in vain");
            std::thread::sleep(Duration::from_millis(5));
        }
    };
    wait(&|| compiler_of(host.id()).is_some());
    let compiler = compiler_of(host.id()).unwrap();
    host.kill().unwrap();
    host.wait().unwrap();
    let state = || std::fs::read_to_string(format!("/proc/{compiler}/stat"));
    // Gone, or dead and not yet waited for by whoever does that here.
    wait(&|| state().map_or(true, |state| state.contains(") Z ")));
}

#[test]
fn flt_11_a_compilation_that_takes_too_much_memory_is_ended() {
    let mut folder = folder(&large());
    folder.set("plugin.bomb.compile.memory_mib", 64);
    let stderr = folder.serve_refuses();
    assert!(stderr.contains("plugin.bomb.compile"), "{stderr}");
    assert!(stderr.contains("more than 64 MiB"), "{stderr}");
}

#[tokio::test]
async fn flt_11_stock_plugins_are_compiled_within_the_least_that_can_be_allowed() {
    let server = Server::start_with(|folder| {
        for plugin in ["software", "allow-list"] {
            folder.set(&format!("plugin.{plugin}.compile.memory_mib"), 64);
        }
        folder.set("plugin_cache.directory", "a-new-cache");
    });
    let call = server.store.encrypt(server.keys().usable, plaintext());
    server.send(call).await.ok();
}

//! The command line.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Output;

use crate::harness::deployment::program;
use crate::harness::{Deployment, Folder};

mod check;
mod credential;
mod help;
mod key;
mod rehearsal;

fn folder() -> Folder {
    Folder::new(Deployment::software())
}

fn run(arguments: &[&str]) -> Output {
    program()
        .args(arguments)
        .output()
        .expect("the program starts")
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).expect("UTF-8")
}

fn mode(path: &Path) -> u32 {
    std::fs::metadata(path).unwrap().permissions().mode() & 0o777
}

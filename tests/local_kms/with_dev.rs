//! KMS and key store on one machine, from nothing.

use std::process::Command;

use super::sdks::installed;
use crate::harness::deployment::program;
use crate::harness::process::{LIMIT, Process};
use crate::harness::{Folder, from_base64};

struct WithDev {
    process: Process,
    folder: Folder,
    state: tempfile::TempDir,
}

impl WithDev {
    fn start() -> Self {
        Self::start_in(Folder::fresh(), tempfile::TempDir::new().unwrap())
    }

    fn start_in(folder: Folder, state: tempfile::TempDir) -> Self {
        let mut command = program();
        command.args([
            "local-kms",
            "--with-dev",
            "--listen",
            "127.0.0.1:0",
            "--dev-dir",
        ]);
        command.arg(folder.directory());
        command.arg("--dir").arg(state.path().join("state"));
        Self {
            process: Process::start(command),
            folder,
            state,
        }
    }

    /// A line of standard output.
    fn line(&self, words: &str) -> String {
        let wanted = |line: &str| line.contains(words);
        let line = self.process.stdout.wait_for(wanted, LIMIT);
        line.unwrap_or_else(|| panic!("no {words}: {}", self.process.log()))
    }

    /// Runs one of the printed lines as somebody who pastes it after the first.
    fn paste(&self, words: &str) -> String {
        let environment = self.line("export AWS_ENDPOINT_URL_KMS=");
        let script = format!("{environment}\n{}", self.line(words));
        let python = installed("python/bin");
        let path = std::env::var("PATH").unwrap();
        let output = Command::new("sh")
            .args(["-c", &script])
            .env("PATH", format!("{}:{path}", python.display()))
            .env("AWS_CONFIG_FILE", "/dev/null")
            .env("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")
            .output()
            .unwrap();
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{script}\n{stderr}");
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    fn stop(mut self) -> (Folder, tempfile::TempDir) {
        self.process.terminate();
        let status = self.process.wait();
        assert!(
            status.is_some_and(|status| status.success()),
            "{}",
            self.process.log()
        );
        (self.folder, self.state)
    }
}

#[test]
fn the_printed_lines_encrypt() {
    let with_dev = WithDev::start();
    let blob = with_dev.paste("aws kms encrypt");
    let blob = from_base64(&blob).expect("Base64");
    assert!(blob.starts_with(b"CVK\x01\x01"));
    assert_eq!(with_dev.paste("python3 -c"), "b'hello'");
    let arn = with_dev.line("arn:aws:kms:us-east-1:");
    assert!(
        with_dev
            .line("THIS IS NOT AWS KMS")
            .contains("authenticates nobody")
    );
    let (folder, state) = with_dev.stop();
    // The audit records are those of the proxy of `claviger dev`.
    let audit = std::fs::read_to_string(folder.path("audit.jsonl")).unwrap();
    assert!(audit.contains("\"Encrypt\"") && audit.contains("ConnectCustomKeyStore"));

    // The same key store and key are found again, and a ciphertext is read.
    let again = WithDev::start_in(folder, state);
    assert_eq!(again.line("arn:aws:kms:us-east-1:"), arn);
    assert_eq!(again.paste("python3 -c"), "b'hello'");
    again.stop();
}

//! A running `claviger local-kms` in front of a running proxy.

use std::process::Command;
use std::time::Instant;

use serde_json::{Value, json};

use super::api::{Answer, call};
use crate::harness::deployment::program;
use crate::harness::process::{LIMIT, Process};
use crate::harness::{Server, text};

/// The host of the proxy's certificate.
const HOST: &str = "localhost";

pub(super) struct Kms {
    pub(super) process: Process,
    pub(super) proxy: Server,
}

impl Kms {
    /// Starts one that knows where the proxy is.
    pub(super) fn start(proxy: Server) -> Self {
        Self::start_with(proxy, &[])
    }

    pub(super) fn start_with(proxy: Server, arguments: &[&str]) -> Self {
        let mut command = command(&proxy);
        command.args(arguments);
        Self {
            process: Process::start(command),
            proxy,
        }
    }

    /// Calls an operation that succeeds.
    #[track_caller]
    pub(super) fn ok(&self, operation: &str, body: &Value) -> Value {
        self.call(operation, body, "").ok()
    }

    pub(super) fn call(&self, operation: &str, body: &Value, headers: &str) -> Answer {
        call(self.process.address, operation, body, headers).expect("an answer")
    }

    /// Makes and connects a key store of the proxy, and a KMS key on `demo`.
    pub(super) fn make_key(&self) -> (String, String) {
        let credential = &self.proxy.store.credential;
        let create = json!({
            "CustomKeyStoreName": "demo",
            "CustomKeyStoreType": "EXTERNAL_KEY_STORE",
            "XksProxyConnectivity": "PUBLIC_ENDPOINT",
            "XksProxyUriEndpoint": format!("https://{HOST}"),
            "XksProxyUriPath": self.proxy.store.uri_path,
            "XksProxyAuthenticationCredential": {
                "AccessKeyId": credential.access_key_id,
                "RawSecretAccessKey": credential.secret_access_key,
            },
        });
        let made = self.ok("CreateCustomKeyStore", &create);
        let id = made["CustomKeyStoreId"].as_str().unwrap().to_owned();
        self.ok("ConnectCustomKeyStore", &json!({ "CustomKeyStoreId": id }));
        let end = Instant::now() + LIMIT;
        loop {
            let described = self.ok(
                "DescribeCustomKeyStores",
                &json!({ "CustomKeyStoreId": id }),
            );
            match described["CustomKeyStores"][0]["ConnectionState"].as_str() {
                Some("CONNECTED") => break,
                Some("CONNECTING") => assert!(Instant::now() < end, "{described}"),
                _ => panic!("{described}"),
            }
            std::thread::yield_now();
        }
        let key = json!({
            "Origin": "EXTERNAL_KEY_STORE",
            "CustomKeyStoreId": id,
            "XksKeyId": self.proxy.keys().usable,
        });
        let made = self.ok("CreateKey", &key);
        (id, made["KeyMetadata"]["Arn"].as_str().unwrap().to_owned())
    }

    /// Ends it, and searches what it wrote for secrets.
    #[track_caller]
    pub(super) fn stop(mut self) -> Server {
        self.process.terminate();
        let status = self.process.wait();
        assert!(
            status.is_some_and(|status| status.success()),
            "{status:?}: {}",
            self.process.log()
        );
        for (place, written) in [
            ("standard error", self.process.stderr.so_far()),
            ("standard output", self.process.stdout.so_far()),
        ] {
            self.proxy.forbidden.assert_absent(place, &written);
        }
        self.proxy
    }
}

/// What starts `claviger local-kms` in front of a proxy.
pub(super) fn command(proxy: &Server) -> Command {
    let mut command = program();
    command.args([
        "local-kms",
        "--listen",
        "127.0.0.1:0",
        "--connect-delay",
        "50ms",
    ]);
    command.arg("--resolve");
    command.arg(format!("{HOST}={}", proxy.address));
    command.arg("--ca-file");
    command.arg(text(&proxy.folder().path("ca.pem")));
    command
}

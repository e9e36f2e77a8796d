//! `claviger serve` as a child process, from start to the search of its logs.

use std::cell::RefCell;
use std::net::SocketAddr;
use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::deployment::{Deployment, Keys, program};
use super::forbidden::Forbidden;
use super::http1::Http1;
use super::http2::Http2;
use super::process::{LIMIT, Process};
use super::tls::TlsClient;
use super::{Folder, KeyStore, Request, Response, hsm, text};

/// How long is waited for the trial of a key manager's server.
const TRIAL: Duration = Duration::from_secs(3);

/// A running server. Dropping it stops it and searches its logs.
pub(crate) struct Server {
    process: Process,
    running: bool,
    connection: RefCell<Option<Http1>>,
    folder: Option<Folder>,
    pub(crate) address: SocketAddr,
    pub(crate) forbidden: Forbidden,
    /// The deployment's key store.
    pub(crate) store: KeyStore,
}

/// What a server left behind.
pub(crate) struct Stopped {
    pub(crate) stderr: String,
    /// The audit records, in order, without the checkpoints between them.
    pub(crate) audit: Vec<Value>,
    pub(crate) folder: Folder,
}

impl Server {
    /// Serves the selected deployment as it is.
    pub(crate) fn start() -> Self {
        Folder::new(Deployment::selected()).serve()
    }

    /// Serves the selected deployment after `change`.
    pub(crate) fn start_with(change: impl FnOnce(&mut Folder)) -> Self {
        let mut folder = Folder::new(Deployment::selected());
        change(&mut folder);
        folder.serve()
    }

    /// Runs `claviger serve`.
    #[track_caller]
    pub(crate) fn serve(folder: Folder) -> Self {
        let mut command = program();
        command.args(["serve", "--config"]);
        command.arg(folder.path("claviger.toml"));
        Self::run(folder, command)
    }

    /// Runs `claviger serve` under these limits of the shell: `ulimit LIMITS`.
    #[track_caller]
    pub(crate) fn serve_within(folder: Folder, limits: &str) -> Self {
        folder.save();
        let mut command = Command::new("sh");
        let script = format!(r#"ulimit {limits} && exec "$0" "$@""#);
        command.args(["-c", &script]);
        command.arg(program().get_program());
        command.args(["serve", "--config"]);
        command.arg(folder.path("claviger.toml"));
        Self::run(folder, command)
    }

    /// Runs `claviger dev` in a folder that it or a test has made.
    #[track_caller]
    pub(crate) fn dev(folder: Folder) -> Self {
        let mut command = program();
        command.args(["dev", "--listen", "127.0.0.1:0", "--dir"]);
        command.arg(folder.directory());
        Self::run(folder, command)
    }

    /// Runs a command that serves the folder.
    #[track_caller]
    pub(crate) fn run(mut folder: Folder, mut command: Command) -> Self {
        let (name, value) = folder.environment();
        command.env(name, value);
        let process = Process::start(command);
        let name = folder.deployment.key_store;
        let store = key_store(&mut folder, name, process.address);
        let server = Self {
            address: process.address,
            process,
            running: true,
            connection: RefCell::new(None),
            folder: Some(folder),
            forbidden: Forbidden::default(),
            store,
        };
        server.forbid_secrets();
        server.wait_for_trial();
        server
    }

    /// `backend-kmip` tries its server out first, and the first request would wait for it.
    /// Where the server is not fit, or nothing is said, the test goes on all the same.
    fn wait_for_trial(&self) {
        let key_store = self.folder().config.get("key_store");
        let key_store = key_store.and_then(|all| all.get(0));
        let plugin = key_store.and_then(|it| it.get("backend")?.get("plugin"));
        if plugin.and_then(toml::Value::as_str) != Some("kmip") {
            return;
        }
        let began = Instant::now();
        let done = ["the server is fit: KMIP", "ERROR"];
        while !done.iter().any(|line| self.log().contains(line)) && began.elapsed() < TRIAL {
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// The folder that is served.
    pub(crate) fn folder(&self) -> &Folder {
        self.folder.as_ref().expect("running")
    }

    /// The folder, to change its files while it is served.
    pub(crate) fn folder_mut(&mut self) -> &mut Folder {
        self.folder.as_mut().expect("running")
    }

    /// Sends the process a signal.
    pub(crate) fn signal(&self, signal: rustix::process::Signal) {
        self.process.signal(signal);
    }

    /// Its standard error so far.
    pub(crate) fn log(&self) -> String {
        self.process.log()
    }

    /// Waits until its log has so many lines with this text.
    #[track_caller]
    pub(crate) fn says(&self, text: &str, times: usize) {
        let began = Instant::now();
        while self.log().matches(text).count() < times {
            assert!(began.elapsed() < LIMIT, "{text}: {}", self.log());
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// The keys of the deployment.
    pub(crate) fn keys(&self) -> Keys {
        self.folder().deployment.keys
    }

    /// Another key store of this server.
    pub(crate) fn key_store(&mut self, name: &str) -> KeyStore {
        key_store(self.folder.as_mut().expect("running"), name, self.address)
    }

    /// Where the plain-HTTP probes are.
    pub(crate) fn probe_address(&self) -> SocketAddr {
        self.process.probe_address()
    }

    /// Sends a request over HTTP/1.1, on the connection of the request before it
    /// when that is still open.
    pub(crate) async fn send(&self, request: impl Into<Request>) -> Response {
        let request = request.into();
        let kept = self.connection.take();
        let mut connection = match kept {
            Some(connection) => connection,
            None => self.connect().await,
        };
        let response = self.send_on(&mut connection, request).await;
        if response.header("connection") != Some("close") {
            self.connection.replace(Some(connection));
        }
        response
    }

    /// Sends a request over an HTTP/1.1 connection.
    pub(crate) async fn send_on(
        &self,
        connection: &mut Http1,
        request: impl Into<Request>,
    ) -> Response {
        let request = request.into();
        self.forbidden.note_request(&request);
        let response = connection.send(&request).await;
        self.examine(&response);
        response
    }

    /// Sends a request over an HTTP/2 connection.
    pub(crate) async fn send_on_http2(
        &self,
        connection: &mut Http2,
        request: impl Into<Request>,
    ) -> Response {
        let request = request.into();
        self.forbidden.note_request(&request);
        let response = connection.send(&request).await;
        self.examine(&response);
        response
    }

    /// Opens an HTTP/1.1 connection over TLS.
    pub(crate) async fn connect(&self) -> Http1 {
        let stream = self.tls().connect(self.address).await;
        Http1::over(stream.expect("the TLS handshake succeeds"))
    }

    /// Opens an HTTP/2 connection over TLS.
    pub(crate) async fn connect_http2(&self) -> Http2 {
        let stream = self.tls().alpn(&["h2"]).connect(self.address).await;
        Http2::over(stream.expect("the TLS handshake succeeds")).await
    }

    /// A TLS client that trusts the folder's certificate authority.
    pub(crate) fn tls(&self) -> TlsClient {
        let roots = std::fs::read_to_string(self.folder().path("ca.pem"));
        TlsClient::trusting(&roots.expect("ca.pem is there"))
    }

    /// Waits for a line of standard output.
    #[track_caller]
    pub(crate) fn wait_for_output(&self, words: &str) -> String {
        let wanted = |line: &str| line.contains(words);
        let line = self.process.stdout.wait_for(wanted, LIMIT);
        line.unwrap_or_else(|| panic!("no {words} on standard output"))
    }

    /// Waits for a line of the log.
    #[track_caller]
    pub(crate) fn wait_for_log(&self, words: &str) {
        let wanted = |line: &str| line.contains(words);
        let line = self.process.stderr.wait_for(wanted, LIMIT);
        assert!(line.is_some(), "no {words} in the log");
    }

    /// Leaves standard error unread, or reads on.
    pub(crate) fn hold_log(&self, held: bool) {
        self.process.stderr.hold(held);
    }

    /// Asks the server to stop while its standard error is unread.
    #[track_caller]
    pub(crate) fn stop_unread(&mut self) {
        self.connection.take();
        self.process.terminate();
        let status = self.process.wait_unread();
        assert!(status.is_some_and(|status| status.success()), "{status:?}");
        self.running = false;
        self.hold_log(false);
    }

    /// The server's process id.
    pub(crate) fn process_id(&self) -> u32 {
        self.process.id()
    }

    /// Asks the server to stop, without waiting for it.
    pub(crate) fn terminate(&self) {
        self.process.terminate();
    }

    /// Kills the process as it is (SIGKILL).
    pub(crate) fn kill(mut self) -> Folder {
        self.running = false;
        self.process.signal(rustix::process::Signal::KILL);
        let _ = self.process.wait();
        self.folder.take().expect("running")
    }

    /// Stops the server, whatever its status is then; its log.
    #[track_caller]
    pub(crate) fn end(mut self) -> (std::process::ExitStatus, String) {
        self.connection.take();
        self.running = false;
        self.process.terminate();
        let status = self.process.wait();
        (status.expect("it ends by itself"), self.process.log())
    }

    /// Stops the server gracefully and returns what it left behind.
    #[track_caller]
    pub(crate) fn stop(mut self) -> Stopped {
        self.connection.take();
        self.shut_down();
        let folder = self.folder.take().expect("running");
        let audit = std::fs::read_to_string(folder.path("audit.jsonl")).unwrap_or_default();
        Stopped {
            stderr: self.process.log(),
            audit: audit
                .lines()
                .map(|line| serde_json::from_str(line).expect("a JSON line"))
                .filter(|record: &Value| record.get("audit").is_none())
                .collect(),
            folder,
        }
    }

    /// No error may repeat what it was sent.
    fn examine(&self, response: &Response) {
        if response.status != 200 {
            let place = "the body of an error";
            self.forbidden.assert_absent(place, &response.body);
        }
        self.forbidden.note_response(response);
    }

    fn forbid_secrets(&self) {
        let kek = std::fs::read_to_string(self.folder().path("keys.kek")).unwrap_or_default();
        self.forbidden.note_text("key-encryption key", kek.trim());
        let directory = self.folder().path("credentials");
        for file in std::fs::read_dir(directory).expect("a readable directory") {
            let secret = std::fs::read_to_string(file.expect("a readable directory").path());
            let secret = secret.expect("a readable file");
            self.forbidden.note_text("secret", secret.trim());
        }
        if self.folder().deployment.hsm.is_some() {
            let tokens = self.folder().config["tokens"].as_table();
            for token in tokens.expect("a table").values() {
                let module = token["module"].as_str().expect("a path");
                let module = text(&self.folder().path(module));
                self.forbidden.note_text("module path", &module);
            }
            let name = "key of somebody else";
            self.forbidden.note_text(name, hsm::FOREIGN_LABEL);
        }
    }

    #[track_caller]
    fn shut_down(&mut self) {
        if !std::mem::take(&mut self.running) {
            return;
        }
        self.process.terminate();
        let status = self.process.wait();
        let audit = std::fs::read(self.folder().path("audit.jsonl")).unwrap_or_default();
        for (place, written) in [
            ("standard error", self.process.stderr.so_far()),
            ("standard output", self.process.stdout.so_far()),
            ("the audit records", audit),
        ] {
            self.forbidden.assert_absent(place, &written);
        }
        let good = status.is_some_and(|status| status.success());
        assert!(good, "SIGTERM: {status:?}: {}", self.process.log());
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.connection.take();
        if !std::thread::panicking() {
            self.shut_down();
        } else if self.running {
            let audit = self.folder().path("audit.jsonl");
            let audit = std::fs::read_to_string(audit).unwrap_or_default();
            // The captured output of the failed test shows it.
            #[expect(clippy::print_stderr, reason = "the log of a failed test")]
            {
                eprintln!(
                    "--- log\n{}\n--- audit records\n{audit}",
                    self.process.log()
                );
            }
        }
    }
}

fn key_store(folder: &mut Folder, name: &str, address: SocketAddr) -> KeyStore {
    let credential = folder.credentials(name).swap_remove(0);
    let prefix = folder.key_store(name).get("uri_path_prefix");
    let prefix = prefix.and_then(|value| value.as_str()).unwrap_or_default();
    KeyStore {
        uri_path: format!("{prefix}/kms/xks/v1"),
        authority: format!("localhost:{}", address.port()),
        credential,
    }
}

//! A service on a port of its own, and a client that speaks to it as an SDK does.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use clap::Parser;
use claviger_local_kms::moment::Moment;
use claviger_local_kms::service::Service;
use claviger_local_kms::{LocalKms, LocalKmsCommand, StartFault};
use http_body_util::{BodyExt as _, Full};
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use super::declared::is_declared;
use super::proxy::{HOST, Proxy};

/// The path of the proxy's API.
pub(crate) const PATH: &str = "/test/kms/xks/v1";
/// When the service is started, in milliseconds since 1970.
const BEGINNING: u64 = 1_800_000_000_000;
const DAY: u64 = 24 * 60 * 60 * 1000;
/// How long a test waits for something to happen.
const PATIENCE: Duration = Duration::from_secs(20);

#[derive(Parser)]
struct CommandLine {
    #[command(flatten)]
    command: LocalKmsCommand,
}

/// The command of some arguments.
pub(crate) fn command(arguments: &[&str]) -> LocalKmsCommand {
    let first = ["local-kms", "--listen", "127.0.0.1:0"];
    let arguments: Vec<&str> = first.iter().chain(arguments).copied().collect();
    let mut command = CommandLine::try_parse_from(&arguments).unwrap().command;
    if !arguments.contains(&"--connect-delay") {
        command.connect_delay = Duration::ZERO.into();
    }
    command
}

/// An error as a caller sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refused {
    pub(crate) status: u16,
    pub(crate) name: String,
    pub(crate) message: Option<String>,
}

impl Refused {
    pub(crate) fn new(name: &str, message: impl Into<String>) -> Self {
        Self {
            status: 400,
            name: name.to_owned(),
            message: Some(message.into()),
        }
    }

    pub(crate) fn silent(name: &str) -> Self {
        Self {
            status: 400,
            name: name.to_owned(),
            message: None,
        }
    }
}

/// A running service.
pub(crate) struct Kms {
    pub(crate) address: SocketAddr,
    pub(crate) service: Arc<Service>,
    clock: Arc<AtomicU64>,
    stop: Option<oneshot::Sender<()>>,
    running: Option<JoinHandle<()>>,
    pub(crate) region: &'static str,
}

/// A service with a proxy, a connected key store and a key in it.
pub(crate) struct Started {
    pub(crate) kms: Kms,
    pub(crate) proxy: Proxy,
    pub(crate) key_store: String,
    pub(crate) key: String,
    pub(crate) arn: String,
}

impl Started {
    /// Everything that is needed to encrypt.
    pub(crate) async fn new() -> Self {
        let proxy = Proxy::start().await;
        let kms = Kms::with(&proxy, &[]).await;
        let key_store = kms.create_key_store(&proxy).await;
        kms.connect(&key_store).await;
        let key = kms.create_key(&key_store, "demo").await;
        proxy.take_calls();
        Self {
            arn: format!("arn:aws:kms:us-east-1:111122223333:key/{key}"),
            kms,
            proxy,
            key_store,
            key,
        }
    }
}

impl Kms {
    /// Starts a service that knows where the proxy is.
    pub(crate) async fn with(proxy: &Proxy, arguments: &[&str]) -> Self {
        Self::try_with(proxy, arguments).await.unwrap()
    }

    /// The same, where it may refuse to start.
    pub(crate) async fn try_with(proxy: &Proxy, arguments: &[&str]) -> Result<Self, StartFault> {
        let ca_file = proxy.ca_file();
        let resolve = format!("{HOST}={}", proxy.address);
        let own = [
            "--ca-file",
            ca_file.to_str().unwrap(),
            "--resolve",
            &resolve,
        ];
        let arguments: Vec<&str> = own.iter().chain(arguments).copied().collect();
        Self::start(command(&arguments)).await
    }

    pub(crate) async fn start(command: LocalKmsCommand) -> Result<Self, StartFault> {
        let clock = Arc::new(AtomicU64::new(BEGINNING));
        let time = Arc::clone(&clock);
        let now = move || Moment::from_milliseconds(time.load(Ordering::SeqCst));
        let kms: LocalKms = command.start_with(Arc::new(now)).await?;
        let (address, service) = (kms.address(), Arc::clone(kms.service()));
        let (stop, stopped) = oneshot::channel();
        let running = tokio::spawn(kms.run(async {
            let _ = stopped.await;
        }));
        Ok(Self {
            address,
            service,
            clock,
            stop: Some(stop),
            running: Some(running),
            region: "us-east-1",
        })
    }

    /// Ends it.
    pub(crate) async fn stop(mut self) {
        drop(self.stop.take());
        self.running.take().unwrap().await.unwrap();
    }

    /// Lets days go by.
    pub(crate) fn pass_days(&self, days: u64) {
        self.clock.fetch_add(days * DAY, Ordering::SeqCst);
    }

    /// Calls an operation.
    pub(crate) async fn call(&self, operation: &str, body: Value) -> Result<Value, Refused> {
        self.call_with(operation, body, &[]).await
    }

    /// Calls an operation with further header fields.
    pub(crate) async fn call_with(
        &self,
        operation: &str,
        body: Value,
        headers: &[(&str, &str)],
    ) -> Result<Value, Refused> {
        let scope = format!("Credential=test/20261128/{}/kms/aws4_request", self.region);
        let authorization = format!("AWS4-HMAC-SHA256 {scope}, SignedHeaders=host, Signature=00");
        let target = format!("TrentService.{operation}");
        let mut all = vec![
            ("x-amz-target", target.as_str()),
            ("content-type", "application/x-amz-json-1.1"),
        ];
        if !headers.iter().any(|(name, _)| *name == "authorization") {
            all.push(("authorization", &authorization));
        }
        all.extend(headers);
        let response = self.send("POST", &all, body.to_string().into()).await;
        let status = response.status().as_u16();
        let body = response.into_body();
        if status == 200 {
            return Ok(if body.is_empty() {
                Value::Null
            } else {
                serde_json::from_slice(&body).unwrap()
            });
        }
        let body: Value = serde_json::from_slice(&body).unwrap();
        let name = body["__type"].as_str().unwrap().to_owned();
        assert!(
            is_declared(operation, &name),
            "{operation} does not declare {name}"
        );
        Err(Refused {
            status,
            name,
            message: body["message"].as_str().map(str::to_owned),
        })
    }

    /// Sends a request over a connection of its own.
    pub(crate) async fn send(
        &self,
        method: &str,
        headers: &[(&str, &str)],
        body: Bytes,
    ) -> Response<Bytes> {
        let stream = TcpStream::connect(self.address).await.unwrap();
        let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream))
            .await
            .unwrap();
        tokio::spawn(connection);
        let mut request = Request::builder()
            .method(method)
            .uri("/")
            .header("host", "localhost");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(Full::new(body)).unwrap();
        let (head, body) = sender.send_request(request).await.unwrap().into_parts();
        Response::from_parts(head, body.collect().await.unwrap().to_bytes())
    }

    /// Calls an operation that succeeds.
    #[track_caller]
    pub(crate) fn ok(&self, operation: &'static str, body: Value) -> impl Future<Output = Value> {
        let caller = std::panic::Location::caller();
        async move {
            let answered = self.call(operation, body).await;
            answered.unwrap_or_else(|refused| panic!("{operation} at {caller}: {refused:?}"))
        }
    }

    /// Calls an operation that fails.
    #[track_caller]
    pub(crate) fn refused(
        &self,
        operation: &'static str,
        body: Value,
    ) -> impl Future<Output = Refused> {
        let caller = std::panic::Location::caller();
        async move {
            let answered = self.call(operation, body).await;
            match answered {
                Ok(answer) => panic!("{operation} at {caller} succeeds: {answer}"),
                Err(refused) => refused,
            }
        }
    }

    /// What makes a key store of this proxy.
    pub(crate) fn key_store_of(proxy: &Proxy) -> Value {
        json!({
            "CustomKeyStoreName": "test",
            "CustomKeyStoreType": "EXTERNAL_KEY_STORE",
            "XksProxyConnectivity": "PUBLIC_ENDPOINT",
            "XksProxyUriEndpoint": format!("https://{HOST}"),
            "XksProxyUriPath": PATH,
            "XksProxyAuthenticationCredential": {
                "AccessKeyId": proxy.credential.access_key_id.as_str(),
                "RawSecretAccessKey": proxy.credential.secret_access_key.reveal(),
            },
        })
    }

    pub(crate) async fn create_key_store(&self, proxy: &Proxy) -> String {
        let made = self
            .ok("CreateCustomKeyStore", Self::key_store_of(proxy))
            .await;
        made["CustomKeyStoreId"].as_str().unwrap().to_owned()
    }

    pub(crate) async fn connect(&self, key_store: &str) {
        let id = json!({ "CustomKeyStoreId": key_store });
        self.ok("ConnectCustomKeyStore", id).await;
        assert_eq!(
            self.settled(key_store).await["ConnectionState"],
            "CONNECTED"
        );
    }

    pub(crate) async fn disconnect(&self, key_store: &str) {
        let id = json!({ "CustomKeyStoreId": key_store });
        self.ok("DisconnectCustomKeyStore", id).await;
        assert_eq!(
            self.settled(key_store).await["ConnectionState"],
            "DISCONNECTED"
        );
    }

    /// The entry of a key store that is neither connecting nor disconnecting.
    pub(crate) async fn settled(&self, key_store: &str) -> Value {
        let wait = async {
            loop {
                let entry = self.describe_key_store(key_store).await;
                let state = entry["ConnectionState"].as_str().unwrap();
                if !matches!(state, "CONNECTING" | "DISCONNECTING") {
                    return entry;
                }
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(PATIENCE, wait)
            .await
            .expect("the key store settles")
    }

    pub(crate) async fn describe_key_store(&self, key_store: &str) -> Value {
        let id = json!({ "CustomKeyStoreId": key_store });
        self.ok("DescribeCustomKeyStores", id).await["CustomKeyStores"][0].clone()
    }

    /// What makes a key of an external key.
    pub(crate) fn key_of(key_store: &str, external_key: &str) -> Value {
        json!({
            "Origin": "EXTERNAL_KEY_STORE",
            "CustomKeyStoreId": key_store,
            "XksKeyId": external_key,
        })
    }

    pub(crate) async fn create_key(&self, key_store: &str, external_key: &str) -> String {
        let key = Self::key_of(key_store, external_key);
        let made = self.ok("CreateKey", key).await;
        made["KeyMetadata"]["KeyId"].as_str().unwrap().to_owned()
    }

    /// What encrypts "hello" under a key.
    pub(crate) fn hello_for(key: &str) -> Value {
        json!({ "KeyId": key, "Plaintext": "aGVsbG8=" })
    }

    /// A key of AWS KMS itself.
    pub(crate) async fn create_own_key(&self) -> String {
        let made = self.ok("CreateKey", json!({})).await;
        made["KeyMetadata"]["KeyId"].as_str().unwrap().to_owned()
    }

    pub(crate) async fn key_state(&self, key: &str) -> String {
        let described = self.ok("DescribeKey", json!({ "KeyId": key })).await;
        let metadata = &described["KeyMetadata"];
        let state = metadata["KeyState"].as_str().unwrap().to_owned();
        assert_eq!(metadata["Enabled"], state == "Enabled");
        state
    }
}

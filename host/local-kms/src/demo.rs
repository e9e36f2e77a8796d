//! What `local-kms --with-dev` makes: a connected key store, and a KMS key in it
//! with an alias. The calls are those that an SDK would make.

use std::time::{Duration, Instant};

use claviger_xks::credential::Credential;
use serde_json::{Map, Value, json};
use thiserror::Error;
use uuid::Uuid;

use crate::caller::{Caller, Identity};
use crate::command::LocalKms;
use crate::exception::{Exception, ExceptionName};
use crate::operation::Operation;
use crate::operations::{Answer, Call, perform};

/// The name of the key store.
const NAME: &str = "claviger-dev";
/// How long the key store may take to connect, its delay not counted.
const CONNECT: Duration = Duration::from_secs(10);
/// How often it is looked whether it has.
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// The key store and the key of a proxy.
#[derive(Debug)]
pub struct Demo {
    /// `https://` and the host name of the proxy.
    pub endpoint: String,
    /// The path of its API, `/kms/xks/v1` included.
    pub path: String,
    /// What requests are signed with.
    pub credential: Credential,
    /// The external key.
    pub external_key: String,
    /// The alias that the KMS key gets.
    pub alias: String,
}

/// Why there is no demo.
#[derive(Debug, Error)]
pub enum DemoFault {
    /// An operation failed.
    #[error("{operation}: {exception}")]
    Operation {
        /// Its name.
        operation: &'static str,
        /// What it answered.
        exception: Exception,
    },
    /// The key store does not connect.
    #[error("the key store does not connect: {0}")]
    NotConnected(String),
}

impl Demo {
    /// Makes what is not there, and answers with the ARN of the KMS key.
    pub async fn set_up(&self, kms: &LocalKms) -> Result<String, DemoFault> {
        let key_store = self.key_store(kms).await?;
        self.connect(kms, &key_store).await?;
        let described = call(kms, Operation::DescribeKey, json!({ "KeyId": self.alias })).await;
        match described {
            Ok(answer) => Ok(text(&answer, "/KeyMetadata/Arn")),
            Err(DemoFault::Operation { exception, .. })
                if exception.name() == ExceptionName::NotFound =>
            {
                self.key(kms, &key_store).await
            }
            Err(fault) => Err(fault),
        }
    }

    /// The id of the key store, which knows the proxy as it is now.
    async fn key_store(&self, kms: &LocalKms) -> Result<String, DemoFault> {
        let secret = self.credential.secret_access_key.reveal();
        let credential = json!({
            "AccessKeyId": self.credential.access_key_id.as_str(),
            "RawSecretAccessKey": secret,
        });
        let Some(entry) = find(kms).await? else {
            let made = call(
                kms,
                Operation::CreateCustomKeyStore,
                json!({
                    "CustomKeyStoreName": NAME,
                    "CustomKeyStoreType": "EXTERNAL_KEY_STORE",
                    "XksProxyConnectivity": "PUBLIC_ENDPOINT",
                    "XksProxyUriEndpoint": self.endpoint,
                    "XksProxyUriPath": self.path,
                    "XksProxyAuthenticationCredential": credential,
                }),
            );
            return Ok(text(&made.await?, "/CustomKeyStoreId"));
        };
        let id = text(&entry, "/CustomKeyStoreId");
        if text(&entry, "/ConnectionState") == "FAILED" {
            let disconnect = json!({ "CustomKeyStoreId": id });
            call(kms, Operation::DisconnectCustomKeyStore, disconnect).await?;
        }
        wait(kms, |state| matches!(state, "CONNECTED" | "DISCONNECTED")).await?;
        let update = json!({
            "CustomKeyStoreId": id,
            "XksProxyUriPath": self.path,
            "XksProxyAuthenticationCredential": credential,
        });
        call(kms, Operation::UpdateCustomKeyStore, update).await?;
        Ok(id)
    }

    async fn connect(&self, kms: &LocalKms, key_store: &str) -> Result<(), DemoFault> {
        let connect = json!({ "CustomKeyStoreId": key_store });
        call(kms, Operation::ConnectCustomKeyStore, connect).await?;
        let state = wait(kms, |state| matches!(state, "CONNECTED" | "FAILED")).await?;
        if state == "CONNECTED" {
            return Ok(());
        }
        let entry = find(kms).await?.unwrap_or_default();
        Err(DemoFault::NotConnected(text(
            &entry,
            "/ConnectionErrorCode",
        )))
    }

    async fn key(&self, kms: &LocalKms, key_store: &str) -> Result<String, DemoFault> {
        let create = json!({
            "Origin": "EXTERNAL_KEY_STORE",
            "CustomKeyStoreId": key_store,
            "XksKeyId": self.external_key,
            "Description": "Made by claviger local-kms --with-dev",
        });
        let made = call(kms, Operation::CreateKey, create).await?;
        let alias = json!({
            "AliasName": self.alias,
            "TargetKeyId": text(&made, "/KeyMetadata/KeyId"),
        });
        call(kms, Operation::CreateAlias, alias).await?;
        Ok(text(&made, "/KeyMetadata/Arn"))
    }
}

/// The key store of this name, if it is there.
async fn find(kms: &LocalKms) -> Result<Option<Value>, DemoFault> {
    let name = json!({ "CustomKeyStoreName": NAME });
    match call(kms, Operation::DescribeCustomKeyStores, name).await {
        Ok(answer) => Ok(answer.pointer("/CustomKeyStores/0").cloned()),
        Err(DemoFault::Operation { exception, .. })
            if exception.name() == ExceptionName::CustomKeyStoreNotFound =>
        {
            Ok(None)
        }
        Err(fault) => Err(fault),
    }
}

/// Waits for a connection state.
async fn wait(kms: &LocalKms, wanted: impl Fn(&str) -> bool) -> Result<String, DemoFault> {
    let limit = kms.service().settings.connect_delay.saturating_add(CONNECT);
    let began = Instant::now();
    loop {
        let entry = find(kms).await?.unwrap_or_default();
        let state = text(&entry, "/ConnectionState");
        if wanted(&state) {
            return Ok(state);
        }
        if began.elapsed() > limit {
            return Err(DemoFault::NotConnected(state));
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

async fn call(kms: &LocalKms, operation: Operation, body: Value) -> Result<Value, DemoFault> {
    let body: Map<String, Value> = match body {
        Value::Object(body) => body,
        _ => Map::new(),
    };
    let caller = Caller {
        region: kms.region().clone(),
        identity: Identity::default(),
    };
    let request_id = Uuid::new_v4().to_string();
    let call = Call {
        service: kms.service(),
        operation,
        caller: &caller,
        request_id: &request_id,
        body: &body,
    };
    match perform(&call).await {
        Ok(Answer::Members(members)) => Ok(members),
        Ok(Answer::Nothing) => Ok(Value::Null),
        Err(exception) => Err(DemoFault::Operation {
            operation: operation.name(),
            exception,
        }),
    }
}

fn text(value: &Value, pointer: &str) -> String {
    let text = value.pointer(pointer).and_then(Value::as_str);
    text.unwrap_or_default().to_owned()
}

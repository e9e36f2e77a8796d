//! The commands' side of the socket.

use std::io;
use std::path::{Path, PathBuf};

use bytes::Bytes;
use claviger_settings::Fault;
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::client::conn::http1;
use hyper::header::HOST;
use hyper::{Method, Request, StatusCode};
use hyper_util::rt::TokioIo;
use serde::Serialize;
use serde::de::DeserializeOwned;
use thiserror::Error;
use tokio::net::UnixStream;

use super::messages::Refused;

/// The longest answer, in bytes: the status of some thousand key stores.
const ANSWER: usize = 16 << 20;

/// Why a host did not do what it was told.
#[derive(Debug, Error)]
pub(crate) enum ControlFault {
    /// Nobody listens there.
    #[error(
        "no host listens at {}: {source}; start one whose configuration has \
         [control], or name its socket", path.display()
    )]
    Nobody {
        /// The socket.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// The host went away, or is none.
    #[error("the host at {} does not answer as one: {text}", path.display())]
    Broken {
        /// The socket.
        path: PathBuf,
        /// What is wrong.
        text: String,
    },
    /// It refused.
    #[error("{}", claviger_config::report(.0))]
    Refused(Vec<Fault>),
}

/// Sends one command, and waits for its end.
pub(crate) async fn command<A: DeserializeOwned>(
    path: &Path,
    method: Method,
    target: &str,
    message: Option<&impl Serialize>,
) -> Result<A, ControlFault> {
    let broken = |text: String| ControlFault::Broken {
        path: path.to_owned(),
        text,
    };
    let stream = UnixStream::connect(path)
        .await
        .map_err(|source| ControlFault::Nobody {
            path: path.to_owned(),
            source,
        })?;
    let body = match message {
        Some(message) => serde_json::to_vec(message).map_err(|error| broken(error.to_string()))?,
        None => Vec::new(),
    };
    let request = Request::builder()
        .method(method)
        .uri(target)
        .header(HOST, "claviger")
        .body(Full::new(Bytes::from(body)))
        .map_err(|error| broken(error.to_string()))?;
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream))
        .await
        .map_err(|error| broken(error.to_string()))?;
    let connection = tokio::spawn(connection);
    let answered = async {
        let response = sender
            .send_request(request)
            .await
            .map_err(|error| broken(format!("{error}: is this user the host's own, or root?")))?;
        let status = response.status();
        let body = Limited::new(response.into_body(), ANSWER).collect().await;
        let body = body.map_err(|error| broken(error.to_string()))?.to_bytes();
        if status == StatusCode::OK {
            return serde_json::from_slice(&body).map_err(|error| broken(error.to_string()));
        }
        let refused: Refused =
            serde_json::from_slice(&body).map_err(|error| broken(error.to_string()))?;
        let faults = refused.faults.into_iter().map(Fault::from);
        Err(ControlFault::Refused(faults.collect()))
    };
    let answered = answered.await;
    connection.abort();
    answered
}

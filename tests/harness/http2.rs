//! HTTP/2 over one connection.
//!
//! A task of its own drives the connection; so that it goes on while a server is
//! waited for, tests of HTTP/2 run on a multi-threaded runtime.

use http_body_util::{BodyExt as _, Full};
use hyper::body::Bytes;
use hyper::client::conn::http2::{self, SendRequest};
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::time::timeout;

use super::http1::Stream;
use super::process::LIMIT;
use super::{Request, Response};

/// A connection that is kept open.
pub(crate) struct Http2 {
    sender: SendRequest<Full<Bytes>>,
}

impl Http2 {
    pub(crate) async fn over(stream: impl Stream + 'static) -> Self {
        let stream = TokioIo::new(stream);
        let (sender, connection) = http2::handshake(TokioExecutor::new(), stream)
            .await
            .expect("the server speaks HTTP/2");
        tokio::spawn(connection);
        Self { sender }
    }

    /// Sends a request and reads its response; panics when none comes.
    pub(crate) async fn send(&mut self, request: &Request) -> Response {
        self.try_send(request).await.expect("the server answers")
    }

    /// Sends requests at once, each on a stream of its own.
    pub(crate) async fn send_all(&self, requests: &[Request]) -> Vec<Response> {
        let mut exchanges = tokio::task::JoinSet::new();
        for request in requests {
            let (sender, request) = (self.sender.clone(), request.clone());
            exchanges.spawn(async move { Self { sender }.send(&request).await });
        }
        exchanges.join_all().await
    }

    /// Sends a request; an error when the stream or the connection ends instead
    /// of an answer.
    pub(crate) async fn try_send(&mut self, request: &Request) -> hyper::Result<Response> {
        let authority = request.authority.as_deref().expect("HTTP/2 needs one");
        let mut builder = hyper::Request::builder()
            .method(request.method.as_str())
            .uri(format!("https://{authority}{}", request.target));
        for (name, value) in &request.headers {
            builder = builder.header(name, value);
        }
        let body = Full::new(Bytes::from(request.body.clone()));
        let request = builder.body(body).expect("a request HTTP/2 can carry");
        let exchange = async {
            let response = self.sender.send_request(request).await?;
            let (head, body) = response.into_parts();
            let headers = head.headers.iter();
            Ok(Response {
                status: head.status.as_u16(),
                headers: headers
                    .map(|(name, value)| {
                        let value = value.to_str().expect("a header is ASCII");
                        (name.as_str().to_owned(), value.to_owned())
                    })
                    .collect(),
                body: body.collect().await?.to_bytes().to_vec(),
            })
        };
        timeout(LIMIT, exchange).await.expect("an answer in time")
    }
}

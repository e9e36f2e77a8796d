//! HTTP/1.1 written by hand: a test decides over every byte, and sees whether
//! the server closes the connection.

use std::io;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::time::timeout;

use super::process::LIMIT;
use super::{Request, Response};

/// What a connection runs over.
pub(crate) trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send> Stream for T {}

/// A connection that is kept open.
pub(crate) struct Http1 {
    stream: Box<dyn Stream>,
    received: Vec<u8>,
}

impl Http1 {
    pub(crate) fn over(stream: impl Stream + 'static) -> Self {
        Self {
            stream: Box::new(stream),
            received: Vec::new(),
        }
    }

    /// Sends a request and reads its response; panics when none comes.
    pub(crate) async fn send(&mut self, request: &Request) -> Response {
        self.write(&request.to_http1())
            .await
            .expect("the server reads");
        let response = self.read_response(request.method == "HEAD").await;
        response.expect("the server answers")
    }

    /// Sends bytes as they are.
    pub(crate) async fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        timeout(LIMIT, async {
            self.stream.write_all(bytes).await?;
            self.stream.flush().await
        })
        .await
        .expect("the server reads in time")
    }

    /// Reads the next response, an interim one (100) included; `None` when the
    /// server closes the connection instead.
    pub(crate) async fn read_response(&mut self, without_body: bool) -> Option<Response> {
        timeout(LIMIT, self.try_read_response(without_body))
            .await
            .expect("the server answers or closes in time")
            .ok()
    }

    /// True when what comes back, if anything, begins like HTTP.
    pub(crate) async fn answers_http(&mut self) -> bool {
        let filled = timeout(LIMIT, self.fill()).await;
        filled.expect("an answer or an end in time").is_ok() && self.received.starts_with(b"HTTP")
    }

    /// True when the server closes the connection without another byte.
    pub(crate) async fn closes(&mut self) -> bool {
        assert!(self.received.is_empty(), "there is more to read");
        matches!(timeout(LIMIT, self.fill()).await, Ok(Err(_)))
    }

    async fn try_read_response(&mut self, without_body: bool) -> io::Result<Response> {
        let end = loop {
            let end = self
                .received
                .windows(4)
                .position(|part| part == b"\r\n\r\n");
            match end {
                Some(end) => break end,
                None => self.fill().await?,
            }
        };
        let head: Vec<u8> = self.received.drain(..end + 4).collect();
        let mut response = parse_head(&String::from_utf8(head).expect("a head is ASCII"));
        let length = response.header("content-length").map(str::parse::<usize>);
        if response.status >= 200 && !without_body {
            let length = length.expect("Content-Length").expect("a number");
            while self.received.len() < length {
                self.fill().await?;
            }
            response.body = self.received.drain(..length).collect();
        }
        Ok(response)
    }

    async fn fill(&mut self) -> io::Result<()> {
        let mut chunk = [0; 8192];
        let count = self.stream.read(&mut chunk).await?;
        if count == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        self.received.extend_from_slice(&chunk[..count]);
        Ok(())
    }
}

fn parse_head(head: &str) -> Response {
    let mut lines = head.trim_end().split("\r\n");
    let status = lines.next().expect("a status line");
    let mut words = status.split(' ');
    let version = words.next().expect("a version");
    assert!(["HTTP/1.1", "HTTP/1.0"].contains(&version), "{status}");
    let code = words.next().expect("a status code");
    Response {
        status: code.parse().expect("a status code"),
        headers: lines
            .map(|line| line.split_once(':').expect("a header"))
            .map(|(name, value)| (name.to_owned(), value.trim().to_owned()))
            .collect(),
        body: Vec::new(),
    }
}

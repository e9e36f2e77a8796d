//! Upstreams, secrets and metrics of a native test.

use super::call;

pub(crate) mod secrets {
    use super::call;
    use crate::secrets::SecretError;

    pub(crate) fn reveal(name: &str) -> Result<Vec<u8>, SecretError> {
        call("secrets.reveal", |state| {
            let secret = state.secrets.get(name).cloned();
            secret.ok_or(SecretError::NoSuchSecret)
        })
    }

    pub(crate) fn keep(name: &str, value: Option<&[u8]>) -> Result<(), SecretError> {
        call("secrets.keep", |state| {
            match value {
                Some(value) => state.secrets.insert(name.to_owned(), value.to_vec()),
                None => state.secrets.remove(name),
            };
            Ok(())
        })
    }
}

pub(crate) mod http {
    use super::call;
    use crate::http::{HttpError, Request, Response};

    pub(crate) fn send(request: &Request) -> Result<Response, HttpError> {
        let upstream = call("http.send", |state| {
            state.upstreams.get(&request.upstream).cloned()
        });
        upstream.ok_or(HttpError::NoSuchUpstream)?(request)
    }
}

pub(crate) mod streams {
    use super::call;
    use crate::streams::StreamError;
    use std::cell::RefCell;

    /// What the other end has to say to what it has read; `None` when it hangs up.
    pub(crate) type Peer = std::rc::Rc<dyn Fn(&[u8]) -> Option<Vec<u8>>>;

    pub(crate) struct Connection {
        peer: Peer,
        used: bool,
        incoming: RefCell<Vec<u8>>,
        ended: RefCell<bool>,
        upstream: String,
    }

    impl std::fmt::Debug for Connection {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.debug_struct("Connection").finish_non_exhaustive()
        }
    }

    impl Connection {
        pub(crate) fn open(upstream: &str, fresh: bool) -> Result<Self, StreamError> {
            call("streams.connection.open", |state| {
                let peer = state.peers.get(upstream).cloned();
                let kept = state.kept.entry(upstream.to_owned()).or_default();
                let used = !fresh && *kept > 0;
                if used {
                    *kept -= 1;
                }
                Ok(Self {
                    peer: peer.ok_or(StreamError::NoSuchUpstream)?,
                    used,
                    incoming: RefCell::default(),
                    ended: RefCell::new(false),
                    upstream: upstream.to_owned(),
                })
            })
        }

        pub(crate) fn is_used(&self) -> bool {
            self.used
        }

        #[expect(clippy::unnecessary_wraps, reason = "what the host's may return")]
        pub(crate) fn write(&self, bytes: &[u8]) -> Result<(), StreamError> {
            call("streams.connection.write", |_| ());
            match (self.peer)(bytes) {
                Some(answer) => self.incoming.borrow_mut().extend(answer),
                None => *self.ended.borrow_mut() = true,
            }
            Ok(())
        }

        pub(crate) fn read(&self, count: u32) -> Result<Vec<u8>, StreamError> {
            call("streams.connection.read", |_| ());
            let count = usize::try_from(count).unwrap_or(usize::MAX);
            let mut incoming = self.incoming.borrow_mut();
            if incoming.len() < count {
                let ended = *self.ended.borrow();
                return Err(if ended {
                    StreamError::Closed
                } else {
                    StreamError::Deadline
                });
            }
            Ok(incoming.drain(..count).collect())
        }

        pub(crate) fn keep(connection: Self) {
            call("streams.connection.keep", |state| {
                *state.kept.entry(connection.upstream).or_default() += 1;
            });
        }
    }
}

pub(crate) mod metrics {
    use super::call;

    pub(crate) fn count(name: &str, by: u64) {
        call("metrics.count", |state| {
            *state.counts.entry(name.to_owned()).or_default() += by;
        });
    }

    pub(crate) fn observe(_: &str, _: u64) {
        call("metrics.observe", |_| ());
    }
}

//! What no client does: handles that are kept, left and hoarded.

use std::cell::RefCell;

use wasip2::http::outgoing_handler::handle;
use wasip2::http::types::{
    ErrorCode, Fields, FutureIncomingResponse, IncomingBody, IncomingResponse, Method,
    OutgoingRequest, Scheme,
};
use wasip2::io::streams::{InputStream, StreamError};

/// What an instance keeps of earlier calls.
#[derive(Default)]
pub(crate) struct Held {
    answer: RefCell<Option<(InputStream, IncomingBody)>>,
    left: RefCell<Option<FutureIncomingResponse>>,
}

impl Held {
    pub(crate) fn try_it(&self, what: &str) -> u32 {
        match what {
            "keeps-answer" => {
                let body = awaited(sent("/ok")).unwrap().consume().unwrap();
                let stream = body.stream().unwrap();
                *self.answer.borrow_mut() = Some((stream, body));
                200
            }
            "reads-kept" => match self.answer.borrow_mut().take() {
                Some((stream, body)) => {
                    let code = read(&stream);
                    drop(stream);
                    drop(body);
                    code
                }
                None => 97,
            },
            "leaves-request" => {
                *self.left.borrow_mut() = Some(sent("/wrong/never"));
                200
            }
            "awaits-left" => match self.left.borrow_mut().take() {
                Some(left) => awaited(left).map_or_else(|error| crate::code(&error), |_| 200),
                None => 97,
            },
            "many-at-once" => {
                let sent: Vec<_> = (0..40).map(|_| sent("/ok")).collect();
                let mut answers = sent.into_iter().map(awaited);
                if answers.all(|answer| answer.is_ok_and(|it| it.status() == 200)) {
                    200
                } else {
                    96
                }
            }
            "hoards-headers" => {
                let mut hoard = Vec::new();
                loop {
                    let fields = Fields::new();
                    fields.append("x-a", &[b'a'; 16 << 10]).unwrap();
                    hoard.push(fields);
                }
            }
            "one-long-header" => {
                let fields = Fields::new();
                loop {
                    fields.append("x-a", &[b'a'; 4 << 10]).unwrap();
                }
            }
            "hoards-requests" => {
                let mut hoard = Vec::new();
                loop {
                    hoard.push(sent("/wrong/never"));
                }
            }
            "long-texts" => {
                let request = OutgoingRequest::new(Fields::new());
                let long = "a".repeat(8 << 10);
                let method = request.set_method(&Method::Other(long.clone()));
                let authority = request.set_authority(Some(&long));
                let path = request.set_path_with_query(Some(&format!("/{long}")));
                if (method, authority, path) == (Err(()), Err(()), Err(())) {
                    200
                } else {
                    95
                }
            }
            "waits-for-ever" => {
                let request = OutgoingRequest::new(Fields::new());
                let body = request.body().unwrap();
                let stream = body.write().unwrap();
                while let Ok(1..) = stream.check_write() {
                    stream.write(b"a").unwrap();
                }
                // Nobody takes it: the request is not sent.
                stream.subscribe().block();
                94
            }
            _ => 0,
        }
    }
}

fn sent(path: &str) -> FutureIncomingResponse {
    let request = OutgoingRequest::new(Fields::new());
    request.set_scheme(Some(&Scheme::Http)).unwrap();
    request.set_authority(Some("one")).unwrap();
    request.set_path_with_query(Some(path)).unwrap();
    handle(request, None).unwrap()
}

fn awaited(answer: FutureIncomingResponse) -> Result<IncomingResponse, ErrorCode> {
    answer.subscribe().block();
    answer.get().unwrap().unwrap()
}

fn read(stream: &InputStream) -> u32 {
    match stream.blocking_read(1024) {
        Ok(_) => 200,
        Err(StreamError::Closed) => 11,
        Err(StreamError::LastOperationFailed(_)) => 12,
    }
}

//! The path of a request, in the order of checks of the requirements catalogue:
//! the first failure answers (XKS-110).

use std::pin::pin;
use std::time::{Duration, Instant, SystemTime};

use bytes::Bytes;
use claviger_audit::Ticket;
use claviger_xks::request::json_content_type;
use claviger_xks::uri::{KeyApi, XksUri};
use http_body_util::Full;
use hyper::body::{Body as _, Incoming};
use hyper::header::{ALLOW, CONNECTION, CONTENT_TYPE, HeaderValue};
use hyper::{Request, Response, StatusCode, Version};

use super::authenticate::authenticate;
use super::counters::Stage;
use super::decrypt::decrypt;
use super::encrypt::encrypt;
use super::failure::Failure;
use super::get_health_status::get_health_status;
use super::get_key_metadata::get_key_metadata;
use super::key_call::KeyCall;
use super::record::{AuditRecord, Ending};
use super::route::{NotRouted, route};
use super::{Front, body, unverified, unwind};
use crate::front::client::Client;
use crate::words::Deadline;

/// From the beginning of a request until its record has to be written: AWS KMS waits
/// little longer (XKS-134).
const WRITTEN: Duration = Duration::from_millis(245);
/// The record of an answer that was late has so long nevertheless.
const WRITTEN_LATE: Duration = Duration::from_millis(30);

/// An answer, which is always whole in memory.
pub(crate) type Answer = Response<Full<Bytes>>;

/// How a request ends.
enum Outcome {
    /// 200 with a JSON body.
    Done(Bytes),
    Failed(Failure),
    MethodNotAllowed,
}

impl From<NotRouted<'_>> for Outcome {
    fn from(not_routed: NotRouted<'_>) -> Self {
        match not_routed {
            NotRouted::Failure(failure) => Self::Failed(failure),
            NotRouted::Absent(_) => Self::Failed(Failure::KeyStoreAbsent),
            NotRouted::MethodNotAllowed => Self::MethodNotAllowed,
        }
    }
}

/// Serves one request, whatever it is, and records it.
pub(crate) async fn serve(front: &Front, request: Request<Incoming>, client: &Client) -> Answer {
    let started = Instant::now();
    client.begins(started);
    let mut record = AuditRecord::begin(&front.audit, &front.counters, client.address(), started);
    let version = request.version();
    let served = {
        let work = pin!(serve_recorded(front, request, client, started, &mut record));
        unwind::catch(work).await
    };
    let (outcome, whole) =
        served.unwrap_or_else(|unwind::Panicked| (Outcome::Failed(Failure::Panicked), false));
    let (mut answer, ending) = match outcome {
        Outcome::Done(body) => (json(StatusCode::OK, body), Ending::Answered),
        Outcome::Failed(failure) => (refusal(&failure), Ending::Refused(failure)),
        Outcome::MethodNotAllowed => (method_not_allowed(), Ending::MethodNotAllowed),
    };
    if let Some(written) = record.finish(answer.status().as_u16(), ending) {
        let since = Instant::now();
        let is_written = is_written(written, started).await;
        record.took(Stage::Audit, since);
        if !is_written {
            // Nobody is told what could not be recorded.
            answer = refusal(&Failure::AuditFull);
            record.not_written(answer.status().as_u16());
        }
    }
    record.answered();
    if !whole && version <= Version::HTTP_11 {
        // The rest of the body is still on its way: this connection is over.
        answer
            .headers_mut()
            .insert(CONNECTION, HeaderValue::from_static("close"));
    }
    answer
}

/// Whether the record is written before AWS KMS gives up.
async fn is_written(record: Ticket, started: Instant) -> bool {
    let deadline = (started + WRITTEN).max(Instant::now() + WRITTEN_LATE);
    let written = tokio::time::timeout_at(deadline.into(), record.written()).await;
    matches!(written, Ok(Ok(())))
}

fn refusal(failure: &Failure) -> Answer {
    let error = failure.error();
    json(error.status(), error.body(&failure.message()).into())
}

/// Second: whether the whole request was read.
async fn serve_recorded<'h>(
    front: &'h Front,
    request: Request<Incoming>,
    client: &Client,
    started: Instant,
    record: &mut AuditRecord<'h>,
) -> (Outcome, bool) {
    let (head, mut body) = request.into_parts();
    // A refused request without a body need not end the connection.
    let empty = body.is_end_stream();
    // 2, 3: URI and method.
    let (routed, xks_uri) = match route(&front.key_stores, &head.method, &head.uri) {
        Ok(routed) => routed,
        Err(not_routed) => {
            if let NotRouted::Absent(name) = not_routed {
                record.line().key_store = Some(name);
            }
            let come = unverified::come_with_the_head(&mut body).await;
            record.stranger(&head, come.as_deref().unwrap_or_default());
            let whole = empty || come.is_some();
            body::discard(body, head.version, client).await;
            return (not_routed.into(), whole);
        }
    };
    record.routed(routed.key_store, xks_uri.api());
    if let XksUri::Key {
        external_key_id, ..
    } = &xks_uri
    {
        record.line().external_key_id = Some(external_key_id.clone());
    }
    // 4: the body's cap.
    let body = match body::read(body, front.body_bytes, client).await {
        Ok(body) => body,
        Err(unread) => {
            record.stranger(&head, &[]);
            let failure = unread.discard(head.version, client).await;
            return (Outcome::Failed(failure), false);
        }
    };
    // The first request of a connection had to wait for its handshake (XKS-135).
    let budget = if client.has_authenticated() {
        front.later_deadline
    } else {
        front.deadline
    };
    // 5, 6: signature, key store, overload. Nobody takes a place in the pipeline who
    // has not proved to be AWS KMS, or has not sent the whole request.
    let now = SystemTime::now();
    let authenticated = match authenticate(&routed, &head, &body, client, now, record) {
        Ok(authenticated) => authenticated,
        Err(failure) => {
            record.stranger(&head, &body);
            return (Outcome::Failed(failure), true);
        }
    };
    let _admitted = match front.admit(&authenticated, &xks_uri, started) {
        Ok(admitted) => admitted,
        Err(failure) => return (Outcome::Failed(failure), true),
    };
    // 7 to 14.
    let deadline = Deadline::after(started, budget);
    let served = async {
        json_content_type(&head.headers)?;
        let authenticated = &authenticated;
        let (api, external_key_id) = match xks_uri {
            XksUri::Key {
                api,
                external_key_id,
                ..
            } => (api, external_key_id),
            XksUri::Health { .. } => {
                let fleet_size = front.fleet_size;
                let status = get_health_status(authenticated, fleet_size, &body, deadline, record);
                return status.await.map(Bytes::from);
            }
        };
        let call = KeyCall {
            authenticated,
            external_key_id,
            body: &body,
            deadline,
            record,
        };
        match api {
            KeyApi::GetKeyMetadata => get_key_metadata(call).await.map(Bytes::from),
            KeyApi::Encrypt => encrypt(call).await.map(Bytes::from),
            KeyApi::Decrypt => decrypt(call).await.map(Bytes::from_owner),
        }
    };
    match served.await {
        Ok(body) => (Outcome::Done(body), true),
        Err(failure) => {
            record.not_understood(&body);
            (Outcome::Failed(failure), true)
        }
    }
}

fn json(status: StatusCode, body: Bytes) -> Answer {
    let mut answer = Response::new(Full::new(body));
    *answer.status_mut() = status;
    answer
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    answer
}

fn method_not_allowed() -> Answer {
    let mut answer = Response::new(Full::default());
    *answer.status_mut() = StatusCode::METHOD_NOT_ALLOWED;
    answer
        .headers_mut()
        .insert(ALLOW, HeaderValue::from_static("POST"));
    answer
}

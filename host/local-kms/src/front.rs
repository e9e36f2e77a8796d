//! From an HTTP request to an answer.

mod headers;
mod hosts;
mod signature;

use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full, LengthLimitError, Limited};
use hyper::body::Incoming;
use hyper::header::{ALLOW, CONTENT_TYPE, HeaderValue, SERVER};
use hyper::{Method, Request, Response, StatusCode};
use tracing::info;
use uuid::Uuid;

use crate::caller::{Caller, Profiles};
use crate::exception::{Exception, ExceptionName};
use crate::input;
use crate::names::Region;
use crate::operation::Operation;
use crate::operations::{self, Answer, Call};
use crate::service::Service;

pub use headers::{PRINCIPAL, SOURCE_VPC, SOURCE_VPCE, VIA_SERVICE};
pub use hosts::Hosts;

/// The media type of requests and answers.
pub const MEDIA_TYPE: &str = "application/x-amz-json-1.1";
/// The header field that says that this is not AWS.
pub const NOT_AWS: &str = "x-claviger-local-kms";
/// What it says.
pub const NOT_AWS_VALUE: &str = "this is not AWS KMS";

/// How long a body may take to arrive.
const BODY: Duration = Duration::from_secs(10);

/// What answers requests.
pub struct Front {
    /// The service behind it.
    pub service: Arc<Service>,
    /// What the seed says of callers.
    pub profiles: Profiles,
    /// The Region of requests that are not signed.
    pub default_region: Region,
    /// The names that it is called by.
    pub hosts: Hosts,
}

impl Front {
    /// Answers a request.
    pub async fn answer(&self, request: Request<Incoming>) -> Response<Full<Bytes>> {
        let began = Instant::now();
        let request_id = Uuid::new_v4().to_string();
        if let Err(refused) = self.hosts.check(&request) {
            let exception = refused.message().unwrap_or_default();
            info!(request_id, "refused: {exception}");
            return response(Err(refused), &request_id);
        }
        if request.method() != Method::POST {
            return about_itself(&request_id);
        }
        let target = request
            .headers()
            .get("x-amz-target")
            .and_then(|target| target.to_str().ok());
        let operation = target.and_then(Operation::from_target);
        let answered = match operation {
            Some(operation) => self.perform(operation, request, &request_id).await,
            None => Err(Exception::silent(ExceptionName::UnknownOperation)),
        };
        let name = operation.map_or("unknown", Operation::name);
        let milliseconds = began.elapsed().as_millis();
        match &answered {
            Ok(_) => info!(request_id, milliseconds, "{name}"),
            Err(exception) => {
                let exception = exception.name().as_str();
                info!(request_id, milliseconds, exception, "{name}");
            }
        }
        response(answered, &request_id)
    }

    async fn perform(
        &self,
        operation: Operation,
        request: Request<Incoming>,
        request_id: &str,
    ) -> Result<Answer, Exception> {
        let (head, body) = request.into_parts();
        let signer = signature::read(&head.headers)?;
        let said = headers::identity(&head.headers)?;
        let profile = signer
            .as_ref()
            .and_then(|signer| self.profiles.get(&signer.access_key_id));
        let caller = Caller {
            identity: match profile {
                Some(profile) => said.or(profile),
                None => said,
            },
            region: match signer {
                Some(signer) => signer.region,
                None => self.default_region.clone(),
            },
        };
        let body = read_body(body).await?;
        let members = input::parse(&body)?;
        let call = Call {
            service: &self.service,
            operation,
            caller: &caller,
            request_id,
            body: &members,
        };
        operations::perform(&call).await
    }
}

async fn read_body(body: Incoming) -> Result<Bytes, Exception> {
    let whole = Limited::new(body, input::MAX_BODY_BYTES).collect();
    let serialization = |message: &str| Exception::new(ExceptionName::Serialization, message);
    match tokio::time::timeout(BODY, whole).await {
        Ok(Ok(body)) => Ok(body.to_bytes()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => Err(Exception::new(
            ExceptionName::RequestTooLarge,
            format!("The body has more than {} bytes.", input::MAX_BODY_BYTES),
        )),
        Ok(Err(_)) => Err(serialization("The body did not arrive as a whole.")),
        Err(_) => Err(serialization("The body did not arrive in time.")),
    }
}

fn response(answered: Result<Answer, Exception>, request_id: &str) -> Response<Full<Bytes>> {
    let (status, body) = match answered {
        Ok(Answer::Nothing) => (StatusCode::OK, Bytes::new()),
        Ok(Answer::Members(members)) => (StatusCode::OK, members.to_string().into()),
        Err(exception) => (exception.name().status(), exception.body().into()),
    };
    with_headers(status, MEDIA_TYPE, body, request_id)
}

/// What somebody reads who opens the address in a browser.
fn about_itself(request_id: &str) -> Response<Full<Bytes>> {
    let text = "claviger local-kms: the AWS KMS API on this machine, for development.\n\
                This is not AWS KMS. Send POST requests with X-Amz-Target.\n";
    let text = Bytes::from_static(text.as_bytes());
    let status = StatusCode::METHOD_NOT_ALLOWED;
    let mut response = with_headers(status, "text/plain; charset=utf-8", text, request_id);
    response
        .headers_mut()
        .insert(ALLOW, HeaderValue::from_static("POST"));
    response
}

fn with_headers(
    status: StatusCode,
    media_type: &'static str,
    body: Bytes,
    request_id: &str,
) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(body));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(media_type));
    headers.insert(SERVER, HeaderValue::from_static("claviger-local-kms"));
    headers.insert(NOT_AWS, HeaderValue::from_static(NOT_AWS_VALUE));
    if let Ok(request_id) = HeaderValue::from_str(request_id) {
        headers.insert("x-amzn-requestid", request_id);
    }
    response
}

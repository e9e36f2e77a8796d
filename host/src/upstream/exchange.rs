//! One request to an upstream and its answer, over whichever of its addresses answers.

use std::error::Error as _;
use std::time::{Duration, Instant};

use bytes::Bytes;
use http_body_util::Full;
use hyper::{StatusCode, Uri};
use tokio::time::timeout_at;
use tracing::warn;

use super::dial::DialFault;
use super::{Answer, Request, Upstream, UpstreamFault};
use crate::words::Deadline;

/// Whether an address says that it cannot serve, while another one may: any fault of the
/// server's own. A standby of OpenBao that finds no active node says 500.
fn cannot_serve(status: u16) -> bool {
    (500..600).contains(&status) && status != StatusCode::NOT_IMPLEMENTED.as_u16()
}

impl Upstream {
    /// Sends a request that was checked. An address that cannot be reached was not
    /// asked, so the next one is; one that does not answer, or answers with a fault of its
    /// own, only if the request may be repeated.
    pub(super) async fn exchange(
        &self,
        request: &Request,
        deadline: Deadline,
    ) -> Result<Answer, UpstreamFault> {
        let body = Bytes::copy_from_slice(&request.body);
        let addresses = self.order.addresses(Instant::now());
        let mut left = addresses.len();
        let mut outcome = Err(UpstreamFault::Deadline);
        for index in addresses {
            left -= 1;
            let now = Instant::now();
            let Some(remaining) = deadline.remaining(now) else {
                break;
            };
            let mut patience = remaining.min(self.limits.answer);
            if request.repeatable && left > 0 {
                // Somebody else may be quicker.
                patience = patience.min(remaining / 2);
            }
            let ends = Deadline::after(now, patience);
            outcome = self.exchange_with(index, request, body.clone(), ends).await;
            let others_may_do_better = match &outcome {
                Ok(answer) => {
                    let cannot = cannot_serve(answer.status);
                    if cannot {
                        self.order.failed(index, Instant::now());
                    } else {
                        self.order.answered(index);
                    }
                    cannot && request.repeatable
                }
                Err(UpstreamFault::Unreachable(_)) => {
                    self.order.failed(index, Instant::now());
                    true
                }
                Err(UpstreamFault::Deadline | UpstreamFault::Broken(_)) => {
                    self.order.failed(index, Instant::now());
                    request.repeatable
                }
                Err(_) => false,
            };
            if !others_may_do_better {
                break;
            }
        }
        outcome
    }

    async fn exchange_with(
        &self,
        index: usize,
        request: &Request,
        body: Bytes,
        ends: Deadline,
    ) -> Result<Answer, UpstreamFault> {
        const NOT_A_URI: UpstreamFault = UpstreamFault::Denied("the path is not that of a URI");
        let origin = self.dial.origins.get(index).ok_or(NOT_A_URI)?;
        // TLS is the connector's business.
        let uri = Uri::builder()
            .scheme("http")
            .authority(origin.to_string())
            .path_and_query(&*request.path)
            .build();
        let mut message = hyper::Request::new(Full::new(body));
        *message.method_mut() = request.method.clone();
        *message.uri_mut() = uri.map_err(|_| NOT_A_URI)?;
        let headers = message.headers_mut();
        headers.extend(request.headers.clone());
        // The operator's word is the last.
        for (name, value) in &self.headers {
            headers.insert(name, value.clone());
        }
        let answer = async {
            let response = self.client.request(message).await;
            let response = response.map_err(|error| self.fault(&error))?;
            Answer::read(response, self.limits.answer_bytes).await
        };
        let answer = timeout_at(ends.as_tokio(), answer).await;
        answer.unwrap_or_else(|_| {
            self.say(&format!("no answer of {origin} in time"));
            Err(UpstreamFault::Deadline)
        })
    }

    /// What the plugin is told; the operator is told more.
    fn fault(&self, error: &hyper_util::client::legacy::Error) -> UpstreamFault {
        let mut cause = error.source();
        while let Some(error) = cause {
            if let Some(fault) = error.downcast_ref::<DialFault>() {
                self.say(&fault.to_string());
                return UpstreamFault::Unreachable(fault.told());
            }
            if let Some(error) = error.downcast_ref::<hyper::Error>() {
                let fault = if error.is_parse() || error.is_parse_too_large() {
                    UpstreamFault::Broken("what came is not HTTP")
                } else {
                    UpstreamFault::Broken("the connection ended before the answer")
                };
                self.say(&fault.to_string());
                return fault;
            }
            cause = error.source();
        }
        self.say("the request could not be sent");
        UpstreamFault::Broken("the connection ended before the answer")
    }

    /// A line for the operator, now and then.
    pub(super) fn say(&self, what: &str) {
        if let Some(withheld) = self.lines.admit(Instant::now()) {
            warn!(upstream = &*self.name, withheld, "{what}");
        }
    }
}

/// What is left of a call when an upstream does not answer, so that the plugin can say
/// so.
pub(crate) const REST: Duration = Duration::from_millis(5);

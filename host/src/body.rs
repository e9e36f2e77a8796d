//! Step 4 of the order of checks: a bounded body, before anybody is
//! authenticated (XKS-131).

use std::time::Duration;

use claviger_xks::error::XksError;
use http_body_util::{BodyExt as _, Limited};
use hyper::body::{Body as _, Incoming};

use crate::failure::Failure;

/// How long the body may take. Beyond KMS's own 250 ms nobody waits for the
/// answer any more (XKS-137).
const READ: Duration = Duration::from_secs(1);

/// The raw bytes of the body, at most `cap`.
pub(crate) async fn read(body: Incoming, cap: usize) -> Result<Vec<u8>, Failure> {
    let too_large = || Failure::new(XksError::UnsupportedOperation, "the body is beyond the cap");
    // A body that says how large it is need not be read to be refused.
    let announced = usize::try_from(body.size_hint().lower()).unwrap_or(usize::MAX);
    if announced > cap {
        return Err(too_large());
    }
    let collected = tokio::time::timeout(READ, Limited::new(body, cap).collect()).await;
    match collected {
        Ok(Ok(collected)) => Ok(collected.to_bytes().into()),
        Ok(Err(error)) if error.is::<http_body_util::LengthLimitError>() => Err(too_large()),
        Ok(Err(_)) => Err(Failure::new(XksError::Validation, "the body was cut off")),
        Err(_) => Err(Failure::new(
            XksError::DependencyTimeout,
            "the body did not arrive within a second",
        )),
    }
}

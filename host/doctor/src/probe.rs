//! The checks that talk to the proxy: N, T, H, A, P, M and E.

use crate::findings::Findings;
use crate::target::Target;

/// Makes them all, in the order of the catalogue.
#[expect(clippy::unused_async, reason = "no check is there yet")]
pub async fn probe(_target: &Target, _findings: &mut Findings) {}

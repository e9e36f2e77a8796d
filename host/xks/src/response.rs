//! The answers to the four APIs, in compact JSON.

mod decrypt;
mod encrypt;
mod health_status;
mod key_metadata;

pub use decrypt::DecryptResponse;
pub use encrypt::EncryptResponse;
pub use health_status::{
    EkmFleetDetail, HealthStatus, HealthStatusResponse, HealthStatusResponseFault,
};
pub use key_metadata::{KeyMetadataResponse, KeyStatus};

use serde::Serialize;

/// The media type of every answer with a body, errors included (XKS-024).
pub const CONTENT_TYPE: &str = "application/json";

#[expect(
    clippy::expect_used,
    reason = "strings, numbers and lists of them can always be written"
)]
fn to_json(response: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(response).expect("a response can be written")
}

//! `SigV4`: XKS-025 to XKS-042. The signer is not the host's; `botocore.rs` checks
//! it against one that is neither's.

use crate::harness::{Call, Request, Server, assert_xks_error};

mod botocore;
mod header;
mod http2;
mod scope_and_time;
mod signed_headers;

/// Sends a request that must not be authenticated.
async fn refuse(server: &Server, request: impl Into<Request>) {
    let response = server.send(request).await;
    assert_xks_error(&response, 401, "AuthenticationFailedException");
}

/// A call that succeeds when it is signed well.
fn good_call(server: &Server) -> Call {
    server.store.metadata(server.keys().usable)
}

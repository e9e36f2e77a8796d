//! What the tests stand on: a server in a folder of its own, and clients that
//! use none of its source.

pub(crate) mod botocore;
pub(crate) mod calls;
pub(crate) mod certificates;
pub(crate) mod curl;
pub(crate) mod demo;
pub(crate) mod deployment;
pub(crate) mod folder;
pub(crate) mod forbidden;
pub(crate) mod guests;
pub(crate) mod guide;
pub(crate) mod hsm;
pub(crate) mod http1;
pub(crate) mod http2;
pub(crate) mod kmip;
pub(crate) mod openbao;
pub(crate) mod process;
pub(crate) mod request;
pub(crate) mod response;
pub(crate) mod server;
mod settings;
pub(crate) mod signer;
pub(crate) mod simulator;
pub(crate) mod tls;
pub(crate) mod transcript;

pub(crate) use calls::{Call, KeyStore, base64, from_base64, hex, plaintext};
pub(crate) use deployment::Deployment;
pub(crate) use folder::{Folder, text};
pub(crate) use request::Request;
pub(crate) use response::{Response, assert_xks_error};
pub(crate) use server::Server;
pub(crate) use signer::{Credential, Signer};

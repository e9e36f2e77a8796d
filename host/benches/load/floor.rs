//! The native floor: what a server costs that does the same and runs no
//! plugins.
//!
//! The same HTTP, TLS, signature verification, request and response types and
//! AES-GCM as in the host, in the simplest server they can be put into. It has
//! one key, made at its start, and no policies, audit records, limits, time-outs
//! or health checks.

use std::convert::Infallible;
use std::net::Ipv4Addr;
use std::path::Path;
use std::sync::Arc;
use std::time::SystemTime;

use aws_lc_rs::constant_time::verify_slices_are_equal;
use bytes::Bytes;
use claviger_xks::credential::Credential;
use claviger_xks::framing::CiphertextMetadata;
use claviger_xks::integrity::integrity_value;
use claviger_xks::request::{
    DecryptRequest, EncryptRequest, GetHealthStatusRequest, GetKeyMetadataRequest,
    json_content_type,
};
use claviger_xks::response::{DecryptResponse, EncryptResponse, KeyMetadataResponse, KeyStatus};
use claviger_xks::sigv4::{Credentials, UnauthenticatedRequest, authenticate};
use claviger_xks::uri::{KeyApi, XksUri};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::header::{CONTENT_TYPE, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use zeroize::Zeroizing;

use crate::key_store;
use crate::native_aes_gcm::{NativeKey, Sealed};
use crate::tls;

/// As long as the host's report of one software key manager.
const HEALTH: &str = r#"{"xksProxyFleetSize":1,"xksProxyVendor":"Claviger","xksProxyModel":"Claviger 0.1.0","ekmVendor":"Claviger","ekmFleetDetails":[{"id":"software","model":"backend-software 0.1.0","healthStatus":"ACTIVE"}]}"#;

/// Serves until it is killed, with the certificate and the credential of a
/// state folder.
pub(crate) fn serve(state_folder: &Path) {
    let configuration = state_folder.join("claviger.toml");
    let credential = key_store::first_credential(&configuration);
    let tls = TlsAcceptor::from(tls::server_config(state_folder));
    let floor = Arc::new(Floor::new(credential));
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .expect("a runtime starts");
    runtime.block_on(async {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
            .await
            .expect("a port is free");
        eprintln!(
            "listening on {}",
            listener.local_addr().expect("it is bound")
        );
        loop {
            let (stream, _) = listener.accept().await.expect("a connection");
            let (tls, floor) = (tls.clone(), Arc::clone(&floor));
            tokio::spawn(async move {
                stream.set_nodelay(true).expect("a TCP option");
                let stream = tls.accept(stream).await.expect("a TLS handshake");
                let service = service_fn(move |request| answer(Arc::clone(&floor), request));
                // The load generator hangs up in the middle of it all.
                let _ = http1::Builder::new()
                    .serve_connection(TokioIo::new(stream), service)
                    .await;
            });
        }
    });
}

struct Floor {
    credentials: Credentials,
    key: NativeKey,
    metadata: CiphertextMetadata,
}

async fn answer(
    floor: Arc<Floor>,
    request: Request<Incoming>,
) -> Result<Response<Full<Bytes>>, Infallible> {
    let (head, body) = request.into_parts();
    let body = body.collect().await.expect("a whole body").to_bytes();
    let path = head.uri.path_and_query().map_or("", |path| path.as_str());
    let uri = XksUri::parse(path).expect("a URI of the API");
    let request = UnauthenticatedRequest {
        method: &head.method,
        path: head.uri.path(),
        authority: None,
        headers: &head.headers,
        body: &body,
    };
    authenticate(&request, &floor.credentials, SystemTime::now()).expect("a good signature");
    json_content_type(&head.headers).expect("a body of JSON");
    let body = match uri {
        XksUri::Key {
            api: KeyApi::Encrypt,
            ..
        } => floor.encrypt(&body).into(),
        XksUri::Key {
            api: KeyApi::Decrypt,
            ..
        } => Bytes::from_owner(floor.decrypt(&body)),
        XksUri::Key {
            api: KeyApi::GetKeyMetadata,
            ..
        } => {
            GetKeyMetadataRequest::parse(&body).expect("a good request");
            let usage = ["ENCRYPT", "DECRYPT"];
            KeyMetadataResponse::new("AES_256", usage, KeyStatus::Enabled)
                .to_json()
                .into()
        }
        XksUri::Health { .. } => {
            GetHealthStatusRequest::parse(&body).expect("a good request");
            Bytes::from_static(HEALTH.as_bytes())
        }
    };
    let mut response = Response::new(Full::new(body));
    response
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    Ok(response)
}

impl Floor {
    fn new(credential: Credential) -> Self {
        Self {
            credentials: Credentials::new([credential]).expect("one credential"),
            key: NativeKey::generate(),
            // A key version, as the software backend's.
            metadata: CiphertextMetadata::new(&[0, 0, 0, 1]).expect("at most 19 bytes"),
        }
    }

    fn encrypt(&self, body: &[u8]) -> Vec<u8> {
        let mut request = EncryptRequest::parse(body).expect("a good request");
        let aad = &request.additional_authenticated_data;
        let plaintext = request
            .integrity_value_wanted
            .then(|| request.plaintext.clone());
        let sealed = self.key.seal(aad, &self.metadata, &mut request.plaintext);
        let ciphertext = std::mem::take(&mut *request.plaintext);
        let value = plaintext.map(|plaintext| {
            let value = integrity_value(
                aad.as_bytes(),
                self.metadata.as_bytes(),
                &sealed.initialization_vector,
                &ciphertext,
                &sealed.authentication_tag,
            );
            let again = self
                .key
                .open(aad, &self.metadata, ciphertext.clone(), &sealed);
            verify_slices_are_equal(&again, &plaintext).expect("the same plaintext");
            value
        });
        let response = EncryptResponse {
            ciphertext: &ciphertext,
            ciphertext_metadata: &self.metadata,
            initialization_vector: &sealed.initialization_vector,
            authentication_tag: &sealed.authentication_tag,
            ciphertext_data_integrity_value: value.as_ref(),
        };
        response.to_json()
    }

    fn decrypt(&self, body: &[u8]) -> Zeroizing<Vec<u8>> {
        let request = DecryptRequest::parse(body).expect("a good request");
        let vector = request.initialization_vector.as_slice().try_into();
        let tag = request.authentication_tag.as_slice().try_into();
        let sealed = Sealed {
            initialization_vector: vector.expect("12 bytes"),
            authentication_tag: tag.expect("16 bytes"),
        };
        let aad = &request.additional_authenticated_data;
        let plaintext = self.key.open(
            aad,
            &request.ciphertext_metadata,
            request.ciphertext,
            &sealed,
        );
        DecryptResponse {
            plaintext: &plaintext,
        }
        .to_json()
    }
}

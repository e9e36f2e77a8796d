//! Which names a request may call this service by.
//!
//! It authenticates nobody, and browsers run whatever pages they are shown. Two things
//! keep those pages away from the keys. A request that a page of another origin sends
//! has `Origin`. And a page whose name is made to resolve to this machine ("DNS
//! rebinding"), for which the browser sees one origin, sends that name as `Host`. An IP
//! address is never such a name.

use std::net::IpAddr;

use hyper::Request;
use hyper::header::{HOST, ORIGIN};
use hyper::http::uri::Authority;
use rustls::client::verify_server_name;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::server::ParsedCertificate;

use crate::exception::{Exception, ExceptionName};

/// The names, beside IP addresses and `localhost`.
#[derive(Debug, Default)]
pub struct Hosts {
    /// What `--allow-host` says.
    pub allowed: Vec<String>,
    /// The certificate that is served: whoever believes it means this service.
    pub certificate: Option<CertificateDer<'static>>,
}

impl Hosts {
    /// Refuses a request of a web page, and one that calls this service by another name.
    pub(super) fn check<B>(&self, request: &Request<B>) -> Result<(), Exception> {
        let refused = |message: String| Err(Exception::new(ExceptionName::AccessDenied, message));
        let headers = request.headers();
        if headers.contains_key(ORIGIN) {
            return refused(
                "The request has the header field Origin, as those of web pages have: local-kms \
                 does not answer them."
                    .to_owned(),
            );
        }
        let mut named = headers.get_all(HOST).iter();
        let host = named.next().and_then(|host| host.to_str().ok());
        let (Some(host), None) = (host, named.next()) else {
            return refused("The request does not have one header field Host.".to_owned());
        };
        // A target that is a whole URI has a host, too, which would count instead.
        let in_target = request.uri().authority().map(Authority::as_str);
        for name in [Some(host), in_target].into_iter().flatten() {
            let authority: Option<Authority> = name.parse().ok();
            if !authority.is_some_and(|authority| self.is_ours(authority.host())) {
                let shown: String = name.chars().take(SHOWN).collect();
                return refused(format!(
                    "The request is for the host '{shown}', which may be a web page's name. Start \
                     local-kms with --allow-host NAME if it is a name of this service."
                ));
            }
        }
        Ok(())
    }

    fn is_ours(&self, host: &str) -> bool {
        let host = host.strip_suffix('.').unwrap_or(host);
        let bare = host
            .strip_prefix('[')
            .and_then(|host| host.strip_suffix(']'))
            .unwrap_or(host);
        bare.parse::<IpAddr>().is_ok()
            || host.eq_ignore_ascii_case("localhost")
            || self
                .allowed
                .iter()
                .any(|name| host.eq_ignore_ascii_case(name))
            || self.is_certified(host)
    }

    fn is_certified(&self, host: &str) -> bool {
        let certificate = self.certificate.as_ref();
        let certificate = certificate.and_then(|one| ParsedCertificate::try_from(one).ok());
        let (Some(certificate), Ok(host)) = (certificate, ServerName::try_from(host)) else {
            return false;
        };
        verify_server_name(&certificate, &host).is_ok()
    }
}

/// How much of a host is repeated, in characters.
const SHOWN: usize = 128;

#[cfg(test)]
mod tests {
    use super::*;

    fn hosts() -> Hosts {
        let names = ["kms.example.com".to_owned(), "*.kms.example.com".to_owned()];
        let made = rcgen::generate_simple_self_signed(names).unwrap();
        Hosts {
            allowed: vec!["kms".to_owned()],
            certificate: Some(made.cert.into()),
        }
    }

    fn is_taken(uri: &str, headers: &[(&str, &str)]) -> bool {
        let mut request = Request::builder().method("POST").uri(uri);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let checked = hosts().check(&request.body(()).unwrap());
        checked.is_ok()
    }

    #[test]
    fn addresses_localhost_and_names_of_this_service_are_taken() {
        for host in [
            "localhost",
            "LOCALHOST:4566",
            "127.0.0.1:4566",
            "[::1]:4566",
            "192.0.2.1",
            "kms:4566",
            "KMS.",
            "kms.example.com",
            "a.kms.example.com:443",
        ] {
            assert!(is_taken("/", &[("host", host)]), "{host}");
        }
    }

    #[test]
    fn names_that_a_web_page_can_have_are_refused() {
        for host in [
            "rebound.example.org",
            "localhost.example.org",
            "127.0.0.1.example.org",
            "a.b.kms.example.com",
            "user@localhost.example.org",
            "",
        ] {
            assert!(!is_taken("/", &[("host", host)]), "{host}");
        }
        assert!(!is_taken("/", &[]));
        assert!(!is_taken("/", &[("host", "localhost"), ("host", "a.org")]));
        assert!(!is_taken("http://a.org/", &[("host", "localhost")]));
    }

    #[test]
    fn requests_of_web_pages_are_refused() {
        for origin in ["https://example.org", "http://localhost:4566", "null"] {
            let headers = [("host", "localhost"), ("origin", origin)];
            assert!(!is_taken("/", &headers), "{origin}");
        }
    }
}

//! What is asked of an upstream, checked.

use claviger_config::{Header, HeaderName as Allowed, PathPrefix, Upstream as Configured};
use claviger_settings::Fault;
use hyper::HeaderMap;
use hyper::header::{HeaderName, HeaderValue};
use zeroize::Zeroizing;

use super::UpstreamFault;

/// Headers of a plugin's request.
const HEADERS: usize = 32;
/// All of them together, in bytes.
const HEADER_BYTES: usize = 16 << 10;
/// The longest body, in bytes.
pub(crate) const BODY: usize = 1 << 20;
/// The longest path with its query, in bytes.
const PATH: usize = 4096;

/// The methods that a plugin can use.
pub(crate) type Method = hyper::Method;

/// A request of a plugin.
pub(crate) struct Request {
    pub(crate) method: Method,
    /// Path and query.
    pub(crate) path: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
    /// Whether it does no harm to do it twice.
    pub(crate) repeatable: bool,
    /// Secrets in its headers, which no answer may repeat.
    pub(crate) secrets: Vec<Zeroizing<Vec<u8>>>,
}

impl Request {
    /// Whether it keeps the limits, and its path is below one of these.
    pub(super) fn check(&self, paths: &[PathPrefix]) -> Result<(), UpstreamFault> {
        let (path, query) = match self.path.split_once('?') {
            Some((path, query)) => (path, query),
            None => (&*self.path, ""),
        };
        // Percent signs are for what has no meaning of its own.
        let legal = |byte: u8| byte.is_ascii_graphic() && byte != b'#';
        if self.path.len() > PATH || !query.bytes().all(legal) || !PathPrefix::is_plain(path) {
            return Err(UpstreamFault::Denied(
                "the path is not in plain form, or longer than 4096 bytes",
            ));
        }
        if !paths.iter().any(|allowed| allowed.admits(path)) {
            return Err(UpstreamFault::Denied(
                "the path is not below one of the upstream's `paths`",
            ));
        }
        let sizes = self.headers.iter();
        let bytes: usize = sizes
            .map(|(name, value)| name.as_str().len() + value.len())
            .sum();
        if self.headers.len() > HEADERS || bytes > HEADER_BYTES {
            return Err(UpstreamFault::Denied(
                "more than 32 headers, or 16 KiB of them",
            ));
        }
        if self.body.len() > BODY {
            return Err(UpstreamFault::Denied("the body is longer than 1 MiB"));
        }
        Ok(())
    }
}

/// A header of a plugin's request: its value is a secret with `hidden`.
pub(crate) fn admitted_header(
    name: &str,
    value: &[u8],
    hidden: bool,
) -> Result<(HeaderName, HeaderValue), UpstreamFault> {
    const NAME: UpstreamFault =
        UpstreamFault::Denied("a header's name is not one, or that of a header that is the host's");
    const VALUE: UpstreamFault =
        UpstreamFault::Denied("a header's value has other than visible characters");
    let name: Allowed = name.parse().map_err(|_| NAME)?;
    let name = HeaderName::from_bytes(name.as_str().as_bytes()).map_err(|_| NAME)?;
    let mut value = HeaderValue::from_bytes(value).map_err(|_| VALUE)?;
    value.set_sensitive(hidden);
    Ok((name, value))
}

/// Headers, and the secrets in them.
type OfTheOperator = (HeaderMap, Vec<Zeroizing<Vec<u8>>>);

/// What every request to an upstream carries.
pub(super) fn of_the_operator(
    configured: &Configured,
    secret: impl Fn(&str) -> Option<Zeroizing<Vec<u8>>>,
) -> Result<OfTheOperator, Vec<Fault>> {
    let (mut headers, mut secrets, mut faults) = (HeaderMap::new(), Vec::new(), Vec::new());
    for (name, value) in &configured.headers {
        let (value, hidden) = match value {
            Header::Text(text) => (Zeroizing::new(text.clone().into_bytes()), false),
            Header::Secret { prefix, secret: of } => {
                // One that cannot be read has been reported.
                let Some(secret) = secret(of) else { continue };
                let mut value = Zeroizing::new(prefix.clone().into_bytes());
                value.extend_from_slice(&secret);
                secrets.push(secret);
                (value, true)
            }
        };
        match admitted_header(name.as_str(), &value, hidden) {
            Ok((name, value)) => drop(headers.insert(name, value)),
            Err(fault) => faults.push(Fault::new(
                format!("{}.headers.{}", configured.table_path, name.as_str()),
                fault.to_string(),
                "write visible characters of ASCII; a secret is one line of them",
            )),
        }
    }
    if faults.is_empty() {
        Ok((headers, secrets))
    } else {
        Err(faults)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paths(texts: &[&str]) -> Vec<PathPrefix> {
        let texts = texts.iter();
        texts
            .map(|text| PathPrefix::from_setting(text).unwrap())
            .collect()
    }

    fn allowed(path: &str, prefixes: &[&str]) -> bool {
        let request = Request {
            method: Method::GET,
            path: path.to_owned(),
            headers: HeaderMap::new(),
            body: Vec::new(),
            repeatable: true,
            secrets: Vec::new(),
        };
        request.check(&paths(prefixes)).is_ok()
    }

    #[test]
    fn a_path_is_below_an_allowed_one_however_it_is_written() {
        let prefixes = ["/v1/transit/", "/v1/auth/approle/login"];
        for path in [
            "/v1/transit/keys/demo",
            "/v1/transit/",
            "/v1/auth/approle/login",
            "/v1/auth/approle/login/",
            "/v1/transit/keys?list=true&a=%2e%2e/",
        ] {
            assert!(allowed(path, &prefixes), "{path}");
        }
        for path in [
            "",
            "v1/transit/keys",
            "/v1/transit",
            "/v1/transitions",
            "/v1/auth/approle/login2",
            "/v1/transit/../sys/seal",
            "/v1/transit/./../sys/seal",
            "/v1/transit/%2e%2e/sys/seal",
            "/v1/transit%2f..%2fsys",
            "/v1/transit//keys",
            "//v1/transit/keys",
            "/v1/transit/keys\\..\\..",
            "/v1/transit/keys;a=b",
            "/v1/transit/keys#fragment",
            "/v1/transit/keys a",
            "/v1/transit/keys?a b",
            "/v1/transit/keys?a\r\nhost: other",
            "/v1/transit/k\u{e9}y",
            "http://other/v1/transit/keys",
        ] {
            assert!(!allowed(path, &prefixes), "{path}");
        }
        assert!(allowed("/anything", &["/"]));
        assert!(!allowed(&format!("/{}", "a".repeat(4096)), &["/"]));
    }

    #[test]
    fn headers_of_the_connection_are_the_hosts() {
        for name in [
            "Host",
            "content-length",
            "Transfer-Encoding",
            "connection",
            "te",
            "a b",
            "",
        ] {
            assert!(admitted_header(name, b"x", false).is_err(), "{name}");
        }
        for value in [&b"a\r\nb: c"[..], b"\0", b"a\nb", b"\x7f"] {
            assert!(admitted_header("x-a", value, false).is_err());
        }
        let (name, value) = admitted_header("X-Vault-Token", b"s.1", true).unwrap();
        assert_eq!(name.as_str(), "x-vault-token");
        assert!(value.is_sensitive() && !format!("{value:?}").contains("s.1"));
    }
}

use crate::declared::Declared;
use crate::name::Name;
use crate::scalar;
use claviger_settings::{Fault, Table, Value};
use std::collections::BTreeSet;
use std::fmt;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;

mod origin;

pub use origin::{Origin, OriginFault, Scheme};

/// `[upstream.NAME]`: a server that the `http` or the `streams` capability can be granted
/// on. A plugin names it and sees nothing of this.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Upstream {
    /// Its addresses, 1 to 8, in the order in which they are tried; all of one kind.
    pub origins: Vec<Origin>,
    /// PEM: the roots of its certificate; those of the operating system without.
    pub ca: Option<PathBuf>,
    /// How the host shows who it is.
    pub client: Option<ClientIdentity>,
    /// Requests under way at once, for each key store: 1 to 1024.
    pub connections: usize,
    /// Requests that may wait for one of those, for each key store: 0 to 65,536.
    pub queue: usize,
    /// How long a connection may take to come to be: 10 ms to 10 s.
    pub connect: Duration,
    /// How long an answer may take: 10 ms to 60 s. The deadline of a request of AWS KMS
    /// ends it earlier.
    pub answer: Duration,
    /// How long a connection is kept that nobody uses: 1 s to 1 h.
    pub idle: Duration,
    /// The longest answer: 1 KiB to 4 MiB.
    pub answer_bytes: usize,
    /// Of `http`: where paths have to begin, at least one.
    pub paths: Vec<PathPrefix>,
    /// Of `http`: what every request carries.
    pub headers: Vec<(HeaderName, Header)>,
    /// Where this upstream stands in the configuration: `upstream.vault`.
    pub table_path: String,
}

/// A certificate and its private key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientIdentity {
    /// PEM.
    pub certificate: PathBuf,
    /// PEM, of mode 0600.
    pub private_key: PathBuf,
}

/// The value of a header that the operator sets.
#[derive(Clone, PartialEq, Eq)]
pub enum Header {
    /// As it is.
    Text(String),
    /// A `[secret.NAME]` behind a prefix such as `Bearer `.
    Secret {
        /// In front of it; may be empty.
        prefix: String,
        /// Which.
        secret: String,
    },
}

/// Texts are left out: one may be a secret in the wrong place.
impl fmt::Debug for Header {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(_) => f.write_str("Text([redacted])"),
            Self::Secret { secret, .. } => f.debug_tuple("Secret").field(secret).finish(),
        }
    }
}

/// Where a path of a request has to begin: `/v1/transit` for itself and what is below
/// it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PathPrefix(String);

impl PathPrefix {
    /// As the operator writes it.
    pub fn from_setting(text: &str) -> Option<Self> {
        (Self::is_plain(text) && text.len() <= 512).then(|| Self(text.to_owned()))
    }

    /// Whether it is this path, or above it. The path is in its plain form.
    pub fn admits(&self, path: &str) -> bool {
        let rest = path.strip_prefix(&*self.0);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/') || self.0.ends_with('/'))
    }

    /// Whether a path is in a form that everybody reads alike: segments of letters,
    /// digits and the signs of RFC 3986 that have no meaning of their own, none of them
    /// empty or of dots.
    pub fn is_plain(path: &str) -> bool {
        let Some(rest) = path.strip_prefix('/') else {
            return false;
        };
        let legal = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~!$&'()*+,=:@".contains(&byte);
        let mut segments = rest.split('/').peekable();
        while let Some(segment) = segments.next() {
            let is_last = segments.peek().is_none();
            if !segment.bytes().all(legal)
                || matches!(segment, "." | "..")
                || (segment.is_empty() && !is_last)
            {
                return false;
            }
        }
        true
    }
}

/// The name of a header that an operator or a plugin may set.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct HeaderName(String);

impl HeaderName {
    /// Those of the connection, which are the host's.
    const OF_THE_HOST: [&str; 13] = [
        "connection",
        "content-length",
        "expect",
        "host",
        "http2-settings",
        "keep-alive",
        "proxy-authenticate",
        "proxy-authorization",
        "proxy-connection",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    ];

    /// In lower case.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Not a header that may be set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a header that can be set")]
pub struct NotAHeader;

impl FromStr for HeaderName {
    type Err = NotAHeader;

    fn from_str(text: &str) -> Result<Self, NotAHeader> {
        let legal = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
        let name = text.to_ascii_lowercase();
        if !(1..=64).contains(&name.len())
            || !name.bytes().all(legal)
            || Self::OF_THE_HOST.contains(&&*name)
        {
            return Err(NotAHeader);
        }
        Ok(Self(name))
    }
}

/// Most addresses.
const ORIGINS: usize = 8;
/// Most headers that the operator sets.
const HEADERS: usize = 16;

pub(crate) fn read(table: Table<'_>, base: &Path) -> Option<Upstream> {
    let origins = read_origins(&table);
    let ca = scalar::path(&table, "ca", base);
    let client = read_client(&table, base);
    let connections = scalar::count(&table, "connections", 1..=1024, 32);
    let queue = scalar::count(&table, "queue", 0..=65_536, 1024);
    let millis =
        |key, range, default| Duration::from_millis(table.integer(key, range).unwrap_or(default));
    let connect = millis("connect_ms", 10..=10_000, 150);
    let answer = millis("answer_ms", 10..=60_000, 10_000);
    let idle = Duration::from_secs(table.integer("idle_seconds", 1..=3600).unwrap_or(60));
    let answer_kib = scalar::count(&table, "answer_kib", 1..=4096, 1024);
    let scheme = origins.as_ref().map(|origins| origins.1);
    let (paths, headers) = match scheme {
        Some(Scheme::Tls) => {
            for key in ["paths", "headers"] {
                let fix = "remove it, or write an address with https://";
                table.forbid(key, "is for HTTP only", fix);
            }
            (Some(Vec::new()), Vec::new())
        }
        _ => (read_paths(&table), read_headers(&table)),
    };
    if scheme == Some(Scheme::Http) {
        for key in ["ca", "certificate", "private_key"] {
            let fix = "remove it, or write an address with https://";
            table.forbid(key, "is for TLS only", fix);
        }
    }
    let table_path = table.path().to_owned();
    table.finish();
    Some(Upstream {
        origins: origins?.0,
        ca,
        client,
        connections,
        queue,
        connect,
        answer,
        idle,
        answer_bytes: answer_kib.saturating_mul(1024),
        paths: paths?,
        headers,
        table_path,
    })
}

fn read_origins(table: &Table<'_>) -> Option<(Vec<Origin>, Scheme)> {
    const FIX: &str = "write origins = [\"https://vault.example.com:8200\"]";
    let texts = table.require("origins", FIX).texts("origins")?;
    if !(1..=ORIGINS).contains(&texts.len()) {
        table.fault("origins", "not 1 to 8 addresses", FIX);
        return None;
    }
    let mut origins = Vec::new();
    for (index, text) in texts.iter().enumerate() {
        match text.parse::<Origin>() {
            Ok(origin) if origins.contains(&origin) => {
                table.fault_at("origins", index, "the same again", "name it once");
            }
            Ok(origin) => origins.push(origin),
            Err(fault) => table.fault_at("origins", index, fault.to_string(), fault.fix()),
        }
    }
    let scheme = origins.first()?.scheme;
    if origins.iter().any(|origin| origin.scheme != scheme) {
        let fix = "give all addresses of an upstream the same beginning";
        table.fault("origins", "addresses of several kinds", fix);
    }
    (origins.len() == texts.len()).then_some((origins, scheme))
}

/// `None` too with a fault.
fn read_client(table: &Table<'_>, base: &Path) -> Option<ClientIdentity> {
    let certificate = scalar::path(table, "certificate", base);
    let private_key = scalar::path(table, "private_key", base);
    let given = |key| table.raw(key).is_some();
    match (given("certificate"), given("private_key")) {
        (false, false) => None,
        (true, true) => Some(ClientIdentity {
            certificate: certificate?,
            private_key: private_key?,
        }),
        (has_certificate, _) => {
            let missing = if has_certificate {
                "private_key"
            } else {
                "certificate"
            };
            let fix = "name both files, or none";
            table.fault(missing, "missing beside the other one", fix);
            None
        }
    }
}

fn read_paths(table: &Table<'_>) -> Option<Vec<PathPrefix>> {
    const FIX: &str = "name what the plugin may reach: paths = [\"/v1/transit/\"]; \
                       \"/\" for everything";
    let texts = table.require("paths", FIX).texts("paths")?;
    if texts.is_empty() {
        table.fault("paths", "an empty list: no request would be allowed", FIX);
    }
    let mut paths = Vec::new();
    for (index, text) in texts.into_iter().enumerate() {
        if let Some(path) = PathPrefix::from_setting(text) {
            paths.push(path);
        } else {
            let fix = "begin with a slash, and write no query, no `%`, no `//` and no dots alone";
            table.fault_at("paths", index, "not the beginning of a path", fix);
        }
    }
    Some(paths)
}

fn read_headers(table: &Table<'_>) -> Vec<(HeaderName, Header)> {
    let Some(headers) = table.table("headers") else {
        return Vec::new();
    };
    let (mut read, mut names) = (Vec::new(), BTreeSet::new());
    for key in headers.keys() {
        let value = read_header(&headers, key);
        match key.parse::<HeaderName>() {
            Ok(name) if !names.insert(name.clone()) => {
                headers.fault(key, "the same header again", "write it once");
            }
            Ok(name) => read.extend(value.map(|value| (name, value))),
            Err(fault) => {
                let fix = "name a header that is not the connection's own";
                headers.fault(key, fault.to_string(), fix);
            }
        }
    }
    if read.len() > HEADERS {
        table.fault("headers", "more than 16", "write fewer");
    }
    headers.finish();
    read
}

fn read_header(headers: &Table<'_>, key: &str) -> Option<Header> {
    let visible =
        |text: &str| text.len() <= 1024 && text.bytes().all(|byte| matches!(byte, b' '..=b'~'));
    if let Some(Value::Object(_)) = headers.raw(key) {
        let table = headers.table(key)?;
        table.require("secret", "name one of the [secret.NAME] tables");
        let secret = table.text("secret").map(str::to_owned);
        let prefix = table.text("prefix").unwrap_or_default().to_owned();
        if !visible(&prefix) {
            table.fault(
                "prefix",
                "not visible characters",
                "write for example \"Bearer \"",
            );
        }
        table.finish();
        return Some(Header::Secret {
            prefix,
            secret: secret?,
        });
    }
    let text = headers.text(key)?;
    if !visible(text) {
        let fix = "write at most 1024 characters of ASCII";
        headers.fault(key, "not the value of a header", fix);
        return None;
    }
    Some(Header::Text(text.to_owned()))
}

/// Headers can only hold secrets that there are.
pub(crate) fn refuse_unknown_secrets<T>(
    root: &Table<'_>,
    upstreams: &Declared<Upstream>,
    secrets: &Declared<T>,
) {
    for (_, upstream) in upstreams.iter() {
        for (header, value) in &upstream.headers {
            let Header::Secret { secret, .. } = value else {
                continue;
            };
            if let Err((problem, fix)) = secrets.resolve(secret) {
                let path = format!("{}.headers.{}.secret", upstream.table_path, header.as_str());
                root.add(Fault::new(path, problem, fix));
            }
        }
    }
}

impl Upstream {
    /// What its addresses speak.
    pub fn scheme(&self) -> Scheme {
        self.origins
            .first()
            .map_or(Scheme::Https, |origin| origin.scheme)
    }

    /// The files that it is made with.
    pub fn files(&self) -> impl Iterator<Item = &Path> {
        let client = self.client.iter();
        let client = client.flat_map(|client| [&*client.certificate, &*client.private_key]);
        self.ca.iter().map(PathBuf::as_path).chain(client)
    }

    /// The secrets that its headers hold.
    pub fn secrets(&self) -> impl Iterator<Item = Name> {
        self.headers.iter().filter_map(|(_, value)| match value {
            Header::Secret { secret, .. } => secret.parse().ok(),
            Header::Text(_) => None,
        })
    }
}

/// Whether only this machine can be meant.
fn is_loopback(host: &str) -> bool {
    let address = host.trim_start_matches('[').trim_end_matches(']');
    let address = address.parse::<IpAddr>();
    host.eq_ignore_ascii_case("localhost") || address.is_ok_and(|address| address.is_loopback())
}

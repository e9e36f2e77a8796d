//! A request exactly as it goes over the wire: nothing is checked, normalised
//! or added except what HTTP framing needs.

/// A request; HTTP/1.1 sends `authority` as Host, HTTP/2 as `:authority`.
#[derive(Clone)]
pub(crate) struct Request {
    pub(crate) method: String,
    pub(crate) target: String,
    pub(crate) authority: Option<String>,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Request {
    /// The header's first value.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(other, _)| other.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }

    /// Adds a header, beside others of its name.
    pub(crate) fn add_header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Removes every header of this name.
    pub(crate) fn remove_header(mut self, name: &str) -> Self {
        self.headers
            .retain(|(other, _)| !other.eq_ignore_ascii_case(name));
        self
    }

    /// Replaces the values of this header by what `change` makes of them.
    pub(crate) fn change_header(mut self, name: &str, change: impl Fn(&str) -> String) -> Self {
        for (other, value) in &mut self.headers {
            if other.eq_ignore_ascii_case(name) {
                *value = change(value);
            }
        }
        self
    }

    /// The bytes of this request in HTTP/1.1. Content-Length is added unless the
    /// request frames its body itself.
    pub(crate) fn to_http1(&self) -> Vec<u8> {
        let mut lines = vec![format!("{} {} HTTP/1.1", self.method, self.target)];
        lines.extend(
            self.authority
                .iter()
                .map(|authority| format!("Host: {authority}")),
        );
        let headers = self.headers.iter();
        lines.extend(headers.map(|(name, value)| format!("{name}: {value}")));
        let framed = ["content-length", "transfer-encoding"];
        if framed.iter().all(|name| self.header(name).is_none()) {
            lines.push(format!("Content-Length: {}", self.body.len()));
        }
        let mut bytes = (lines.join("\r\n") + "\r\n\r\n").into_bytes();
        bytes.extend_from_slice(&self.body);
        bytes
    }
}

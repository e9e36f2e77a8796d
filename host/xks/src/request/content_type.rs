//! The media type of a request (XKS-024).

use http::header::{CONTENT_TYPE, HeaderMap};

use super::RequestFault;

/// Whether a request has one `Content-Type`, `application/json`; parameters such
/// as `charset=utf-8` are ignored (XKS-024).
pub fn json_content_type(headers: &HeaderMap) -> Result<(), RequestFault> {
    let mut fields = headers.get_all(CONTENT_TYPE).iter();
    let (Some(field), None) = (fields.next(), fields.next()) else {
        return Err(RequestFault::ContentType);
    };
    let media_type = field
        .as_bytes()
        .split(|&byte| byte == b';')
        .next()
        .unwrap_or_default();
    if media_type
        .trim_ascii()
        .eq_ignore_ascii_case(b"application/json")
    {
        Ok(())
    } else {
        Err(RequestFault::ContentType)
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn check(values: &[&'static str]) -> Result<(), RequestFault> {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(CONTENT_TYPE, HeaderValue::from_static(value));
        }
        json_content_type(&headers)
    }

    #[test]
    fn xks_024_content_type_is_application_json() {
        for good in [
            "application/json",
            "Application/JSON",
            "application/json; charset=utf-8",
            "application/json;charset=UTF-8",
            " application/json ",
        ] {
            assert_eq!(check(&[good]), Ok(()), "{good}");
        }
        for bad in [
            "",
            "text/json",
            "application/json5",
            "application/x-amz-json-1.1",
            "json",
            "a;application/json",
        ] {
            assert_eq!(check(&[bad]), Err(RequestFault::ContentType), "{bad}");
        }
        assert_eq!(check(&[]), Err(RequestFault::ContentType));
        assert_eq!(
            check(&["application/json", "application/json"]),
            Err(RequestFault::ContentType)
        );
    }
}

//! What the API model allows of a member.

use claviger_xks_client::target::{Endpoint, EndpointFault, UriPath, UriPathFault};

/// A regular expression.
#[derive(Debug, Clone, Copy)]
pub struct Pattern {
    /// As AWS writes it.
    pub pattern: &'static str,
    /// Whether a string matches it.
    pub matches: fn(&str) -> bool,
}

/// What a string has to be like.
#[derive(Debug, Clone, Copy)]
pub struct Text {
    /// The fewest and the most characters.
    pub length: (usize, usize),
    /// What it has to match.
    pub pattern: Option<Pattern>,
    /// Whether messages leave the value out.
    pub sensitive: bool,
}

impl Text {
    /// A string of so many characters.
    pub const fn of_length(fewest: usize, most: usize) -> Self {
        Self {
            length: (fewest, most),
            pattern: None,
            sensitive: false,
        }
    }

    /// The same, which also matches a pattern.
    #[must_use]
    pub const fn matching(self, pattern: &'static str, matches: fn(&str) -> bool) -> Self {
        Self {
            pattern: Some(Pattern { pattern, matches }),
            ..self
        }
    }

    /// The same, which no message repeats.
    #[must_use]
    pub const fn sensitive(self) -> Self {
        Self {
            sensitive: true,
            ..self
        }
    }
}

/// The range of a whole number.
#[derive(Debug, Clone, Copy)]
pub struct Integer {
    /// The least.
    pub least: i64,
    /// The greatest.
    pub greatest: i64,
}

/// Of keys, by id, ARN, alias name or alias ARN.
pub const KEY_ID: Text = Text::of_length(1, 2048);
/// Of custom key stores.
pub const CUSTOM_KEY_STORE_ID: Text = Text::of_length(1, 64);
/// Of custom key stores.
pub const CUSTOM_KEY_STORE_NAME: Text = Text::of_length(1, 256);
/// Of aliases, with their prefix.
pub const ALIAS_NAME: Text =
    Text::of_length(1, 256).matching("^[a-zA-Z0-9:/_-]+$", |text| all(text, b":/_-"));
/// Where to continue a list.
pub const MARKER: Text = Text::of_length(1, 1024);
/// How many entries of a list.
pub const LIMIT: Integer = Integer {
    least: 1,
    greatest: 1000,
};
/// Of a KMS key.
pub const DESCRIPTION: Text = Text::of_length(0, 8192);
/// A key policy.
pub const POLICY: Text =
    Text::of_length(1, 131_072).matching(r"[\u0009\u000A\u000D\u0020-\u00FF]+", |text| {
        text.chars()
            .all(|character| matches!(character, '\t' | '\n' | '\r' | ' '..='\u{ff}'))
    });
/// Of a key policy.
pub const POLICY_NAME: Text = Text::of_length(1, 128).matching(r"[\w]+", |text| all(text, b"_"));
/// Of a tag.
pub const TAG_KEY: Text = Text::of_length(1, 128);
/// Of a tag.
pub const TAG_VALUE: Text = Text::of_length(0, 256);
/// Of a grant.
pub const GRANT_TOKEN: Text = Text::of_length(1, 8192);
/// Of a grant.
pub const GRANT_ID: Text = Text::of_length(1, 128);
/// Of a grant.
pub const GRANT_NAME: Text =
    Text::of_length(1, 256).matching("^[a-zA-Z0-9:/_-]+$", |text| all(text, b":/_-"));
/// Of a grant.
pub const PRINCIPAL: Text =
    Text::of_length(1, 256).matching(r"^[\w+=,.@:/-]+$", |text| all(text, b"_+=,.@:/-"));
/// Of a grant to an AWS service.
pub const SERVICE_PRINCIPAL: Text = Text::of_length(1, 128).matching(
    r"^([A-Za-z0-9\-]+)\.([A-Za-z0-9\-]+)(\.[A-Za-z0-9\-]+)+$",
    |text| {
        let labels: Vec<&str> = text.split('.').collect();
        labels.len() >= 3
            && labels
                .iter()
                .all(|label| !label.is_empty() && all(label, b"-"))
    },
);
/// Of a Region, where a key is to be replicated.
pub const REGION: Text =
    Text::of_length(1, 32).matching(r"^([a-z]+-){2,3}\d+$", |text| is_region_like(text, 2, 3));
/// `https://` and a host name, without a port.
pub const XKS_PROXY_URI_ENDPOINT: Text = Text::of_length(10, 128).matching(
    "^https://[a-zA-Z0-9.-]+$",
    // The length is another breach.
    |text| {
        matches!(
            text.parse::<Endpoint>(),
            Ok(_) | Err(EndpointFault::Length { .. })
        )
    },
);
/// The path prefix, `/kms/xks/v`, and one or two digits.
pub const XKS_PROXY_URI_PATH: Text = Text::of_length(10, 128).matching(
    r"^(/[a-zA-Z0-9\/_-]+/kms/xks/v\d{1,2})$|^(/kms/xks/v\d{1,2})$",
    |text| {
        matches!(
            text.parse::<UriPath>(),
            Ok(_) | Err(UriPathFault::Length { .. })
        )
    },
);
/// The name of a VPC endpoint service.
pub const XKS_PROXY_VPC_ENDPOINT_SERVICE_NAME: Text = Text::of_length(20, 64).matching(
    r"^(com|eu)\.amazonaws\.vpce\.([a-z]+-){2,3}\d+\.vpce-svc-[0-9a-z]+$",
    is_vpc_endpoint_service_name,
);
/// Of the account that owns a VPC endpoint service.
pub const ACCOUNT_ID: Text = Text::of_length(12, 12).matching("[0-9]{12}", |text| {
    text.bytes().all(|byte| byte.is_ascii_digit())
});
/// Of the credential that signs requests to a proxy.
pub const XKS_ACCESS_KEY_ID: Text = Text::of_length(20, 30)
    .matching("^[A-Z2-7]+$", |text| {
        text.bytes()
            .all(|byte| matches!(byte, b'A'..=b'Z' | b'2'..=b'7'))
    })
    .sensitive();
/// Of the credential that signs requests to a proxy.
pub const XKS_RAW_SECRET_ACCESS_KEY: Text = Text::of_length(43, 64)
    .matching(r"^[a-zA-Z0-9\/+=]+$", |text| all(text, b"/+="))
    .sensitive();
/// Of a key in the external key manager.
pub const XKS_KEY_ID: Text =
    Text::of_length(1, 128).matching("^[a-zA-Z0-9-_.]+$", |text| all(text, b"-_."));
/// Of key material that was rotated.
pub const KEY_MATERIAL_ID: Text = Text::of_length(64, 64).matching("^[a-f0-9]+$", |text| {
    text.bytes()
        .all(|byte| matches!(byte, b'a'..=b'f' | b'0'..=b'9'))
});

/// Letters, digits and these.
fn all(text: &str, also: &[u8]) -> bool {
    text.bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || also.contains(&byte))
}

/// So many words of lower-case letters, and a number, joined by dashes.
fn is_region_like(text: &str, fewest: usize, most: usize) -> bool {
    let Some((words, number)) = text.rsplit_once('-') else {
        return false;
    };
    let words: Vec<&str> = words.split('-').collect();
    (fewest..=most).contains(&words.len())
        && words
            .iter()
            .all(|word| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase()))
        && !number.is_empty()
        && number.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_vpc_endpoint_service_name(text: &str) -> bool {
    let parts: Vec<&str> = text.split('.').collect();
    match parts.as_slice() {
        ["com" | "eu", "amazonaws", "vpce", region, service] => {
            is_region_like(region, 2, 3)
                && service.strip_prefix("vpce-svc-").is_some_and(|id| {
                    !id.is_empty()
                        && id
                            .bytes()
                            .all(|byte| byte.is_ascii_digit() || byte.is_ascii_lowercase())
                })
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(constraint: &Text, text: &str) -> bool {
        (constraint.pattern.unwrap().matches)(text)
    }

    #[test]
    fn patterns_take_what_aws_takes() {
        for (constraint, good, bad) in [
            (
                &XKS_PROXY_URI_ENDPOINT,
                vec!["https://xks.example.com", "https://localhost"],
                vec![
                    "https://127.0.0.1:8443",
                    "http://xks.example.com",
                    "https://a/b",
                ],
            ),
            (
                &XKS_PROXY_URI_PATH,
                vec!["/kms/xks/v1", "/demo/kms/xks/v1", "/a/b/kms/xks/v12"],
                vec![
                    "/kms/xks/v",
                    "/kms/xks/v123",
                    "/demo/kms/xks/v1/",
                    "//kms/xks/",
                    "kms/xks/v1",
                ],
            ),
            (
                &XKS_PROXY_VPC_ENDPOINT_SERVICE_NAME,
                vec!["com.amazonaws.vpce.us-east-1.vpce-svc-0123456789abcdef0"],
                vec![
                    "com.amazonaws.us-east-1.kms",
                    "com.amazonaws.vpce.useast1.vpce-svc-0123456789abcdef0",
                    "com.amazonaws.vpce.us-east-1.vpce-svc-",
                ],
            ),
            (
                &XKS_ACCESS_KEY_ID,
                vec!["ABCDEFGHIJKLMNOPQRST"],
                vec!["abcdefghijklmnopqrst", "ABCDEFGHIJ0123456789"],
            ),
            (
                &SERVICE_PRINCIPAL,
                vec!["ec2.amazonaws.com"],
                vec!["ec2.com", "ec2..com", "arn:aws:iam::1:root"],
            ),
            (
                &REGION,
                vec!["us-east-1", "us-gov-west-1"],
                vec!["us-1", "us-east"],
            ),
            (&XKS_KEY_ID, vec!["a.B_9-"], vec!["a/b", "a b"]),
        ] {
            for text in good {
                assert!(matches(constraint, text), "{text}");
            }
            for text in bad {
                assert!(!matches(constraint, text), "{text}");
            }
        }
    }
}

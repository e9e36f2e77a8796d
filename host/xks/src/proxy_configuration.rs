//! The proxy configuration file that the AWS KMS console reads (XKS-127): writing it,
//! and reading one.

use serde::{Deserialize, Deserializer};
use zeroize::Zeroizing;

use crate::credential::Credential;
use crate::uri::UriPathPrefix;

/// The file for one key store and one of its credentials: strict JSON, four
/// spaces of indentation, a line break at the end.
///
/// It holds the secret access key: it goes to standard output or to a file of
/// mode 0600 (XKS-128), and is overwritten in memory when dropped.
pub fn proxy_configuration(prefix: &UriPathPrefix, credential: &Credential) -> Zeroizing<String> {
    // No value needs an escape: each type allows only letters, digits and /-_+=.
    Zeroizing::new(format!(
        r#"{{
    "XksProxyUriPath": "{path}",
    "XksProxyAuthenticationCredential": {{
        "AccessKeyId": "{id}",
        "RawSecretAccessKey": "{secret}"
    }}
}}
"#,
        path = prefix.proxy_uri_path(),
        id = credential.access_key_id,
        secret = credential.secret_access_key.reveal(),
    ))
}

/// What such a file says. Whether the values have the form that AWS KMS takes is for
/// its reader to say.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ProxyConfiguration {
    /// The path of the proxy's API.
    pub xks_proxy_uri_path: String,
    /// What requests are signed with.
    pub xks_proxy_authentication_credential: RawCredential,
}

/// An access key id and a secret access key, of whatever form.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct RawCredential {
    /// Names the secret.
    pub access_key_id: String,
    /// Overwritten in memory when dropped.
    #[serde(deserialize_with = "wiped")]
    pub raw_secret_access_key: Zeroizing<String>,
}

fn wiped<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Zeroizing<String>, D::Error> {
    String::deserialize(deserializer).map(Zeroizing::new)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn xks_127_file_is_that_of_the_specification() {
        let credential = Credential {
            access_key_id: "AKIAI2SFODNN7EXAMPLE".parse().unwrap(),
            secret_access_key: "FYtE5EFA5FT0mCc3DrGUe2sti527BitkQ0Zr9MO9fvE"
                .parse()
                .unwrap(),
        };
        let prefix = "/keystores/4a0d79d6-1d1b-49fd-9dbe-799cb9c0fb3f"
            .parse()
            .unwrap();
        let file = proxy_configuration(&prefix, &credential);
        let expected = serde_json::json!({
            "XksProxyUriPath": "/keystores/4a0d79d6-1d1b-49fd-9dbe-799cb9c0fb3f/kms/xks/v1",
            "XksProxyAuthenticationCredential": {
                "AccessKeyId": "AKIAI2SFODNN7EXAMPLE",
                "RawSecretAccessKey": "FYtE5EFA5FT0mCc3DrGUe2sti527BitkQ0Zr9MO9fvE"
            }
        });
        assert_eq!(
            serde_json::from_str::<serde_json::Value>(&file).unwrap(),
            expected
        );
    }

    #[test]
    fn xks_127_path_without_prefix_is_the_api_path() {
        let file = proxy_configuration(&"".parse().unwrap(), &Credential::generate().unwrap());
        let value: serde_json::Value = serde_json::from_str(&file).unwrap();
        assert_eq!(value["XksProxyUriPath"], "/kms/xks/v1");
    }

    #[test]
    fn what_was_written_is_read() {
        let credential = Credential::generate().unwrap();
        let written = proxy_configuration(&"/demo".parse().unwrap(), &credential);
        let read: ProxyConfiguration = serde_json::from_str(&written).unwrap();
        assert_eq!(read.xks_proxy_uri_path, "/demo/kms/xks/v1");
        let raw = read.xks_proxy_authentication_credential;
        assert_eq!(raw.access_key_id, credential.access_key_id.as_str());
        let secret = credential.secret_access_key.reveal();
        assert_eq!(*raw.raw_secret_access_key, secret);
    }
}

//! The proxy configuration file that the AWS KMS console reads (XKS-127).

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
}

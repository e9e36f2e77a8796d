//! How values of other crates are written into a state folder.

/// Values that are read from text.
pub(super) mod as_text {
    use std::fmt::Display;
    use std::str::FromStr;

    use serde::de::Error as _;
    use serde::{Deserialize as _, Deserializer, Serializer};

    pub(in crate::state) fn serialize<T: Display, S: Serializer>(
        value: &T,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.collect_str(value)
    }

    pub(in crate::state) fn deserialize<'de, T, D>(deserializer: D) -> Result<T, D::Error>
    where
        T: FromStr<Err: Display>,
        D: Deserializer<'de>,
    {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(D::Error::custom)
    }
}

/// Credentials of key stores. The file is private to its owner.
pub(super) mod credential {
    use claviger_xks::credential::{AccessKeyId, Credential, SecretAccessKey};
    use serde::de::Error as _;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    #[derive(Serialize, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Written<'c> {
        access_key_id: std::borrow::Cow<'c, str>,
        secret_access_key: std::borrow::Cow<'c, str>,
    }

    pub(in crate::state) fn serialize<S: Serializer>(
        credential: &Credential,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        Written {
            access_key_id: credential.access_key_id.as_str().into(),
            secret_access_key: credential.secret_access_key.reveal().into(),
        }
        .serialize(serializer)
    }

    pub(in crate::state) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Credential, D::Error> {
        let written = Written::deserialize(deserializer)?;
        let access_key_id: AccessKeyId = written.access_key_id.parse().map_err(D::Error::custom)?;
        let secret: SecretAccessKey = written
            .secret_access_key
            .parse()
            .map_err(D::Error::custom)?;
        Ok(Credential {
            access_key_id,
            secret_access_key: secret,
        })
    }
}

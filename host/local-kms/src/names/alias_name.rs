use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::{AccountId, Region};

/// The name of an alias: `alias/` and further letters, digits, slashes, dashes and
/// underscores, at most 256 characters.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct AliasName(Arc<str>);

impl AliasName {
    /// What every name begins with.
    pub const PREFIX: &'static str = "alias/";
    /// What names begin with that only AWS services may make.
    pub const RESERVED_PREFIX: &'static str = "alias/aws/";
    /// The longest name, in bytes.
    pub const MAX_BYTES: usize = 256;

    /// The name with its prefix.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The ARN of the alias.
    pub fn arn(&self, region: &Region, account: &AccountId) -> String {
        format!("arn:{}:kms:{region}:{account}:{self}", region.partition())
    }
}

impl FromStr for AliasName {
    type Err = NotAnAliasName;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let rest = text.strip_prefix(Self::PREFIX).ok_or(NotAnAliasName)?;
        let is_name = !rest.is_empty()
            && text.len() <= Self::MAX_BYTES
            && rest
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'/' | b'_' | b'-'));
        if is_name {
            Ok(Self(text.into()))
        } else {
            Err(NotAnAliasName)
        }
    }
}

serde_as_text!(AliasName, NotAnAliasName);

impl fmt::Display for AliasName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// Not the name of an alias.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("not the name of an alias, such as alias/payments")]
pub struct NotAnAliasName;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_alias_begins_with_its_prefix() {
        for good in ["alias/a", "alias/a/B_9-"] {
            assert_eq!(good.parse::<AliasName>().unwrap().as_str(), good);
        }
        let long = format!("alias/{}", "a".repeat(251));
        for bad in [
            "",
            "a",
            "alias/",
            "alias/a:b",
            "alias/a b",
            "alias/a.b",
            &long,
        ] {
            assert_eq!(bad.parse::<AliasName>(), Err(NotAnAliasName), "{bad}");
        }
    }
}

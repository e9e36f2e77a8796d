use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// The name of an AWS Region: lower-case words and a number, joined by dashes, of
/// at most 32 bytes, such as `us-east-1`. Whether there is such a Region is not checked.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Region(Arc<str>);

impl Region {
    /// The longest name, in bytes.
    pub const MAX_BYTES: usize = 32;

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The first part of ARNs of this Region.
    pub fn partition(&self) -> &'static str {
        if self.0.starts_with("cn-") {
            "aws-cn"
        } else if self.0.starts_with("us-gov-") {
            "aws-us-gov"
        } else {
            "aws"
        }
    }
}

impl FromStr for Region {
    type Err = RegionFault;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let words: Vec<&str> = text.split('-').collect();
        let is_region = match words.as_slice() {
            [first @ .., last] => {
                text.len() <= Self::MAX_BYTES
                    && first.len() >= 2
                    && first.iter().all(|word| {
                        !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase())
                    })
                    && !last.is_empty()
                    && last.bytes().all(|byte| byte.is_ascii_digit())
            }
            [] => false,
        };
        if is_region {
            Ok(Self(text.into()))
        } else {
            Err(RegionFault)
        }
    }
}

impl TryFrom<String> for Region {
    type Error = RegionFault;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<Region> for String {
    fn from(region: Region) -> Self {
        region.0.as_ref().to_owned()
    }
}

impl fmt::Display for Region {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// Not the name of a Region.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("is not the name of an AWS Region, such as eu-central-1")]
pub struct RegionFault;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn regions_are_words_and_a_number() {
        for good in [
            "us-east-1",
            "ap-southeast-12",
            "us-gov-west-1",
            "eusc-de-east-1",
        ] {
            assert_eq!(good.parse::<Region>().unwrap().as_str(), good);
        }
        for bad in [
            "",
            "x",
            "us",
            "us-1",
            "us-east-",
            "US-EAST-1",
            "us east-1",
            "us--1",
            "us-east-1/",
            "../us-east-1",
        ] {
            assert_eq!(bad.parse::<Region>(), Err(RegionFault), "{bad}");
        }
        let long = format!("a-{}-1", "b".repeat(30));
        assert_eq!(long.parse::<Region>(), Err(RegionFault));
    }

    #[test]
    fn partitions_follow_from_the_region() {
        let partition = |region: &str| region.parse::<Region>().unwrap().partition();
        assert_eq!(partition("eu-west-1"), "aws");
        assert_eq!(partition("cn-north-1"), "aws-cn");
        assert_eq!(partition("us-gov-east-1"), "aws-us-gov");
    }
}

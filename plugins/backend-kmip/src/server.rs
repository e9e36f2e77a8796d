//! What is known of the server, for all instances: through the secrets that the host
//! keeps.

use claviger_kmip::{Reason, Version};
use claviger_sdk::{Error, secrets};

/// The secret that it is kept as.
const NAME: &str = "backend-kmip-server";

/// How a server that was tried out is to be asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Profile {
    pub(crate) version: Version,
    /// Whether several questions go into one message.
    pub(crate) batches: bool,
    /// How it refuses a tag that does not match.
    pub(crate) wrong_tag: Reason,
}

/// What is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Known {
    /// It does all that is needed.
    Fit(Profile),
    /// It does not: why.
    Unfit(String),
    /// It was not found out: why.
    Away(String),
}

impl Known {
    pub(crate) fn read() -> Self {
        let kept = secrets::reveal(NAME).ok();
        let known = kept.as_deref().and_then(Self::from_bytes);
        known.unwrap_or_else(|| Self::Away("it was not tried yet".to_owned()))
    }

    /// An error is of no consequence: the next instance tries for itself.
    pub(crate) fn keep(&self) {
        let _ = secrets::keep(NAME, &self.to_bytes());
    }

    /// How to ask the server.
    pub(crate) fn profile(self) -> Result<Profile, Error> {
        match self {
            Self::Fit(profile) => Ok(profile),
            Self::Unfit(why) => Err(Error::internal(why)),
            Self::Away(why) => Err(Error::upkeep_first(format!(
                "the server is not known: {why}"
            ))),
        }
    }

    /// The first byte tells them apart. Texts that repeat a secret are withheld, and no
    /// text has one of these bytes in it.
    fn to_bytes(&self) -> Vec<u8> {
        match self {
            Self::Fit(profile) => {
                let Version { major, minor } = profile.version;
                let [a, b, c, d] = profile.wrong_tag.0.to_be_bytes();
                vec![0, major, minor, profile.batches.into(), a, b, c, d]
            }
            Self::Unfit(why) => [&[1], why.as_bytes()].concat(),
            Self::Away(why) => [&[2], why.as_bytes()].concat(),
        }
    }

    fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        match *bytes {
            [0, major, minor, batches, a, b, c, d] => Some(Self::Fit(Profile {
                version: Version { major, minor },
                batches: batches != 0,
                wrong_tag: Reason(u32::from_be_bytes([a, b, c, d])),
            })),
            [1, ref why @ ..] => Some(Self::Unfit(text(why))),
            [2, ref why @ ..] => Some(Self::Away(text(why))),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Known, Profile};
    use claviger_kmip::{Reason, V2_1};

    #[test]
    fn what_is_kept_is_read_again() {
        let profile = Profile {
            version: V2_1,
            batches: true,
            wrong_tag: Reason::GENERAL_FAILURE,
        };
        for known in [
            Known::Fit(profile),
            Known::Unfit("why".to_owned()),
            Known::Away(String::new()),
        ] {
            assert_eq!(Known::from_bytes(&known.to_bytes()), Some(known));
        }
        assert_eq!(Known::from_bytes(&[]), None);
        assert_eq!(Known::from_bytes(&[0, 1]), None);
    }
}

use std::borrow::Borrow;
use std::fmt;
use std::str::FromStr;

/// The name of a key store, plugin or storage: 1 to 64 characters of
/// `[a-z0-9-]`, safe in logs, paths and metrics as it is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Name(String);

/// The text is not a [`Name`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a name")]
pub struct NotAName;

impl NotAName {
    /// What to write instead.
    pub const fn fix(self) -> &'static str {
        "use 1 to 64 characters of a-z, 0-9 and -"
    }
}

impl Name {
    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Name {
    type Err = NotAName;

    fn from_str(text: &str) -> Result<Self, NotAName> {
        let allowed = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-');
        if (1..=64).contains(&text.len()) && text.bytes().all(allowed) {
            Ok(Self(text.to_owned()))
        } else {
            Err(NotAName)
        }
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Borrow<str> for Name {
    fn borrow(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_1_to_64_characters_of_their_alphabet() {
        let longest = "a".repeat(64);
        for name in ["a", "payments-7", "-", longest.as_str()] {
            assert_eq!(name.parse::<Name>().unwrap().as_str(), name);
        }
        let too_long = "a".repeat(65);
        for text in ["", "A", "a_b", "a.b", "a b", "é", too_long.as_str()] {
            assert_eq!(text.parse::<Name>(), Err(NotAName), "{text}");
        }
    }
}

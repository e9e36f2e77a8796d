//! The pattern by which an external key id becomes the names of objects, and back.
//!
//! `{key}` stands for the external key id, `{version}` for a version number without
//! leading zeros. The way back must be the only one: what touches `{version}` is
//! never a digit, so that no object belongs to two external keys (XKS-012).

use crate::MOST_VERSIONS;

const KEY: &str = "{key}";
const VERSION: &str = "{version}";
/// Longest pattern, in bytes.
const LONGEST: usize = 128;

/// A pattern that was checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Pattern {
    prefix: String,
    suffix: String,
    version: Option<VersionPlace>,
}

/// Where the version stands: before or after the key, and what is between.
#[derive(Clone, Debug, PartialEq, Eq)]
struct VersionPlace {
    first: bool,
    between: String,
}

impl Default for Pattern {
    /// One object, named as the external key.
    fn default() -> Self {
        Self {
            prefix: String::new(),
            suffix: String::new(),
            version: None,
        }
    }
}

impl Pattern {
    /// Reads a pattern, or says what is wrong with it and how to fix it.
    pub(crate) fn parse(text: &str) -> Result<Self, (&'static str, &'static str)> {
        const FIX: &str = "write for example \"{key}\" or \"{key}.v{version}\"";
        if text.len() > LONGEST || text.chars().any(char::is_control) {
            return Err((
                "longer than 128 bytes, or with control characters",
                "write a shorter pattern of printable characters",
            ));
        }
        let (before, after) = text
            .split_once(KEY)
            .ok_or(("it does not name the key", FIX))?;
        let pattern = match (before.split_once(VERSION), after.split_once(VERSION)) {
            (None, None) => Self {
                prefix: before.to_owned(),
                suffix: after.to_owned(),
                version: None,
            },
            (None, Some((between, suffix))) => Self {
                prefix: before.to_owned(),
                suffix: suffix.to_owned(),
                version: VersionPlace::new(false, between),
            },
            (Some((prefix, between)), None) => Self {
                prefix: prefix.to_owned(),
                suffix: after.to_owned(),
                version: VersionPlace::new(true, between),
            },
            (Some(_), Some(_)) => return Err(("it names the version twice", FIX)),
        };
        if [&pattern.prefix, &pattern.suffix, pattern.between()]
            .iter()
            .any(|part| part.contains(['{', '}']))
        {
            return Err((
                "only {key} and {version} may stand in braces, each once",
                FIX,
            ));
        }
        let touching = pattern.version.as_ref().map(VersionPlace::touching);
        if touching.is_some_and(|touching| touching.is_none_or(|char| char.is_ascii_digit())) {
            return Err((
                "{version} has to be separated from {key} by a character that is not a digit: \
                 otherwise two keys could share an object",
                "write for example \"{key}.v{version}\"",
            ));
        }
        Ok(pattern)
    }

    /// Whether an external key has versions.
    pub(crate) fn is_versioned(&self) -> bool {
        self.version.is_some()
    }

    /// The name of an object.
    pub(crate) fn name(&self, key: &str, version: u32) -> String {
        let Self { prefix, suffix, .. } = self;
        match &self.version {
            None => format!("{prefix}{key}{suffix}"),
            Some(place) => {
                let between = &place.between;
                if place.first {
                    format!("{prefix}{version}{between}{key}{suffix}")
                } else {
                    format!("{prefix}{key}{between}{version}{suffix}")
                }
            }
        }
    }

    /// The external key id and the version of which `name` is the name.
    pub(crate) fn key_of<'n>(&self, name: &'n str) -> Option<(&'n str, u32)> {
        let middle = name.strip_prefix(self.prefix.as_str())?;
        let middle = middle.strip_suffix(self.suffix.as_str())?;
        let (key, version) = match &self.version {
            None => return Some((middle, 1)),
            Some(place) if place.first => {
                let rest = middle.trim_start_matches(|char: char| char.is_ascii_digit());
                let (digits, _) = middle.split_at_checked(middle.len() - rest.len())?;
                (rest.strip_prefix(place.between.as_str())?, digits)
            }
            Some(place) => {
                let rest = middle.trim_end_matches(|char: char| char.is_ascii_digit());
                let (_, digits) = middle.split_at_checked(rest.len())?;
                (rest.strip_suffix(place.between.as_str())?, digits)
            }
        };
        let number: u32 = version.parse().ok()?;
        let canonical = (1..=MOST_VERSIONS).contains(&number) && !version.starts_with('0');
        canonical.then_some((key, number))
    }

    fn between(&self) -> &String {
        self.version
            .as_ref()
            .map_or(&self.prefix, |place| &place.between)
    }
}

impl VersionPlace {
    #[expect(
        clippy::unnecessary_wraps,
        reason = "it is the value of a field that is an option"
    )]
    fn new(first: bool, between: &str) -> Option<Self> {
        Some(Self {
            first,
            between: between.to_owned(),
        })
    }

    /// The character of `between` beside the version.
    fn touching(&self) -> Option<char> {
        if self.first {
            self.between.chars().next()
        } else {
            self.between.chars().next_back()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Pattern;

    #[test]
    fn names_are_made_and_read_back() {
        for (pattern, key, version, name) in [
            ("{key}", "a", 1, "a"),
            ("xks/{key}!", "a", 1, "xks/a!"),
            ("{key}.v{version}", "a.v1", 12, "a.v1.v12"),
            ("p {key}-{version} s", "a-1", 2, "p a-1-2 s"),
            ("{version}:{key}", "1a", 64, "64:1a"),
            ("{key}.v{version}0", "a", 1, "a.v10"),
        ] {
            let pattern = Pattern::parse(pattern).unwrap();
            assert_eq!(pattern.name(key, version), name);
            assert_eq!(pattern.key_of(name), Some((key, version)));
        }
    }

    #[test]
    fn other_names_belong_to_no_key() {
        let pattern = Pattern::parse("x{key}.v{version}").unwrap();
        for name in [
            "",
            "x",
            "xa",
            "xa.v",
            "xa.v0",
            "xa.v01",
            "xa.v65",
            "xa.v1b",
            "a.v1",
            "xa.v-1",
            "xa.v99999999999",
        ] {
            assert_eq!(pattern.key_of(name), None, "{name}");
        }
    }

    #[test]
    fn xks_012_patterns_in_which_two_keys_could_share_an_object_are_refused() {
        for text in ["{key}{version}", "{version}{key}", "{key}.0{version}"] {
            let (problem, _) = Pattern::parse(text).unwrap_err();
            assert!(problem.contains("share an object"), "{text}: {problem}");
        }
    }

    #[test]
    fn wrong_patterns_are_refused() {
        for text in [
            "",
            "fixed",
            "{version}",
            "{key}{key}",
            "{key}.{Version}",
            "{version}.{key}.{version}",
            "{key}.{version}.{version}",
            "{key}\n",
            &format!("{{key}}{}", "x".repeat(128)),
        ] {
            assert!(Pattern::parse(text).is_err(), "{text}");
        }
    }
}

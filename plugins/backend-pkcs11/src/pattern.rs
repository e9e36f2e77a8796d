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

/// A pattern that was checked: what stands before and after `{key}`. At most one
/// of the two has a `{version}` in it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Pattern {
    before: String,
    after: String,
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
        // What stands beside the version, on the side of the key.
        let touching = match (before.split_once(VERSION), after.split_once(VERSION)) {
            (None, None) => None,
            (Some((_, between)), None) => Some(between.chars().next()),
            (None, Some((between, _))) => Some(between.chars().next_back()),
            (Some(_), Some(_)) => return Err(("it names the version twice", FIX)),
        };
        let braces = |part: &str| part.replacen(VERSION, "", 1).contains(['{', '}']);
        if braces(before) || braces(after) {
            return Err((
                "only {key} and {version} may stand in braces, each once",
                FIX,
            ));
        }
        if touching.is_some_and(|touching| touching.is_none_or(|char| char.is_ascii_digit())) {
            return Err((
                "{version} has to be separated from {key} by a character that is not a digit: \
                 otherwise two keys could share an object",
                "write for example \"{key}.v{version}\"",
            ));
        }
        Ok(Self {
            before: before.to_owned(),
            after: after.to_owned(),
        })
    }

    /// Whether an external key has versions.
    pub(crate) fn is_versioned(&self) -> bool {
        self.before.contains(VERSION) || self.after.contains(VERSION)
    }

    /// The name of an object.
    pub(crate) fn name(&self, key: &str, version: u32) -> String {
        let [before, after] = self.around_key(version);
        format!("{before}{key}{after}")
    }

    /// The external key id and the version of which `name` is the name.
    pub(crate) fn key_of<'n>(&self, name: &'n str) -> Option<(&'n str, u32)> {
        let most = if self.is_versioned() {
            MOST_VERSIONS
        } else {
            1
        };
        (1..=most).find_map(|version| {
            let [before, after] = self.around_key(version);
            let key = name.strip_prefix(&*before)?.strip_suffix(&*after)?;
            Some((key, version))
        })
    }

    fn around_key(&self, version: u32) -> [String; 2] {
        let version = version.to_string();
        [&self.before, &self.after].map(|part| part.replace(VERSION, &version))
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

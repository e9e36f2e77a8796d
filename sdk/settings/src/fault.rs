use std::cell::RefCell;
use std::fmt;

/// One thing wrong with a setting, in the words its operator will read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Where: `statements[2].effect`; empty for the settings as a whole.
    pub path: String,
    /// What is wrong, without repeating values that may be secret.
    pub problem: String,
    /// What to do about it.
    pub fix: String,
}

impl Fault {
    /// A fault of the setting at `path`.
    pub fn new(
        path: impl Into<String>,
        problem: impl Into<String>,
        fix: impl Into<String>,
    ) -> Self {
        Self {
            path: path.into(),
            problem: problem.into(),
            fix: fix.into(),
        }
    }

    /// The same fault, as seen from the file that holds these settings at
    /// `prefix`.
    #[must_use]
    pub fn under(self, prefix: &str) -> Self {
        Self {
            path: join(prefix, &self.path),
            ..self
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.path.is_empty() {
            write!(f, "{}: ", self.path)?;
        }
        write!(f, "{}; {}", self.problem, self.fix)
    }
}

/// Collects faults while reading goes on; shared by all tables of one document.
#[derive(Debug, Default)]
pub struct Faults(RefCell<Vec<Fault>>);

impl Faults {
    /// Notes one more fault.
    pub fn add(&self, fault: Fault) {
        self.0.borrow_mut().push(fault);
    }

    /// Whether nothing was wrong so far.
    pub fn is_empty(&self) -> bool {
        self.0.borrow().is_empty()
    }

    /// The faults in the order they were found.
    pub fn into_vec(self) -> Vec<Fault> {
        self.0.into_inner()
    }
}

/// `path` below `prefix`, with a dot where one belongs.
pub(crate) fn join(prefix: &str, path: &str) -> String {
    if prefix.is_empty() || path.is_empty() || path.starts_with('[') {
        format!("{prefix}{path}")
    } else {
        format!("{prefix}.{path}")
    }
}

/// A key as TOML would have it in a path: bare, or in quotes with escapes.
pub(crate) fn quoted(key: &str) -> String {
    let bare = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    if !key.is_empty() && key.chars().all(bare) {
        key.to_owned()
    } else {
        format!("{key:?}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_is_moved_under_the_path_of_its_file() {
        let at = |path: &str| {
            Fault::new(path, "p", "m")
                .under("key_store[0].settings")
                .path
        };
        assert_eq!(at("a.b"), "key_store[0].settings.a.b");
        assert_eq!(at("[1].b"), "key_store[0].settings[1].b");
        assert_eq!(at(""), "key_store[0].settings");
        assert_eq!(Fault::new("a", "p", "m").under("").path, "a");
    }

    #[test]
    fn keys_with_control_characters_are_escaped() {
        assert_eq!(quoted("a_b-9"), "a_b-9");
        assert_eq!(quoted(""), "\"\"");
        assert_eq!(quoted("a\n\u{1b}[2J"), r#""a\n\u{1b}[2J""#);
    }
}

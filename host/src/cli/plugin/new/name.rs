//! The name of a new plugin: of its package, its component and its folder.

use std::str::FromStr;

use thiserror::Error;

/// 1 to 64 lower-case letters, digits and hyphens; begins with a letter, and is no name
/// that cargo keeps for others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct PluginName(String);

/// Why a name is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub(super) enum NotAPluginName {
    #[error(
        "a plugin's name is 1 to 64 lower-case letters, digits and single hyphens, and begins \
         with a letter: my-backend"
    )]
    Form,
    #[error("cargo and the languages keep this name for themselves: choose another")]
    Taken,
}

/// Words of Rust, and packages of its standard library and of the SDK.
const TAKEN: [&str; 62] = [
    "abstract",
    "alloc",
    "as",
    "async",
    "await",
    "become",
    "box",
    "break",
    "build",
    "claviger",
    "claviger-sdk",
    "claviger-settings",
    "const",
    "continue",
    "core",
    "crate",
    "deps",
    "do",
    "dyn",
    "else",
    "enum",
    "examples",
    "extern",
    "false",
    "final",
    "fn",
    "for",
    "if",
    "impl",
    "in",
    "incremental",
    "let",
    "loop",
    "macro",
    "match",
    "mod",
    "move",
    "mut",
    "override",
    "priv",
    "proc-macro",
    "pub",
    "ref",
    "return",
    "self",
    "static",
    "std",
    "struct",
    "super",
    "test",
    "trait",
    "true",
    "try",
    "type",
    "typeof",
    "unsafe",
    "unsized",
    "use",
    "virtual",
    "where",
    "while",
    "yield",
];

impl PluginName {
    pub(super) fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for PluginName {
    type Err = NotAPluginName;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let legal = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        let begins = text.starts_with(|first: char| first.is_ascii_lowercase());
        let hyphens = text.ends_with('-') || text.contains("--");
        if !begins || hyphens || text.len() > 64 || !text.bytes().all(legal) {
            return Err(NotAPluginName::Form);
        }
        if TAKEN.contains(&text) {
            return Err(NotAPluginName::Taken);
        }
        Ok(Self(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_one_for_every_language() {
        for name in ["a", "my-backend", "hsm2", &"a".repeat(64)] {
            assert_eq!(name.parse().map(|it: PluginName| it.0), Ok(name.to_owned()));
        }
        for name in [
            "",
            "A",
            "2a",
            "-a",
            "a-",
            "a--b",
            "a_b",
            "a b",
            "../a",
            "ä",
            &"a".repeat(65),
        ] {
            let name: Result<PluginName, _> = name.parse();
            assert_eq!(name, Err(NotAPluginName::Form));
        }
        for name in ["test", "std", "claviger-sdk", "crate"] {
            let name: Result<PluginName, _> = name.parse();
            assert_eq!(name, Err(NotAPluginName::Taken));
        }
    }
}

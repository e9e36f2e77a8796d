//! An external key as the backend describes it, checked.

use std::sync::Arc;

use super::named_key::NamedKeyCipher;
use crate::plugin::answer::KeyAnswer;
use crate::words::{Octets, is_printable};

/// Most requests of one call.
pub(in crate::plugin) const AT_ONCE: usize = 128;
/// Longest handle of a key, in bytes.
pub(in crate::plugin) const HANDLE: usize = 1024;
/// Longest key spec, in characters.
const KEY_SPEC: usize = 128;
/// Longest key usage, in characters.
const KEY_USAGE: usize = 64;
/// Most usages of one key. XKS knows ten.
pub(in crate::plugin) const KEY_USAGES: usize = 32;
/// Longest ciphertext metadata of a plugin, in bytes (XKS-066).
pub(in crate::plugin) const METADATA: usize = 19;

/// A key of a backend. [`ExternalKey::check`] is its only maker.
pub(crate) struct ExternalKey {
    pub(super) handle: Octets,
    /// Requests of one call of the plugin: 1 to 128.
    pub(super) at_once: usize,
    /// What the plugin wants to find again when it decrypts; at most 19 bytes.
    pub(crate) metadata: Octets,
    pub(super) cipher: Option<NamedKeyCipher>,
    /// `AES_256`, or the true name of what it is; 1 to 128 printable characters.
    pub(crate) key_spec: String,
    /// `ENCRYPT`, `DECRYPT`, and other upper-case words.
    pub(crate) key_usage: Vec<String>,
    pub(crate) enabled: bool,
}

impl ExternalKey {
    /// The error is what is wrong with the answer.
    pub(super) fn check(
        answer: KeyAnswer,
        cipher: Option<NamedKeyCipher>,
    ) -> Result<Self, &'static str> {
        if answer.handle.len() > HANDLE {
            return Err("the handle is longer than 1024 bytes");
        }
        if !is_printable(&answer.key_spec, KEY_SPEC) {
            return Err("the key spec is not 1 to 128 printable characters");
        }
        if answer.metadata.len() > METADATA {
            return Err("the ciphertext metadata is longer than 19 bytes");
        }
        Ok(Self {
            handle: Arc::new(answer.handle),
            at_once: usize::try_from(answer.at_once).map_or(AT_ONCE, |most| most.clamp(1, AT_ONCE)),
            metadata: Arc::new(answer.metadata),
            cipher,
            key_spec: answer.key_spec,
            key_usage: check_usage(answer.key_usage)?,
            enabled: answer.enabled,
        })
    }

    /// About how much memory it takes up.
    pub(super) fn bytes(&self) -> usize {
        let texts = self.key_usage.iter().chain([&self.key_spec]);
        let texts: usize = texts.map(|text| size_of::<String>() + text.len()).sum();
        // A key that the host encrypts with by itself is an expanded one.
        let cipher = if self.cipher.is_some() { 512 } else { 0 };
        size_of::<Self>() + self.handle.len() + self.metadata.len() + texts + cipher
    }

    pub(crate) fn permits(&self, usage: &str) -> bool {
        self.key_usage.iter().any(|permitted| permitted == usage)
    }
}

fn check_usage(usage: Vec<String>) -> Result<Vec<String>, &'static str> {
    if usage.len() > KEY_USAGES {
        return Err("the key has more than 32 usages");
    }
    let legal = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_';
    if usage
        .iter()
        .any(|word| word.is_empty() || word.len() > KEY_USAGE || !word.bytes().all(legal))
    {
        return Err("a key usage is not an upper-case word");
    }
    Ok(usage)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn xks_052_key_usages_are_upper_case_words() {
        let usage = |word: &str| check_usage(vec![word.to_owned()]);
        assert!(usage("ENCRYPT").is_ok() && usage("SIGN_VERIFY").is_ok());
        assert!(usage("encrypt").is_err() && usage("").is_err() && usage("A\"").is_err());
        assert_eq!(check_usage(vec![]), Ok(vec![]));
    }

    #[test]
    fn flt_10_what_a_plugin_says_of_a_key_is_bounded_before_it_is_kept() {
        let answer = |change: &dyn Fn(&mut KeyAnswer)| {
            let mut answer = KeyAnswer {
                handle: vec![0; HANDLE],
                key_spec: "AES_256".to_owned(),
                key_usage: vec!["ENCRYPT".to_owned(); KEY_USAGES],
                enabled: true,
                metadata: vec![0; METADATA],
                fresh_for: std::time::Duration::ZERO,
                at_once: 1,
                named_key: None,
            };
            change(&mut answer);
            ExternalKey::check(answer, None).is_ok()
        };
        assert!(answer(&|_| ()));
        assert!(!answer(&|answer| answer.handle.push(0)));
        assert!(!answer(&|answer| answer.metadata.push(0)));
        assert!(!answer(&|answer| answer.key_spec = "A".repeat(KEY_SPEC + 1)));
        assert!(!answer(&|answer| answer
            .key_usage
            .push("DECRYPT".to_owned())));
        let long = "A".repeat(KEY_USAGE + 1);
        assert!(!answer(&|answer| answer.key_usage = vec![long.clone()]));
    }
}

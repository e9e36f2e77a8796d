//! Capability `secrets`: those that are granted, and those that a plugin comes by.
//!
//! What is granted is a name. Whether the plugin may see the bytes, and where they may be
//! sent, the operator says. What a plugin comes by, such as the token of a login, is
//! kept in memory for all instances of one use of it, so that one of them logs in for
//! all.

use std::collections::BTreeMap;
use std::sync::Arc;

use parking_lot::RwLock;
use zeroize::Zeroizing;

use super::State;
use crate::words::SecretBytes;

/// Secrets of its own that a use of a plugin keeps.
const KEPT: usize = 16;
/// The longest of those, in bytes.
const KEPT_BYTES: usize = 8192;
/// The longest name, in characters.
const NAME: usize = 64;

/// A secret that is granted.
pub(crate) struct GrantedSecret {
    pub(crate) bytes: SecretBytes,
    /// Whether the plugin may see it.
    pub(crate) reveal: bool,
    /// The upstreams that it may be sent to; every one that is granted when there are
    /// none here.
    pub(crate) upstreams: Vec<String>,
}

/// The secrets of one use of a plugin by a key store.
#[derive(Default)]
pub(crate) struct Secrets {
    granted: BTreeMap<String, GrantedSecret>,
    kept: RwLock<BTreeMap<String, SecretBytes>>,
}

/// Why there is no secret, or none was kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SecretFault {
    NoSuchSecret,
    NotRevealed,
    Invalid(&'static str),
}

/// A secret for a header.
pub(crate) struct HeaderSecret {
    pub(crate) bytes: SecretBytes,
    /// Whether the plugin may not see it.
    pub(crate) hidden: bool,
}

impl Secrets {
    pub(crate) fn new(granted: impl IntoIterator<Item = (String, GrantedSecret)>) -> Self {
        Self {
            granted: granted.into_iter().collect(),
            kept: RwLock::default(),
        }
    }

    fn reveal(&self, name: &str) -> Result<SecretBytes, SecretFault> {
        match self.granted.get(name) {
            Some(secret) if secret.reveal => Ok(Arc::clone(&secret.bytes)),
            Some(_) => Err(SecretFault::NotRevealed),
            None => self.kept(name),
        }
    }

    fn kept(&self, name: &str) -> Result<SecretBytes, SecretFault> {
        let kept = self.kept.read().get(name).cloned();
        kept.ok_or(SecretFault::NoSuchSecret)
    }

    /// For a header of a request to `upstream`.
    pub(super) fn for_header(
        &self,
        name: &str,
        upstream: &str,
    ) -> Result<HeaderSecret, SecretFault> {
        let Some(secret) = self.granted.get(name) else {
            let bytes = self.kept(name)?;
            let hidden = false;
            return Ok(HeaderSecret { bytes, hidden });
        };
        let mut allowed = secret.upstreams.iter();
        if !secret.upstreams.is_empty() && !allowed.any(|allowed| allowed == upstream) {
            return Err(SecretFault::Invalid(
                "the secret may not be sent to this upstream",
            ));
        }
        Ok(HeaderSecret {
            bytes: Arc::clone(&secret.bytes),
            hidden: !secret.reveal,
        })
    }

    fn keep(&self, name: &str, value: Option<Vec<u8>>) -> Result<(), SecretFault> {
        let value = value.map(Zeroizing::new);
        let legal = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        if !(1..=NAME).contains(&name.len()) || !name.bytes().all(legal) {
            let what = "the name is not 1 to 64 characters of [a-z0-9-]";
            return Err(SecretFault::Invalid(what));
        }
        if self.granted.contains_key(name) {
            return Err(SecretFault::Invalid("a granted secret has this name"));
        }
        let mut kept = self.kept.write();
        let Some(value) = value else {
            kept.remove(name);
            return Ok(());
        };
        if !(1..=KEPT_BYTES).contains(&value.len()) {
            return Err(SecretFault::Invalid(
                "the value is not 1 to 8192 bytes long",
            ));
        }
        if kept.len() >= KEPT && !kept.contains_key(name) {
            return Err(SecretFault::Invalid("16 secrets are kept already"));
        }
        kept.insert(name.to_owned(), Arc::new(value));
        Ok(())
    }
}

impl State {
    /// The bytes of a secret. What the instance says from now on is withheld where it
    /// repeats them.
    pub(crate) fn reveal_secret(&mut self, name: &str) -> Result<SecretBytes, SecretFault> {
        let bytes = self.secrets.reveal(name)?;
        self.log.knows(&bytes);
        Ok(bytes)
    }

    /// Keeps a secret for all instances of this use of the plugin.
    pub(crate) fn keep_secret(
        &mut self,
        name: &str,
        value: Option<Vec<u8>>,
    ) -> Result<(), SecretFault> {
        self.secrets.keep(name, value)?;
        if let Ok(bytes) = self.secrets.kept(name) {
            self.log.knows(&bytes);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secrets() -> Secrets {
        let secret = |reveal, upstreams: &[&str]| GrantedSecret {
            bytes: Arc::new(Zeroizing::new(b"bytes".to_vec())),
            reveal,
            upstreams: upstreams.iter().map(|name| (*name).to_owned()).collect(),
        };
        Secrets::new([
            ("hidden".to_owned(), secret(false, &["vault"])),
            ("shown".to_owned(), secret(true, &[])),
        ])
    }

    #[test]
    fn only_what_the_operator_lets_it_see_is_revealed() {
        let secrets = secrets();
        assert_eq!(
            secrets.reveal("hidden").err(),
            Some(SecretFault::NotRevealed)
        );
        assert_eq!(
            secrets.reveal("other").err(),
            Some(SecretFault::NoSuchSecret)
        );
        assert_eq!(&**secrets.reveal("shown").unwrap(), b"bytes");
    }

    #[test]
    fn a_secret_goes_to_its_own_upstreams_only() {
        let secrets = secrets();
        assert!(secrets.for_header("hidden", "vault").unwrap().hidden);
        assert!(secrets.for_header("hidden", "other").is_err());
        assert!(!secrets.for_header("shown", "other").unwrap().hidden);
    }

    #[test]
    fn what_is_kept_is_bounded_and_takes_no_granted_name() {
        let secrets = secrets();
        assert!(secrets.keep("hidden", Some(vec![1])).is_err());
        for name in ["", "Token", "a b", &"a".repeat(65)] {
            assert!(secrets.keep(name, Some(vec![1])).is_err(), "{name}");
        }
        assert!(secrets.keep("token", Some(vec![])).is_err());
        assert!(secrets.keep("token", Some(vec![1; 8193])).is_err());
        for number in 0..16 {
            secrets
                .keep(&format!("token-{number}"), Some(vec![1; 8192]))
                .unwrap();
        }
        assert!(secrets.keep("token", Some(vec![1])).is_err());
        secrets.keep("token-0", Some(vec![2])).unwrap();
        assert_eq!(&**secrets.reveal("token-0").unwrap(), &[2]);
        secrets.keep("token-0", None).unwrap();
        assert_eq!(
            secrets.reveal("token-0").err(),
            Some(SecretFault::NoSuchSecret)
        );
    }
}

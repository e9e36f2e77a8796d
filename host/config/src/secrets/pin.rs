use super::secret_source::{SecretKeys, SecretSource};
use crate::token::Token;
use claviger_settings::{Fault, Table};
use std::env;
use std::ffi::OsString;
use std::fmt;
use std::path::Path;
use zeroize::Zeroizing;

/// What a PKCS#11 token wants at login; CloudHSM's is `user:password`. Wiped when
/// dropped.
#[derive(Clone)]
pub struct Pin(Zeroizing<String>);

const KEYS: SecretKeys = SecretKeys {
    secret: "PIN",
    file: "pin_file",
    environment: "pin_env",
    inline: "pin",
};

/// The longest PIN, in bytes.
const LONGEST: usize = 1024;

impl Pin {
    /// Reads the PIN of `token`: 1 to 1024 bytes of UTF-8, from a regular file
    /// that group and others have no access to, or from the environment.
    pub fn read(token: &Token) -> Result<Self, Fault> {
        Self::read_with(token, |name| env::var_os(name))
    }

    fn read_with(
        token: &Token,
        environment: impl FnOnce(&str) -> Option<OsString>,
    ) -> Result<Self, Fault> {
        let bytes = KEYS.read(&token.pin, &token.table_path, environment)?;
        match str::from_utf8(&bytes) {
            Ok(pin) if (1..=LONGEST).contains(&pin.len()) && !pin.contains('\0') => {
                Ok(Self(Zeroizing::new(pin.to_owned())))
            }
            _ => Err(Fault::new(
                KEYS.path(&token.pin, &token.table_path),
                "does not hold a PIN",
                format!("a PIN is 1 to {LONGEST} bytes of UTF-8 without NUL"),
            )),
        }
    }

    /// For the login, and for nothing else.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Where the PIN of a token is.
    pub(crate) fn source(table: &Table<'_>, base: &Path) -> Option<SecretSource> {
        KEYS.source(table, base)
    }

    /// The key path of the setting that says where the PIN of `token` is.
    pub fn setting(token: &Token) -> String {
        KEYS.path(&token.pin, &token.table_path)
    }
}

impl fmt::Debug for Pin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pin([redacted])")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::Profile;
    use crate::secrets::written_file::Written;
    use crate::token::TokenSelector;

    fn token(pin: SecretSource) -> Token {
        Token {
            module: "/usr/lib/softhsm/libsofthsm2.so".into(),
            selector: TokenSelector::Label("keys".to_owned()),
            profile: Profile::NAMED[0].1.clone(),
            pin,
            sessions: 8,
            queue: 512,
            library_parameters: None,
            table_path: "tokens.hsm".to_owned(),
        }
    }

    #[test]
    fn a_pin_is_read_without_its_newline_and_never_shown() {
        let file = Written::new("pin", b"user:pa55word\n", 0o600);
        let pin = Pin::read(&token(SecretSource::File(file.0.clone()))).unwrap();
        assert_eq!(pin.expose(), "user:pa55word");
        assert_eq!(format!("{pin:?}"), "Pin([redacted])");

        let variable = token(SecretSource::Environment("PIN".to_owned()));
        let pin = Pin::read_with(&variable, |_| Some("1234".into())).unwrap();
        assert_eq!(pin.expose(), "1234");
        assert_eq!(
            Pin::read_with(&variable, |_| None).unwrap_err().to_string(),
            "tokens.hsm.pin_env: the environment variable PIN is not set; \
             set it before claviger starts, or correct its name"
        );
    }

    #[test]
    fn what_is_no_pin_is_refused_and_not_repeated() {
        for (index, bytes) in [&b""[..], b"\n", b"\xff\xfe", &[b'9'; 1025]]
            .iter()
            .enumerate()
        {
            let file = Written::new(&format!("no-pin-{index}"), bytes, 0o600);
            let fault = Pin::read(&token(SecretSource::File(file.0.clone()))).unwrap_err();
            assert_eq!(
                fault.to_string(),
                "tokens.hsm.pin_file: does not hold a PIN; \
                 a PIN is 1 to 1024 bytes of UTF-8 without NUL"
            );
        }
        let open = Written::new("pin-open", b"1234", 0o644);
        let fault = Pin::read(&token(SecretSource::File(open.0.clone()))).unwrap_err();
        assert!(fault.problem.starts_with("others have access"), "{fault}");
    }
}

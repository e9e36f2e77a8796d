//! The settings: lines of `key = value`, `#` for comments. An unknown key or
//! value is a fault, and all faults come in one report.

use std::path::PathBuf;

use cryptoki_sys::{
    CK_RV, CKR_DEVICE_ERROR, CKR_ENCRYPTED_DATA_INVALID, CKR_FUNCTION_FAILED, CKR_GENERAL_ERROR,
};

/// An enumeration of words, with their spelling in the file.
macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$case_doc:meta])* $case:ident = $word:literal),* $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) enum $name { $($(#[$case_doc])* $case),* }

        impl Value for $name {
            const EXPECTED: &str = concat!("one of", $(" ", $word),*);

            fn parse(text: &str) -> Option<Self> {
                match text { $($word => Some(Self::$case),)* _ => None }
            }
        }
    };
}

/// A value that can be written in the file.
trait Value: Sized {
    const EXPECTED: &str;
    fn parse(text: &str) -> Option<Self>;
}

words! {
    /// Whose manners AES-GCM has.
    Convention {
        /// The caller gives the IV; everything is the module's business.
        Caller = "caller",
        /// AWS CloudHSM, Client SDK 5.
        CloudHsm = "cloudhsm",
        /// Thales Luna 7 in FIPS mode.
        Luna = "luna",
        /// Entrust nShield.
        NShield = "nshield",
    }
}

words! {
    /// Which calls do not return.
    Hang {
        None = "none",
        Encrypt = "encrypt",
        Decrypt = "decrypt",
        All = "all",
        /// The first `C_Encrypt` after this was set.
        OnceEncrypt = "once-encrypt",
    }
}

words! {
    /// Whether the HSM is there.
    Device { Present = "present", Lost = "lost" }
}

words! {
    /// What the loss of the device does to what was open.
    LostSessions {
        /// Sessions are gone; new ones work when the device is back.
        Invalid = "invalid",
        /// Sessions work again when the device is back.
        Survive = "survive",
        /// Nothing works until `C_Finalize` and `C_Initialize`.
        Reinitialise = "reinitialise",
    }
}

words! {
    /// How near the user's PIN is to being locked, as the token's flags say.
    Pin {
        Good = "good",
        /// Somebody has entered a wrong one.
        CountLow = "count-low",
        /// The next wrong one locks it.
        FinalTry = "final-try",
        Locked = "locked",
    }
}

words! {
    /// Whether keys can be made that live in a session.
    SessionKeys { Permitted = "permitted", Refused = "refused" }
}

words! {
    /// What ends the process.
    Crash {
        None = "none",
        /// `C_EncryptInit` for AES-GCM without an IV.
        NullIv = "null-iv",
        /// `C_Encrypt`.
        Encrypt = "encrypt",
    }
}

words! {
    /// When an IV that the HSM made is written to the caller's buffer.
    IvWritten {
        /// By the end of `C_EncryptInit`.
        Init = "init",
        /// By the end of `C_Encrypt`, through the pointer of `C_EncryptInit`.
        Encrypt = "encrypt",
    }
}

words! {
    /// A return value that can be asked for.
    Code {
        DeviceError = "device-error",
        GeneralError = "general-error",
        FunctionFailed = "function-failed",
        EncryptedDataInvalid = "encrypted-data-invalid",
    }
}

impl Code {
    /// The number.
    pub(crate) fn value(self) -> CK_RV {
        match self {
            Self::DeviceError => CKR_DEVICE_ERROR,
            Self::GeneralError => CKR_GENERAL_ERROR,
            Self::FunctionFailed => CKR_FUNCTION_FAILED,
            Self::EncryptedDataInvalid => CKR_ENCRYPTED_DATA_INVALID,
        }
    }
}

impl Value for u64 {
    const EXPECTED: &str = "a whole number";

    fn parse(text: &str) -> Option<Self> {
        text.parse().ok()
    }
}

impl Value for PathBuf {
    const EXPECTED: &str = "a path";

    fn parse(text: &str) -> Option<Self> {
        Some(Self::from(text)).filter(|path| !path.as_os_str().is_empty())
    }
}

impl<T: Value> Value for Option<T> {
    const EXPECTED: &str = T::EXPECTED;

    fn parse(text: &str) -> Option<Self> {
        T::parse(text).map(Some)
    }
}

/// The fields of [`Settings`] are the keys of the file.
macro_rules! settings {
    ($($(#[$doc:meta])* $key:ident: $kind:ty = $default:expr),* $(,)?) => {
        /// One reading of the file.
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub(crate) struct Settings { $($(#[$doc])* pub(crate) $key: $kind),* }

        impl Default for Settings {
            fn default() -> Self {
                Self { $($key: $default),* }
            }
        }

        impl Settings {
            fn set(&mut self, key: &str, text: &str) -> Result<(), String> {
                match key {
                    $(stringify!($key) => match Value::parse(text) {
                        Some(value) => self.$key = value,
                        None => return Err(format!("{key}: expected {}", <$kind>::EXPECTED)),
                    },)*
                    _ => return Err(format!("{key}: no such setting")),
                }
                Ok(())
            }
        }
    };
}

settings! {
    /// The real library.
    module: PathBuf = PathBuf::from("/usr/lib/softhsm/libsofthsm2.so"),
    /// Whose manners AES-GCM has.
    convention: Convention = Convention::Caller,
    /// What a wrong tag gives, when it is not the convention's own answer.
    bad_tag: Option<Code> = None,
    /// When an IV is written back.
    iv_written: IvWritten = IvWritten::Init,
    /// Added to every `C_Encrypt` and `C_Decrypt`.
    latency_ms: u64 = 0,
    /// Which calls do not return.
    hang: Hang = Hang::None,
    /// What ends the process.
    crash: Crash = Crash::None,
    /// How near the PIN is to being locked.
    pin: Pin = Pin::Good,
    /// Whether a session can have keys of its own.
    session_keys: SessionKeys = SessionKeys::Permitted,
    /// Whether the HSM is there.
    device: Device = Device::Present,
    /// What calls give while it is not.
    lost_code: Code = Code::DeviceError,
    /// What its loss does to what was open.
    lost_sessions: LostSessions = LostSessions::Invalid,
    /// A change makes every open session invalid.
    lose_sessions: u64 = 0,
    /// A change makes every object handle invalid.
    stale_objects: u64 = 0,
    /// Every Nth operation fails; 0 for none.
    throttle_every: u64 = 0,
    /// Sessions there may be, when it is not the convention's own limit.
    max_sessions: Option<u64> = None,
    /// Where to write how often each function was called.
    counts: Option<PathBuf> = None,
}

impl Settings {
    /// Reads the text of the file.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let mut settings = Self::default();
        let mut faults = Vec::new();
        for line in text.lines().map(str::trim) {
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let set = match line.split_once('=') {
                Some((key, text)) => settings.set(key.trim(), text.trim()),
                None => Err(format!("{line}: expected key = value")),
            };
            faults.extend(set.err());
        }
        if faults.is_empty() {
            Ok(settings)
        } else {
            Err(faults.join("; "))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_file_changes_nothing() {
        assert_eq!(Settings::parse("\n# nothing\n"), Ok(Settings::default()));
    }

    #[test]
    fn values_are_read() {
        let settings =
            Settings::parse("convention = luna\nhang=once-encrypt\n bad_tag = function-failed")
                .unwrap();
        assert_eq!(settings.convention, Convention::Luna);
        assert_eq!(settings.hang, Hang::OnceEncrypt);
        assert_eq!(settings.bad_tag, Some(Code::FunctionFailed));
    }

    #[test]
    fn every_fault_is_reported() {
        let faults =
            Settings::parse("colour = red\ndevice = here\nlatency_ms = -1\nhang").unwrap_err();
        assert_eq!(
            faults,
            "colour: no such setting; device: expected one of present lost; \
             latency_ms: expected a whole number; hang: expected key = value"
        );
    }
}

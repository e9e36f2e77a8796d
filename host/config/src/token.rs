use crate::declared::Declared;
use crate::profile::{self, Profile};
use crate::scalar;
use crate::secrets::{Pin, SecretSource};
use claviger_settings::{Fault, Table};
use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

/// `[tokens.NAME]`: a PKCS#11 token that the `pkcs11` capability can be granted
/// on, and that can hold the key-encryption key of a storage.
#[derive(Clone, PartialEq, Eq)]
pub struct Token {
    /// The HSM vendor's PKCS#11 library.
    pub module: PathBuf,
    /// Which of the library's tokens.
    pub selector: TokenSelector,
    /// How it does AES-GCM.
    pub profile: Profile,
    /// Where the PIN is. See [`secrets::Pin`](crate::secrets::Pin).
    pub pin: SecretSource,
    /// Sessions, each with a thread of its own: 1 to 1024.
    pub sessions: usize,
    /// Requests that may wait for a session: 1 to 65536.
    pub queue: usize,
    /// Handed to the library when it is initialised, for those that want it.
    pub library_parameters: Option<String>,
    /// Where this token stands in the configuration, for faults that show when
    /// it is opened: `tokens.hsm`.
    pub table_path: String,
}

/// Which token of a library.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum TokenSelector {
    /// `token_label`: up to 32 bytes.
    Label(String),
    /// `token_serial`: up to 16 bytes.
    Serial(String),
    /// `slot`: the number of its slot.
    Slot(u64),
}

impl TokenSelector {
    /// The name of the setting.
    pub fn key(&self) -> &'static str {
        match self {
            Self::Label(_) => LABEL,
            Self::Serial(_) => SERIAL,
            Self::Slot(_) => SLOT,
        }
    }
}

const LABEL: &str = "token_label";
const SERIAL: &str = "token_serial";
const SLOT: &str = "slot";

/// Requests that may wait per session, unless `queue` says otherwise.
const WAITING_PER_SESSION: usize = 64;

pub(crate) fn read(table: Table<'_>, base: &Path) -> Option<Token> {
    table.require("module", "write the path of the vendor's PKCS#11 library");
    let module = scalar::path(&table, "module", base);
    let selector = read_selector(&table);
    let pin = Pin::source(&table, base);
    let profile = profile::read(&table);
    let sessions = scalar::count(&table, "sessions", 1..=1024, 8);
    let waiting = sessions.saturating_mul(WAITING_PER_SESSION);
    let queue = scalar::count(&table, "queue", 1..=65536, waiting);
    let parameters = "library_parameters";
    let library_parameters = table.parsed(parameters, |text| match text.len() {
        _ if text.contains('\0') => Err(("a text with a NUL character", "remove it")),
        1..=4096 => Ok(text.to_owned()),
        _ => Err(("not 1 to 4096 bytes", "shorten it, or leave it out")),
    });
    let table_path = table.path().to_owned();
    table.finish();
    Some(Token {
        module: module?,
        selector: selector?,
        profile: profile?,
        pin: pin?,
        sessions,
        queue,
        library_parameters,
        table_path,
    })
}

fn read_selector(table: &Table<'_>) -> Option<TokenSelector> {
    // What PKCS#11 has room for in a token's label and serial number.
    let text = |key: &str, longest: usize| {
        table.parsed(key, |text| {
            if (1..=longest).contains(&text.len()) {
                Ok(text.to_owned())
            } else {
                Err((
                    "not a name of a token".to_owned(),
                    format!("write 1 to {longest} bytes"),
                ))
            }
        })
    };
    let label = text(LABEL, 32).map(TokenSelector::Label);
    let serial = text(SERIAL, 16).map(TokenSelector::Serial);
    let slot = table.integer(SLOT, 0..=u64::MAX).map(TokenSelector::Slot);
    let mut given = [LABEL, SERIAL, SLOT]
        .into_iter()
        .filter(|key| table.raw(key).is_some());
    match given.next() {
        None => table.fault(
            LABEL,
            "missing",
            format!("say which token: by `{LABEL}`, `{SERIAL}` or `{SLOT}`"),
        ),
        Some(first) => {
            for second in given {
                table.fault(
                    second,
                    "a second way to say which token",
                    format!("remove this or `{first}`"),
                );
            }
        }
    }
    label.or(serial).or(slot)
}

/// Two tables for one token would log in twice and share its limits unawares; two
/// ways to initialise one library cannot both be had.
pub(crate) fn refuse_shared_tokens(root: &Table<'_>, tokens: &Declared<Token>) {
    let mut taken = BTreeMap::new();
    let mut parameters = BTreeMap::new();
    for (name, token) in tokens.iter() {
        if let Some(other) = taken.insert((&token.module, &token.selector), name) {
            root.add(Fault::new(
                format!("{}.{}", token.table_path, token.selector.key()),
                format!("the token of `{other}`"),
                "use one table, and grant it as often as needed",
            ));
        }
        let (other, first) = parameters
            .entry(&token.module)
            .or_insert((name, &token.library_parameters));
        if **first != token.library_parameters {
            root.add(Fault::new(
                format!("{}.library_parameters", token.table_path),
                format!("not those of `{other}`, which has the same module"),
                "a library is initialised once: write the same in both tables",
            ));
        }
    }
}

/// Library parameters are left out: a vendor may want a secret in them.
impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Token")
            .field("module", &self.module)
            .field("selector", &self.selector)
            .field("profile", &self.profile)
            .field("pin", &self.pin)
            .field("sessions", &self.sessions)
            .field("queue", &self.queue)
            .field("library_parameters", &format_args!("[redacted]"))
            .field("table_path", &self.table_path)
            .finish()
    }
}

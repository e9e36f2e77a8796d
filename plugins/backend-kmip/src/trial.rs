//! Tries the server out with the key for health checks: what it lacks is told at the
//! start, and no key that AWS KMS uses is needed for it (XKS-096).

use crate::Kmip;
use crate::crypto::{ADDITIONAL_DATA, PLAINTEXT, opening};
use crate::server::{Known, Profile};
use crate::session::Trouble;
use claviger_kmip::{
    Ciphertext, Decrypt, DiscoverVersions, Encrypt, Failure, Query, Reason, V1_4, V2_0, V2_1,
    Version,
};
use claviger_sdk::{Error, FailureKind, log};
use std::time::Duration;

/// The versions that are spoken, the favourite first: most servers have 1.4.
const VERSIONS: [Version; 3] = [V1_4, V2_1, V2_0];

/// How soon a server that was not fit, or not there, is tried again.
const AGAIN: Duration = Duration::from_secs(5);

/// Why the server cannot be used, or not be tried.
#[derive(Debug)]
pub(crate) enum Flaw {
    /// It lacks something.
    Unfit(String),
    /// There is no key to try it with.
    NoKey(String),
    /// It does not answer, or fails.
    Trouble(Error),
}

impl From<Trouble> for Flaw {
    fn from(trouble: Trouble) -> Self {
        match trouble {
            Trouble::Message(refusal) | Trouble::Refused(refusal)
                if refusal.reason == Reason::AUTHENTICATION_NOT_SUCCESSFUL =>
            {
                Self::Unfit(format!(
                    "the server does not accept the client's certificate or login: {refusal}"
                ))
            }
            Trouble::Login(why) => Self::Unfit(format!("not logged in: {why}")),
            trouble => Self::Trouble(trouble.into()),
        }
    }
}

impl Kmip {
    /// Finds out about the server, for all instances. Returns how soon again.
    pub(crate) fn try_server(&self) -> Option<Duration> {
        match self.try_out() {
            // Checks of health do it again.
            Ok(_) => None,
            Err(_) => Some(AGAIN),
        }
    }

    /// Tries all of it, and keeps what comes of it.
    pub(crate) fn try_out(&self) -> Result<Profile, Flaw> {
        let found = self.trial();
        let known = match &found {
            Ok(profile) => Some(Known::Fit(*profile)),
            Err(Flaw::Unfit(why)) => Some(Known::Unfit(why.clone())),
            // What was found out before still holds.
            Err(_) if matches!(Known::read(), Known::Fit(_)) => None,
            Err(Flaw::NoKey(why)) => Some(Known::Unfit(why.clone())),
            Err(Flaw::Trouble(error)) => Some(Known::Away(error.text.clone())),
        };
        if let Some(known) = known {
            let was_fit = matches!(Known::read(), Known::Fit(_));
            if let Known::Fit(profile) = &known
                && !was_fit
            {
                log::info(format!("the server is fit: KMIP {}", profile.version));
            }
            known.keep();
        }
        found
    }

    fn trial(&self) -> Result<Profile, Flaw> {
        let version = match self.settings.version {
            Some(version) => version,
            None => self.negotiate()?,
        };
        self.query(version)?;
        let name = &self.settings.health_key;
        let key = match self.key(version, name) {
            Ok(key) if key.is_usable() => key,
            Ok(_) => {
                return Err(Flaw::NoKey(format!(
                    "the key for health checks, {name}, is not an active 256-bit AES key for \
                     Encrypt and Decrypt"
                )));
            }
            Err(error) if error.kind == FailureKind::KeyNotFound => {
                return Err(Flaw::NoKey(format!(
                    "there is no key for health checks that this client may use; make a 256-bit \
                     AES key called {name} for Encrypt and Decrypt on the server, and activate it"
                )));
            }
            Err(error) => return Err(Flaw::Trouble(error)),
        };
        let made = self.encrypt_trial(version, &key.identifier)?;
        let again = self.encrypt_trial(version, &key.identifier)?;
        if made.initialization_vector == again.initialization_vector {
            return Err(Flaw::Unfit(
                "the server makes the same initialization vector twice".to_owned(),
            ));
        }
        self.open_trial(version, &key.identifier, &made)
    }

    fn encrypt_trial(&self, version: Version, identifier: &str) -> Result<Ciphertext, Flaw> {
        let vector = self.vector();
        let encrypt = Encrypt {
            identifier,
            plaintext: PLAINTEXT,
            additional_data: ADDITIONAL_DATA,
            initialization_vector: vector.as_deref(),
        };
        match self.session.one(version, encrypt) {
            Ok(made) if made.data == PLAINTEXT => {
                Err(Flaw::Unfit("the server does not encrypt".to_owned()))
            }
            Ok(made) => Ok(made),
            Err(Trouble::Refused(refusal)) => Err(Flaw::Unfit(format!(
                "the server does not encrypt with AES-GCM and additional data: {refusal}"
            ))),
            Err(Trouble::Malformed(fault)) => Err(Flaw::Unfit(fault.to_string())),
            Err(trouble) => Err(trouble.into()),
        }
    }

    /// Decrypts what was made, and with other additional data, which must fail. That comes
    /// first: a server that answers nothing more after a failure takes no batches.
    fn open_trial(
        &self,
        version: Version,
        identifier: &str,
        made: &Ciphertext,
    ) -> Result<Profile, Flaw> {
        let good = opening(identifier, made);
        let wrong = Decrypt {
            additional_data: b"other data",
            ..good
        };
        let (batches, mut answers) = match self.session.message(version, &[wrong, good]) {
            Ok(answers) => (true, answers),
            Err(Trouble::Message(_) | Trouble::Malformed(_)) => {
                let mut answers = self.session.message(version, &[wrong])?;
                answers.extend(self.session.message(version, &[good])?);
                (false, answers)
            }
            Err(trouble) => return Err(trouble.into()),
        };
        match answers.pop() {
            Some(Ok(plaintext)) if *plaintext == PLAINTEXT => {}
            Some(Err(Failure::Refused(refusal))) => {
                return Err(Flaw::Unfit(format!(
                    "the server does not decrypt what it has encrypted: {refusal}"
                )));
            }
            _ => {
                let why = "the server does not decrypt to what it has encrypted";
                return Err(Flaw::Unfit(why.to_owned()));
            }
        }
        match answers.pop() {
            Some(Err(Failure::Refused(refusal))) => Ok(Profile {
                version,
                batches,
                wrong_tag: refusal.reason,
            }),
            _ => Err(Flaw::Unfit(
                "the server does not authenticate additional data: it decrypts with others than \
                 it has encrypted with"
                    .to_owned(),
            )),
        }
    }

    /// The version of both sides.
    fn negotiate(&self) -> Result<Version, Flaw> {
        for header in VERSIONS {
            let Some(found) = self.discover(header, &VERSIONS)? else {
                continue;
            };
            if let Some(version) = VERSIONS.into_iter().find(|it| found.contains(it)) {
                return Ok(version);
            }
            break;
        }
        let mut has = String::new();
        for minor in [4, 2, 1] {
            let header = Version { major: 1, minor };
            if let Some(found) = self.discover(header, &[])? {
                let found: Vec<_> = found.iter().map(ToString::to_string).collect();
                has = format!(" but {}", found.join(", "));
                break;
            }
        }
        Err(Flaw::Unfit(format!(
            "the server has none of KMIP 1.4, 2.0 and 2.1{has}: earlier ones have no additional \
             data and no tag"
        )))
    }

    /// Which of these versions the server has; `None` when it does not take a message of
    /// this version, or does not have the operation.
    fn discover(&self, header: Version, of: &[Version]) -> Result<Option<Vec<Version>>, Flaw> {
        match self.session.one(header, DiscoverVersions(of)) {
            Ok(found) => Ok(Some(found)),
            Err(Trouble::Message(refusal) | Trouble::Refused(refusal))
                if refusal.reason != Reason::AUTHENTICATION_NOT_SUCCESSFUL =>
            {
                Ok(None)
            }
            Err(trouble) => Err(trouble.into()),
        }
    }

    /// Whether the server has all operations, as far as it tells.
    fn query(&self, version: Version) -> Result<(), Flaw> {
        let server = match self.session.one(version, Query) {
            Ok(server) => server,
            Err(Trouble::Message(refusal)) if refusal.reason.is_of_version() => {
                return Err(Flaw::Unfit(format!(
                    "the server does not have KMIP {version}: {refusal}"
                )));
            }
            // It need not be permitted.
            Err(Trouble::Refused(refusal))
                if refusal.reason != Reason::AUTHENTICATION_NOT_SUCCESSFUL =>
            {
                return Ok(());
            }
            Err(trouble) => return Err(trouble.into()),
        };
        let has = |operation: &u32| server.operations.contains(operation);
        let lacks = self.needed().filter(|(operation, _)| !has(operation));
        let lacks: Vec<_> = lacks.map(|(_, name)| name).collect();
        self.health.saw(version, server.vendor);
        if lacks.is_empty() {
            return Ok(());
        }
        Err(Flaw::Unfit(format!(
            "the server does not have the operations {}",
            lacks.join(", ")
        )))
    }
}

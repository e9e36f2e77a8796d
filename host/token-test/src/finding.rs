use serde::Serialize;

/// What a finding is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Topic {
    /// Library and token.
    Identity,
    /// The user's PIN and the login.
    Login,
    /// How AES-GCM is called.
    Conventions,
    /// What AES-GCM does.
    AesGcm,
    /// Finding keys.
    Search,
    /// How many sessions, and what they gain.
    Sessions,
    /// What was lost, and whether it comes back.
    Recovery,
    /// The profile in the configuration.
    Configured,
}

impl Topic {
    /// The heading of its findings.
    pub const fn heading(self) -> &'static str {
        match self {
            Self::Identity => "Library and token",
            Self::Login => "PIN and key of the test",
            Self::Conventions => "How AES-GCM is called",
            Self::AesGcm => "What AES-GCM does",
            Self::Search => "Finding keys",
            Self::Sessions => "Sessions",
            Self::Recovery => "Loss and return",
            Self::Configured => "The profile in the host's own code",
        }
    }
}

/// What a finding means for Claviger.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Level {
    /// It is so.
    Info,
    /// Claviger can work with it.
    Ok,
    /// It was not found out.
    Unknown,
    /// It may hurt.
    Warning,
    /// Claviger cannot work with it.
    Fault,
}

impl Level {
    /// In a word.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Ok => "ok",
            Self::Unknown => "unknown",
            Self::Warning => "warning",
            Self::Fault => "fault",
        }
    }
}

/// One thing that was found out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// What it is about.
    pub topic: Topic,
    /// Its name, which stays the same from one version to the next.
    pub check: &'static str,
    /// What it means, in a word.
    pub level: Level,
    /// What was found.
    pub found: String,
    /// What that means.
    pub means: String,
}

//! Plugins that decide who may use an external key for what (XKS-111).

use crate::settings::Table;
use crate::types::RequestContext;

/// What a decision rests on, for the audit record. It never reaches KMS.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grounds {
    /// The ids of the statements that decided, the most telling first. At most 8 are
    /// kept, of each at most 128 bytes.
    pub statements: Vec<String>,
    /// At most 512 bytes are kept.
    pub reason: String,
}

/// A key store's policies compose: any [`Deny`](Self::Deny) denies; otherwise any
/// [`Allow`](Self::Allow) allows; when all abstain the key store's `default`
/// decides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    /// The request may go on.
    Allow(Grounds),
    /// The request is answered 403 `AccessDeniedException`.
    Deny(Grounds),
    /// This policy has nothing to say about the request.
    Abstain,
}

impl Decision {
    /// An [`Allow`](Self::Allow) on these grounds.
    pub fn allow(statement: impl Into<String>, reason: impl Into<String>) -> Self {
        Self::Allow(Grounds {
            statements: vec![statement.into()],
            reason: reason.into(),
        })
    }

    /// A [`Deny`](Self::Deny) on these grounds.
    pub fn deny(statement: impl Into<String>, reason: impl Into<String>) -> Self {
        Self::Deny(Grounds {
            statements: vec![statement.into()],
            reason: reason.into(),
        })
    }
}

/// A plugin of the world `authorization-policy`.
/// [`authorization_policy!`](crate::authorization_policy) exports it.
pub trait AuthorizationPolicy: Sized + 'static {
    /// For how many milliseconds the host may repeat a decision without asking
    /// again, at most 500, for requests that differ in nothing but the
    /// `kms_request_id` and `now`. Leave it at 0 for a policy that looks at that id, at a
    /// clock, or at anything else besides its settings.
    const FRESH_FOR_MS: u32 = 0;

    /// Who makes the plugin: 1 to 128 printable ASCII characters.
    const VENDOR: &'static str = "unknown";

    /// A JSON Schema of the settings.
    const SETTINGS_SCHEMA: Option<&'static str> = None;

    /// Reads the operator's settings and makes the plugin of them, once per
    /// instance and before anything else. Every fault is noted in `settings`, and
    /// `None` given up with only after every setting has been asked for.
    fn configure(settings: &Table<'_>) -> Option<Self>;

    /// Notes every fault of the settings in them, once per configuration and before
    /// [`configure`](Self::configure). To be written only where this takes long, and
    /// [`configure`](Self::configure) can do without it.
    fn validate(settings: &Table<'_>) {
        let _ = Self::configure(settings);
    }

    /// A policy that cannot decide must deny: there is no error here (XKS-113).
    fn authorize(&self, request: &RequestContext) -> Decision;
}

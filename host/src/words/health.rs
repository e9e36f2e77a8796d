//! The state of the key managers behind a key store.

/// How a key manager is doing, the best state first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum KeyManagerState {
    /// Healthy.
    Active,
    /// Unhealthy, but serving.
    Degraded,
    /// Not serving.
    Unavailable,
}

impl KeyManagerState {
    /// Every state once, the best first.
    pub(crate) const ALL: [Self; 3] = [Self::Active, Self::Degraded, Self::Unavailable];

    /// As operators read it, and AWS KMS, too.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Active => "ACTIVE",
            Self::Degraded => "DEGRADED",
            Self::Unavailable => "UNAVAILABLE",
        }
    }
}

/// One key manager.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct KeyManager {
    /// Unique within a report; 1 to 128 printable ASCII characters.
    pub(crate) id: String,
    /// Product and hardware or firmware version; 1 to 128 printable ASCII
    /// characters.
    pub(crate) model: String,
    /// What the last check found.
    pub(crate) state: KeyManagerState,
}

/// What a check of the key managers found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct HealthReport {
    /// 1 to 128 printable ASCII characters.
    pub(crate) vendor: String,
    /// At least one.
    pub(crate) key_managers: Vec<KeyManager>,
}

impl HealthReport {
    /// Whether at least one key manager serves.
    pub(crate) fn serves(&self) -> bool {
        self.key_managers
            .iter()
            .any(|manager| manager.state != KeyManagerState::Unavailable)
    }

    /// The same report with no key manager in a better state than this.
    pub(crate) fn at_best(mut self, state: KeyManagerState) -> Self {
        for manager in &mut self.key_managers {
            manager.state = manager.state.max(state);
        }
        self
    }
}

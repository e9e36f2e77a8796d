//! The contract's exports of a component.

use super::{Exported, Plugin};
use crate::contract::backend::exports::claviger::plugin as backend;
use crate::contract::directory::exports::claviger::plugin as directory;
use crate::contract::policy::exports::claviger::plugin as policy;
use crate::contract::policy::exports::claviger::plugin::authorization::Verdict;
use crate::contract::shared::exports::claviger::plugin::lifecycle;
use crate::settings::{self, Fault};
use crate::{
    AuthorizationPolicy, Call, Decision, Decryption, DirectoryEntry, Encryption, Error,
    ExternalKey, HealthReport, KeyBackend, KeyDirectory, KeyList, KeyStatus, KeySummary,
    ManagementError, RequestContext, Sealed,
};

const NOT_CONFIGURED: &str = "the plugin was called before it was configured";

impl<P: Plugin> lifecycle::Guest for Exported<P> {
    fn describe() -> lifecycle::Description {
        lifecycle::Description {
            name: P::NAME.into(),
            version: P::VERSION.into(),
            vendor: P::VENDOR.into(),
            settings_schema: P::SETTINGS_SCHEMA.map(Into::into),
        }
    }

    fn validate(text: String) -> Result<(), Vec<Fault>> {
        settings::read(&text, P::validate)
    }

    fn configure(text: String) -> Result<(), Vec<Fault>> {
        let plugin = settings::read(&text, P::configure)?;
        P::instance()
            .with(|instance| instance.set(plugin))
            .map_err(|_| {
                vec![Fault::new(
                    "",
                    "the plugin is configured already",
                    "configure each instance once",
                )]
            })
    }
}

/// Calls the configured instance, or answers `otherwise`.
fn call<P: Plugin, T>(otherwise: impl FnOnce() -> T, call: impl FnOnce(&P) -> T) -> T {
    P::instance().with(|instance| match instance.get() {
        Some(plugin) => call(plugin),
        None => otherwise(),
    })
}

fn internal<T>() -> Result<T, Error> {
    Err(Error::internal(NOT_CONFIGURED))
}

fn failed<T>() -> Result<T, ManagementError> {
    Err(ManagementError::Failed(NOT_CONFIGURED.into()))
}

impl<P: Plugin + KeyBackend> backend::key_lookup::Guest for Exported<P> {
    fn lookup(of: Call, id: String) -> Result<ExternalKey, Error> {
        call(internal, |plugin: &P| plugin.lookup(&of, &id))
    }
}

impl<P: Plugin + KeyBackend> backend::crypto::Guest for Exported<P> {
    fn encrypt(handle: Vec<u8>, requests: Vec<Encryption>) -> Vec<Result<Sealed, Error>> {
        let none = || requests.iter().map(|_| internal()).collect();
        call(none, |plugin: &P| match &*requests {
            [one] => vec![plugin.encrypt(&handle, one)],
            several => plugin.encrypt_all(&handle, several),
        })
    }

    fn decrypt(handle: Vec<u8>, requests: Vec<Decryption>) -> Vec<Result<Vec<u8>, Error>> {
        let none = || requests.iter().map(|_| internal()).collect();
        call(none, |plugin: &P| match &*requests {
            [one] => vec![plugin.decrypt(&handle, one)],
            several => plugin.decrypt_all(&handle, several),
        })
    }
}

impl<P: Plugin + KeyBackend> backend::upkeep::Guest for Exported<P> {
    fn run(of: Call) -> u32 {
        let again = call(|| None, |plugin: &P| plugin.upkeep(&of));
        again.map_or(0, |after| {
            u32::try_from(after.as_millis()).unwrap_or(u32::MAX).max(1)
        })
    }
}

impl<P: Plugin + KeyBackend> backend::health::Guest for Exported<P> {
    fn check(of: Call) -> Result<HealthReport, Error> {
        call(internal, |plugin: &P| plugin.check_health(&of))
    }
}

impl<P: Plugin + KeyBackend> backend::key_management::Guest for Exported<P> {
    fn create_key(id: String, usage: Vec<String>) -> Result<KeySummary, ManagementError> {
        call(failed, |plugin: &P| plugin.create_key(&id, &usage))
    }

    fn list_keys(after: Option<String>, limit: u32) -> Result<KeyList, ManagementError> {
        call(failed, |plugin: &P| {
            plugin.list_keys(after.as_deref(), limit)
        })
    }

    fn show_key(id: String) -> Result<KeySummary, ManagementError> {
        call(failed, |plugin: &P| plugin.show_key(&id))
    }

    fn set_key_status(id: String, status: KeyStatus) -> Result<KeySummary, ManagementError> {
        call(failed, |plugin: &P| plugin.set_key_status(&id, status))
    }

    fn rotate_key(id: String) -> Result<KeySummary, ManagementError> {
        call(failed, |plugin: &P| plugin.rotate_key(&id))
    }
}

impl<P: Plugin + KeyDirectory> directory::directory::Guest for Exported<P> {
    fn resolve(of: Call, id: String) -> Result<DirectoryEntry, Error> {
        call(internal, |plugin: &P| plugin.resolve(&of, &id))
    }
}

impl<P: Plugin + AuthorizationPolicy> policy::authorization::Guest for Exported<P> {
    fn authorize(context: RequestContext) -> Verdict {
        call(
            || Verdict {
                decision: Decision::deny("", NOT_CONFIGURED),
                fresh_for_ms: 0,
            },
            |plugin: &P| Verdict {
                decision: plugin.authorize(&context),
                fresh_for_ms: P::FRESH_FOR_MS,
            },
        )
    }
}

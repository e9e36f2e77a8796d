//! From the contract's exports to a trait's methods: what the macros are made of.

use std::cell::OnceCell;
use std::marker::PhantomData;
use std::thread::LocalKey;

use crate::settings::Table;

/// A plugin type and the place where its one configured instance lives. Written
/// by the macros. A guest has one thread, so a thread-local is its global.
#[doc(hidden)]
pub trait Plugin: Sized + 'static {
    fn configure(settings: &Table<'_>) -> Option<Self>;
    fn instance() -> &'static LocalKey<OnceCell<Self>>;
}

/// The type that has the contract's exports.
#[doc(hidden)]
#[derive(Debug)]
pub struct Exported<P>(PhantomData<P>);

/// Exports a [`KeyBackend`](crate::KeyBackend).
#[macro_export]
macro_rules! key_backend {
    ($plugin:ty) => {
        $crate::plugin!(KeyBackend, $plugin);
        #[cfg(target_arch = "wasm32")]
        const _: () = {
            type Exported = $crate::export::Exported<$plugin>;
            $crate::contract::shared::export_lifecycle!(Exported with_types_in $crate::contract::shared);
            $crate::contract::backend::export_backend!(Exported with_types_in $crate::contract::backend);
        };
    };
}

/// Exports a [`KeyDirectory`](crate::KeyDirectory).
#[macro_export]
macro_rules! key_directory {
    ($plugin:ty) => {
        $crate::plugin!(KeyDirectory, $plugin);
        #[cfg(target_arch = "wasm32")]
        const _: () = {
            type Exported = $crate::export::Exported<$plugin>;
            $crate::contract::shared::export_lifecycle!(Exported with_types_in $crate::contract::shared);
            $crate::contract::directory::export_directory!(Exported with_types_in $crate::contract::directory);
        };
    };
}

/// Exports an [`AuthorizationPolicy`](crate::AuthorizationPolicy).
#[macro_export]
macro_rules! authorization_policy {
    ($plugin:ty) => {
        $crate::plugin!(AuthorizationPolicy, $plugin);
        #[cfg(target_arch = "wasm32")]
        const _: () = {
            type Exported = $crate::export::Exported<$plugin>;
            $crate::contract::shared::export_lifecycle!(Exported with_types_in $crate::contract::shared);
            $crate::contract::policy::export_policy!(Exported with_types_in $crate::contract::policy);
        };
    };
}

/// What the three macros have in common.
#[doc(hidden)]
#[macro_export]
macro_rules! plugin {
    ($role:ident, $plugin:ty) => {
        const _: () = {
            ::std::thread_local! {
                static INSTANCE: ::std::cell::OnceCell<$plugin> =
                    const { ::std::cell::OnceCell::new() };
            }
            impl $crate::export::Plugin for $plugin {
                fn configure(
                    settings: &$crate::settings::Table<'_>,
                ) -> ::std::option::Option<Self> {
                    <$plugin as $crate::$role>::configure(settings)
                }
                fn instance() -> &'static ::std::thread::LocalKey<::std::cell::OnceCell<Self>> {
                    &INSTANCE
                }
            }
            // Natively nothing else leads from here to the plugin, and the compiler
            // would call it unused.
            const _: fn(&$crate::settings::Table<'_>) -> ::std::option::Option<$plugin> =
                <$plugin as $crate::export::Plugin>::configure;
        };
    };
}

#[cfg(target_arch = "wasm32")]
mod guest {
    use super::{Exported, Plugin};
    use crate::contract::backend::exports::claviger::plugin as backend;
    use crate::contract::directory::exports::claviger::plugin as directory;
    use crate::contract::policy::exports::claviger::plugin as policy;
    use crate::contract::policy::exports::claviger::plugin::authorization::Verdict;
    use crate::contract::shared::exports::claviger::plugin::lifecycle;
    use crate::settings::{self, Fault};
    use crate::{
        AuthorizationPolicy, Decision, DirectoryEntry, Error, ExternalKey, HealthReport,
        KeyBackend, KeyDirectory, KeyList, KeyStatus, KeySummary, ManagementError, RequestContext,
        Sealed,
    };

    const NOT_CONFIGURED: &str = "the plugin was called before it was configured";

    impl<P: Plugin> lifecycle::Guest for Exported<P> {
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
        fn lookup(id: String) -> Result<ExternalKey, Error> {
            call(internal, |plugin: &P| plugin.lookup(&id))
        }
    }

    impl<P: Plugin + KeyBackend> backend::crypto::Guest for Exported<P> {
        fn encrypt(
            handle: Vec<u8>,
            metadata: Vec<u8>,
            additional_data: Vec<u8>,
            plaintext: Vec<u8>,
        ) -> Result<Sealed, Error> {
            call(internal, |plugin: &P| {
                plugin.encrypt(&handle, &metadata, &additional_data, &plaintext)
            })
        }

        fn decrypt(
            handle: Vec<u8>,
            metadata: Vec<u8>,
            additional_data: Vec<u8>,
            sealed: Sealed,
        ) -> Result<Vec<u8>, Error> {
            call(internal, |plugin: &P| {
                plugin.decrypt(&handle, &metadata, &additional_data, &sealed)
            })
        }
    }

    impl<P: Plugin + KeyBackend> backend::health::Guest for Exported<P> {
        fn check() -> Result<HealthReport, Error> {
            call(internal, P::check_health)
        }
    }

    impl<P: Plugin + KeyBackend> backend::key_management::Guest for Exported<P> {
        fn create_key(id: String, usage: Vec<String>) -> Result<KeySummary, ManagementError> {
            call(failed, |plugin: &P| plugin.create_key(&id, &usage))
        }

        fn list_keys() -> Result<KeyList, ManagementError> {
            call(failed, P::list_keys)
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
        fn resolve(id: String) -> Result<DirectoryEntry, Error> {
            call(internal, |plugin: &P| plugin.resolve(&id))
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
}

//! From the contract's exports to a trait's methods: what the macros are made of.

use std::cell::OnceCell;
use std::marker::PhantomData;
use std::thread::LocalKey;

use crate::settings::Table;

/// A plugin type and the place where its one configured instance lives. Written
/// by the macros. A guest has one thread, so a thread-local is its global.
#[doc(hidden)]
pub trait Plugin: Sized + 'static {
    const NAME: &'static str;
    const VERSION: &'static str;
    const VENDOR: &'static str;
    const SETTINGS_SCHEMA: Option<&'static str>;
    fn configure(settings: &Table<'_>) -> Option<Self>;
    fn validate(settings: &Table<'_>) -> Option<()>;
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
                const NAME: &'static str = ::std::env!("CARGO_PKG_NAME");
                const VERSION: &'static str = ::std::env!("CARGO_PKG_VERSION");
                const VENDOR: &'static str = <$plugin as $crate::$role>::VENDOR;
                const SETTINGS_SCHEMA: ::std::option::Option<&'static str> =
                    <$plugin as $crate::$role>::SETTINGS_SCHEMA;
                fn validate(settings: &$crate::settings::Table<'_>) -> ::std::option::Option<()> {
                    <$plugin as $crate::$role>::validate(settings);
                    ::std::option::Option::Some(())
                }
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
mod guest;

//! What a plugin may import of WASI: the interfaces that standard libraries import
//! even when a program uses nothing of them. What is behind them is in
//! [`crate::capability`].
//!
//! HTTP clients import `wasi:http`: the capability `http` is behind it, and it is in
//! [`super::wasi_http`]. Whatever else a component imports of WASI is refused by name
//! before anything of it is compiled: it is for a program that expects files of others,
//! sockets or to be an HTTP server, which no plugin is.

use claviger_config::Capability;
use thiserror::Error;
use wasmtime::component::{HasData, Linker, Resource};
use wasmtime_wasi::clocks::WasiClocksCtxView;
use wasmtime_wasi::p2::DynPollable;
use wasmtime_wasi::p2::bindings::clocks::{monotonic_clock, wall_clock};
use wasmtime_wasi::p2::bindings::random::{insecure, insecure_seed, random};

use crate::capability::{self, Wasi};
use crate::plugin::store::InstanceState;
use crate::words::printable;

/// Longest import that is shown, in bytes.
const IMPORT: usize = 128;

/// Releases of WASI 0.2 are compatible with each other.
const RELEASE: &str = "0.2";

/// The interfaces, of release 0.2.
const INTERFACES: [&str; 20] = [
    "wasi:cli/environment",
    "wasi:cli/exit",
    "wasi:cli/stderr",
    "wasi:cli/stdin",
    "wasi:cli/stdout",
    "wasi:cli/terminal-input",
    "wasi:cli/terminal-output",
    "wasi:cli/terminal-stderr",
    "wasi:cli/terminal-stdin",
    "wasi:cli/terminal-stdout",
    "wasi:clocks/monotonic-clock",
    "wasi:clocks/wall-clock",
    "wasi:filesystem/preopens",
    "wasi:filesystem/types",
    "wasi:io/error",
    "wasi:io/poll",
    "wasi:io/streams",
    "wasi:random/insecure",
    "wasi:random/insecure-seed",
    "wasi:random/random",
];

/// Those of the capability `http`, of the same release.
const HTTP: [&str; 2] = ["wasi:http/outgoing-handler", "wasi:http/types"];

/// An import of WASI that this host does not have.
#[derive(Debug, Error, PartialEq, Eq)]
pub(crate) enum WasiFault {
    /// The network, in whichever release.
    #[error(
        "it imports `{0}`, and plugins have no network but the capabilities `http` and `streams`"
    )]
    Network(String),
    /// An interface of another release.
    #[error("it imports `{0}`, and this host has WASI {RELEASE} only")]
    Release(String),
    /// Anything else.
    #[error("it imports `{0}`, which this host does not have of WASI")]
    Unknown(String),
}

impl WasiFault {
    /// For a plugin of a world without the capability `http`, too.
    pub(super) fn network(import: &str) -> Self {
        Self::Network(printable(import, IMPORT))
    }

    /// What the operator can do about it.
    pub(crate) fn fix(&self) -> &'static str {
        match self {
            Self::Network(_) => {
                "build it without what uses the network: sockets, HTTP servers, \
                 and in a policy HTTP clients; if only its language's runtime imports them, \
                 build it with that toolchain's option that leaves them out or stubs them"
            }
            Self::Release(_) => "build it for wasm32-wasip2 with a toolchain of WASI 0.2",
            Self::Unknown(_) => {
                "build it for wasm32-wasip2, or for wasm32-unknown-unknown without WASI"
            }
        }
    }
}

/// The capability that this interface of WASI belongs to, if a plugin may import it:
/// `wasi:io/poll@0.2.6`.
pub(super) fn admit(import: &str) -> Result<Capability, WasiFault> {
    let shown = || printable(import, IMPORT);
    let (interface, version) = import.split_once('@').unwrap_or((import, ""));
    let capability = if INTERFACES.contains(&interface) {
        Capability::Wasi
    } else if HTTP.contains(&interface) {
        Capability::Http
    } else if ["wasi:http/", "wasi:sockets/", "wasi:tls/"]
        .iter()
        .any(|package| interface.starts_with(package))
    {
        return Err(WasiFault::network(import));
    } else {
        return Err(WasiFault::Unknown(shown()));
    };
    let patch = version
        .strip_prefix(RELEASE)
        .and_then(|rest| rest.strip_prefix('.'));
    match patch.map(str::parse::<u32>) {
        Some(Ok(_)) => Ok(capability),
        _ => Err(WasiFault::Release(shown())),
    }
}

/// Links everything that is admitted, with the host's own clocks and randomness in the
/// place of the library's.
pub(super) fn link(linker: &mut Linker<InstanceState>) -> wasmtime::Result<()> {
    wasmtime_wasi::p2::add_to_linker_async(linker)?;
    linker.allow_shadowing(true);
    wall_clock::add_to_linker::<_, Clocks>(linker, InstanceState::gated_clocks)?;
    monotonic_clock::add_to_linker::<_, Clocks>(linker, InstanceState::gated_clocks)?;
    let of = InstanceState::capabilities;
    random::add_to_linker::<_, Randomness>(linker, of)?;
    insecure::add_to_linker::<_, Randomness>(linker, of)?;
    insecure_seed::add_to_linker::<_, Randomness>(linker, of)?;
    linker.allow_shadowing(false);
    Ok(())
}

/// The clocks of one instance.
pub(in crate::plugin) struct GatedClocks<'a> {
    pub(in crate::plugin) wasi: &'a Wasi,
    pub(in crate::plugin) clocks: WasiClocksCtxView<'a>,
}

struct Clocks;

impl HasData for Clocks {
    type Data<'a> = GatedClocks<'a>;
}

impl wall_clock::Host for GatedClocks<'_> {
    fn now(&mut self) -> wasmtime::Result<wall_clock::Datetime> {
        self.wasi.admit("the time")?;
        wall_clock::Host::now(&mut self.clocks)
    }

    fn resolution(&mut self) -> wasmtime::Result<wall_clock::Datetime> {
        self.wasi.admit("the time")?;
        wall_clock::Host::resolution(&mut self.clocks)
    }
}

impl monotonic_clock::Host for GatedClocks<'_> {
    fn now(&mut self) -> wasmtime::Result<u64> {
        self.wasi.admit("the time")?;
        monotonic_clock::Host::now(&mut self.clocks)
    }

    fn resolution(&mut self) -> wasmtime::Result<u64> {
        self.wasi.admit("the time")?;
        monotonic_clock::Host::resolution(&mut self.clocks)
    }

    fn subscribe_instant(&mut self, when: u64) -> wasmtime::Result<Resource<DynPollable>> {
        self.wasi.admit("a timer")?;
        self.clocks.subscribe_instant(when)
    }

    fn subscribe_duration(&mut self, time: u64) -> wasmtime::Result<Resource<DynPollable>> {
        self.wasi.admit("a timer")?;
        self.clocks.subscribe_duration(time)
    }
}

struct Randomness;

impl HasData for Randomness {
    type Data<'a> = &'a mut capability::State;
}

impl random::Host for capability::State {
    fn get_random_bytes(&mut self, count: u64) -> wasmtime::Result<Vec<u8>> {
        self.wasi.random_bytes(count)
    }

    fn get_random_u64(&mut self) -> wasmtime::Result<u64> {
        self.wasi.random_u64()
    }
}

impl insecure::Host for capability::State {
    fn get_insecure_random_bytes(&mut self, count: u64) -> wasmtime::Result<Vec<u8>> {
        self.wasi.random_bytes(count)
    }

    fn get_insecure_random_u64(&mut self) -> wasmtime::Result<u64> {
        self.wasi.random_u64()
    }
}

impl insecure_seed::Host for capability::State {
    fn insecure_seed(&mut self) -> wasmtime::Result<(u64, u64)> {
        Wasi::seed()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flt_63_what_standard_libraries_import_is_there_and_nothing_else() {
        let interfaces = INTERFACES.map(|interface| (interface, Capability::Wasi));
        let http = HTTP.map(|interface| (interface, Capability::Http));
        for (interface, capability) in interfaces.into_iter().chain(http) {
            for version in ["0.2.0", "0.2.6", "0.2.12"] {
                let admitted = admit(&format!("{interface}@{version}"));
                assert_eq!(admitted, Ok(capability));
            }
            for version in ["", "@0.1.0", "@0.3.0", "@0.20.0", "@0.2", "@0.2.0-rc-1"] {
                let import = format!("{interface}{version}");
                assert_eq!(admit(&import), Err(WasiFault::Release(import)));
            }
        }
        for (import, network) in [
            ("wasi:http/incoming-handler@0.2.0", true),
            ("wasi:sockets/tcp@0.2.0", true),
            ("wasi:keyvalue/store@0.2.0", false),
            ("wasi:cli/everything@0.2.0", false),
        ] {
            let fault = admit(import).unwrap_err();
            assert_eq!(matches!(fault, WasiFault::Network(_)), network, "{fault}");
            assert!(fault.to_string().contains(import), "{fault}");
        }
    }

    #[test]
    fn flt_68_a_name_of_any_length_and_characters_is_shown_cut_and_escaped() {
        let fault = admit(&format!("wasi:\u{202e}{}", "x".repeat(6 << 20))).unwrap_err();
        let shown = fault.to_string();
        assert!(shown.len() < 256 && !shown.contains('\u{202e}'), "{shown}");
    }
}

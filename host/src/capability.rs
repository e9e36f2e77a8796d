//! Capabilities: what a plugin may be granted to call the host for.
//!
//! One room each, with what it does, its limits, and what it keeps for an instance. What is not granted is not linked and does not exist
//! for a plugin: no files, no sockets, no environment.
//!
//! Adding one touches its room here, the list (`claviger_config::Capability`, with
//! how its grant is written), the interface in `wit/` with the file that speaks it
//! in `plugin/contract/`, and the SDK; the compiler names every `match` that wants
//! another arm.

mod aead;
mod http;
mod key_storage;
mod last_words;
mod log;
mod metrics;
mod pkcs11;
mod random;
mod secrets;
mod streams;
mod wasi;
mod wasi_http;

use std::sync::Arc;

use wasmtime::component::ResourceTable;
use wasmtime_wasi_http::WasiHttpCtx;

use crate::metrics::PluginOwn;
use crate::pkcs11::GrantedTokens;
use crate::storage::ScopedStorage;
use crate::upstream::{GrantedUpstreams, Stream};
use crate::words::Deadline;

pub(crate) use crate::upstream::Method;
pub(crate) use aead::AeadFault;
pub(crate) use http::{HttpFault, HttpHeader, HttpRequest};
pub(crate) use last_words::LastWords;
pub(crate) use log::{Level, LogLines, LogSource, Witness};
pub(crate) use random::random_bytes;
pub(crate) use secrets::{GrantedSecret, SecretFault, Secrets};
pub(crate) use streams::StreamFault;
pub(crate) use wasi::Wasi;
use wasi_http::Outgoing;
// `pub`, because generated code re-exports them.
#[expect(unreachable_pub, reason = "re-exported by generated code")]
pub use {
    aead::AeadKey, key_storage::CounterHandle, pkcs11::SecretKey, pkcs11::TokenHandle,
    streams::ConnectionHandle,
};

/// Handles (for example `aead.key`) that one instance may hold.
const HANDLES: usize = 4096;
/// The same with `wasi:http`, whose handles hold headers and pieces of bodies: some 24
/// KiB each at the most.
const HTTP_HANDLES: usize = 512;

/// What the grants of one use of a plugin by a key store give access to.
#[derive(Clone)]
pub(crate) struct Granted {
    /// Whether wasi is granted.
    pub(crate) wasi: bool,
    /// `Some` when key-storage is granted.
    pub(crate) key_storage: Option<Arc<ScopedStorage>>,
    /// The tokens of pkcs11; the others do not exist.
    pub(crate) tokens: GrantedTokens,
    /// The upstreams of http and streams; the others do not exist.
    pub(crate) upstreams: GrantedUpstreams,
    /// What is granted, and what the plugin came by.
    pub(crate) secrets: Arc<Secrets>,
    /// What the plugin counts of itself.
    pub(crate) own: Arc<PluginOwn>,
    /// SHA-256 of what files and secrets behind the grants hold: to compare.
    pub(crate) contents: [u8; 32],
    /// Names key store and plugin in each line of the log.
    pub(crate) log_source: Arc<LogSource>,
}

impl Granted {
    /// For a plugin that is looked at.
    pub(crate) fn nothing(log_source: LogSource) -> Self {
        Self {
            wasi: false,
            key_storage: None,
            tokens: GrantedTokens::default(),
            upstreams: GrantedUpstreams::default(),
            secrets: Arc::default(),
            own: Arc::default(),
            contents: [0; 32],
            log_source: Arc::new(log_source),
        }
    }
}

/// What one instance of a plugin has of the host: its handles, and the state of
/// its capabilities.
pub(crate) struct State {
    pub(crate) table: ResourceTable,
    /// Of the call under way.
    pub(crate) deadline: Deadline,
    pub(crate) log: LogLines,
    pub(crate) wasi: Wasi,
    key_storage: Option<Arc<ScopedStorage>>,
    tokens: GrantedTokens,
    upstreams: GrantedUpstreams,
    secrets: Arc<Secrets>,
    own: Arc<PluginOwn>,
    /// What it wrote to standard error in the call under way.
    pub(crate) last_words: LastWords,
    /// Of the call under way, those that were kept or dropped included.
    streams: Vec<Arc<tokio::sync::Mutex<Option<Stream>>>>,
    wasi_http: WasiHttpCtx,
    outgoing: Outgoing,
    /// Whether more than three quarters of its handles were taken when a call ended.
    crowded: bool,
}

impl State {
    /// Of a fresh instance, which may import `wasi:http`.
    pub(crate) fn new(granted: Granted, deadline: Deadline, wasi_http: bool) -> Self {
        let mut table = ResourceTable::new();
        table.set_max_capacity(if wasi_http { HTTP_HANDLES } else { HANDLES });
        Self {
            wasi_http: wasi_http::context(),
            outgoing: Outgoing::new(&granted, deadline),
            crowded: false,
            table,
            deadline,
            log: LogLines::new(granted.log_source),
            wasi: Wasi::new(granted.wasi),
            key_storage: granted.key_storage,
            tokens: granted.tokens,
            upstreams: granted.upstreams,
            secrets: granted.secrets,
            own: granted.own,
            last_words: LastWords::default(),
            streams: Vec::new(),
        }
    }

    /// A call begins. With `withhold` a plaintext is in the plugin's hands.
    pub(crate) fn begin_call(&mut self, deadline: Deadline, withhold: bool) {
        self.deadline = deadline;
        self.outgoing.begin_call(deadline);
        self.log.begin_call(withhold);
        self.last_words.clear();
    }

    /// What the call under way wrote to standard error, unless it may hold what nobody
    /// should see.
    pub(crate) fn last_words(&self) -> Option<String> {
        let text = self.last_words.text()?;
        Some(if self.log.withholds(&text) {
            "[text withheld: a plaintext or a secret was being processed]".to_owned()
        } else {
            text
        })
    }

    /// A call has ended: nothing of it goes on.
    pub(crate) fn end_call(&mut self) {
        self.end_streams();
        self.end_outgoing();
        self.crowded = self.table.iter_mut().count() > self.table.max_capacity() / 4 * 3;
    }

    /// Whether few handles are left: a runtime that does not let go of them in time is
    /// replaced before a call meets the end of them.
    pub(crate) fn is_crowded(&self) -> bool {
        self.crowded
    }

    /// Whether this text of the last call may hold what nobody should see.
    pub(crate) fn withholds(&self, text: &str) -> bool {
        self.log.withholds(text)
    }
}

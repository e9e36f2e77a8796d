//! The upstreams and the secrets of a configuration.

use std::collections::BTreeMap;
use std::sync::{Arc, Weak};

use claviger_config::{
    Configuration, Grants, Name, Secret as ConfiguredSecret, Upstream as ConfiguredUpstream,
    regular_file,
};
use claviger_settings::Fault;
use zeroize::Zeroizing;

use super::{Absence, Resources, sha256};
use crate::upstream::{GrantedUpstreams, Upstream, UpstreamCounts, UpstreamShare};
use crate::words::SecretBytes;

/// The longest file of an upstream, in bytes: a longer one is refused where it is opened.
const FILE: usize = 4 << 20;

/// Upstreams and secrets by name; those with a fault are left out.
pub(crate) struct Upstreams {
    /// Each with the SHA-256 of its files and secrets.
    open: BTreeMap<Name, (Arc<Upstream>, [u8; 32])>,
    secrets: BTreeMap<Name, (ConfiguredSecret, SecretBytes)>,
    absent: BTreeMap<Name, Absence>,
}

/// The upstreams that some snapshot uses, each with what it was made from: its settings,
/// and the SHA-256 of its files and secrets.
pub(super) type OpenUpstreams = BTreeMap<Name, (ConfiguredUpstream, [u8; 32], Weak<Upstream>)>;

impl Upstreams {
    /// Reads secrets and opens upstreams, or takes those that are open in the same words
    /// with the same files.
    pub(crate) fn open(
        resources: &Resources,
        configuration: &Configuration,
        faults: &mut Vec<Fault>,
    ) -> Self {
        let (mut secrets, mut absent) = (BTreeMap::new(), BTreeMap::new());
        for (name, configured) in &configuration.secrets {
            match configured.read() {
                Ok(bytes) => {
                    let secret = (configured.clone(), Arc::new(bytes));
                    secrets.insert(name.clone(), secret);
                }
                Err(fault) => match configured.source.absent_file() {
                    Some(file) => {
                        absent.insert(name.clone(), Absence::of_file(fault, file));
                    }
                    None => faults.push(fault),
                },
            }
        }
        let mut upstreams = Self {
            open: BTreeMap::new(),
            secrets,
            absent,
        };
        for (name, configured) in &configuration.upstreams {
            // What waits for a secret is not open yet.
            if configured
                .secrets()
                .any(|secret| upstreams.absent.contains_key(&secret))
            {
                continue;
            }
            let digest = upstreams.digest(configured);
            if let Some(open) = resources.open_upstream(name, configured, digest) {
                upstreams.open.insert(name.clone(), (open, digest));
                continue;
            }
            let secret = |name: &str| upstreams.bytes(name);
            match Upstream::open(name.as_str(), configured, secret) {
                Ok(open) => {
                    let open = Arc::new(open);
                    resources.keep_upstream(name, configured, digest, &open);
                    upstreams.open.insert(name.clone(), (open, digest));
                }
                Err(found) => faults.extend(found),
            }
        }
        upstreams
    }

    fn bytes(&self, name: &str) -> Option<Zeroizing<Vec<u8>>> {
        let name: Name = name.parse().ok()?;
        let (_, bytes) = self.secrets.get(&name)?;
        Some(Zeroizing::clone(bytes))
    }

    /// Of what is not in its settings.
    fn digest(&self, configured: &ConfiguredUpstream) -> [u8; 32] {
        let mut all = Zeroizing::new(Vec::new());
        let mut add = |bytes: &[u8]| {
            all.extend_from_slice(&sha256(bytes));
        };
        for file in configured.files() {
            // One that cannot be read is a fault of the one who opens it.
            add(&regular_file::read(file, FILE).unwrap_or_default());
        }
        for name in configured.secrets() {
            add(self.secrets.get(&name).map_or(&[][..], |(_, bytes)| bytes));
        }
        sha256(&all)
    }

    /// SHA-256 of what is behind these grants and not in the configuration: what files and
    /// secrets hold. Of an upstream these are what it was opened with.
    pub(crate) fn contents(&self, grants: &Grants) -> [u8; 32] {
        let mut all = Zeroizing::new(Vec::new());
        for name in grants.http().iter().chain(grants.streams()) {
            let digest = self.open.get(name).map(|(_, digest)| *digest);
            all.extend_from_slice(&digest.unwrap_or_default());
        }
        for name in grants.secrets() {
            let bytes = self.secrets.get(name).map(|(_, bytes)| sha256(bytes));
            all.extend_from_slice(&bytes.unwrap_or_default());
        }
        sha256(&all)
    }

    /// What these grants need and is not there.
    pub(crate) fn absences<'u>(
        &'u self,
        configuration: &'u Configuration,
        grants: &'u Grants,
    ) -> impl Iterator<Item = &'u Absence> {
        let upstreams = grants.http().iter();
        let upstreams = upstreams.filter_map(|name| configuration.upstreams.get(name));
        let of_headers = upstreams.flat_map(ConfiguredUpstream::secrets);
        let named = grants.secrets().iter().cloned().chain(of_headers);
        named.filter_map(|name| self.absent.get(&name))
    }

    /// What is behind the grants of `http` and `streams`, or `None` when some of it could
    /// not be opened.
    pub(crate) fn granted(
        &self,
        grants: &Grants,
        counts: impl Fn(&Arc<str>) -> Arc<UpstreamCounts>,
    ) -> Option<GrantedUpstreams> {
        let names = grants.http().iter().chain(grants.streams());
        names
            .map(|name| {
                let (upstream, _) = self.open.get(name)?;
                let counts = counts(upstream.name());
                let share = UpstreamShare::new(Arc::clone(upstream), counts);
                Some((name.clone(), share))
            })
            .collect()
    }

    /// A secret and its settings, if it could be read.
    pub(crate) fn secret(&self, name: &Name) -> Option<(&ConfiguredSecret, SecretBytes)> {
        let (configured, bytes) = self.secrets.get(name)?;
        Some((configured, Arc::clone(bytes)))
    }
}

impl Resources {
    /// The upstreams in use by name, and whether each answers.
    pub(crate) fn upstream_states(&self) -> Vec<(String, bool)> {
        let upstreams = self.upstreams.lock();
        let open = upstreams
            .iter()
            .filter_map(|(name, (_, _, upstream))| Some((name, upstream.upgrade()?)));
        open.map(|(name, upstream)| (name.to_string(), upstream.is_up()))
            .collect()
    }

    fn open_upstream(
        &self,
        name: &Name,
        configured: &ConfiguredUpstream,
        digest: [u8; 32],
    ) -> Option<Arc<Upstream>> {
        let upstreams = self.upstreams.lock();
        let (known, of, upstream) = upstreams.get(name)?;
        let upstream = upstream.upgrade()?;
        (known == configured && *of == digest).then_some(upstream)
    }

    fn keep_upstream(
        &self,
        name: &Name,
        configured: &ConfiguredUpstream,
        digest: [u8; 32],
        upstream: &Arc<Upstream>,
    ) {
        let kept = (configured.clone(), digest, Arc::downgrade(upstream));
        self.upstreams.lock().insert(name.clone(), kept);
    }
}

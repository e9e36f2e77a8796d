//! Which files a host reads when it takes up a configuration.

use crate::plugin_use::PluginUse;
use crate::{ComponentSource, Configuration, KeyStore, Upstream};
use std::collections::BTreeSet;
use std::path::Path;

impl Configuration {
    /// The files whose contents decide what is served: certificates, their key, roots of
    /// clients, those of upstreams, secrets of credentials and of plugins, components. Storages and tokens
    /// stay open when their files change, so theirs are not among them.
    pub fn files(&self) -> BTreeSet<&Path> {
        let tls = &self.server.tls;
        let roots = tls.client.as_ref().map(|client| &*client.roots);
        let of_tls = [&*tls.certificate, &*tls.private_key];
        let components = self
            .plugins
            .values()
            .filter_map(|plugin| match &plugin.component {
                ComponentSource::File { path, .. } => Some(&**path),
                ComponentSource::Builtin(_) => None,
            });
        let credentials = self.key_stores.iter().flat_map(|it| &it.credentials);
        let secrets = credentials.filter_map(|credential| credential.secret.file());
        let uses = self.key_stores.iter().flat_map(KeyStore::uses);
        let settings = uses.flat_map(PluginUse::secret_files);
        let upstreams = self.upstreams.values().flat_map(Upstream::files);
        let named = self.secrets.values();
        let named = named.filter_map(|secret| secret.source.file());
        of_tls
            .into_iter()
            .chain(upstreams)
            .chain(named)
            .chain(roots)
            .chain(components)
            .chain(secrets)
            .chain(settings)
            .collect()
    }
}

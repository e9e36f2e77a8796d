use crate::declared::Declared;
use crate::plugin::Plugin;
use crate::secret::Secret;
use crate::storage::Storage;
use crate::token::Token;
use crate::upstream::Upstream;

/// What a use of a plugin may refer to.
#[derive(Clone, Copy)]
pub(crate) struct Available<'a> {
    pub(crate) plugins: &'a Declared<Plugin>,
    pub(crate) storage: &'a Declared<Storage>,
    pub(crate) tokens: &'a Declared<Token>,
    pub(crate) upstreams: &'a Declared<Upstream>,
    pub(crate) secrets: &'a Declared<Secret>,
}

//! The bytes of a secret.

use std::sync::Arc;

use zeroize::Zeroizing;

/// Shared by those who may use it, and wiped when nobody holds it any more.
pub(crate) type SecretBytes = Arc<Zeroizing<Vec<u8>>>;

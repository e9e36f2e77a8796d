//! Ciphertexts: the inner layer, the blob around both layers, and the encryption
//! context that both are bound to.

mod blob;
mod encryption_context;
mod inner_layer;

pub use blob::{Blob, Header, OuterLayer, UnreadableBlob};
pub use encryption_context::{EncryptionContext, EncryptionContextTooLong};
pub use inner_layer::{InnerLayer, InnerLayerFault};

//! What the service knows: key stores, KMS keys and aliases, Region by Region.

mod alias;
mod change;
mod connection_state;
mod folder;
mod grant;
mod key;
mod key_material;
mod key_store;
mod region_state;
mod store;
mod written;

pub use alias::Alias;
pub use change::Change;
pub use connection_state::{ConnectionState, Event, Step};
pub use folder::{Folder, FolderFault};
pub use grant::Grant;
pub use key::{Deletion, Key, KeyState, Origin, Rotation};
pub use key_material::{KeyMaterial, MATERIAL_BYTES, MaterialId, RotationType};
pub use key_store::{Connectivity, KeyStore};
pub use region_state::RegionState;
pub use store::{Store, limits};

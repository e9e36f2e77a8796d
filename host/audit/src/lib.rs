//! placeholder
mod chain;
mod checkpoint;
mod condition;
mod datagram;
mod export;
mod files;
mod head;
mod hex;
mod journal;
mod keeper;
mod key;
mod line;
mod lines;
mod log;
mod output;
mod queue;
mod recover;
mod second;
mod settings;
mod slot;
mod state;
#[cfg(test)]
mod tests;
pub mod verify;
mod writer;

pub use checkpoint::{After, Before, Checkpoint, Opening, Reason};
pub use condition::{Condition, Failure};
pub use head::Head;
pub use key::PublicKey;
pub use log::{AuditLog, Closed, NoRoom, OpenFault};
pub use queue::{NotWritten, Ticket};
pub use settings::{Durability, HeadExport, Rotation, Second, Settings, Target};

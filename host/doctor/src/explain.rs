//! `claviger doctor explain`: what a code, an exception, a message or a record of
//! `CloudTrail` means, what causes it, and what to do.

pub mod audit;
mod causes;
mod command;
mod recognise;
mod render;
mod terms;

pub use command::{ExplainCommand, ExplainFault};
pub use recognise::{Subject, Unknown, recognise};
pub use render::text;

use claviger_xks_client::outcome::ConnectionErrorCode;

/// What a connection error code means, in a sentence.
pub fn meaning_of_code(code: ConnectionErrorCode) -> &'static str {
    terms::find(code.name()).map_or("", |term| term.meaning)
}

/// In which order keys, key stores and clusters can be deleted.
const DELETION: &str = "\
To stop every use of a key store's keys, disconnect it: that can be undone. Deleting cannot.

1. ScheduleKeyDeletion for every KMS key of the key store: 7 to 30 days.
2. Wait until they are gone. Keys that are pending deletion still count, and
   DeleteCustomKeyStore answers CustomKeyStoreHasCMKsException.
3. DisconnectCustomKeyStore; otherwise it answers CustomKeyStoreInvalidStateException. This may
   come first.
4. DeleteCustomKeyStore.
5. Only then what was behind it, which AWS KMS does not touch: the external keys, the proxy, the
   load balancer, the endpoint service (EC2 wants its connections gone, which disconnecting
   does), or the CloudHSM cluster (which only wants its HSMs gone).

A KMS key cannot be made again from the same external key: what it has encrypted is lost for
ever, even when the external key is still there. Deleting keys frees no cluster; deleting the
key store that has the cluster does.
";

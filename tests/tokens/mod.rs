//! Keys on PKCS#11 tokens: what a token's bad days look like from outside, and
//! what nobody is told of it.

mod absent;
mod command_line;
mod failover;
mod files_away;
mod grants;
mod large;
mod load;
mod p11_kit;
mod recovery;
mod slow;
mod softokn;
mod steady_state;
mod trial;

use crate::harness::hsm::Hsm;
use crate::harness::{Deployment, Folder};

/// A folder whose keys are on an HSM of this name.
pub(crate) fn folder(hsm: &str) -> Folder {
    Folder::new(Deployment::on(Hsm::called(hsm).expect("it is there")))
}

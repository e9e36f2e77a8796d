//! What the AWS side looks like, as the AWS CLI writes it.
//!
//! Types hold the members that a check looks at. A member that is missing is `None`,
//! which is something else than an empty list: checks say "cannot tell" for it.

pub mod certificates;
pub mod cloud_hsm;
pub mod cloud_trail;
pub mod commands;
pub mod ec2;
pub mod elastic_load_balancing;
pub mod files;
pub mod key_stores;
pub mod names;

pub use files::AwsFiles;

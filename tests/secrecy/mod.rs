//! Secrets, and other users of the machine: who can read and change the host's files,
//! what its memory shows, and how plugins are given secrets.

mod files;
mod process;
mod settings;

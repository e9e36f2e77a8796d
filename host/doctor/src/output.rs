//! Findings for people and for programs.

pub(crate) mod command;
pub mod json;
pub mod junit;
pub mod table;
mod wrapping;

pub(crate) use wrapping::wrap;

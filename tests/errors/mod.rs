//! Errors: XKS-101 to XKS-110, FLT-100.

mod body;
mod order;
mod shape;
mod unverified;

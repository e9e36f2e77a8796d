//! Errors: XKS-101 to XKS-110.

mod body;
mod order;
mod shape;

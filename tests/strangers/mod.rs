//! What strangers do who reach the port and have no credential: FLT-20 to FLT-24.
//!
//! Each attack runs beside a good client, once with both on one address, as they are
//! behind a load balancer, and once with addresses of their own, as a load balancer
//! that speaks PROXY protocol names them.

mod all_at_once;
mod attack;
mod bodies;
mod connections;
mod good_client;
mod handshakes;
mod open_files;
mod origin;
mod proxy_protocol;
mod time_limits;

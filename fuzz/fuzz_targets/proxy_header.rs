//! A header names the client whose bytes it has, and is never longer than it says.

#![no_main]

use std::net::IpAddr;

use claviger_proxy_header::{FIXED, Fixed, REST, begins_header};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Some((first, rest)) = bytes.split_first_chunk::<FIXED>() else {
        return;
    };
    let Ok(fixed) = Fixed::parse(first) else {
        return;
    };
    assert!(begins_header(first));
    assert!(fixed.rest() <= REST);
    // What comes after the header changes nothing.
    let Some(header) = rest.get(..fixed.rest()) else {
        return;
    };
    let client = fixed.client(header);
    assert_eq!(client, fixed.client(rest));
    if let Some(client) = client.expect("the length was checked before") {
        let named = match client.ip() {
            IpAddr::V4(address) => address.octets().to_vec(),
            IpAddr::V6(address) => address.octets().to_vec(),
        };
        assert!(header.starts_with(&named));
        let port = 2 * named.len();
        assert_eq!(header[port..port + 2], client.port().to_be_bytes());
    } else {
        assert!(first[12] == 0x20 || first[13] == 0);
    }
});

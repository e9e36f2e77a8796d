#![expect(
    clippy::cast_possible_truncation,
    reason = "the headers of these tests are short"
)]

use super::*;

/// A header with this command, family and rest.
fn header(command: u8, family: u8, rest: &[u8]) -> Vec<u8> {
    let length = (rest.len() as u16).to_be_bytes();
    let fixed = [command, family, length[0], length[1]];
    [&SIGNATURE[..], &fixed, rest].concat()
}

fn read(bytes: &[u8]) -> Result<Option<SocketAddr>, HeaderFault> {
    let (fixed, rest) = bytes.split_first_chunk().unwrap();
    let fixed = Fixed::parse(fixed)?;
    assert_eq!(fixed.rest(), rest.len());
    fixed.client(rest)
}

#[test]
fn the_client_of_a_forwarded_connection_is_read() {
    // 192.0.2.7:4660 to 198.51.100.1:443, then a TLV as AWS sends it.
    let v4 = [
        192, 0, 2, 7, 198, 51, 100, 1, 0x12, 0x34, 1, 187, 0xea, 0, 2, 1, b'v',
    ];
    let client = read(&header(0x21, 0x11, &v4)).unwrap();
    assert_eq!(client, Some("192.0.2.7:4660".parse().unwrap()));
    let mut v6 = [0; 36];
    v6[..2].copy_from_slice(&[0x20, 1]);
    v6[15] = 1;
    v6[31] = 2;
    v6[32..34].copy_from_slice(&[0x12, 0x34]);
    let client = read(&header(0x21, 0x21, &v6)).unwrap();
    assert_eq!(client, Some("[2001::1]:4660".parse().unwrap()));
}

#[test]
fn a_load_balancer_that_speaks_for_itself_names_nobody() {
    assert_eq!(read(&header(0x20, 0x00, &[])), Ok(None));
    assert_eq!(read(&header(0x20, 0x11, &[1; 12])), Ok(None));
    assert_eq!(read(&header(0x21, 0x00, &[1; 7])), Ok(None));
}

#[test]
fn what_is_no_header_for_tcp_is_named() {
    for (command, family, fault) in [
        (0x11, 0x11, HeaderFault::Unknown),
        (0x22, 0x11, HeaderFault::Unknown),
        (0x21, 0x12, HeaderFault::NotTcp),
        (0x21, 0x31, HeaderFault::NotTcp),
        (0x21, 0xff, HeaderFault::NotTcp),
    ] {
        assert_eq!(read(&header(command, family, &[0; 36])), Err(fault));
    }
    let tls = b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03abcdefg";
    assert_eq!(read(tls), Err(HeaderFault::Absent));
    let text = b"PROXY TCP4 192.0.2.7 198.51.100.1 4660 443\r\n";
    assert_eq!(read(text), Err(HeaderFault::Version1));
}

#[test]
fn a_length_that_does_not_fit_is_refused_before_anything_is_read() {
    let fixed = |family: u8, length: u16| {
        let mut bytes = header(0x21, family, &[]);
        bytes[14..].copy_from_slice(&length.to_be_bytes());
        Fixed::parse(bytes.first_chunk().unwrap())
    };
    assert_eq!(fixed(0x11, 11), Err(HeaderFault::TooShort));
    assert_eq!(fixed(0x21, 35), Err(HeaderFault::TooShort));
    assert_eq!(fixed(0x11, 1024).unwrap().rest(), REST);
    assert_eq!(fixed(0x11, 1025), Err(HeaderFault::TooLong(1041)));
    // A reader that hands over less than it should.
    let v4 = fixed(0x11, 12).unwrap();
    assert_eq!(v4.client(&[0; 9]), Err(HeaderFault::TooShort));
}

#[test]
fn the_begin_of_a_header_is_recognised() {
    assert!(begins_header(b"PROXY TCP4 1"));
    assert!(begins_header(&SIGNATURE));
    assert!(begins_header(&SIGNATURE[..6]));
    assert!(!begins_header(&SIGNATURE[..5]));
    assert!(!begins_header(b"GET / HTTP/1.1"));
    assert!(!begins_header(b""));
}

//! A load balancer that probes all the time.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

/// Between two probes.
const PAUSE: Duration = Duration::from_millis(20);

/// The slowest answer to a probe until `ended`.
pub(crate) fn slowest(address: SocketAddr, ended: &AtomicBool) -> Duration {
    let mut slowest = Duration::ZERO;
    while !ended.load(Ordering::Relaxed) {
        let begun = Instant::now();
        let mut stream = TcpStream::connect(address).expect("the probe port is open");
        let request = b"GET /healthz HTTP/1.1\r\nHost: probe\r\nConnection: close\r\n\r\n";
        stream.write_all(request).expect("the server reads");
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).expect("the server answers");
        assert!(answer.starts_with(b"HTTP/1.1 200"), "it is alive");
        slowest = slowest.max(begun.elapsed());
        thread::sleep(PAUSE);
    }
    slowest
}

//! Servers behind the hostile key store: one that answers late, one that never does, one
//! that hangs up, one that is away.

use std::io::{self, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

/// How long the late one takes.
const LATE: Duration = Duration::from_millis(150);

/// What a server does with a request.
#[derive(Clone, Copy)]
pub(crate) enum Upstream {
    /// Answers at once.
    Answers,
    /// Answers just before the deadline of 170 ms.
    IsLate,
    NeverAnswers,
    HangsUp,
    /// Nobody listens.
    IsAway,
}

impl Upstream {
    pub(crate) const ALL: [Self; 5] = [
        Self::Answers,
        Self::IsLate,
        Self::NeverAnswers,
        Self::HangsUp,
        Self::IsAway,
    ];

    /// Its part of a name.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Answers => "answers",
            Self::IsLate => "late",
            Self::NeverAnswers => "never",
            Self::HangsUp => "hangs-up",
            Self::IsAway => "away",
        }
    }

    /// Starts it for as long as the process lives.
    pub(crate) fn start(self) -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("it is bound");
        if !matches!(self, Self::IsAway) {
            thread::spawn(move || {
                for connection in listener.incoming().flatten() {
                    // Each end of a connection is an end of its thread.
                    thread::spawn(move || self.serve(connection).ok());
                }
            });
        }
        address
    }

    fn serve(self, mut connection: TcpStream) -> io::Result<()> {
        connection.set_nodelay(true)?;
        let (mut head, mut part) = (Vec::new(), [0; 4096]);
        loop {
            let count = connection.read(&mut part)?;
            let since = Instant::now();
            if count == 0 {
                return Ok(());
            }
            head.extend_from_slice(part.get(..count).unwrap_or_default());
            // Its requests have no bodies.
            if !head.ends_with(b"\r\n\r\n") {
                continue;
            }
            head.clear();
            match self {
                Self::Answers | Self::IsAway => {}
                Self::IsLate => thread::sleep(LATE.saturating_sub(since.elapsed())),
                Self::NeverAnswers => continue,
                Self::HangsUp => return Ok(()),
            }
            connection.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok")?;
        }
    }
}

//! One key store's plugins do to another key store: nothing (FLT-01 to FLT-13).
//!
//! A hostile key store stands beside the deployment's own, in one host. The benchmark
//! `neighbours` measures how little the good one notices; these tests see that each
//! of its answers is right, and there before AWS KMS gives up.

mod hostile;
mod instances;
mod starts;

use std::time::{Duration, Instant};

use tokio::time::{Interval, interval};

use crate::harness::http1::Http1;
use crate::harness::{Deployment, Folder, Request, Server, base64, plaintext};

/// How long AWS KMS waits.
const KMS_WAITS: Duration = Duration::from_millis(250);

/// The good key store's caller sends two requests in each such time.
const PACE: Duration = Duration::from_millis(10);

/// The deployment of software keys, and a second key store, `hostile`.
fn with_neighbour(change: impl FnOnce(&mut Folder)) -> Server {
    let mut folder = Folder::new(Deployment::software());
    folder.set("server.probe_listen", "127.0.0.1:0");
    folder.set("log.level", "info");
    folder.add_key_store("hostile");
    change(&mut folder);
    folder.serve()
}

/// The caller of the good key store.
struct Good {
    connection: Http1,
    encrypt: Request,
    decrypt: Request,
    plaintext: String,
    pace: Interval,
    /// The longest that an answer took.
    longest: Duration,
}

impl Good {
    async fn of(server: &Server) -> Self {
        let plaintext = plaintext();
        let encrypt = server.store.encrypt("demo", &plaintext).sign();
        let mut connection = server.connect().await;
        let encrypted = server.send_on(&mut connection, encrypt.clone()).await.ok();
        let decrypt = server.store.decrypt("demo", &encrypted).sign();
        server.forbidden.note_request(&decrypt);
        Self {
            connection,
            encrypt,
            decrypt,
            plaintext: base64(&plaintext),
            pace: interval(PACE),
            longest: Duration::ZERO,
        }
    }

    /// Encrypts and decrypts.
    async fn is_served(&mut self) {
        self.pace.tick().await;
        let start = Instant::now();
        self.connection.send(&self.encrypt).await.ok();
        let half = Instant::now();
        let decrypted = self.connection.send(&self.decrypt).await.ok();
        assert_eq!(decrypted["plaintext"], self.plaintext);
        let longer = half.elapsed().max(half.duration_since(start));
        self.longest = self.longest.max(longer);
    }
}

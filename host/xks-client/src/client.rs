//! The four calls, with the time limit and the retry of AWS KMS.

use std::fmt;
use std::time::{Duration, SystemTime};

use claviger_xks::uri::{Api, ExternalKeyId};
use http::uri::PathAndQuery;
use tokio::time::Instant;
use zeroize::Zeroizing;

use crate::answer::{Encrypted, Failure, HealthReport, KeyMetadata, read_object, read_plaintext};
use crate::call::{DecryptCall, EncryptCall, metadata_body};
use crate::connection::{Connector, TransportFault};
use crate::exchange::{RawAnswer, RawRequest, exchange};
use crate::metadata::RequestMetadata;
use crate::pool::Pool;
use crate::resolve::Resolve;
use crate::signing::Signing;
use crate::target::Target;
use crate::trust::Trust;

/// How long and how often a call is tried, and how much of an answer is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// For one try, from the name to the last byte of the answer.
    pub per_try: Duration,
    /// How often a call is tried again after a time-out.
    pub retries: u32,
    /// The longest body of an answer, in bytes.
    pub max_body_bytes: usize,
}

impl Limits {
    /// Those of AWS KMS: 250 ms, and one retry on a time-out of the network. The
    /// largest answer that it can want, an Encrypt of 4300 bytes, has some
    /// 6 KiB; 64 KiB are read.
    pub const KMS: Self = Self {
        per_try: Duration::from_millis(250),
        retries: 1,
        max_body_bytes: 64 << 10,
    };
}

impl Default for Limits {
    fn default() -> Self {
        Self::KMS
    }
}

/// Which connection a request goes over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reuse {
    /// An open one if there is one, otherwise a new one; kept open afterwards.
    Open,
    /// A new one, closed afterwards.
    Never,
}

/// Calls one key store of one proxy as AWS KMS does. Cheap to keep, holds open
/// connections; needs a tokio runtime.
pub struct XksClient {
    target: Target,
    connector: Connector,
    pool: Pool,
    limits: Limits,
    clock: fn() -> SystemTime,
}

impl XksClient {
    /// Nothing is sent yet.
    pub fn new(target: Target, resolve: Resolve, trust: Trust, limits: Limits) -> Self {
        let connector = Connector::new(target.endpoint.host(), resolve, trust);
        Self {
            target,
            connector,
            pool: Pool::default(),
            limits,
            clock: SystemTime::now,
        }
    }

    /// Signs with another clock.
    #[must_use]
    pub fn with_clock(self, clock: fn() -> SystemTime) -> Self {
        Self { clock, ..self }
    }

    /// What is called.
    pub const fn target(&self) -> &Target {
        &self.target
    }

    /// How connections are made.
    pub const fn connector(&self) -> &Connector {
        &self.connector
    }

    /// The limits of every call.
    pub const fn limits(&self) -> Limits {
        self.limits
    }

    /// Signed as AWS KMS signs, now.
    pub fn signing(&self) -> Signing {
        Signing::of_kms(&self.target, (self.clock)())
    }

    /// `GetHealthStatus`. Fails too when no key manager serves.
    pub async fn get_health_status(
        &self,
        metadata: &RequestMetadata,
    ) -> Result<HealthReport, Failure> {
        let path = self.target.uri_path.health();
        let answer = self.call(&path, metadata_body(metadata)).await?;
        let report = HealthReport::read(&read_object(Api::GetHealthStatus, &answer)?)?;
        report.require_serving()?;
        Ok(report)
    }

    /// `GetKeyMetadata`. Fails too when `CreateKey` could not use the key.
    pub async fn get_key_metadata(
        &self,
        key: &ExternalKeyId,
        metadata: &RequestMetadata,
    ) -> Result<KeyMetadata, Failure> {
        let path = self.target.uri_path.metadata(key);
        let answer = self.call(&path, metadata_body(metadata)).await?;
        let metadata = KeyMetadata::read(&read_object(Api::GetKeyMetadata, &answer)?)?;
        metadata.require_usable()?;
        Ok(metadata)
    }

    /// Encrypt. Fails too when the integrity value that was asked for is not
    /// right.
    pub async fn encrypt(&self, call: &EncryptCall<'_>) -> Result<Encrypted, Failure> {
        let path = self.target.uri_path.encrypt(call.key);
        let answer = self.call(&path, call.body()).await?;
        Encrypted::read(&read_object(Api::Encrypt, &answer)?, call)
    }

    /// Decrypt.
    pub async fn decrypt(&self, call: &DecryptCall<'_>) -> Result<Zeroizing<Vec<u8>>, Failure> {
        let path = self.target.uri_path.decrypt(call.key);
        let answer = self.call(&path, call.body()).await?;
        let object = read_object(Api::Decrypt, &answer)?;
        Ok(read_plaintext(&object, call.ciphertext.len())?)
    }

    /// POST to a path of this key store, signed as AWS KMS signs, with the limits
    /// of AWS KMS: tried again after a time-out, with a new signature.
    async fn call(&self, path: &str, body: Vec<u8>) -> Result<RawAnswer, TransportFault> {
        let mut request = self.request(path, body)?;
        let mut retries = self.limits.retries;
        loop {
            match self.send(&request, Reuse::Open).await {
                Err(TransportFault::TimedOut(_)) if retries > 0 => retries -= 1,
                result => return result,
            }
            request.signing = Some(self.signing());
        }
    }

    /// A POST signed as AWS KMS signs, to be sent as it is or changed before. The
    /// path is the whole request target; one that cannot be a request target
    /// counts as [`TransportFault::ServerName`].
    pub fn request(&self, path: &str, body: Vec<u8>) -> Result<RawRequest, TransportFault> {
        let path = PathAndQuery::try_from(path).map_err(|_| TransportFault::ServerName)?;
        Ok(RawRequest::post(path, body, self.signing()))
    }

    /// Sends a request once, within the time limit of one try, and reads the
    /// whole answer whatever it is.
    ///
    /// When an open connection turns out to have been closed by the proxy, the
    /// request goes over a new one.
    pub async fn send(
        &self,
        request: &RawRequest,
        reuse: Reuse,
    ) -> Result<RawAnswer, TransportFault> {
        let host = self.target.endpoint.host();
        let max = self.limits.max_body_bytes;
        let deadline = Instant::now() + self.limits.per_try;
        if reuse == Reuse::Open
            && let Some(mut open) = self.pool.take()
        {
            let request = request.signed(host)?;
            match exchange(&mut open.sender, request, None, max, deadline).await {
                Err(TransportFault::Broken) => {}
                Ok(answer) => {
                    self.pool.put(open);
                    return Ok(answer);
                }
                Err(fault) => return Err(fault),
            }
        }
        let request = request.signed(host)?;
        let mut new = self.connector.connect(deadline).await?;
        let times = Some(new.times);
        let answer = exchange(&mut new.sender, request, times, max, deadline).await?;
        if reuse == Reuse::Open {
            self.pool.put(new);
        }
        Ok(answer)
    }
}

impl fmt::Debug for XksClient {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("XksClient")
            .field("target", &self.target)
            .field("limits", &self.limits)
            .finish_non_exhaustive()
    }
}

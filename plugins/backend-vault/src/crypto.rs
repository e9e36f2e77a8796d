//! Encryption and decryption, several at once in one request.

use crate::api::{Failure, refused};
use crate::names::{Handle, version_of};
use crate::{Vault, ciphertext};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use claviger_sdk::http::Method;
use claviger_sdk::{Call, Decryption, Encryption, Error, Sealed, metrics};
use serde::{Deserialize, Serialize};

#[derive(Serialize)]
struct Batch<T> {
    batch_input: Vec<T>,
}

#[derive(Serialize)]
struct Plain {
    plaintext: String,
    associated_data: String,
    /// The one whose number is bound into the ciphertext.
    key_version: u32,
}

#[derive(Serialize)]
struct Cipher {
    ciphertext: String,
    associated_data: String,
}

#[derive(Deserialize)]
struct Answer {
    data: Option<Results>,
}

#[derive(Deserialize)]
struct Results {
    batch_results: Vec<BatchResult>,
}

#[derive(Deserialize)]
struct BatchResult {
    #[serde(default)]
    ciphertext: String,
    #[serde(default)]
    plaintext: String,
    #[serde(default)]
    error: String,
}

impl Vault {
    pub(crate) fn seal_all(
        &self,
        handle: &[u8],
        requests: &[Encryption],
    ) -> Vec<Result<Sealed, Error>> {
        let inputs = requests.iter().map(|request| Plain {
            plaintext: STANDARD.encode(&request.plaintext),
            associated_data: STANDARD.encode(&request.additional_data),
            key_version: version_of(&request.ciphertext_metadata).unwrap_or_default(),
        });
        let inputs: Vec<_> = inputs.collect();
        let versions: Vec<_> = inputs.iter().map(|input| input.key_version).collect();
        let ids = ids(requests.iter().map(|request| &request.call));
        let results = self.batch("encrypt", handle, inputs, &ids);
        let results = match results {
            Ok((_, results)) => results,
            Err(error) => return requests.iter().map(|_| Err(error.clone())).collect(),
        };
        let results = results.into_iter().zip(versions);
        results
            .map(|(result, version)| {
                if !result.error.is_empty() {
                    return Err(not_sealed(&result.error));
                }
                let parts = ciphertext::parts(&result.ciphertext, version);
                parts.ok_or_else(|| Error::internal("the server made another ciphertext"))
            })
            .collect()
    }

    pub(crate) fn open_all(
        &self,
        handle: &[u8],
        requests: &[Decryption],
    ) -> Vec<Result<Vec<u8>, Error>> {
        // What no version of a key can have made is not asked for.
        let inputs: Vec<_> = requests
            .iter()
            .map(|request| {
                let version = version_of(&request.ciphertext_metadata)?;
                Some(Cipher {
                    ciphertext: ciphertext::text(&request.sealed, version)?,
                    associated_data: STANDARD.encode(&request.additional_data),
                })
            })
            .collect();
        let possible: Vec<_> = inputs.iter().map(Option::is_some).collect();
        let asked: Vec<_> = inputs.into_iter().flatten().collect();
        let answer = if asked.is_empty() {
            Ok((0, Vec::new()))
        } else {
            let ids = ids(requests.iter().map(|request| &request.call));
            self.batch("decrypt", handle, asked, &ids)
        };
        let (newest, results) = match answer {
            Ok((newest, results)) => (newest, results),
            Err(error) => return requests.iter().map(|_| Err(error.clone())).collect(),
        };
        let mut results = results.into_iter();
        let answers = requests.iter().zip(possible);
        answers
            .map(|(request, possible)| {
                if !possible {
                    return Err(Error::invalid_ciphertext());
                }
                let result = results.next();
                let result = result.ok_or_else(|| Error::internal("no answer"))?;
                if result.error.is_empty() {
                    let plaintext = STANDARD.decode(result.plaintext);
                    return plaintext.map_err(|_| Error::internal("a plaintext is not Base64"));
                }
                let version = version_of(&request.ciphertext_metadata);
                Err(not_opened(
                    &result.error,
                    version.unwrap_or_default(),
                    newest,
                ))
            })
            .collect()
    }

    /// One request for all of them. Also the newest version of the key, as far as it was
    /// known.
    fn batch<T: Serialize>(
        &self,
        what: &str,
        handle: &[u8],
        batch_input: Vec<T>,
        ids: &str,
    ) -> Result<(u32, Vec<BatchResult>), Error> {
        let unknown = || Error::internal("a handle that this plugin never made");
        let handle = Handle::parse(handle).ok_or_else(unknown)?;
        let path = format!("/v1/{}/{what}/{}", self.settings.mount, handle.name);
        let count = batch_input.len();
        let body = serde_json::to_vec(&Batch { batch_input }).map_err(Error::internal)?;
        metrics::count("requests", u64::try_from(count).unwrap_or(u64::MAX));
        metrics::count("round_trips", 1);
        let answer = self.api.answer(Method::Post, &path, body, ids)?;
        // A part that fails makes it 400, with the results nevertheless.
        if matches!(answer.status, 200 | 400)
            && let Ok(Answer {
                data: Some(results),
            }) = serde_json::from_slice(&answer.body)
        {
            if results.batch_results.len() != count {
                return Err(Failure::Unreadable.into());
            }
            return Ok((handle.newest, results.batch_results));
        }
        if answer.status == 200 {
            return Err(Failure::Unreadable.into());
        }
        let refused = refused(&answer);
        if refused
            .errors
            .iter()
            .any(|error| error.contains("key not found"))
        {
            return Err(Error::key_not_found());
        }
        Err(refused.into())
    }
}

/// Why the server does not decrypt. Only what it says of the ciphertext itself is the
/// ciphertext's fault (XKS-109).
fn not_opened(said: &str, version: u32, newest: u32) -> Error {
    if said.contains("message authentication failed") {
        return Error::invalid_ciphertext().with_code(400);
    }
    if said.contains("version is too new") {
        // A node that is behind has fewer versions than the key.
        return if version > newest {
            Error::invalid_ciphertext().with_code(400)
        } else {
            Error::dependency_timeout("a node of the server does not have this version yet")
        };
    }
    if said.contains("soft-deleted") {
        return Error::invalid_state("the key is soft-deleted").with_code(400);
    }
    if said.contains("disallowed by policy") || said.contains("too old") {
        let text = "the version is below the key's min_decryption_version";
        return Error::invalid_state(text).with_code(400);
    }
    fault(said)
}

/// The `kmsRequestId`s of these calls, separated by spaces.
fn ids<'c>(calls: impl Iterator<Item = &'c Call>) -> String {
    let ids = calls.filter_map(|call| Some(&*call.request.as_ref()?.kms_request_id));
    // It is a header: nothing but what ids of AWS are made of.
    let legal = |id: &&str| {
        let legal = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
        (1..=64).contains(&id.len()) && id.bytes().all(legal)
    };
    ids.filter(legal).collect::<Vec<_>>().join(" ")
}

/// Why the server does not encrypt.
fn not_sealed(said: &str) -> Error {
    if said.contains("soft-deleted") {
        return Error::invalid_state("the key is soft-deleted").with_code(400);
    }
    if said.contains("disallowed by policy") || said.contains("version") {
        // There is a newer one, and this one may not encrypt by now.
        let text = "the key's version may not encrypt any more";
        return Error::stale_key(text).with_code(400);
    }
    fault(said)
}

/// Of one that is nobody's fault in particular.
fn fault(said: &str) -> Error {
    if said.contains("key not found") {
        // It was there a moment ago.
        return Error::stale_key("it is gone since it was looked up");
    }
    Error::internal("the server refuses it").with_code(400)
}

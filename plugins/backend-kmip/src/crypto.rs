//! Encryption and decryption, several at once in one message.

use crate::Kmip;
use crate::earlier::Earlier;
use crate::names::{Handle, metadata_of};
use crate::refusal::{Seen, Use};
use crate::server::{Known, Profile};
use crate::settings::Maker;
use claviger_kmip::{
    Ciphertext, Decrypt, Encrypt, Failure, INITIALIZATION_VECTOR, Reason, Refusal, TAG,
};
use claviger_sdk::{Decryption, Encryption, Error, Sealed, metrics, random};

/// What is encrypted to see whether a key works.
pub(crate) const PLAINTEXT: &[u8] = b"not a secret";
pub(crate) const ADDITIONAL_DATA: &[u8] = b"claviger trial";

/// A ciphertext that the server is asked to decrypt.
struct Question<'r> {
    /// Its place among the requests.
    index: usize,
    identifier: String,
    request: &'r Decryption,
}

impl Kmip {
    pub(crate) fn seal_all(
        &self,
        handle: &[u8],
        requests: &[Encryption],
    ) -> Result<Vec<Result<Sealed, Error>>, Error> {
        let profile = Known::read().profile()?;
        let handle = Handle::parse(handle).ok_or_else(unknown_handle)?;
        let made = metadata_of(handle.identifier);
        // None at all for a ciphertext that looks as another proxy's.
        let is_its = |request: &Encryption| {
            request.ciphertext_metadata == made || request.ciphertext_metadata.is_empty()
        };
        if !requests.iter().all(is_its) {
            return Err(Error::stale_key("the metadata is another key's"));
        }
        let vectors: Vec<_> = requests.iter().map(|_| self.vector()).collect();
        let asks = requests.iter().zip(&vectors);
        let asks = asks.map(|(request, vector)| Encrypt {
            identifier: handle.identifier,
            plaintext: &request.plaintext,
            additional_data: &request.additional_data,
            initialization_vector: vector.as_deref(),
        });
        let asks: Vec<_> = asks.collect();
        count(requests.len());
        let answers = self.session.all(profile, &asks)?;
        let mut seen = Seen::new();
        let answers = answers.into_iter().zip(requests);
        let answers = answers.map(|(answer, request)| match answer {
            Ok(ciphertext) => Ok(sealed(ciphertext)),
            Err(Failure::Malformed(fault)) => Err(Error::internal(fault)),
            Err(Failure::Refused(refusal)) => {
                let what = (Use::Encrypt, handle.identifier);
                Err(self.why(profile, what, &refusal, request.call.now, &mut seen))
            }
        });
        Ok(answers.collect())
    }

    pub(crate) fn open_all(
        &self,
        handle: &[u8],
        requests: &[Decryption],
    ) -> Result<Vec<Result<Vec<u8>, Error>>, Error> {
        let profile = Known::read().profile()?;
        let handle = Handle::parse(handle).ok_or_else(unknown_handle)?;
        // What no key can have made is not asked for.
        let mut opened: Vec<_> = requests
            .iter()
            .map(|_| Err(Error::invalid_ciphertext()))
            .collect();
        let mut earlier = Earlier::default();
        let mut questions = Vec::new();
        for (index, request) in requests.iter().enumerate() {
            let Sealed {
                initialization_vector,
                authentication_tag,
                ..
            } = &request.sealed;
            // Servers take tags that are cut.
            if authentication_tag.len() != TAG || initialization_vector.is_empty() {
                continue;
            }
            let metadata = &request.ciphertext_metadata;
            let made_by = self.made_by(profile.version, &handle, metadata, &mut earlier)?;
            questions.extend(made_by.map(|identifier| Question {
                index,
                identifier,
                request,
            }));
        }
        count(questions.len());
        let asks: Vec<_> = questions.iter().map(Question::ask).collect();
        let answers = self.session.all(profile, &asks)?;
        let mut seen = Seen::new();
        for (question, answer) in questions.iter().zip(answers) {
            let answer = match answer {
                Ok(mut plaintext) => Ok(std::mem::take(&mut *plaintext)),
                Err(Failure::Malformed(fault)) => Err(Error::internal(fault)),
                Err(Failure::Refused(refusal)) => {
                    self.not_opened(profile, question, &refusal, &mut seen)
                }
            };
            if let Some(place) = opened.get_mut(question.index) {
                *place = answer;
            }
        }
        Ok(opened)
    }

    /// Why the server does not decrypt; or the plaintext, when it does so at the second
    /// time. Only what is certain is the ciphertext's fault (XKS-109).
    fn not_opened(
        &self,
        profile: Profile,
        question: &Question<'_>,
        refusal: &Refusal,
        seen: &mut Seen,
    ) -> Result<Vec<u8>, Error> {
        let reason = refusal.reason;
        let may_be_the_tag = reason == profile.wrong_tag || reason == Reason::CRYPTOGRAPHIC_FAILURE;
        if may_be_the_tag && profile.wrong_tag == Reason::CRYPTOGRAPHIC_FAILURE {
            return Err(Error::invalid_ciphertext().with_code(reason.0));
        }
        if may_be_the_tag && let Some(answer) = self.once_more(profile, question, reason)? {
            return answer;
        }
        let what = (Use::Decrypt, &*question.identifier);
        Err(self.why(profile, what, refusal, question.request.call.now, seen))
    }

    /// Servers say General Failure of a wrong tag, and of much else. So the key is tried
    /// with a ciphertext that is good, and in the same message with this one again.
    /// `None` when that does not tell.
    fn once_more(
        &self,
        profile: Profile,
        question: &Question<'_>,
        reason: Reason,
    ) -> Result<Option<Result<Vec<u8>, Error>>, Error> {
        let vector = self.vector();
        let good = Encrypt {
            identifier: &question.identifier,
            plaintext: PLAINTEXT,
            additional_data: ADDITIONAL_DATA,
            initialization_vector: vector.as_deref(),
        };
        let good = self.session.all(profile, &[good])?.pop();
        let Some(Ok(good)) = good else {
            return Ok(None);
        };
        let asks = [opening(&question.identifier, &good), question.ask()];
        let mut answers = self.session.all(profile, &asks)?.into_iter();
        let (Some(control), Some(again)) = (answers.next(), answers.next()) else {
            return Ok(None);
        };
        if !control.is_ok_and(|plaintext| *plaintext == PLAINTEXT) {
            return Ok(None);
        }
        match again {
            Ok(mut plaintext) => Ok(Some(Ok(std::mem::take(&mut *plaintext)))),
            Err(Failure::Refused(refusal)) if refusal.reason == reason => {
                let invalid = Error::invalid_ciphertext().with_code(reason.0);
                Ok(Some(Err(invalid)))
            }
            Err(_) => Ok(None),
        }
    }

    /// An initialization vector, unless the server makes it.
    pub(crate) fn vector(&self) -> Option<Vec<u8>> {
        let bytes = u32::try_from(INITIALIZATION_VECTOR).unwrap_or_default();
        match self.settings.initialization_vectors {
            Maker::Server => None,
            Maker::Host => Some(random::bytes(bytes)),
        }
    }
}

impl Question<'_> {
    fn ask(&self) -> Decrypt<'_> {
        Decrypt {
            identifier: &self.identifier,
            data: &self.request.sealed.ciphertext,
            additional_data: &self.request.additional_data,
            initialization_vector: &self.request.sealed.initialization_vector,
            tag: &self.request.sealed.authentication_tag,
        }
    }
}

/// Decrypts what was encrypted to see whether the key works.
pub(crate) fn opening<'a>(identifier: &'a str, made: &'a Ciphertext) -> Decrypt<'a> {
    Decrypt {
        identifier,
        data: &made.data,
        additional_data: ADDITIONAL_DATA,
        initialization_vector: &made.initialization_vector,
        tag: &made.tag,
    }
}

fn sealed(ciphertext: Ciphertext) -> Sealed {
    Sealed {
        ciphertext: ciphertext.data,
        initialization_vector: ciphertext.initialization_vector,
        authentication_tag: ciphertext.tag,
    }
}

fn count(requests: usize) {
    metrics::count("requests", u64::try_from(requests).unwrap_or(u64::MAX));
}

fn unknown_handle() -> Error {
    Error::internal("a handle that this plugin never made")
}

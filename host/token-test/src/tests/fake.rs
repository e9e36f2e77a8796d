//! A token that is a few lines of code: no cipher, but it has the manners of one, and
//! can break in the ways that the test is to notice.

use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash as _, Hasher as _};
use std::time::Duration;

use claviger_config::IvConvention;
use cryptoki_sys as sys;

use crate::wire::{
    Answer, Bytes, Code, Direction, Failure, Gcm, GcmOutcome, Identity, Mechanism, Rate, Request,
    Sessions, Step,
};
use crate::worker::{Lost, Worker};

/// What a fake token does; the default is a good one whose caller gives the vector.
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a way of its own to misbehave"
)]
pub(super) struct Fake {
    pub(super) iv: IvConvention,
    pub(super) vector_length: usize,
    /// What decrypting answers to a wrong tag; none decrypts all the same.
    pub(super) bad_tag: Option<u64>,
    pub(super) ignores_additional_data: bool,
    pub(super) repeats_vectors: bool,
    pub(super) cuts_tag: bool,
    pub(super) writes_too_much: bool,
    /// Every so many operations fail, and do not when they are repeated.
    pub(super) throttles: Option<u32>,
    /// Of this operation the session is lost, or the worker.
    pub(super) breaks_at: Option<(u32, Break)>,
    pub(super) flags: u64,
    pub(super) login: Option<u64>,
    pub(super) session_keys: bool,
    pub(super) profile_problem: Option<String>,
    /// What it was asked, without the operations.
    pub(super) asked: Vec<Request>,
    pub(super) state: State,
}

/// What has become of it.
#[derive(Default)]
pub(super) struct State {
    operations: u32,
    is_lost: bool,
    is_interrupted: bool,
    /// Which key is in use: a later one decrypts nothing of an earlier one.
    key: u32,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Break {
    Session,
    Crash,
    Hang,
    Interruption,
}

impl Default for Fake {
    fn default() -> Self {
        Self {
            iv: IvConvention::CallerRandom,
            vector_length: 12,
            bad_tag: Some(sys::CKR_ENCRYPTED_DATA_INVALID),
            ignores_additional_data: false,
            repeats_vectors: false,
            cuts_tag: false,
            writes_too_much: false,
            throttles: None,
            breaks_at: None,
            flags: 0,
            login: None,
            session_keys: true,
            profile_problem: None,
            asked: Vec::new(),
            state: State::default(),
        }
    }
}

fn failure(function: &str, number: u64) -> Failure {
    Failure {
        function: function.to_owned(),
        code: Code { number, name: None },
    }
}

impl Worker for Fake {
    fn ask(&mut self, request: &Request, limit: Duration) -> Result<Answer, Lost> {
        if self.state.is_interrupted {
            return Err(Lost::Interrupted);
        }
        if let Request::Gcm(gcm) = request {
            self.state.operations += 1;
            match self.breaks_at {
                Some((at, Break::Session)) if at == self.state.operations => {
                    self.state.is_lost = true;
                }
                Some((at, Break::Crash)) if at == self.state.operations => {
                    return Err(Lost::Ended("signal 11".to_owned()));
                }
                Some((at, Break::Hang)) if at == self.state.operations => {
                    return Err(Lost::Silent(limit));
                }
                Some((at, Break::Interruption)) if at == self.state.operations => {
                    self.state.is_interrupted = true;
                    return Err(Lost::Interrupted);
                }
                _ => {}
            }
            return Ok(Answer::Gcm(self.gcm(gcm)));
        }
        if let Request::MakeKey(_) = request {
            self.state.key += 1;
        }
        self.asked.push(request.clone());
        Ok(self.answer(request))
    }

    fn end(&mut self) {
        self.state.is_lost = false;
    }

    fn resume(&mut self) {
        self.state.is_interrupted = false;
    }
}

impl Fake {
    fn answer(&self, request: &Request) -> Answer {
        let steps = |problem: Option<String>| {
            let what = "it works".to_owned();
            Answer::Steps(vec![Step { what, problem }])
        };
        match request {
            Request::Start => Answer::Identity(Box::new(Identity {
                flags: self.flags,
                mechanisms: [sys::CKM_AES_GCM, sys::CKM_AES_KEY_GEN]
                    .map(|number| Mechanism {
                        number,
                        least_key: 16,
                        most_key: 32,
                        flags: 0,
                    })
                    .to_vec(),
                ..Identity::default()
            })),
            Request::Login => match self.login {
                Some(refused) => Answer::Failed(failure("C_Login", refused)),
                None => Answer::Done,
            },
            Request::MakeKey(crate::wire::Keeping::Session(_)) if !self.session_keys => {
                Answer::Failed(failure("C_GenerateKey", sys::CKR_TEMPLATE_INCONSISTENT))
            }
            Request::Health if self.state.is_lost => {
                Answer::Failed(failure("C_GetSessionInfo", sys::CKR_SESSION_HANDLE_INVALID))
            }
            Request::MakeKey(_) | Request::RemoveKept(_) | Request::Health => Answer::Done,
            Request::TryProfile(_) => steps(self.profile_problem.clone()),
            Request::Random | Request::Search | Request::LogOutAndIn(_) | Request::Restart => {
                steps(None)
            }
            Request::OpenSessions { most, .. } => Answer::Sessions(Sessions {
                opened: *most,
                refused: None,
                stuck: None,
            }),
            Request::Encrypt { sessions, .. } => Answer::Rate(Rate {
                operations: 1000 * u64::try_from(*sessions.min(&4)).unwrap(),
                microseconds: 1_000_000,
                median: 10,
                percentile_99: 20,
                failed: 0,
                failure: None,
            }),
            Request::UseClosedSession => {
                Answer::Failed(failure("C_GenerateRandom", sys::CKR_SESSION_HANDLE_INVALID))
            }
            Request::Gcm(_) => unreachable!("answered before"),
        }
    }

    fn gcm(&mut self, gcm: &Gcm) -> GcmOutcome {
        let begun = gcm.vector.clone().unwrap_or_default();
        let (init, process) = match gcm.direction {
            Direction::Encrypt => ("C_EncryptInit", "C_Encrypt"),
            Direction::Decrypt => ("C_DecryptInit", "C_Decrypt"),
        };
        let throttled = self
            .throttles
            .is_some_and(|every| self.state.operations.is_multiple_of(every));
        let done = if self.state.is_lost {
            Err(failure(init, sys::CKR_SESSION_HANDLE_INVALID))
        } else if throttled {
            Err(failure(process, sys::CKR_FUNCTION_FAILED))
        } else {
            self.transform(gcm).map_err(|code| failure(process, code))
        };
        let (failed, output, after) = match done {
            Ok((output, vector)) => (None, output, Bytes(vector)),
            Err(failed) => (Some(failed), Vec::new(), begun.clone()),
        };
        GcmOutcome {
            failure: failed,
            length: gcm.ask_length.then_some(0),
            vector_begun: begun,
            vector_after: after,
            overrun: self.writes_too_much,
            output: Bytes(output),
        }
    }

    /// Output, and what is in the vector's buffer then.
    fn transform(&mut self, gcm: &Gcm) -> Result<(Vec<u8>, Vec<u8>), u64> {
        let refused = Err(sys::CKR_MECHANISM_PARAM_INVALID);
        let given = gcm.vector.as_ref().map(|vector| vector.0.clone());
        let input = &gcm.input.0;
        let prefixed = self.iv == IvConvention::NullPrefixed;
        if gcm.direction == Direction::Decrypt {
            let (vector, body) = match given {
                None if prefixed => input.split_at_checked(self.vector_length).unwrap(),
                Some(ref vector) if !prefixed => (&**vector, &**input),
                _ => return refused,
            };
            let (ciphertext, tag) = body.split_at(body.len().saturating_sub(16));
            let right = self.tag(vector, &gcm.additional_data.0, ciphertext);
            if tag != right
                && let Some(code) = self.bad_tag
            {
                return Err(code);
            }
            return Ok((cipher(vector, ciphertext), given.unwrap_or_default()));
        }
        let made = {
            let number = if self.repeats_vectors {
                1
            } else {
                self.state.operations
            };
            let mut vector = vec![7; self.vector_length];
            vector[..4].copy_from_slice(&number.to_be_bytes());
            vector
        };
        let vector = match (self.iv, &given) {
            (IvConvention::CallerRandom, Some(vector)) if vector.len() == self.vector_length => {
                vector.clone()
            }
            (IvConvention::ZeroWriteback, Some(vector)) if *vector == vec![0; made.len()] => made,
            (IvConvention::NullPrefixed | IvConvention::NullAppended, None) => made,
            _ => return refused,
        };
        let ciphertext = cipher(&vector, input);
        let mut tag = self.tag(&vector, &gcm.additional_data.0, &ciphertext);
        let asked = usize::try_from(gcm.tag_bits / 8).unwrap();
        tag.truncate(if self.cuts_tag { 8 } else { asked });
        let sealed = [ciphertext, tag].concat();
        Ok(match self.iv {
            IvConvention::NullPrefixed => ([vector, sealed].concat(), Vec::new()),
            IvConvention::NullAppended => ([sealed, vector].concat(), Vec::new()),
            IvConvention::CallerRandom | IvConvention::ZeroWriteback => (sealed, vector),
        })
    }

    fn tag(&self, vector: &[u8], additional_data: &[u8], ciphertext: &[u8]) -> Vec<u8> {
        let additional_data = if self.ignores_additional_data {
            &[]
        } else {
            additional_data
        };
        let half = |half: u8| {
            let mut hasher = DefaultHasher::new();
            let key = self.state.key;
            (half, key, vector, additional_data, ciphertext).hash(&mut hasher);
            hasher.finish().to_be_bytes()
        };
        [half(0), half(1)].concat()
    }
}

fn cipher(vector: &[u8], input: &[u8]) -> Vec<u8> {
    let stream = vector.iter().cycle();
    input
        .iter()
        .zip(stream)
        .map(|(a, b)| a ^ b ^ 0x55)
        .collect()
}

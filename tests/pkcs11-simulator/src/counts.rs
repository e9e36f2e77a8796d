//! How often each function was called, in a file that a test can read at any
//! time: `C_Encrypt = 3`, one line a function.
//!
//! A call rewrites its own line in place before it does anything else, so the
//! file is never behind, and a hung call shows in it.

use std::fs::{self, File};
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

macro_rules! counts {
    ($($name:ident),* $(,)?) => {
        /// What is counted: calls of each function, and
        /// [`SharedSession`](Count::SharedSession).
        #[expect(non_camel_case_types, reason = "the functions' own names")]
        #[derive(Clone, Copy, PartialEq, Eq)]
        pub(crate) enum Count {
            $($name,)*
            /// A call on a session that another thread was using.
            SharedSession,
        }

        const NAMES: &[&str] = &[$(stringify!($name),)* "SharedSession"];
    };
}

counts! {
    C_Initialize,
    C_Finalize,
    C_GetInfo,
    C_GetSlotList,
    C_GetSlotInfo,
    C_GetTokenInfo,
    C_GetMechanismList,
    C_GetMechanismInfo,
    C_InitToken,
    C_InitPIN,
    C_SetPIN,
    C_OpenSession,
    C_CloseSession,
    C_CloseAllSessions,
    C_GetSessionInfo,
    C_GetOperationState,
    C_SetOperationState,
    C_Login,
    C_Logout,
    C_CreateObject,
    C_CopyObject,
    C_DestroyObject,
    C_GetObjectSize,
    C_GetAttributeValue,
    C_SetAttributeValue,
    C_FindObjectsInit,
    C_FindObjects,
    C_FindObjectsFinal,
    C_EncryptInit,
    C_Encrypt,
    C_EncryptUpdate,
    C_EncryptFinal,
    C_DecryptInit,
    C_Decrypt,
    C_DecryptUpdate,
    C_DecryptFinal,
    C_DigestInit,
    C_Digest,
    C_DigestUpdate,
    C_DigestKey,
    C_DigestFinal,
    C_SignInit,
    C_Sign,
    C_SignUpdate,
    C_SignFinal,
    C_SignRecoverInit,
    C_SignRecover,
    C_VerifyInit,
    C_Verify,
    C_VerifyUpdate,
    C_VerifyFinal,
    C_VerifyRecoverInit,
    C_VerifyRecover,
    C_DigestEncryptUpdate,
    C_DecryptDigestUpdate,
    C_SignEncryptUpdate,
    C_DecryptVerifyUpdate,
    C_GenerateKey,
    C_GenerateKeyPair,
    C_WrapKey,
    C_UnwrapKey,
    C_DeriveKey,
    C_SeedRandom,
    C_GenerateRandom,
    C_WaitForSlotEvent,
}

/// The numbers and their file.
pub(crate) struct Counts {
    state: Mutex<State>,
}

struct State {
    totals: Vec<u64>,
    file: Option<(PathBuf, File)>,
}

impl Counts {
    pub(crate) const fn new() -> Self {
        Self {
            state: Mutex::new(State {
                totals: Vec::new(),
                file: None,
            }),
        }
    }

    /// One more. A new path starts a new file from zero; a file that cannot be
    /// written is a test that will find no numbers, so no error here.
    pub(crate) fn note(&self, count: Count, path: Option<&Path>) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if state.file.as_ref().map(|(path, _)| path.as_path()) != path {
            state.totals = vec![0; NAMES.len()];
            state.file = path.and_then(create);
        }
        let index = count as usize;
        let Some(total) = state.totals.get_mut(index) else {
            return;
        };
        *total += 1;
        let line = line(index, *total);
        if let Some((_, file)) = &state.file {
            let _ = file.write_all_at(line.as_bytes(), (index * line.len()) as u64);
        }
    }
}

/// Every line has the same length.
fn line(index: usize, total: u64) -> String {
    let name = NAMES.get(index).copied().unwrap_or_default();
    format!("{name:<24}= {total:>12}\n")
}

/// A file of zeros, which is there completely or not at all.
fn create(path: &Path) -> Option<(PathBuf, File)> {
    let lines: String = (0..NAMES.len()).map(|index| line(index, 0)).collect();
    let draft = path.with_added_extension("new");
    fs::write(&draft, lines).ok()?;
    fs::rename(&draft, path).ok()?;
    let file = File::options().write(true).open(path).ok()?;
    Some((path.to_owned(), file))
}

//! Return values as results, so that `?` works in here.

use cryptoki_sys::{CK_RV, CKR_OK};

/// Done, or the return value that says why not.
pub(crate) type Answer<T = ()> = Result<T, CK_RV>;

/// What a function of the module said, as an [`Answer`].
pub(crate) fn answer(value: CK_RV) -> Answer {
    if value == CKR_OK { Ok(()) } else { Err(value) }
}

/// An [`Answer`] as the client gets it.
pub(crate) fn value(answer: Answer) -> CK_RV {
    match answer {
        Ok(()) => CKR_OK,
        Err(value) => value,
    }
}

//! Whether a key is fit. The module would say so in its own `C_EncryptInit`,
//! which comes later here than the client's.

use cryptoki_sys::{
    CK_ATTRIBUTE, CK_ATTRIBUTE_TYPE, CK_BBOOL, CK_KEY_TYPE, CK_OBJECT_HANDLE, CK_SESSION_HANDLE,
    CK_TRUE, CKA_DECRYPT, CKA_ENCRYPT, CKA_KEY_TYPE, CKK_AES, CKR_ATTRIBUTE_TYPE_INVALID,
    CKR_KEY_FUNCTION_NOT_PERMITTED, CKR_KEY_HANDLE_INVALID, CKR_KEY_TYPE_INCONSISTENT,
    CKR_OBJECT_HANDLE_INVALID,
};

use super::Direction;
use crate::codes::Answer;
use crate::memory::ulong;
use crate::module::{Module, real};

/// Refuses what is not an AES key for this direction.
pub(super) fn check(
    module: &Module,
    session: CK_SESSION_HANDLE,
    direction: Direction,
    key: CK_OBJECT_HANDLE,
) -> Answer {
    let usage = match direction {
        Direction::Encrypt => CKA_ENCRYPT,
        Direction::Decrypt => CKA_DECRYPT,
    };
    let mut kind: CK_KEY_TYPE = 0;
    let mut permitted: CK_BBOOL = 0;
    let mut template = [
        attribute(CKA_KEY_TYPE, &mut kind),
        attribute(usage, &mut permitted),
    ];
    real!(
        module,
        C_GetAttributeValue(session, key, template.as_mut_ptr(), ulong(template.len()))
    )
    .map_err(|code| match code {
        CKR_OBJECT_HANDLE_INVALID => CKR_KEY_HANDLE_INVALID,
        CKR_ATTRIBUTE_TYPE_INVALID => CKR_KEY_TYPE_INCONSISTENT,
        other => other,
    })?;
    if kind != CKK_AES {
        return Err(CKR_KEY_TYPE_INCONSISTENT);
    }
    if permitted != CK_TRUE {
        return Err(CKR_KEY_FUNCTION_NOT_PERMITTED);
    }
    Ok(())
}

fn attribute<T>(kind: CK_ATTRIBUTE_TYPE, value: &mut T) -> CK_ATTRIBUTE {
    CK_ATTRIBUTE {
        type_: kind,
        pValue: (&raw mut *value).cast(),
        ulValueLen: ulong(size_of::<T>()),
    }
}

//! The functions as clients call them.
#![expect(non_snake_case, reason = "the functions' own names")]

mod crypto;
mod forward;
mod forwarded;
mod general;
mod objects;
mod sessions;
mod slots;

use cryptoki_sys::{
    CK_FUNCTION_LIST, CK_FUNCTION_LIST_PTR_PTR, CK_RV, CK_VERSION, CKR_ARGUMENTS_BAD, CKR_OK,
};

/// Who made the HSM, as far as its clients can see.
const MANUFACTURER: &str = "Claviger simulator";

static LIST: CK_FUNCTION_LIST = CK_FUNCTION_LIST {
    version: CK_VERSION {
        major: 2,
        minor: 40,
    },
    C_GetFunctionList: Some(list),
    C_Initialize: Some(general::C_Initialize),
    C_Finalize: Some(general::C_Finalize),
    C_GetInfo: Some(general::C_GetInfo),
    C_GetSlotList: Some(slots::C_GetSlotList),
    C_GetSlotInfo: Some(slots::C_GetSlotInfo),
    C_GetTokenInfo: Some(slots::C_GetTokenInfo),
    C_GetMechanismList: Some(slots::C_GetMechanismList),
    C_GetMechanismInfo: Some(slots::C_GetMechanismInfo),
    C_InitToken: Some(slots::C_InitToken),
    C_InitPIN: Some(forwarded::C_InitPIN),
    C_SetPIN: Some(forwarded::C_SetPIN),
    C_OpenSession: Some(sessions::C_OpenSession),
    C_CloseSession: Some(sessions::C_CloseSession),
    C_CloseAllSessions: Some(sessions::C_CloseAllSessions),
    C_GetSessionInfo: Some(forwarded::C_GetSessionInfo),
    C_GetOperationState: Some(forwarded::C_GetOperationState),
    C_SetOperationState: Some(forwarded::C_SetOperationState),
    C_Login: Some(forwarded::C_Login),
    C_Logout: Some(forwarded::C_Logout),
    C_CreateObject: Some(objects::C_CreateObject),
    C_CopyObject: Some(objects::C_CopyObject),
    C_DestroyObject: Some(objects::C_DestroyObject),
    C_GetObjectSize: Some(objects::C_GetObjectSize),
    C_GetAttributeValue: Some(objects::C_GetAttributeValue),
    C_SetAttributeValue: Some(objects::C_SetAttributeValue),
    C_FindObjectsInit: Some(objects::C_FindObjectsInit),
    C_FindObjects: Some(objects::C_FindObjects),
    C_FindObjectsFinal: Some(objects::C_FindObjectsFinal),
    C_EncryptInit: Some(crypto::C_EncryptInit),
    C_Encrypt: Some(crypto::C_Encrypt),
    C_EncryptUpdate: Some(crypto::C_EncryptUpdate),
    C_EncryptFinal: Some(crypto::C_EncryptFinal),
    C_DecryptInit: Some(crypto::C_DecryptInit),
    C_Decrypt: Some(crypto::C_Decrypt),
    C_DecryptUpdate: Some(crypto::C_DecryptUpdate),
    C_DecryptFinal: Some(crypto::C_DecryptFinal),
    C_DigestInit: Some(forwarded::C_DigestInit),
    C_Digest: Some(forwarded::C_Digest),
    C_DigestUpdate: Some(forwarded::C_DigestUpdate),
    C_DigestKey: Some(forwarded::C_DigestKey),
    C_DigestFinal: Some(forwarded::C_DigestFinal),
    C_SignInit: Some(forwarded::C_SignInit),
    C_Sign: Some(forwarded::C_Sign),
    C_SignUpdate: Some(forwarded::C_SignUpdate),
    C_SignFinal: Some(forwarded::C_SignFinal),
    C_SignRecoverInit: Some(forwarded::C_SignRecoverInit),
    C_SignRecover: Some(forwarded::C_SignRecover),
    C_VerifyInit: Some(forwarded::C_VerifyInit),
    C_Verify: Some(forwarded::C_Verify),
    C_VerifyUpdate: Some(forwarded::C_VerifyUpdate),
    C_VerifyFinal: Some(forwarded::C_VerifyFinal),
    C_VerifyRecoverInit: Some(forwarded::C_VerifyRecoverInit),
    C_VerifyRecover: Some(forwarded::C_VerifyRecover),
    C_DigestEncryptUpdate: Some(forwarded::C_DigestEncryptUpdate),
    C_DecryptDigestUpdate: Some(forwarded::C_DecryptDigestUpdate),
    C_SignEncryptUpdate: Some(forwarded::C_SignEncryptUpdate),
    C_DecryptVerifyUpdate: Some(forwarded::C_DecryptVerifyUpdate),
    C_GenerateKey: Some(objects::C_GenerateKey),
    C_GenerateKeyPair: Some(forwarded::C_GenerateKeyPair),
    C_WrapKey: Some(forwarded::C_WrapKey),
    C_UnwrapKey: Some(forwarded::C_UnwrapKey),
    C_DeriveKey: Some(forwarded::C_DeriveKey),
    C_SeedRandom: Some(forwarded::C_SeedRandom),
    C_GenerateRandom: Some(forwarded::C_GenerateRandom),
    C_GetFunctionStatus: Some(general::C_GetFunctionStatus),
    C_CancelFunction: Some(general::C_CancelFunction),
    C_WaitForSlotEvent: Some(slots::C_WaitForSlotEvent),
};

/// Gives out the functions.
///
/// # Safety
///
/// `list` is null or points to room for a pointer.
pub(crate) unsafe extern "C" fn list(list: CK_FUNCTION_LIST_PTR_PTR) -> CK_RV {
    // SAFETY: the caller's promise.
    let Some(list) = (unsafe { list.as_mut() }) else {
        return CKR_ARGUMENTS_BAD;
    };
    // Mutable by its type only: PKCS#11 lets nobody write there.
    *list = (&raw const LIST).cast_mut();
    CKR_OK
}

/// A text as PKCS#11 has it in its structures: padded with blanks.
fn padded<const LENGTH: usize>(text: &str) -> [u8; LENGTH] {
    let mut field = [b' '; LENGTH];
    for (to, from) in field.iter_mut().zip(text.bytes()) {
        *to = from;
    }
    field
}

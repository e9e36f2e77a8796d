//! Functions on sessions that are the module's business. Handles inside a
//! mechanism's parameters are not translated: AES-GCM has none.

use cryptoki_sys::{
    CK_ATTRIBUTE, CK_BYTE, CK_MECHANISM, CK_OBJECT_HANDLE, CK_SESSION_INFO, CK_ULONG, CK_USER_TYPE,
    CK_UTF8CHAR,
};

use super::forward::forward;

forward! {
    C_InitPIN(pin: *mut CK_UTF8CHAR, count: CK_ULONG);
    C_SetPIN(
        old: *mut CK_UTF8CHAR, old_count: CK_ULONG, new: *mut CK_UTF8CHAR, new_count: CK_ULONG
    );
    C_GetSessionInfo(info: *mut CK_SESSION_INFO);
    C_GetOperationState(bytes: *mut CK_BYTE, count: *mut CK_ULONG);
    C_SetOperationState(
        bytes: *mut CK_BYTE, count: CK_ULONG, encryption: CK_OBJECT_HANDLE,
        authentication: CK_OBJECT_HANDLE
    ) in [encryption, authentication] or CKR_KEY_HANDLE_INVALID;
    C_Login(user: CK_USER_TYPE, pin: *mut CK_UTF8CHAR, count: CK_ULONG);
    C_Logout();
    C_DigestInit(mechanism: *mut CK_MECHANISM);
    C_Digest(
        bytes: *mut CK_BYTE, count: CK_ULONG, output: *mut CK_BYTE, output_count: *mut CK_ULONG
    );
    C_DigestUpdate(bytes: *mut CK_BYTE, count: CK_ULONG);
    C_DigestKey(key: CK_OBJECT_HANDLE) in [key] or CKR_KEY_HANDLE_INVALID;
    C_DigestFinal(bytes: *mut CK_BYTE, count: *mut CK_ULONG);
    C_SignInit(
        mechanism: *mut CK_MECHANISM, key: CK_OBJECT_HANDLE
    ) in [key] or CKR_KEY_HANDLE_INVALID;
    C_Sign(bytes: *mut CK_BYTE, count: CK_ULONG, output: *mut CK_BYTE, output_count: *mut CK_ULONG);
    C_SignUpdate(bytes: *mut CK_BYTE, count: CK_ULONG);
    C_SignFinal(bytes: *mut CK_BYTE, count: *mut CK_ULONG);
    C_SignRecoverInit(
        mechanism: *mut CK_MECHANISM, key: CK_OBJECT_HANDLE
    ) in [key] or CKR_KEY_HANDLE_INVALID;
    C_SignRecover(
        bytes: *mut CK_BYTE, count: CK_ULONG, output: *mut CK_BYTE, output_count: *mut CK_ULONG
    );
    C_VerifyInit(
        mechanism: *mut CK_MECHANISM, key: CK_OBJECT_HANDLE
    ) in [key] or CKR_KEY_HANDLE_INVALID;
    C_Verify(
        bytes: *mut CK_BYTE, count: CK_ULONG, signature: *mut CK_BYTE, signature_count: CK_ULONG
    );
    C_VerifyUpdate(bytes: *mut CK_BYTE, count: CK_ULONG);
    C_VerifyFinal(bytes: *mut CK_BYTE, count: CK_ULONG);
    C_VerifyRecoverInit(
        mechanism: *mut CK_MECHANISM, key: CK_OBJECT_HANDLE
    ) in [key] or CKR_KEY_HANDLE_INVALID;
    C_VerifyRecover(
        bytes: *mut CK_BYTE, count: CK_ULONG, output: *mut CK_BYTE, output_count: *mut CK_ULONG
    );
    C_DigestEncryptUpdate(
        bytes: *mut CK_BYTE, count: CK_ULONG, output: *mut CK_BYTE, output_count: *mut CK_ULONG
    );
    C_DecryptDigestUpdate(
        bytes: *mut CK_BYTE, count: CK_ULONG, output: *mut CK_BYTE, output_count: *mut CK_ULONG
    );
    C_SignEncryptUpdate(
        bytes: *mut CK_BYTE, count: CK_ULONG, output: *mut CK_BYTE, output_count: *mut CK_ULONG
    );
    C_DecryptVerifyUpdate(
        bytes: *mut CK_BYTE, count: CK_ULONG, output: *mut CK_BYTE, output_count: *mut CK_ULONG
    );
    C_GenerateKeyPair(
        mechanism: *mut CK_MECHANISM, template: *mut CK_ATTRIBUTE, count: CK_ULONG,
        private_template: *mut CK_ATTRIBUTE, private_count: CK_ULONG, public: *mut CK_OBJECT_HANDLE,
        private: *mut CK_OBJECT_HANDLE
    ) out [public, private];
    C_WrapKey(
        mechanism: *mut CK_MECHANISM, wrapping: CK_OBJECT_HANDLE, key: CK_OBJECT_HANDLE,
        bytes: *mut CK_BYTE, count: *mut CK_ULONG
    ) in [wrapping, key] or CKR_KEY_HANDLE_INVALID;
    C_UnwrapKey(
        mechanism: *mut CK_MECHANISM, wrapping: CK_OBJECT_HANDLE, bytes: *mut CK_BYTE,
        count: CK_ULONG, template: *mut CK_ATTRIBUTE, attributes: CK_ULONG,
        made: *mut CK_OBJECT_HANDLE
    ) in [wrapping] or CKR_KEY_HANDLE_INVALID out [made];
    C_DeriveKey(
        mechanism: *mut CK_MECHANISM, base: CK_OBJECT_HANDLE, template: *mut CK_ATTRIBUTE,
        count: CK_ULONG, made: *mut CK_OBJECT_HANDLE
    ) in [base] or CKR_KEY_HANDLE_INVALID out [made];
    C_SeedRandom(bytes: *mut CK_BYTE, count: CK_ULONG);
    C_GenerateRandom(bytes: *mut CK_BYTE, count: CK_ULONG);
}

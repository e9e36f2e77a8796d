//! A PKCS#11 client with nothing between it and the functions.

use std::ptr;

use cryptoki_sys::*;
use libloading::Library;

use crate::rig::{PIN, Rig, TOKEN};

pub(crate) const RW: CK_FLAGS = CKF_SERIAL_SESSION | CKF_RW_SESSION;
pub(crate) const CKM_CLOUDHSM_AES_GCM: CK_MECHANISM_TYPE = 0x8000_1087;

#[derive(Clone, Copy)]
pub(crate) struct Client {
    pub(crate) functions: &'static CK_FUNCTION_LIST,
    pub(crate) slot: CK_SLOT_ID,
}

/// Calls a function; an error is the return value.
macro_rules! p11 {
    ($client:expr, $name:ident($($argument:expr),* $(,)?)) => {{
        // SAFETY: the arguments are valid for the call.
        let value = unsafe { ($client.functions.$name.unwrap())($($argument),*) };
        if value == cryptoki_sys::CKR_OK { Ok(()) } else { Err(value) }
    }};
}

pub(crate) use p11;

/// The parameters of an AES-GCM operation.
pub(crate) struct Gcm<'a> {
    pub(crate) mechanism: CK_MECHANISM_TYPE,
    pub(crate) iv: Option<&'a mut [u8]>,
    pub(crate) iv_bits: CK_ULONG,
    pub(crate) aad: &'a [u8],
}

impl<'a> Gcm<'a> {
    pub(crate) fn new(mechanism: CK_MECHANISM_TYPE, iv: Option<&'a mut [u8]>) -> Self {
        let iv_bits = iv.as_ref().map_or(0, |iv| iv.len() as CK_ULONG * 8);
        Self {
            mechanism,
            iv,
            iv_bits,
            aad: b"aad",
        }
    }

    fn parameters(&mut self) -> CK_GCM_PARAMS {
        let (start, length) = match &mut self.iv {
            Some(iv) => (iv.as_mut_ptr(), iv.len()),
            None => (ptr::null_mut(), 0),
        };
        CK_GCM_PARAMS {
            pIv: start,
            ulIvLen: length as CK_ULONG,
            ulIvBits: self.iv_bits,
            pAAD: self.aad.as_ptr().cast_mut(),
            ulAADLen: self.aad.len() as CK_ULONG,
            ulTagBits: 128,
        }
    }
}

/// The standard mechanism with an IV of the caller's, or room for one.
pub(crate) fn given(iv: &mut [u8]) -> Gcm<'_> {
    Gcm::new(CKM_AES_GCM, Some(iv))
}

fn mechanism(kind: CK_MECHANISM_TYPE, parameters: &mut CK_GCM_PARAMS) -> CK_MECHANISM {
    CK_MECHANISM {
        mechanism: kind,
        pParameter: (&raw mut *parameters).cast(),
        ulParameterLen: size_of::<CK_GCM_PARAMS>() as CK_ULONG,
    }
}

impl Client {
    /// Loads and initialises the simulator, and finds the token.
    pub(crate) fn new(rig: &Rig) -> Self {
        // SAFETY: our own library.
        let library = unsafe { Library::new(rig.library()) }.unwrap();
        // SAFETY: PKCS#11's type for this name.
        let list = unsafe {
            library.get::<unsafe extern "C" fn(*mut *mut CK_FUNCTION_LIST) -> CK_RV>(
                b"C_GetFunctionList",
            )
        }
        .unwrap();
        let mut functions = ptr::null_mut();
        // SAFETY: there is room.
        assert_eq!(unsafe { list(&raw mut functions) }, CKR_OK);
        // SAFETY: the library stays loaded.
        let functions = unsafe { functions.as_ref() }.unwrap();
        std::mem::forget(library);
        let mut client = Self { functions, slot: 0 };
        client.initialise(rig).unwrap();
        client.slot = client.slot_of(TOKEN);
        client
    }

    pub(crate) fn initialise(&self, rig: &Rig) -> Result<(), CK_RV> {
        let mut arguments = CK_C_INITIALIZE_ARGS {
            flags: CKF_OS_LOCKING_OK,
            ..Default::default()
        };
        rig.with_tokens(|| p11!(self, C_Initialize((&raw mut arguments).cast())))
    }

    fn slot_of(&self, token: &str) -> CK_SLOT_ID {
        let is_ours = |slot: &CK_SLOT_ID| {
            let info = self.token_info(*slot).unwrap();
            info.label.starts_with(format!("{token} ").as_bytes())
        };
        self.slots().into_iter().find(is_ours).unwrap()
    }

    pub(crate) fn slots(&self) -> Vec<CK_SLOT_ID> {
        let mut slots = [0; 64];
        let mut count = 64;
        p11!(
            self,
            C_GetSlotList(CK_TRUE, slots.as_mut_ptr(), &raw mut count)
        )
        .unwrap();
        slots[..count as usize].to_vec()
    }

    pub(crate) fn token_info(&self, slot: CK_SLOT_ID) -> Result<CK_TOKEN_INFO, CK_RV> {
        let mut info = CK_TOKEN_INFO::default();
        p11!(self, C_GetTokenInfo(slot, &raw mut info)).map(|()| info)
    }

    pub(crate) fn open(&self, flags: CK_FLAGS) -> Result<CK_SESSION_HANDLE, CK_RV> {
        let mut session = 0;
        p11!(
            self,
            C_OpenSession(self.slot, flags, ptr::null_mut(), None, &raw mut session)
        )
        .map(|()| session)
    }

    pub(crate) fn login(&self, session: CK_SESSION_HANDLE) -> Result<(), CK_RV> {
        p11!(
            self,
            C_Login(
                session,
                CKU_USER,
                PIN.as_ptr().cast_mut(),
                PIN.len() as CK_ULONG
            )
        )
    }

    /// A session, logged in.
    pub(crate) fn session(&self) -> CK_SESSION_HANDLE {
        let session = self.open(RW).unwrap();
        self.login(session).unwrap();
        session
    }

    /// A new AES-256 key of the token.
    pub(crate) fn key(&self, session: CK_SESSION_HANDLE) -> CK_OBJECT_HANDLE {
        let mut generate = CK_MECHANISM {
            mechanism: CKM_AES_KEY_GEN,
            pParameter: ptr::null_mut(),
            ulParameterLen: 0,
        };
        let (mut yes, mut length): (CK_BBOOL, CK_ULONG) = (CK_TRUE, 32);
        let mut template = [
            attribute(CKA_TOKEN, &mut yes),
            attribute(CKA_PRIVATE, &mut yes),
            attribute(CKA_ENCRYPT, &mut yes),
            attribute(CKA_DECRYPT, &mut yes),
            attribute(CKA_VALUE_LEN, &mut length),
        ];
        let mut key = 0;
        p11!(
            self,
            C_GenerateKey(
                session,
                &raw mut generate,
                template.as_mut_ptr(),
                5,
                &raw mut key
            )
        )
        .unwrap();
        key
    }

    /// The token's only key.
    pub(crate) fn find(&self, session: CK_SESSION_HANDLE) -> Result<CK_OBJECT_HANDLE, CK_RV> {
        let mut class = CKO_SECRET_KEY;
        let mut template = [attribute(CKA_CLASS, &mut class)];
        p11!(self, C_FindObjectsInit(session, template.as_mut_ptr(), 1))?;
        let (mut found, mut count) = ([0; 2], 0);
        p11!(
            self,
            C_FindObjects(session, found.as_mut_ptr(), 2, &raw mut count)
        )?;
        p11!(self, C_FindObjectsFinal(session))?;
        assert_eq!(count, 1);
        Ok(found[0])
    }

    pub(crate) fn encrypt_init(
        &self,
        session: CK_SESSION_HANDLE,
        key: CK_OBJECT_HANDLE,
        mut gcm: Gcm,
    ) -> Result<(), CK_RV> {
        let mut parameters = gcm.parameters();
        let mut mechanism = mechanism(gcm.mechanism, &mut parameters);
        p11!(self, C_EncryptInit(session, &raw mut mechanism, key))
    }

    /// The second half of an encryption, into a buffer of `room` bytes.
    pub(crate) fn encrypt_data(
        &self,
        session: CK_SESSION_HANDLE,
        data: &[u8],
        room: usize,
    ) -> Result<Vec<u8>, CK_RV> {
        let mut output = vec![0; room];
        let mut count = room as CK_ULONG;
        p11!(
            self,
            C_Encrypt(
                session,
                data.as_ptr().cast_mut(),
                data.len() as CK_ULONG,
                output.as_mut_ptr(),
                &raw mut count
            )
        )?;
        output.truncate(count as usize);
        Ok(output)
    }

    pub(crate) fn encrypt(
        &self,
        session: CK_SESSION_HANDLE,
        key: CK_OBJECT_HANDLE,
        gcm: Gcm,
        data: &[u8],
    ) -> Result<Vec<u8>, CK_RV> {
        self.encrypt_init(session, key, gcm)?;
        self.encrypt_data(session, data, data.len() + 32)
    }

    pub(crate) fn decrypt(
        &self,
        session: CK_SESSION_HANDLE,
        key: CK_OBJECT_HANDLE,
        mut gcm: Gcm,
        data: &[u8],
    ) -> Result<Vec<u8>, CK_RV> {
        let mut parameters = gcm.parameters();
        let mut mechanism = mechanism(gcm.mechanism, &mut parameters);
        p11!(self, C_DecryptInit(session, &raw mut mechanism, key))?;
        let mut output = vec![0; data.len()];
        let mut count = output.len() as CK_ULONG;
        p11!(
            self,
            C_Decrypt(
                session,
                data.as_ptr().cast_mut(),
                data.len() as CK_ULONG,
                output.as_mut_ptr(),
                &raw mut count
            )
        )?;
        output.truncate(count as usize);
        Ok(output)
    }

    /// An encryption in the manner of CloudHSM's own mechanism, which needs the
    /// least of its caller.
    pub(crate) fn seal(
        &self,
        session: CK_SESSION_HANDLE,
        key: CK_OBJECT_HANDLE,
    ) -> Result<Vec<u8>, CK_RV> {
        self.encrypt(
            session,
            key,
            Gcm::new(CKM_CLOUDHSM_AES_GCM, None),
            b"plaintext",
        )
    }
}

fn attribute<T>(kind: CK_ATTRIBUTE_TYPE, value: &mut T) -> CK_ATTRIBUTE {
    CK_ATTRIBUTE {
        type_: kind,
        pValue: (&raw mut *value).cast(),
        ulValueLen: size_of::<T>() as CK_ULONG,
    }
}

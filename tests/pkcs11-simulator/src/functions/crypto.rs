//! Encryption and decryption.

use cryptoki_sys::{
    CK_BYTE_PTR, CK_MECHANISM_PTR, CK_OBJECT_HANDLE, CK_RV, CK_SESSION_HANDLE, CK_ULONG,
    CK_ULONG_PTR, CKR_KEY_HANDLE_INVALID,
};

use crate::call::call;
use crate::counts::Count;
use crate::gcm::{self, Direction};
use crate::memory::{Output, bytes, ulong};
use crate::module::real;
use crate::settings::Crash;

/// Room for whatever a cipher may add to its input.
const SPARE: usize = 256;

macro_rules! operation {
    ($direction:ident: $init:ident, $once:ident, $update:ident, $final:ident, $failure:expr) => {
        pub(super) unsafe extern "C" fn $init(
            session: CK_SESSION_HANDLE,
            mechanism: CK_MECHANISM_PTR,
            key: CK_OBJECT_HANDLE,
        ) -> CK_RV {
            call(Count::$init, |simulator, settings| {
                simulator.session(settings, session, |module, state| {
                    let key = simulator.objects.inbound(key, CKR_KEY_HANDLE_INVALID)?;
                    let direction = Direction::$direction;
                    if direction == Direction::Encrypt {
                        // SAFETY: the mechanism is the client's, as PKCS#11 has it.
                        unsafe { gcm::crash_without_iv(settings, mechanism) };
                    }
                    // SAFETY: the mechanism is the client's, as PKCS#11 has it.
                    if unsafe { gcm::begin(module, settings, state, direction, mechanism, key) }? {
                        return Ok(());
                    }
                    real!(module, $init(state.real, mechanism, key))
                })
            })
        }

        pub(super) unsafe extern "C" fn $once(
            session: CK_SESSION_HANDLE,
            data: CK_BYTE_PTR,
            count: CK_ULONG,
            output: CK_BYTE_PTR,
            output_count: CK_ULONG_PTR,
        ) -> CK_RV {
            call(Count::$once, |simulator, settings| {
                simulator.session(settings, session, |module, state| {
                    if Direction::$direction == Direction::Encrypt
                        && settings.crash == Crash::Encrypt
                    {
                        std::process::abort();
                    }
                    // SAFETY: the client's data, for the length of the call.
                    let given = unsafe { bytes(data, count) }?;
                    // SAFETY: the client's buffer, for the length of the call.
                    let wanted = unsafe { Output::new(output, output_count) }?;
                    let throttle = &simulator.throttle;
                    let direction = Direction::$direction;
                    if let Some(answer) =
                        gcm::finish(module, settings, throttle, state, direction, given, &wanted)
                    {
                        return answer;
                    }
                    let session = state.real;
                    if !wanted.is_length_query()
                        && let Err(code) = throttle.admit(settings)
                    {
                        // The module must not be left in an operation that the
                        // client takes to be over.
                        let mut scratch = vec![0; given.len() + SPARE];
                        let mut room = ulong(scratch.len());
                        let _ = real!(
                            module,
                            $once(session, data, count, scratch.as_mut_ptr(), &raw mut room)
                        );
                        return Err(code);
                    }
                    real!(module, $once(session, data, count, output, output_count))
                        .map_err(|code| $failure(settings, code))
                })
            })
        }

        pub(super) unsafe extern "C" fn $update(
            session: CK_SESSION_HANDLE,
            part: CK_BYTE_PTR,
            count: CK_ULONG,
            output: CK_BYTE_PTR,
            output_count: CK_ULONG_PTR,
        ) -> CK_RV {
            call(Count::$update, |simulator, settings| {
                simulator.session(settings, session, |module, state| {
                    gcm::refuse_parts(settings, state, Direction::$direction)?;
                    real!(
                        module,
                        $update(state.real, part, count, output, output_count)
                    )
                })
            })
        }

        pub(super) unsafe extern "C" fn $final(
            session: CK_SESSION_HANDLE,
            output: CK_BYTE_PTR,
            output_count: CK_ULONG_PTR,
        ) -> CK_RV {
            call(Count::$final, |simulator, settings| {
                simulator.session(settings, session, |module, state| {
                    gcm::refuse_parts(settings, state, Direction::$direction)?;
                    real!(module, $final(state.real, output, output_count))
                })
            })
        }
    };
}

operation!(Encrypt: C_EncryptInit, C_Encrypt, C_EncryptUpdate, C_EncryptFinal, |_, code| code);
operation!(Decrypt: C_DecryptInit, C_Decrypt, C_DecryptUpdate, C_DecryptFinal, gcm::decrypt_failure);

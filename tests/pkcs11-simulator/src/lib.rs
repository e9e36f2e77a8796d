//! A PKCS#11 library **for tests**: it forwards every call to a real module
//! (SoftHSM) and has, by setting, the manners of other HSMs: their AES-GCM
//! conventions, their limits, and what they do when they are slow, throttled
//! or gone. The README lists the settings.
//!
//! The way of a call: [`functions`] takes it from the client; [`call`] counts
//! it, reads the settings, and hangs or waits when they say so; [`simulator`]
//! asks the device whether it is there and the table of sessions whether this
//! one is; [`gcm`] translates what is AES-GCM; `module` does the rest.

mod call;
mod codes;
mod counts;
mod device;
mod functions;
mod gcm;
mod hang;
mod memory;
mod module;
mod objects;
mod sessions;
mod settings;
mod settings_file;
mod simulator;
mod throttle;

use cryptoki_sys::{CK_FUNCTION_LIST_PTR_PTR, CK_RV};

/// The one name a client looks up.
///
/// # Safety
///
/// `list` is null or points to room for a pointer, as PKCS#11 has it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn C_GetFunctionList(list: CK_FUNCTION_LIST_PTR_PTR) -> CK_RV {
    // SAFETY: the caller's promise to this function is the one that
    // `functions::list` asks for.
    unsafe { functions::list(list) }
}

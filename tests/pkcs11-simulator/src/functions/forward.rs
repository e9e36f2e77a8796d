//! Passing a call on a session to the module.

/// Functions that the module does, with handles translated on the way: the
/// session's always, those of objects `in` or refused with a code, and those of
/// objects `out`, which are pointers to one handle each.
macro_rules! forward {
    ($(
        $name:ident($($argument:ident: $kind:ty),* $(,)?)
        $(in [$($object:ident),+] or $invalid:ident)?
        $(out [$($made:ident),+])?;
    )*) => {$(
        pub(super) unsafe extern "C" fn $name(
            session: cryptoki_sys::CK_SESSION_HANDLE,
            $($argument: $kind),*
        ) -> cryptoki_sys::CK_RV {
            crate::call::call(crate::counts::Count::$name, |simulator, settings| {
                simulator.session(settings, session, |module, state| {
                    $($(let $object = simulator.objects.inbound($object, cryptoki_sys::$invalid)?;)+)?
                    crate::module::real!(module, $name(state.real, $($argument),*))?;
                    $($(
                        // SAFETY: null, or where the module has just written.
                        if let Some(handle) = unsafe { $made.as_mut() } {
                            *handle = simulator.objects.outbound(*handle);
                        }
                    )+)?
                    Ok(())
                })
            })
        }
    )*};
}
pub(super) use forward;

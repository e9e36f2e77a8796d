//! The real PKCS#11 module.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::os::fd::{AsRawFd as _, FromRawFd as _};
use std::path::{Path, PathBuf};
use std::{env, mem, ptr};

use cryptoki_sys::{CK_FUNCTION_LIST, CK_FUNCTION_LIST_PTR_PTR, CK_RV, CKR_OK};
use libloading::os::unix::{Library, RTLD_LOCAL, RTLD_NOW};

/// Calls a function of the real module by name.
macro_rules! real {
    ($module:expr, $name:ident($($argument:expr),* $(,)?)) => {
        match $module.functions().$name {
            Some(function) => {
                let _turn = $module.turn();
                // SAFETY: the arguments are the client's, which owes us what it
                // would owe the module, or our own, valid for the call; handles
                // have been translated.
                crate::codes::answer(unsafe { function($($argument),*) })
            }
            None => Err(cryptoki_sys::CKR_FUNCTION_NOT_SUPPORTED),
        }
    };
}
pub(crate) use real;

/// A loaded module. It is never unloaded: SoftHSM leaves threads' data and
/// exit handlers behind.
pub(crate) struct Module {
    path: PathBuf,
    functions: &'static CK_FUNCTION_LIST,
    /// What all copies of SoftHSM with the same tokens have in common.
    configuration: Option<PathBuf>,
}

impl Module {
    /// Loads the module at `path`, as a copy of its own.
    ///
    /// Two simulators in one process would otherwise share one SoftHSM, whose
    /// state is global: the second `C_Initialize` would be refused, and either
    /// `C_Finalize` would end both.
    pub(crate) fn load(path: &Path) -> io::Result<Self> {
        let copy = private_copy(path)?;
        let name = format!("/proc/self/fd/{}", copy.as_raw_fd());
        // The loader knows libraries by this name too, so the number must not
        // be given to another file.
        mem::forget(copy);
        // SAFETY: the module's initialisers are those of a PKCS#11 library that
        // the test has chosen.
        let library = unsafe { Library::open(Some(name), RTLD_NOW | RTLD_LOCAL) }
            .map_err(io::Error::other)?;
        // SAFETY: PKCS#11 gives this name this type.
        let list = unsafe {
            library.get::<unsafe extern "C" fn(CK_FUNCTION_LIST_PTR_PTR) -> CK_RV>(
                b"C_GetFunctionList\0",
            )
        }
        .map_err(io::Error::other)?;
        let mut functions = ptr::null_mut();
        // SAFETY: there is room for a pointer.
        let value = unsafe { list(&raw mut functions) };
        // SAFETY: a list that was given out stays while the module is loaded,
        // and it is never unloaded.
        let functions = unsafe { functions.as_ref() }
            .filter(|_| value == CKR_OK)
            .ok_or_else(|| io::Error::other("no function list"))?;
        mem::forget(library);
        Ok(Self {
            path: path.to_owned(),
            functions,
            configuration: env::var_os("SOFTHSM2_CONF").map(PathBuf::from),
        })
    }

    /// Where it was loaded from.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Waits for its turn among the copies of SoftHSM in this process. The locks
    /// that SoftHSM takes on its files are for processes: a copy would read what
    /// another, in a login for example, has half written.
    pub(crate) fn turn(&self) -> Option<File> {
        let turn = File::open(self.configuration.as_ref()?).ok()?;
        turn.lock().ok()?;
        Some(turn)
    }

    /// Its functions; [`real!`] calls them.
    pub(crate) fn functions(&self) -> &CK_FUNCTION_LIST {
        self.functions
    }
}

/// The file's bytes in a nameless file: to the dynamic loader, which tells
/// libraries apart by inode, another library.
fn private_copy(path: &Path) -> io::Result<File> {
    let bytes = fs::read(path)?;
    // SAFETY: the name is a C string.
    let descriptor = unsafe { libc::memfd_create(c"pkcs11-module".as_ptr(), libc::MFD_CLOEXEC) };
    if descriptor < 0 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: just made, and nobody else's.
    let mut copy = unsafe { File::from_raw_fd(descriptor) };
    copy.write_all(&bytes)?;
    Ok(copy)
}

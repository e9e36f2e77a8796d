//! Where judges write what they find in the certificates' file.

use claviger_settings::Fault;

use crate::pem::PemFile;

/// What was found in one file so far.
pub(crate) struct Report<'f> {
    file: PemFile<'f>,
    pub(crate) faults: Vec<Fault>,
    pub(crate) warnings: Vec<Fault>,
}

impl<'f> Report<'f> {
    pub(crate) fn of(file: PemFile<'f>) -> Self {
        Self {
            file,
            faults: Vec::new(),
            warnings: Vec::new(),
        }
    }

    /// The file's path, for commands.
    pub(crate) fn path(&self) -> &'f str {
        self.file.path
    }

    /// What cannot be served.
    pub(crate) fn fault(&mut self, problem: &str, fix: impl Into<String>) {
        self.faults.push(self.file.fault(problem, fix));
    }

    /// What can be served, and AWS KMS or somebody else would refuse or miss.
    pub(crate) fn warn(&mut self, problem: &str, fix: impl Into<String>) {
        self.warnings.push(self.file.fault(problem, fix));
    }
}

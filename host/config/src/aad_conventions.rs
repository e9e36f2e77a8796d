use claviger_settings::Table;
use claviger_xks::framing::AadConvention;

/// `aad_convention`: how ciphertexts of a key store are bound to their AAD.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum AadConventions {
    /// All as the specification has it.
    #[default]
    Specification,
    /// New ones likewise; those that AWS's sample proxy has made are opened too.
    DecryptSampleProxy,
    /// New ones as AWS's sample proxy makes them, which can therefore open them;
    /// those of either kind are opened.
    SampleProxy,
}

impl AadConventions {
    pub(crate) fn read(key_store: &Table<'_>) -> Option<Self> {
        let choices = [
            ("specification", Self::Specification),
            ("decrypt-sample-proxy", Self::DecryptSampleProxy),
            ("sample-proxy", Self::SampleProxy),
        ];
        key_store.choice("aad_convention", &choices)
    }

    /// That of new ciphertexts.
    pub const fn to_encrypt(self) -> AadConvention {
        match self {
            Self::Specification | Self::DecryptSampleProxy => AadConvention::Specification,
            Self::SampleProxy => AadConvention::SampleProxy,
        }
    }

    /// Whether ciphertexts of AWS's sample proxy are opened.
    pub const fn open_sample_proxy(self) -> bool {
        match self {
            Self::Specification => false,
            Self::DecryptSampleProxy | Self::SampleProxy => true,
        }
    }
}

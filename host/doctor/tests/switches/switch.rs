//! The faults of the test proxy, and what the doctor has to say of each.

use claviger_doctor::finding::Verdict;
use claviger_xks_client::outcome::Outcome;

/// One fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Switch {
    // The way there.
    HostWithoutAddress,
    PortClosed,
    // TLS.
    OnlyWeakSuite,
    PlainHttp,
    IntermediateMissing,
    ChainInWrongOrder,
    StrangerInChain,
    RootUnlisted,
    RootReissued,
    CommonNameAbsent,
    AlternativeNameAbsent,
    WrongName,
    Expired,
    NotYetValid,
    ExpiresSoon,
    WildcardCommonName,
    ClientCertificateDemanded,
    ClientCertificateDemandedInTls12,
    OnlyHybridGroups,
    // GetHealthStatus.
    CredentialUnknown,
    PathUnknown,
    HealthDenied,
    HealthIsHtml,
    HealthIsText,
    HealthWithoutVendor,
    HealthFleetSizeAsText,
    HealthFleetOf0,
    HealthFleetOf11,
    HealthIdTwice,
    HealthStatusUnknown,
    AllUnavailable,
    Degraded,
    OneManager,
    LateOnNewConnections,
    LateOnOpenConnections,
    SlowOnOpenConnections,
    FailsOnNewConnections,
    // Who is let in.
    WrongSecretAccepted,
    UnknownIdAccepted,
    WrongServiceAccepted,
    UnsignedAccepted,
    HostUnsignedAccepted,
    DateUnsignedAccepted,
    UnauthenticatedIsDenied,
    ClockBehind,
    OldAccepted,
    TamperedBodyAccepted,
    AnyPrefixAnswered,
    PrefixUnauthenticated,
    GetAnswered,
    // What every API has in common.
    UnknownOperationRefused,
    UnknownMembersRefused,
    LongArnRefused,
    OpaqueIdRefused,
    NoErrorName,
    ErrorNameUnknown,
    ErrorStatusWrong,
    ErrorIsText,
    ErrorMessageLong,
    ErrorMessageNotAscii,
    InvalidTaken,
    // GetKeyMetadata.
    KeyAbsent,
    KeyDenied,
    KeyArnDemanded,
    KeyRsa,
    KeyDisabled,
    KeyStatusUnknown,
    KeyUsageLacking,
    KeyUsageOf11,
    AbsentKeyAnswered,
    AbsentKeyInvalid,
    // Encrypt and Decrypt.
    EncryptDenied,
    DecryptDenied,
    OtherPlaintext,
    LargePlaintextRefused,
    LargeAadRefused,
    EmptyAadIsNotAbsent,
    CiphertextLonger,
    VectorOf11,
    TagOf12,
    TagAbsent,
    MetadataOf21,
    IntegrityValueAbsent,
    IntegrityValueFramed,
    IntegrityValueWithoutAad,
    TagUnchecked,
    AadIgnored,
    MetadataIgnored,
    MetadataUnframed,
    TamperedIsInternal,
    VectorRepeated,
    VectorSometimesRepeated,
    ThrottledAtOnce,
    SlowAtOnce,
    SourceVpcRefused,
}

/// What is expected of a run.
pub(crate) struct Row {
    pub(crate) switch: Switch,
    /// The one check that is a warning or a failure.
    pub(crate) check: &'static str,
    pub(crate) verdict: Verdict,
    /// What AWS KMS makes of it, where the run can tell more than the catalogue.
    pub(crate) becomes: Option<Outcome>,
}

const fn fails(check: &'static str, switch: Switch) -> Row {
    Row {
        switch,
        check,
        verdict: Verdict::Failure,
        becomes: None,
    }
}

const fn warns(check: &'static str, switch: Switch) -> Row {
    Row {
        verdict: Verdict::Warning,
        ..fails(check, switch)
    }
}

const fn becomes(check: &'static str, switch: Switch, outcome: Outcome) -> Row {
    Row {
        becomes: Some(outcome),
        ..fails(check, switch)
    }
}

/// Checks that no switch can make fail, each with the reason.
pub(crate) const WITHOUT_SWITCH: [(&str, &str); 1] = [(
    "N03",
    "the kernel takes connections, at once: a round trip that is long is judged in a unit test",
)];

/// Every switch once.
pub(crate) const ROWS: &[Row] = &[
    becomes("N01", Switch::HostWithoutAddress, Outcome::NotReachable),
    becomes("N02", Switch::PortClosed, Outcome::NotReachable),
    becomes("T01", Switch::OnlyWeakSuite, Outcome::NoTls),
    fails("T01", Switch::PlainHttp),
    fails("T02", Switch::IntermediateMissing),
    fails("T02", Switch::ChainInWrongOrder),
    warns("T02", Switch::StrangerInChain),
    becomes("T03", Switch::RootUnlisted, Outcome::NoTls),
    warns("T03", Switch::RootReissued),
    warns("T04", Switch::CommonNameAbsent),
    warns("T04", Switch::AlternativeNameAbsent),
    fails("T04", Switch::WrongName),
    fails("T05", Switch::Expired),
    fails("T05", Switch::NotYetValid),
    warns("T05", Switch::ExpiresSoon),
    warns("T05", Switch::WildcardCommonName),
    warns("T06", Switch::ClientCertificateDemanded),
    warns("T06", Switch::ClientCertificateDemandedInTls12),
    warns("T07", Switch::OnlyHybridGroups),
    becomes(
        "H01",
        Switch::CredentialUnknown,
        Outcome::AuthenticationFailed,
    ),
    becomes("H01", Switch::PathUnknown, Outcome::InvalidUriPath),
    becomes("H01", Switch::HealthDenied, Outcome::AccessDenied),
    becomes("H01", Switch::HealthIsHtml, Outcome::Malformed),
    fails("H02", Switch::HealthIsText),
    fails("H02", Switch::HealthWithoutVendor),
    fails("H02", Switch::HealthFleetSizeAsText),
    fails("H02", Switch::HealthFleetOf0),
    fails("H02", Switch::HealthFleetOf11),
    fails("H02", Switch::HealthIdTwice),
    fails("H02", Switch::HealthStatusUnknown),
    becomes("H03", Switch::AllUnavailable, Outcome::AllUnavailable),
    warns("H04", Switch::Degraded),
    warns("H04", Switch::OneManager),
    becomes("H05", Switch::LateOnNewConnections, Outcome::TimedOut),
    becomes("H05", Switch::LateOnOpenConnections, Outcome::TimedOut),
    warns("H05", Switch::SlowOnOpenConnections),
    fails("H05", Switch::FailsOnNewConnections),
    fails("A01", Switch::WrongSecretAccepted),
    fails("A01", Switch::UnknownIdAccepted),
    fails("A01", Switch::WrongServiceAccepted),
    fails("A01", Switch::UnsignedAccepted),
    warns("A01", Switch::HostUnsignedAccepted),
    warns("A01", Switch::DateUnsignedAccepted),
    warns("A01", Switch::UnauthenticatedIsDenied),
    becomes("A02", Switch::ClockBehind, Outcome::AuthenticationFailed),
    warns("A02", Switch::OldAccepted),
    fails("A03", Switch::TamperedBodyAccepted),
    fails("A04", Switch::AnyPrefixAnswered),
    fails("A04", Switch::PrefixUnauthenticated),
    warns("A05", Switch::GetAnswered),
    fails("P01", Switch::UnknownOperationRefused),
    fails("P01", Switch::UnknownMembersRefused),
    fails("P01", Switch::LongArnRefused),
    fails("P01", Switch::OpaqueIdRefused),
    fails("P02", Switch::NoErrorName),
    fails("P02", Switch::ErrorNameUnknown),
    fails("P02", Switch::ErrorStatusWrong),
    fails("P02", Switch::ErrorIsText),
    fails("P02", Switch::ErrorMessageLong),
    fails("P02", Switch::ErrorMessageNotAscii),
    fails("P02", Switch::InvalidTaken),
    becomes("M01", Switch::KeyAbsent, Outcome::KeyNotFound),
    becomes("M01", Switch::KeyDenied, Outcome::AccessDenied),
    becomes("M01", Switch::KeyArnDemanded, Outcome::Validation),
    becomes("M02", Switch::KeyRsa, Outcome::KeySpec),
    becomes("M02", Switch::KeyDisabled, Outcome::KeyStatus),
    becomes("M02", Switch::KeyStatusUnknown, Outcome::Malformed),
    becomes("M02", Switch::KeyUsageLacking, Outcome::KeyUsage),
    becomes("M02", Switch::KeyUsageOf11, Outcome::Malformed),
    fails("M03", Switch::AbsentKeyAnswered),
    fails("M03", Switch::AbsentKeyInvalid),
    becomes("E01", Switch::EncryptDenied, Outcome::AccessDenied),
    becomes("E01", Switch::DecryptDenied, Outcome::AccessDenied),
    becomes("E01", Switch::OtherPlaintext, Outcome::InnerLayer),
    becomes(
        "E01",
        Switch::LargePlaintextRefused,
        Outcome::UnsupportedOperation,
    ),
    becomes(
        "E01",
        Switch::LargeAadRefused,
        Outcome::UnsupportedOperation,
    ),
    Row {
        becomes: Some(Outcome::InvalidCiphertext),
        ..warns("E01", Switch::EmptyAadIsNotAbsent)
    },
    fails("E02", Switch::CiphertextLonger),
    fails("E02", Switch::VectorOf11),
    fails("E02", Switch::TagOf12),
    fails("E02", Switch::TagAbsent),
    fails("E02", Switch::MetadataOf21),
    becomes("E03", Switch::IntegrityValueAbsent, Outcome::IntegrityValue),
    becomes("E03", Switch::IntegrityValueFramed, Outcome::IntegrityValue),
    becomes(
        "E03",
        Switch::IntegrityValueWithoutAad,
        Outcome::IntegrityValue,
    ),
    fails("E04", Switch::TagUnchecked),
    fails("E04", Switch::AadIgnored),
    fails("E04", Switch::MetadataIgnored),
    fails("E04", Switch::MetadataUnframed),
    warns("E04", Switch::TamperedIsInternal),
    fails("E05", Switch::VectorRepeated),
    fails("E05", Switch::VectorSometimesRepeated),
    warns("E06", Switch::ThrottledAtOnce),
    warns("E06", Switch::SlowAtOnce),
    warns("E07", Switch::SourceVpcRefused),
];

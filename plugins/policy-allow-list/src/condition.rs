//! What a statement asks of a request: one list each.

use crate::account;
use crate::pattern::Pattern;
use claviger_sdk::RequestContext;
use claviger_sdk::settings::Table;

/// An attribute of a request that statements can ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Attribute {
    Principal,
    CallerAccount,
    KeyAccount,
    SourceVpc,
    SourceVpcEndpoint,
    ViaService,
    KmsOperation,
    Key,
}

impl Attribute {
    pub(crate) const ALL: [Self; 8] = [
        Self::Principal,
        Self::CallerAccount,
        Self::KeyAccount,
        Self::SourceVpc,
        Self::SourceVpcEndpoint,
        Self::ViaService,
        Self::KmsOperation,
        Self::Key,
    ];

    /// The setting that lists what is wanted.
    pub(crate) fn setting(self) -> &'static str {
        match self {
            Self::Principal => "principals",
            Self::CallerAccount => "caller_accounts",
            Self::KeyAccount => "key_accounts",
            Self::SourceVpc => "source_vpcs",
            Self::SourceVpcEndpoint => "source_vpc_endpoints",
            Self::ViaService => "via_services",
            Self::KmsOperation => "kms_operations",
            Self::Key => "keys",
        }
    }

    /// What makes a pattern of this attribute one that nothing can match.
    fn refusal(self, pattern: &str) -> Option<(&'static str, &'static str)> {
        let of_key_id = |byte: u8| byte.is_ascii_alphanumeric() || b"._-*".contains(&byte);
        match self {
            _ if pattern.is_empty() => Some((
                "an empty string matches nothing",
                "remove it, or write \"*\" for everything",
            )),
            Self::CallerAccount | Self::KeyAccount if !account::is_id(pattern) => Some((
                "not the id of an AWS account",
                "write its 12 digits, in double quotes; accounts have no wildcards",
            )),
            Self::SourceVpc if !could_begin(pattern, "vpc-") => {
                Some(("not the id of a VPC", "write \"vpc-…\""))
            }
            Self::SourceVpcEndpoint if !could_begin(pattern, "vpce-") => {
                Some(("not the id of a VPC endpoint", "write \"vpce-…\""))
            }
            Self::Key if !pattern.bytes().all(of_key_id) => Some((
                "not an external key id",
                "write letters, digits, `.`, `_`, `-` and `*` for wildcards",
            )),
            _ => None,
        }
    }
}

/// Whether something that `pattern` matches begins with `prefix`.
fn could_begin(pattern: &str, prefix: &str) -> bool {
    match pattern.split_once('*') {
        Some((literal, _)) => literal.starts_with(prefix) || prefix.starts_with(literal),
        None => pattern.starts_with(prefix),
    }
}

/// One attribute must be one of several.
#[derive(Debug)]
pub(crate) struct Condition {
    attribute: Attribute,
    patterns: Vec<Pattern>,
}

impl Condition {
    /// The condition on `attribute`, if the statement has one.
    pub(crate) fn read(attribute: Attribute, statement: &Table<'_>) -> Option<Self> {
        let setting = attribute.setting();
        let texts = statement.texts(setting)?;
        if texts.is_empty() {
            statement.fault(
                setting,
                "an empty list matches nothing",
                "name what should match, or remove the list to match everything",
            );
        }
        for (index, text) in texts.iter().enumerate() {
            if let Some((problem, fix)) = attribute.refusal(text) {
                statement.fault_at(setting, index, problem, fix);
            }
        }
        let patterns = texts.into_iter().map(Pattern::new).collect();
        Some(Self {
            attribute,
            patterns,
        })
    }

    /// The pattern that this request matches. None when it lacks the attribute, as
    /// `CreateKey` lacks a KMS key (XKS-113, XKS-115).
    pub(crate) fn matched_by(&self, request: &RequestContext) -> Option<&Pattern> {
        let value = self.value(request)?;
        self.patterns.iter().find(|pattern| pattern.matches(value))
    }

    /// Appends the attribute and the pattern it matched, for the audit record.
    pub(crate) fn explain(&self, matched: &Pattern, reason: &mut String) {
        for part in [self.attribute.setting(), " `", matched.as_str(), "`"] {
            reason.push_str(part);
        }
    }

    fn value<'r>(&self, request: &'r RequestContext) -> Option<&'r str> {
        match self.attribute {
            Attribute::Principal => Some(&request.aws_principal_arn),
            Attribute::CallerAccount => account::of(&request.aws_principal_arn),
            Attribute::KeyAccount => account::of(request.kms_key_arn.as_deref()?),
            Attribute::SourceVpc => request.aws_source_vpc.as_deref(),
            Attribute::SourceVpcEndpoint => request.aws_source_vpce.as_deref(),
            Attribute::ViaService => request.kms_via_service.as_deref(),
            Attribute::KmsOperation => Some(&request.kms_operation),
            Attribute::Key => Some(&request.external_key_id),
        }
    }
}

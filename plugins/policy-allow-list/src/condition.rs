//! What a statement asks of a request: one list each.

use crate::account;
use crate::pattern::Pattern;
use claviger_sdk::RequestContext;
use claviger_sdk::settings::Table;

/// An attribute of a request that statements can ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Attribute {
    Principal,
    Account,
    SourceVpc,
    SourceVpcEndpoint,
    ViaService,
    KmsOperation,
    Key,
}

impl Attribute {
    pub(crate) const ALL: [Self; 7] = [
        Self::Principal,
        Self::Account,
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
            Self::Account => "accounts",
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
            Self::Account if !account::is_id(pattern) => Some((
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

    /// The pattern that lets an *allow* match this request.
    ///
    /// None does when the request lacks the attribute (XKS-113), or names an
    /// account that is not in the list beside one that is: an allow for one
    /// account is no allow for another account's KMS key.
    pub(crate) fn allowed_by(&self, request: &RequestContext) -> Option<&Pattern> {
        if self.attribute == Attribute::Account {
            let matched = |account| self.first(account);
            let all: Option<Vec<_>> = account::named(request).map(matched).collect();
            return all?.first().copied();
        }
        self.first(self.value(request)?)
    }

    /// The pattern that lets a *deny* match this request: for accounts, that of
    /// either account that the request names.
    pub(crate) fn denied_by(&self, request: &RequestContext) -> Option<&Pattern> {
        if self.attribute == Attribute::Account {
            return account::named(request).find_map(|account| self.first(account));
        }
        self.first(self.value(request)?)
    }

    /// Appends the attribute and the pattern it matched, for the audit record.
    pub(crate) fn explain(&self, matched: &Pattern, reason: &mut String) {
        for part in [self.attribute.setting(), " `", matched.as_str(), "`"] {
            reason.push_str(part);
        }
    }

    fn first(&self, value: &str) -> Option<&Pattern> {
        self.patterns.iter().find(|pattern| pattern.matches(value))
    }

    fn value<'r>(&self, request: &'r RequestContext) -> Option<&'r str> {
        match self.attribute {
            Attribute::Principal => Some(&request.aws_principal_arn),
            Attribute::SourceVpc => request.aws_source_vpc.as_deref(),
            Attribute::SourceVpcEndpoint => request.aws_source_vpce.as_deref(),
            Attribute::ViaService => request.kms_via_service.as_deref(),
            Attribute::KmsOperation => Some(&request.kms_operation),
            Attribute::Key => Some(&request.external_key_id),
            // Not one value but up to two: see `allowed_by` and `denied_by`.
            Attribute::Account => None,
        }
    }
}

//! Who calls the service, and from where, as far as a proxy is told.

use std::collections::BTreeMap;

use claviger_xks_client::metadata;
use thiserror::Error;

use crate::names::{AccountId, Region};

/// The longest principal, VPC or service name that is sent on, in bytes. AWS ARNs
/// have at most 2048.
const MAX_VALUE_BYTES: usize = 2048;

/// One request's caller.
#[derive(Debug, Clone)]
pub struct Caller {
    /// The Region that the request was signed for.
    pub region: Region,
    /// What the proxy is told.
    pub identity: Identity,
}

/// What a proxy is told of a caller: who it is, through which VPC endpoint it came,
/// and which AWS service called on its behalf.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Identity {
    /// `awsPrincipalArn`
    pub principal: Option<CallerText>,
    /// `awsSourceVpc`
    pub source_vpc: Option<CallerText>,
    /// `awsSourceVpce`
    pub source_vpce: Option<CallerText>,
    /// `kmsViaService`
    pub via_service: Option<CallerText>,
}

impl Identity {
    /// This, and `other` where this says nothing.
    #[must_use]
    pub fn or(self, other: &Self) -> Self {
        let or =
            |this: Option<CallerText>, other: &Option<CallerText>| this.or_else(|| other.clone());
        Self {
            principal: or(self.principal, &other.principal),
            source_vpc: or(self.source_vpc, &other.source_vpc),
            source_vpce: or(self.source_vpce, &other.source_vpce),
            via_service: or(self.via_service, &other.via_service),
        }
    }
}

/// Identities by the access key id that a request was signed with.
pub type Profiles = BTreeMap<String, Identity>;

/// 1 to 2048 characters of printable ASCII.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallerText(String);

impl CallerText {
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::str::FromStr for CallerText {
    type Err = NotACallerText;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let printable = text.bytes().all(|byte| (b' '..=b'~').contains(&byte));
        if printable && (1..=MAX_VALUE_BYTES).contains(&text.len()) {
            Ok(Self(text.to_owned()))
        } else {
            Err(NotACallerText)
        }
    }
}

/// A text that is not sent to a proxy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("not 1 to 2048 characters of printable ASCII")]
pub struct NotACallerText;

impl Caller {
    /// What `CreateKey` sends.
    pub fn for_create_key(&self, account: &AccountId) -> metadata::Caller {
        let owned = |text: &Option<CallerText>| text.as_ref().map(|text| text.0.clone());
        metadata::Caller {
            principal_arn: self.principal(account),
            source_vpc: owned(&self.identity.source_vpc),
            source_vpce: owned(&self.identity.source_vpce),
            via_service: owned(&self.identity.via_service),
        }
    }

    /// What Encrypt and Decrypt send. The VPC and its endpoint are sent only if the
    /// caller's account owns the KMS key.
    pub fn for_cryptography(&self, account: &AccountId) -> metadata::Caller {
        let caller = self.for_create_key(account);
        if account.owns(&caller.principal_arn) {
            return caller;
        }
        metadata::Caller {
            source_vpc: None,
            source_vpce: None,
            ..caller
        }
    }

    fn principal(&self, account: &AccountId) -> String {
        match &self.identity.principal {
            Some(principal) => principal.0.clone(),
            None => default_principal(&self.region, account),
        }
    }
}

/// Who calls, when nobody says.
fn default_principal(region: &Region, account: &AccountId) -> String {
    format!("arn:{}:iam::{account}:user/local", region.partition())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> Option<CallerText> {
        text.parse().ok()
    }

    fn caller(identity: Identity) -> Caller {
        Caller {
            region: "us-east-1".parse().unwrap(),
            identity,
        }
    }

    #[test]
    fn the_vpc_of_another_account_is_not_sent_with_cryptographic_operations() {
        let account = AccountId::DEFAULT.parse().unwrap();
        let identity = |principal: &str| Identity {
            principal: text(principal),
            source_vpc: text("vpc-1"),
            source_vpce: text("vpce-1"),
            via_service: text("s3.us-east-1.amazonaws.com"),
        };
        let own = caller(identity("arn:aws:iam::111122223333:role/a"));
        assert_eq!(
            own.for_cryptography(&account).source_vpc.as_deref(),
            Some("vpc-1")
        );
        let other = caller(identity("arn:aws:iam::444455556666:role/a"));
        let sent = other.for_cryptography(&account);
        assert_eq!((sent.source_vpc, sent.source_vpce), (None, None));
        assert_eq!(
            sent.via_service.as_deref(),
            Some("s3.us-east-1.amazonaws.com")
        );
        assert!(other.for_create_key(&account).source_vpce.is_some());
    }

    #[test]
    fn a_caller_has_a_principal_whatever_it_says() {
        let account = AccountId::DEFAULT.parse().unwrap();
        let sent = caller(Identity::default()).for_create_key(&account);
        assert_eq!(sent.principal_arn, "arn:aws:iam::111122223333:user/local");
    }

    #[test]
    fn what_a_request_says_comes_before_its_profile() {
        let said = Identity {
            principal: text("a"),
            ..Identity::default()
        };
        let profile = Identity {
            principal: text("b"),
            source_vpc: text("vpc-1"),
            ..Identity::default()
        };
        let both = said.or(&profile);
        assert_eq!(
            (both.principal, both.source_vpc),
            (text("a"), text("vpc-1"))
        );
        for bad in ["", "a\nb", "\u{e9}", &"a".repeat(2049)] {
            assert_eq!(bad.parse::<CallerText>(), Err(NotACallerText));
        }
    }
}

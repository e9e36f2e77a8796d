use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// The number of an AWS account: 12 digits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct AccountId(Arc<str>);

impl AccountId {
    /// The account of a service that was told none: one that AWS uses in examples.
    pub const DEFAULT: &'static str = "111122223333";

    /// The digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether a principal, given by its ARN, is of this account.
    pub fn owns(&self, principal: &str) -> bool {
        principal.split(':').nth(4) == Some(self.as_str())
    }
}

impl FromStr for AccountId {
    type Err = NotAnAccountId;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit()) {
            Ok(Self(text.into()))
        } else {
            Err(NotAnAccountId)
        }
    }
}

serde_as_text!(AccountId, NotAnAccountId);

impl fmt::Display for AccountId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// Not the number of an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("not the number of an AWS account, which has 12 digits")]
pub struct NotAnAccountId;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_has_twelve_digits() {
        let account: AccountId = AccountId::DEFAULT.parse().unwrap();
        assert!(account.owns("arn:aws:iam::111122223333:user/a"));
        assert!(!account.owns("arn:aws:iam::444455556666:user/111122223333"));
        assert!(!account.owns("ec2.amazonaws.com"));
        for bad in ["", "11112222333", "1111222233334", "11112222333a"] {
            assert_eq!(bad.parse::<AccountId>(), Err(NotAnAccountId));
        }
    }
}

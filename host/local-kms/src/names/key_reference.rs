//! The four ways to name a KMS key in a request.

use super::{AccountId, AliasName, KeyId, Region};
use crate::exception::{Exception, ExceptionName};

/// What a member such as `KeyId` names, read within a Region and account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyReference {
    /// A key id, or the ARN of a key.
    Key(KeyId),
    /// The name or the ARN of an alias.
    Alias(AliasName),
}

impl KeyReference {
    /// Reads `text`. What AWS KMS says of a name that cannot be one depends on
    /// what is wrong with it.
    pub fn parse(text: &str, region: &Region, account: &AccountId) -> Result<Self, Exception> {
        if text.starts_with("arn:") {
            return parse_arn(text, region, account);
        }
        if text.starts_with(AliasName::PREFIX) {
            return text
                .parse()
                .map(Self::Alias)
                .map_err(|_| invalid_key_id(text));
        }
        text.parse()
            .map(Self::Key)
            .map_err(|_| invalid_key_id(text))
    }
}

fn parse_arn(text: &str, region: &Region, account: &AccountId) -> Result<KeyReference, Exception> {
    let not_found = |message: String| Exception::new(ExceptionName::NotFound, message);
    let mut parts = text.splitn(6, ':').skip(1);
    let mut next = || parts.next().unwrap_or_default();
    let (partition, service, its_region, its_account, resource) =
        (next(), next(), next(), next(), next());
    if partition != region.partition() || service != "kms" {
        return Err(not_found(format!("Invalid arn {text}")));
    }
    if its_region != region.as_str() {
        return Err(not_found(format!("Invalid arn {its_region}")));
    }
    if its_account != account.as_str() {
        // The one account of this program is the only one there is.
        return Err(not_found(format!("Key '{text}' does not exist")));
    }
    let key = resource.strip_prefix("key/").and_then(|id| id.parse().ok());
    let alias = || resource.parse().ok().map(KeyReference::Alias);
    key.map(KeyReference::Key)
        .or_else(alias)
        .ok_or_else(|| not_found(format!("Invalid arn {text}")))
}

fn invalid_key_id(text: &str) -> Exception {
    Exception::new(ExceptionName::NotFound, format!("Invalid keyId '{text}'"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "1234abcd-12ab-34cd-56ef-1234567890ab";

    fn parse(text: &str) -> Result<KeyReference, String> {
        let region = "us-east-1".parse().unwrap();
        let account = "111122223333".parse().unwrap();
        KeyReference::parse(text, &region, &account).map_err(|exception| exception.to_string())
    }

    #[test]
    fn a_key_has_four_names() {
        let key = Ok(KeyReference::Key(ID.parse().unwrap()));
        let alias = Ok(KeyReference::Alias("alias/a".parse().unwrap()));
        assert_eq!(parse(ID), key);
        assert_eq!(
            parse(&format!("arn:aws:kms:us-east-1:111122223333:key/{ID}")),
            key
        );
        assert_eq!(parse("alias/a"), alias);
        assert_eq!(parse("arn:aws:kms:us-east-1:111122223333:alias/a"), alias);
    }

    #[test]
    fn names_that_cannot_be_one_are_told_apart() {
        for (text, message) in [
            ("fake-key-id", "Invalid keyId 'fake-key-id'".to_owned()),
            ("alias/", "Invalid keyId 'alias/'".to_owned()),
            (
                &format!("arn:aws:kms:eu-west-1:111122223333:key/{ID}"),
                "Invalid arn eu-west-1".to_owned(),
            ),
            (
                &format!("arn:aws:kms:us-east-1:444455556666:key/{ID}"),
                format!("Key 'arn:aws:kms:us-east-1:444455556666:key/{ID}' does not exist"),
            ),
            (
                "arn:aws:s3:::bucket",
                "Invalid arn arn:aws:s3:::bucket".to_owned(),
            ),
            ("arn:", "Invalid arn arn:".to_owned()),
        ] {
            assert_eq!(parse(text), Err(format!("NotFoundException: {message}")));
        }
    }
}

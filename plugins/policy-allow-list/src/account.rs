//! AWS accounts, as requestMetadata names them.

/// Whether this is the id of an account: 12 digits.
pub(crate) fn is_id(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// The account of `arn:partition:service:region:account:resource`.
///
/// A service such as `ec2.amazonaws.com` has none (XKS-048).
pub(crate) fn of(arn: &str) -> Option<&str> {
    let mut fields = arn.split(':');
    let is_arn = fields.next() == Some("arn");
    let account = fields.nth(3).filter(|account| is_id(account));
    // What follows the account is part of the form too.
    account.filter(|_| is_arn && fields.next().is_some())
}

#[cfg(test)]
mod tests {
    use super::of;

    #[test]
    fn xks_112_the_account_is_the_fifth_field_of_an_arn() {
        for arn in [
            "arn:aws:iam::111122223333:user/Alice",
            "arn:aws-cn:sts::111122223333:assumed-role/a/b:c",
            "arn:aws:iam::111122223333:root",
            "arn:aws:kms:us-east-2:111122223333:/key/1234",
        ] {
            assert_eq!(of(arn), Some("111122223333"), "{arn}");
        }
    }

    #[test]
    fn xks_048_a_principal_that_is_no_arn_has_no_account() {
        for text in [
            "ec2.amazonaws.com",
            "AWS Internal",
            "",
            "111122223333",
            "arn:aws:iam::111122223333",
            "arn:aws:iam:111122223333:user/x",
            "arn:aws:iam::11112222333x:user/x",
            "x:aws:iam::111122223333:user/x",
            "a:arn:aws:iam::111122223333:user/x",
        ] {
            assert_eq!(of(text), None, "{text}");
        }
    }
}

//! What the signature of a request says of it. The signature itself is not
//! verified: nobody has an AWS account here, and any credential will do.

use hyper::HeaderMap;
use hyper::header::AUTHORIZATION;

use crate::exception::{Exception, ExceptionName};
use crate::names::Region;

const ALGORITHM: &str = "AWS4-HMAC-SHA256";
/// How much of a Region of unknown form is repeated, in characters.
const REGION_SHOWN: usize = 64;

/// Who signed a request, and for which Region.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Signer {
    pub(super) access_key_id: String,
    pub(super) region: Region,
}

/// Reads the credential scope of a request; none of one that is not signed. It is
/// the only place where a request names its Region.
pub(super) fn read(headers: &HeaderMap) -> Result<Option<Signer>, Exception> {
    let Some(value) = headers.get(AUTHORIZATION) else {
        return Ok(None);
    };
    let scope = value.to_str().ok().and_then(parse);
    let (access_key_id, region) = scope.ok_or_else(|| {
        // Without the value: it may be somebody's real credential.
        Exception::new(
            ExceptionName::IncompleteSignature,
            "The Authorization header field is not a signature AWS4-HMAC-SHA256 with a \
             credential scope DATE/REGION/kms/aws4_request.",
        )
    })?;
    let region = region.parse().map_err(|fault| {
        let shown: String = region.chars().take(REGION_SHOWN).collect();
        Exception::new(
            ExceptionName::IncompleteSignature,
            format!(
                "The credential scope of the signature has the Region '{shown}', which {fault}: \
                 local-kms takes names such as us-east-1."
            ),
        )
    })?;
    Ok(Some(Signer {
        access_key_id: access_key_id.to_owned(),
        region,
    }))
}

/// The access key id and the Region of a credential scope.
fn parse(value: &str) -> Option<(&str, &str)> {
    let rest = value.strip_prefix(ALGORITHM)?;
    let mut parts = rest.split(',').map(str::trim);
    let credential = parts.find_map(|part| part.strip_prefix("Credential="))?;
    let mut from_the_end = credential.rsplitn(5, '/');
    let (terminator, service) = (from_the_end.next()?, from_the_end.next()?);
    let region = from_the_end.next()?;
    let _date = from_the_end.next()?;
    let access_key_id = from_the_end.next()?;
    let is_whole = terminator == "aws4_request" && service == "kms";
    is_whole.then_some((access_key_id, region))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn signer(value: &str) -> Result<Option<Signer>, ExceptionName> {
        let mut headers = HeaderMap::new();
        headers.insert(AUTHORIZATION, value.parse().unwrap());
        read(&headers).map_err(|exception| exception.name())
    }

    #[test]
    fn the_region_is_in_the_credential_scope() {
        let expected = Signer {
            access_key_id: "test".to_owned(),
            region: "eu-west-1".parse().unwrap(),
        };
        for value in [
            "AWS4-HMAC-SHA256 Credential=test/20261128/eu-west-1/kms/aws4_request, \
             SignedHeaders=host;x-amz-date, Signature=00",
            "AWS4-HMAC-SHA256 SignedHeaders=host,Credential=test/20261128/eu-west-1/kms/aws4_request",
        ] {
            assert_eq!(signer(value), Ok(Some(expected.clone())));
        }
        assert_eq!(read(&HeaderMap::new()), Ok(None));
    }

    #[test]
    fn a_region_of_an_unknown_form_is_named() {
        let mut headers = HeaderMap::new();
        let scope = "AWS4-HMAC-SHA256 Credential=AKIATEST/20261128/Frankfurt/kms/aws4_request";
        headers.insert(AUTHORIZATION, scope.parse().unwrap());
        let refused = read(&headers).unwrap_err();
        assert_eq!(refused.name(), ExceptionName::IncompleteSignature);
        let message = refused.message().unwrap();
        assert!(message.contains("the Region 'Frankfurt'"), "{message}");
        assert!(message.contains("us-east-1"), "{message}");
        assert!(!message.contains("AKIATEST"), "{message}");
    }

    #[test]
    fn other_signatures_are_refused() {
        for value in [
            "Basic dGVzdDp0ZXN0",
            "AWS4-HMAC-SHA256",
            "AWS4-HMAC-SHA256 Credential=test",
            "AWS4-HMAC-SHA256 Credential=test/20261128/eu-west-1/s3/aws4_request",
            "AWS4-HMAC-SHA256 Credential=test/20261128/../kms/aws4_request",
            "AWS4-ECDSA-P256-SHA256 Credential=test/20261128/kms/aws4_request",
        ] {
            assert_eq!(
                signer(value),
                Err(ExceptionName::IncompleteSignature),
                "{value}"
            );
        }
    }
}

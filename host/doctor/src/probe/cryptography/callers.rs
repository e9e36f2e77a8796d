//! E07: what the proxy's policy answers to several callers.

use claviger_xks::error::XksError;
use claviger_xks::uri::ExternalKeyId;
use claviger_xks_client::call::EncryptCall;
use claviger_xks_client::metadata::{Caller, KmsOperation};
use http::StatusCode;

use super::{Session, made_up};
use crate::catalogue::E07;
use crate::finding::Finding;
use crate::probe::session::{in_words, is_refusal};

/// Callers as AWS KMS names them, each with what is special about it.
fn callers(session: &Session) -> Vec<(String, Caller)> {
    let given = &session.caller;
    let region = &session.client.target().region;
    let with = |change: &dyn Fn(&mut Caller)| {
        let mut caller = given.clone();
        change(&mut caller);
        caller
    };
    vec![
        (given.principal_arn.clone(), given.clone()),
        (
            "another account".to_owned(),
            Caller::new("arn:aws:iam::999999999999:role/claviger-doctor"),
        ),
        ("AWS Internal".to_owned(), Caller::new("AWS Internal")),
        (
            "through a VPC endpoint".to_owned(),
            with(&|caller| {
                caller.source_vpc = Some("vpc-0123456789abcdef0".to_owned());
                caller.source_vpce = Some("vpce-0123456789abcdef0".to_owned());
            }),
        ),
        (
            "via a service".to_owned(),
            with(&|caller| caller.via_service = Some(format!("ebs.{region}.amazonaws.com"))),
        ),
    ]
}

pub(super) async fn probe(session: &Session, key: &ExternalKeyId) -> Finding {
    let plaintext = made_up(32, 31);
    let mut seen = Vec::new();
    let mut odd = false;
    for (words, caller) in callers(session) {
        let metadata = session.metadata_of(&caller, KmsOperation::Encrypt);
        let call = EncryptCall {
            key,
            metadata: &metadata,
            plaintext: &plaintext,
            aad: None,
            integrity_value: false,
        };
        let answer = session.send(session.encrypt(&call)).await;
        let result = match &answer {
            Ok(answer) if answer.status == StatusCode::OK => "allowed".to_owned(),
            Ok(answer) if is_refusal(answer, XksError::AccessDenied) => "denied".to_owned(),
            _ => {
                odd = true;
                in_words(&answer)
            }
        };
        seen.push(format!("{words}: {result}"));
    }
    let seen = seen.join("; ");
    if odd {
        Finding::warning(&E07, key.as_str(), &seen)
            .becomes([])
            .fix("report it to the vendor of the proxy: a policy answers 403 or lets through")
    } else {
        Finding::ok(&E07, key.as_str(), &seen)
    }
}

//! `PutKeyPolicy`, `GetKeyPolicy`, `ListKeyPolicies`. Policies are stored and not
//! enforced.

use std::sync::Arc;

use serde_json::{Value, json};

use super::find::Place;
use super::pages::Page;
use super::{Answer, Call};
use crate::exception::{Exception, ExceptionName};
use crate::input::constraint::{KEY_ID, POLICY, POLICY_NAME};
use crate::names::{AccountId, Region};
use crate::state::{Change, Key};

/// The only name that a key policy can have.
const NAME: &str = "default";
/// The longest policy, in bytes; the quota of AWS KMS.
const MAX_BYTES: usize = 32 << 10;

pub(super) async fn put(call: &Call<'_>) -> Result<Answer, Exception> {
    let (key, name, policy) = call.read(|members| {
        members.flag("BypassPolicyLockoutSafetyCheck");
        (
            members.required_text("KeyId", &KEY_ID).to_owned(),
            members.text("PolicyName", &POLICY_NAME),
            members.required_text("Policy", &POLICY),
        )
    })?;
    require_default(name)?;
    let policy = require_document(policy)?.to_owned();
    let place = Place::of(call);
    let changed = call.service.store.change(call.region(), move |state| {
        let before = place.key_without_alias(state, &key)?;
        let after = Key {
            policy,
            ..before.as_ref().clone()
        };
        Ok(((), vec![Change::PutKey(Arc::new(after))]))
    });
    changed.await?;
    Ok(Answer::Nothing)
}

pub(super) fn get(call: &Call<'_>) -> Result<Answer, Exception> {
    let (key, name) = call.read(|members| {
        (
            members.required_text("KeyId", &KEY_ID),
            members.text("PolicyName", &POLICY_NAME),
        )
    })?;
    let key = Place::of(call).key_without_alias(&call.state(), key)?;
    require_default(name)?;
    Ok(Answer::Members(
        json!({ "Policy": key.policy, "PolicyName": NAME }),
    ))
}

pub(super) fn list(call: &Call<'_>) -> Result<Answer, Exception> {
    let (key, page) =
        call.read(|members| (members.required_text("KeyId", &KEY_ID), Page::read(members)))?;
    Place::of(call).key_without_alias(&call.state(), key)?;
    let listed = page.answer(
        call.operation,
        "PolicyNames",
        [(NAME.to_owned(), Value::from(NAME))],
        1,
        1,
    );
    // The one list that has no error of its own for markers.
    listed.map_err(|fault| match fault.message() {
        Some(message) => Exception::validation(message),
        None => fault,
    })
}

/// What a key has that was made without a policy: its account may do everything.
pub fn default_policy(region: &Region, account: &AccountId) -> String {
    let partition = region.partition();
    let policy = json!({
        "Version": "2012-10-17",
        "Id": "key-default-1",
        "Statement": [{
            "Sid": "Enable IAM User Permissions",
            "Effect": "Allow",
            "Principal": { "AWS": format!("arn:{partition}:iam::{account}:root") },
            "Action": "kms:*",
            "Resource": "*",
        }],
    });
    format!("{policy:#}")
}

/// A policy has to be a JSON object; what it says is not looked at.
pub(super) fn require_document(policy: &str) -> Result<&str, Exception> {
    if policy.len() > MAX_BYTES {
        return Err(Exception::limit(format!(
            "A key policy has at most {MAX_BYTES} bytes."
        )));
    }
    match serde_json::from_str(policy) {
        Ok(Value::Object(_)) => Ok(policy),
        _ => Err(Exception::new(
            ExceptionName::MalformedPolicyDocument,
            "The key policy is not a JSON object.",
        )),
    }
}

/// Whether a text can be a key policy.
pub fn is_policy(text: &str) -> bool {
    require_document(text).is_ok()
}

fn require_default(name: Option<&str>) -> Result<(), Exception> {
    match name {
        None | Some(NAME) => Ok(()),
        Some(_) => Err(Exception::new(
            ExceptionName::NotFound,
            "No such policy exists",
        )),
    }
}

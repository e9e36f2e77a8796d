//! Grants: made, listed and taken back, and not enforced.

use std::collections::BTreeMap;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use claviger_xks::hex;
use serde_json::{Map, Value, json};

use super::cryptography::{GRANT_TOKENS, context, key_id};
use super::find::Place;
use super::pages::Page;
use super::random::bytes;
use super::{Answer, Call, texts};
use crate::exception::{Exception, ExceptionName};
use crate::input::Members;
use crate::input::constraint as rule;
use crate::state::{Change, Grant, Key, KeyState, RegionState, limits};

/// How many grants a page has when nobody says, and at most.
const PAGE: usize = 50;
const MOST: usize = 100;
const OPERATIONS: &[&str] = &[
    "Decrypt",
    "Encrypt",
    "GenerateDataKey",
    "GenerateDataKeyWithoutPlaintext",
    "ReEncryptFrom",
    "ReEncryptTo",
    "Sign",
    "Verify",
    "GetPublicKey",
    "CreateGrant",
    "RetireGrant",
    "DescribeKey",
    "GenerateDataKeyPair",
    "GenerateDataKeyPairWithoutPlaintext",
    "GenerateMac",
    "VerifyMac",
    "DeriveSharedSecret",
    "Encapsulate",
    "Decapsulate",
];
/// Members of `Constraints`.
const CONTEXT_CONSTRAINTS: &[&str] = &["EncryptionContextSubset", "EncryptionContextEquals"];
/// Those that a symmetric encryption key can be granted for.
const OF_SYMMETRIC_KEYS: &[&str] = &[
    "Decrypt",
    "Encrypt",
    "GenerateDataKey",
    "GenerateDataKeyWithoutPlaintext",
    "GenerateDataKeyPair",
    "GenerateDataKeyPairWithoutPlaintext",
    "ReEncryptFrom",
    "ReEncryptTo",
    "CreateGrant",
    "RetireGrant",
    "DescribeKey",
];

pub(super) async fn create(call: &Call<'_>) -> Result<Answer, Exception> {
    let (key, members, operations, constraints, dry_run) = call.read(|members| {
        members.texts("GrantTokens", Some(GRANT_TOKENS), &rule::GRANT_TOKEN);
        let operations = members
            .choices("Operations", OPERATIONS)
            .unwrap_or_default();
        members.require("Operations");
        (
            key_id(members).to_owned(),
            stored_members(members),
            operations,
            context_constraints(members),
            members.flag("DryRun").unwrap_or_default(),
        )
    })?;
    if !members.contains_key("GranteePrincipal") && !members.contains_key("GranteeServicePrincipal")
    {
        return Err(Exception::validation(
            "GranteePrincipal or GranteeServicePrincipal is required.",
        ));
    }
    // As long as what they are compared with.
    for pairs in constraints {
        context(Some(pairs))?;
    }
    if let Some(other) = operations
        .iter()
        .find(|one| !OF_SYMMETRIC_KEYS.contains(one))
    {
        return Err(Exception::validation(format!(
            "A symmetric encryption key cannot be granted for {other}."
        )));
    }
    let grant = Grant {
        id: hex::text(&bytes(32)?),
        token: URL_SAFE_NO_PAD.encode(bytes(48)?.as_slice()),
        created: call.service.now(),
        members,
    };
    let answer = json!({ "GrantToken": grant.token, "GrantId": grant.id });
    change(call, key, dry_run, move |place, state, key| {
        let arn = place.arn(key.id);
        match key.state(state) {
            KeyState::Disabled => return Err(texts::disabled(&arn)),
            KeyState::PendingDeletion => return Err(texts::pending_deletion(&arn)),
            KeyState::Enabled | KeyState::Unavailable => {}
        }
        if key.grants.len() >= limits::GRANTS {
            return Err(Exception::limit(format!(
                "local-kms keeps at most {} grants of a KMS key.",
                limits::GRANTS
            )));
        }
        key.grants.push(grant);
        Ok(())
    })
    .await?;
    Ok(Answer::Members(answer))
}

pub(super) fn list(call: &Call<'_>) -> Result<Answer, Exception> {
    let (key, id, grantee, service, page) = call.read(|members| {
        (
            key_id(members),
            members.text("GrantId", &rule::GRANT_ID),
            members.text("GranteePrincipal", &rule::PRINCIPAL),
            members.text("GranteeServicePrincipal", &rule::SERVICE_PRINCIPAL),
            Page::read(members),
        )
    })?;
    let key = Place::of(call).key_without_alias(&call.state(), key)?;
    let grants = key.grants.iter().filter(|grant| {
        id.is_none_or(|id| grant.id == id)
            && is(grant, "GranteePrincipal", grantee)
            && is(grant, "GranteeServicePrincipal", service)
    });
    let entries = grants.map(|grant| (grant.id.clone(), entry(call, &key, grant)));
    page.answer(call.operation, "Grants", sorted(entries), PAGE, MOST)
}

pub(super) fn list_retirable(call: &Call<'_>) -> Result<Answer, Exception> {
    let (principal, service, page) = call.read(|members| {
        (
            members.text("RetiringPrincipal", &rule::PRINCIPAL),
            members.text("RetiringServicePrincipal", &rule::SERVICE_PRINCIPAL),
            Page::read(members),
        )
    })?;
    if principal.is_none() && service.is_none() {
        return Err(Exception::validation(
            "RetiringPrincipal or RetiringServicePrincipal is required.",
        ));
    }
    let state = call.state();
    let grants = state.keys.values().flat_map(|key| {
        let its = key.grants.iter().filter(|grant| {
            is(grant, "RetiringPrincipal", principal)
                && is(grant, "RetiringServicePrincipal", service)
        });
        its.map(|grant| (grant.id.clone(), entry(call, key, grant)))
    });
    page.answer(call.operation, "Grants", sorted(grants), PAGE, MOST)
}

pub(super) async fn revoke(call: &Call<'_>) -> Result<Answer, Exception> {
    let (key, id, dry_run) = call.read(|members| {
        (
            key_id(members).to_owned(),
            members.required_text("GrantId", &rule::GRANT_ID).to_owned(),
            members.flag("DryRun").unwrap_or_default(),
        )
    })?;
    remove(call, key, id, dry_run).await
}

pub(super) async fn retire(call: &Call<'_>) -> Result<Answer, Exception> {
    let (token, key, id, dry_run) = call.read(|members| {
        (
            members.text("GrantToken", &rule::GRANT_TOKEN),
            members.text("KeyId", &rule::KEY_ID),
            members.text("GrantId", &rule::GRANT_ID),
            members.flag("DryRun").unwrap_or_default(),
        )
    })?;
    let (key, id) = match (token, key, id) {
        (Some(token), None, None) => {
            let state = call.state();
            let with_token = state.keys.values().find_map(|key| {
                let grant = key.grants.iter().find(|grant| grant.token == token)?;
                Some((key.id.to_string(), grant.id.clone()))
            });
            with_token.ok_or_else(|| {
                Exception::new(
                    ExceptionName::InvalidGrantToken,
                    "The grant token names no grant.",
                )
            })?
        }
        (None, Some(key), Some(id)) => (key.to_owned(), id.to_owned()),
        _ => {
            return Err(Exception::validation(
                "Specify either GrantToken, or KeyId and GrantId.",
            ));
        }
    };
    remove(call, key, id, dry_run).await
}

async fn remove(
    call: &Call<'_>,
    key: String,
    id: String,
    dry_run: bool,
) -> Result<Answer, Exception> {
    change(call, key, dry_run, move |_, _, key| {
        let before = key.grants.len();
        key.grants.retain(|grant| grant.id != id);
        if key.grants.len() == before {
            return Err(Exception::new(
                ExceptionName::NotFound,
                format!("Grant ID {id} not found"),
            ));
        }
        Ok(())
    })
    .await?;
    Ok(Answer::Nothing)
}

async fn change(
    call: &Call<'_>,
    key: String,
    dry_run: bool,
    change: impl FnOnce(&Place, &RegionState, &mut Key) -> Result<(), Exception> + Send + 'static,
) -> Result<(), Exception> {
    let place = Place::of(call);
    let changed = call.service.store.change(call.region(), move |state| {
        let before = place.key_without_alias(state, &key)?;
        let mut after = before.as_ref().clone();
        change(&place, state, &mut after)?;
        if dry_run {
            return Err(texts::dry_run());
        }
        Ok(((), vec![Change::PutKey(Arc::new(after))]))
    });
    changed.await
}

/// The encryption contexts that the constraints name.
fn context_constraints<'c>(members: &Members<'c, '_>) -> Vec<BTreeMap<&'c str, &'c str>> {
    let Some(constraints) = members.structure("Constraints") else {
        return Vec::new();
    };
    CONTEXT_CONSTRAINTS
        .iter()
        .filter_map(|name| constraints.text_map(name))
        .collect()
}

/// The members that lists repeat.
fn stored_members(members: &Members<'_, '_>) -> Map<String, Value> {
    let mut stored = Map::new();
    for (name, constraint) in [
        ("Name", &rule::GRANT_NAME),
        ("GranteePrincipal", &rule::PRINCIPAL),
        ("RetiringPrincipal", &rule::PRINCIPAL),
        ("GranteeServicePrincipal", &rule::SERVICE_PRINCIPAL),
        ("RetiringServicePrincipal", &rule::SERVICE_PRINCIPAL),
    ] {
        if let Some(text) = members.text(name, constraint) {
            stored.insert(name.to_owned(), text.into());
        }
    }
    if let Some(operations) = members.choices("Operations", OPERATIONS) {
        stored.insert("Operations".to_owned(), operations.into());
    }
    if let Some(constraints) = members.structure("Constraints") {
        let mut stored_constraints = Map::new();
        for &name in CONTEXT_CONSTRAINTS {
            if let Some(pairs) = constraints.text_map(name) {
                stored_constraints.insert(name.to_owned(), json!(pairs));
            }
        }
        stored.insert("Constraints".to_owned(), stored_constraints.into());
    }
    stored
}

fn entry(call: &Call<'_>, key: &Key, grant: &Grant) -> Value {
    let mut entry = grant.members.clone();
    let issuer = format!(
        "arn:{}:iam::{}:root",
        call.region().partition(),
        call.account()
    );
    entry.insert("KeyId".to_owned(), call.arn(key.id).into());
    entry.insert("GrantId".to_owned(), grant.id.as_str().into());
    entry.insert("CreationDate".to_owned(), grant.created.to_json());
    entry.insert("IssuingAccount".to_owned(), issuer.into());
    Value::Object(entry)
}

fn is(grant: &Grant, member: &str, wanted: Option<&str>) -> bool {
    wanted.is_none_or(|wanted| grant.members.get(member).and_then(Value::as_str) == Some(wanted))
}

fn sorted(entries: impl Iterator<Item = (String, Value)>) -> Vec<(String, Value)> {
    let mut entries: Vec<_> = entries.collect();
    entries.sort_by(|(one, _), (other, _)| one.cmp(other));
    entries
}

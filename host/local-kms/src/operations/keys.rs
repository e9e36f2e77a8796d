//! `DescribeKey`, `ListKeys`, `EnableKey`, `DisableKey`, `UpdateKeyDescription`,
//! `GetKeyLastUsage`.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::cryptography::GRANT_TOKENS;
use super::find::Place;
use super::pages::Page;
use super::{Answer, Call};
use crate::exception::Exception;
use crate::input::constraint::{DESCRIPTION, GRANT_TOKEN, KEY_ID};
use crate::state::{Change, Key};

/// How many keys a page has when nobody says, and at most.
const PAGE: usize = 100;
const MOST: usize = 1000;

pub(super) fn describe(call: &Call<'_>) -> Result<Answer, Exception> {
    let key = call.read(|members| {
        members.texts("GrantTokens", Some(GRANT_TOKENS), &GRANT_TOKEN);
        members.required_text("KeyId", &KEY_ID)
    })?;
    let state = call.state();
    let key = Place::of(call).key(&state, key)?;
    let metadata = key.to_json(key.state(&state), call.region(), call.account());
    Ok(Answer::Members(json!({ "KeyMetadata": metadata })))
}

pub(super) fn list(call: &Call<'_>) -> Result<Answer, Exception> {
    let page = call.read(|members| {
        members.choices("ResourceOwners", &["SELF", "OTHER_ACCOUNTS_VIA_RAM"]);
        Page::read(members)
    })?;
    let (state, place) = (call.state(), Place::of(call));
    let entries = state.keys.keys().filter_map(|&id| {
        place.key_by_id(&state, id).ok()?;
        let entry = json!({ "KeyId": id.to_string(), "KeyArn": place.arn(id) });
        Some((id.to_string(), entry))
    });
    page.answer(call.operation, "Keys", entries, PAGE, MOST)
}

/// Of a key whose key store is not connected, this shows when it is again.
pub(super) async fn set_enabled(call: &Call<'_>, enabled: bool) -> Result<Answer, Exception> {
    let key = call.read(|members| members.required_text("KeyId", &KEY_ID).to_owned())?;
    change(call, key, move |key| key.enabled = enabled).await
}

pub(super) async fn update_description(call: &Call<'_>) -> Result<Answer, Exception> {
    let (key, description) = call.read(|members| {
        (
            members.required_text("KeyId", &KEY_ID).to_owned(),
            members
                .required_text("Description", &DESCRIPTION)
                .to_owned(),
        )
    })?;
    change(call, key, move |key| key.description = description).await
}

/// What is remembered of the use of a key since the service was started.
pub(super) fn last_usage(call: &Call<'_>) -> Result<Answer, Exception> {
    let key = call.read(|members| members.required_text("KeyId", &KEY_ID))?;
    let key = Place::of(call).key_without_alias(&call.state(), key)?;
    let mut usage = Map::new();
    if let Some(last) = call.service.last_use(call.region(), key.id) {
        usage.insert("Operation".to_owned(), last.operation.into());
        usage.insert("Timestamp".to_owned(), last.at.to_json());
        usage.insert("KmsRequestId".to_owned(), last.request_id.into());
    }
    Ok(Answer::Members(json!({
        "KeyId": call.arn(key.id),
        "KeyLastUsage": Value::Object(usage),
        "TrackingStartDate": call.service.started().max(key.created).to_json(),
        "KeyCreationDate": key.created.to_json(),
    })))
}

/// Changes a key that is not to be deleted.
async fn change(
    call: &Call<'_>,
    key: String,
    change: impl FnOnce(&mut Key) + Send + 'static,
) -> Result<Answer, Exception> {
    let place = Place::of(call);
    let changed = call.service.store.change(call.region(), move |state| {
        let before = place.key_without_alias(state, &key)?;
        place.require_staying(&before)?;
        let mut after = before.as_ref().clone();
        change(&mut after);
        Ok(((), vec![Change::PutKey(Arc::new(after))]))
    });
    changed.await?;
    Ok(Answer::Nothing)
}

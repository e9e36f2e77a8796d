//! `ScheduleKeyDeletion`, `CancelKeyDeletion`.

use std::sync::Arc;

use serde_json::json;

use super::find::Place;
use super::{Answer, Call, texts};
use crate::exception::Exception;
use crate::input::constraint::{Integer, KEY_ID};
use crate::state::{Change, Deletion, Key, KeyState};

/// What the API model allows.
const WINDOW_OF_THE_MODEL: Integer = Integer {
    least: 1,
    greatest: 365,
};
/// What AWS KMS allows, in days.
const WINDOW: std::ops::RangeInclusive<u32> = 7..=30;
const USUAL_WINDOW: u32 = 30;

pub(super) async fn schedule(call: &Call<'_>) -> Result<Answer, Exception> {
    let (key, days) = call.read(|members| {
        (
            members.required_text("KeyId", &KEY_ID).to_owned(),
            members.integer("PendingWindowInDays", WINDOW_OF_THE_MODEL),
        )
    })?;
    let days = match days {
        Some(days) => u32::try_from(days).unwrap_or_default(),
        None => USUAL_WINDOW,
    };
    if !WINDOW.contains(&days) {
        return Err(Exception::validation(format!(
            "PendingWindowInDays must be between {} and {}.",
            WINDOW.start(),
            WINDOW.end()
        )));
    }
    let place = Place::of(call);
    let deletion = Deletion {
        date: place.now.plus_days(days),
        days,
    };
    let key = call
        .service
        .store
        .change(call.region(), move |state| {
            let before = place.key_without_alias(state, &key)?;
            place.require_staying(&before)?;
            let after = Key {
                deletion: Some(deletion),
                ..before.as_ref().clone()
            };
            Ok((before.id, vec![Change::PutKey(Arc::new(after))]))
        })
        .await?;
    Ok(Answer::Members(json!({
        "KeyId": call.arn(key),
        "DeletionDate": deletion.date.to_json(),
        "KeyState": KeyState::PendingDeletion.name(),
        "PendingWindowInDays": days,
    })))
}

/// The key is disabled then.
pub(super) async fn cancel(call: &Call<'_>) -> Result<Answer, Exception> {
    let key = call.read(|members| members.required_text("KeyId", &KEY_ID).to_owned())?;
    let place = Place::of(call);
    let key = call
        .service
        .store
        .change(call.region(), move |state| {
            let before = place.key_without_alias(state, &key)?;
            if before.deletion.is_none() {
                return Err(texts::not_pending_deletion(&place.arn(before.id)));
            }
            let after = Key {
                deletion: None,
                enabled: false,
                ..before.as_ref().clone()
            };
            Ok((before.id, vec![Change::PutKey(Arc::new(after))]))
        })
        .await?;
    Ok(Answer::Members(json!({ "KeyId": call.arn(key) })))
}

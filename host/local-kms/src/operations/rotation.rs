//! Rotation of key material, of keys of AWS KMS itself. Of a key of a custom key
//! store these operations are refused, whatever its state.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::find::Place;
use super::pages::Page;
use super::{Answer, Call, texts};
use crate::exception::Exception;
use crate::input::constraint::{Integer, KEY_ID};
use crate::state::{Change, Key, KeyMaterial, Origin, Rotation, RotationType, limits};

const PERIOD: Integer = Integer {
    least: 90,
    greatest: 2560,
};
/// Days, when nobody says.
const USUAL_PERIOD: u32 = 365;
/// How many rotations a page has when nobody says, and at most.
const PAGE: usize = 100;
const MOST: usize = 1000;

pub(super) async fn enable(call: &Call<'_>) -> Result<Answer, Exception> {
    let (key, days) = call.read(|members| {
        (
            members.required_text("KeyId", &KEY_ID).to_owned(),
            members.integer("RotationPeriodInDays", PERIOD),
        )
    })?;
    let days = days
        .and_then(|days| u32::try_from(days).ok())
        .unwrap_or(USUAL_PERIOD);
    let now = call.service.now();
    change(call, key, move |key| {
        key.rotation = Some(Rotation {
            days,
            next: now.plus_days(days),
        });
        Ok(())
    })
    .await?;
    Ok(Answer::Nothing)
}

pub(super) async fn disable(call: &Call<'_>) -> Result<Answer, Exception> {
    let key = call.read(|members| members.required_text("KeyId", &KEY_ID).to_owned())?;
    change(call, key, |key| {
        key.rotation = None;
        Ok(())
    })
    .await?;
    Ok(Answer::Nothing)
}

pub(super) async fn rotate_on_demand(call: &Call<'_>) -> Result<Answer, Exception> {
    let key = call.read(|members| members.required_text("KeyId", &KEY_ID).to_owned())?;
    let now = call.service.now();
    let id = change(call, key, move |key| {
        let on_demand = key
            .materials
            .iter()
            .filter(|material| material.rotation == Some(RotationType::OnDemand));
        if on_demand.count() >= limits::ROTATIONS_ON_DEMAND {
            return Err(Exception::limit(format!(
                "A KMS key is rotated on demand at most {} times.",
                limits::ROTATIONS_ON_DEMAND
            )));
        }
        let material = KeyMaterial::random(now, Some(RotationType::OnDemand));
        key.materials.push(material.map_err(|_| texts::internal())?);
        Ok(())
    })
    .await?;
    Ok(Answer::Members(json!({ "KeyId": id })))
}

pub(super) fn status(call: &Call<'_>) -> Result<Answer, Exception> {
    let key = call.read(|members| members.required_text("KeyId", &KEY_ID))?;
    let place = Place::of(call);
    let key = place.key_without_alias(&call.state(), key)?;
    require_own_material(&place, &key)?;
    let mut members = Map::new();
    members.insert("KeyId".to_owned(), place.arn(key.id).into());
    // The rotation of a key that is to be deleted is suspended.
    let rotation = key.rotation.filter(|_| key.deletion.is_none());
    members.insert("KeyRotationEnabled".to_owned(), rotation.is_some().into());
    if let Some(rotation) = rotation {
        members.insert("RotationPeriodInDays".to_owned(), rotation.days.into());
        members.insert("NextRotationDate".to_owned(), rotation.next.to_json());
    }
    Ok(Answer::Members(Value::Object(members)))
}

pub(super) fn list(call: &Call<'_>) -> Result<Answer, Exception> {
    let (key, all, page) = call.read(|members| {
        let include = members.choice(
            "IncludeKeyMaterial",
            &["ALL_KEY_MATERIAL", "ROTATIONS_ONLY"],
        );
        (
            members.required_text("KeyId", &KEY_ID),
            include == Some("ALL_KEY_MATERIAL"),
            Page::read(members),
        )
    })?;
    let place = Place::of(call);
    let key = place.key_without_alias(&call.state(), key)?;
    require_own_material(&place, &key)?;
    let current = key.materials.len().saturating_sub(1);
    let arn = place.arn(key.id);
    let entries = key
        .materials
        .iter()
        .enumerate()
        .filter_map(|(index, material)| {
            let mut entry = Map::new();
            entry.insert("KeyId".to_owned(), arn.as_str().into());
            entry.insert("KeyMaterialId".to_owned(), material.id.to_string().into());
            let state = if index == current {
                "CURRENT"
            } else {
                "NON_CURRENT"
            };
            entry.insert("KeyMaterialState".to_owned(), state.into());
            match material.rotation {
                Some(rotation) => {
                    entry.insert("RotationDate".to_owned(), material.since.to_json());
                    entry.insert("RotationType".to_owned(), rotation.name().into());
                }
                // The first material came by no rotation.
                None if !all => return None,
                None => {}
            }
            Some((format!("{index:04}"), Value::Object(entry)))
        });
    page.answer(call.operation, "Rotations", entries, PAGE, MOST)
}

/// Changes a key of AWS KMS itself that is enabled; answers with its ARN.
async fn change(
    call: &Call<'_>,
    key: String,
    change: impl FnOnce(&mut Key) -> Result<(), Exception> + Send + 'static,
) -> Result<String, Exception> {
    let place = Place::of(call);
    let changed = call.service.store.change(call.region(), move |state| {
        let before = place.key_without_alias(state, &key)?;
        require_own_material(&place, &before)?;
        place.require_usable(state, &before)?;
        let mut after = before.as_ref().clone();
        change(&mut after)?;
        let arn = place.arn(after.id);
        Ok((arn, vec![Change::PutKey(Arc::new(after))]))
    });
    changed.await
}

fn require_own_material(place: &Place, key: &Key) -> Result<(), Exception> {
    match &key.origin {
        Origin::AwsKms => Ok(()),
        origin @ Origin::ExternalKeyStore { .. } => {
            Err(texts::origin_not_valid(&place.arn(key.id), origin.name()))
        }
    }
}

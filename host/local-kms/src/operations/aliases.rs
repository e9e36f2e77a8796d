//! `CreateAlias`, `UpdateAlias`, `DeleteAlias`, `ListAliases`.

use serde_json::{Map, Value, json};

use super::find::Place;
use super::pages::Page;
use super::{Answer, Call, texts};
use crate::exception::{Exception, ExceptionName};
use crate::input::constraint::{ALIAS_NAME, KEY_ID};
use crate::names::{AliasName, KeyId};
use crate::state::{Alias, Change, RegionState, limits};

/// How many aliases a page has when nobody says, and at most.
const PAGE: usize = 50;
const MOST: usize = 100;

pub(super) async fn create(call: &Call<'_>) -> Result<Answer, Exception> {
    let (name, target) = read(call)?;
    let name = require_own(&name)?;
    let place = Place::of(call);
    let changed = call.service.store.change(call.region(), move |state| {
        let key = place.key_without_alias(state, &target)?;
        place.require_staying(&key)?;
        if state.aliases.contains_key(&name) {
            let arn = name.arn(&place.region, &place.account);
            // Recorded.
            return Err(Exception::new(
                ExceptionName::AlreadyExists,
                format!("An alias with the name {arn} already exists"),
            ));
        }
        if state.aliases.len() >= limits::ALIASES {
            return Err(Exception::limit(format!(
                "local-kms keeps at most {} aliases in a Region.",
                limits::ALIASES
            )));
        }
        require_room(state, key.id)?;
        let alias = Alias {
            name,
            target: key.id,
            created: place.now,
            updated: place.now,
        };
        Ok(((), vec![Change::PutAlias(alias)]))
    });
    changed.await?;
    Ok(Answer::Nothing)
}

/// Only the state of the new key counts.
pub(super) async fn update(call: &Call<'_>) -> Result<Answer, Exception> {
    let (name, target) = read(call)?;
    let name = require_own(&name)?;
    let place = Place::of(call);
    let changed = call.service.store.change(call.region(), move |state| {
        let before = find(state, &name, &place)?;
        let key = place.key_without_alias(state, &target)?;
        place.require_staying(&key)?;
        if before.target != key.id {
            require_room(state, key.id)?;
        }
        let alias = Alias {
            target: key.id,
            updated: place.now,
            ..before.clone()
        };
        Ok(((), vec![Change::PutAlias(alias)]))
    });
    changed.await?;
    Ok(Answer::Nothing)
}

pub(super) async fn delete(call: &Call<'_>) -> Result<Answer, Exception> {
    let name = call.read(|members| members.required_text("AliasName", &ALIAS_NAME))?;
    let name = require_own(name)?;
    let place = Place::of(call);
    let changed = call.service.store.change(call.region(), move |state| {
        find(state, &name, &place)?;
        Ok(((), vec![Change::RemoveAlias(name)]))
    });
    changed.await?;
    Ok(Answer::Nothing)
}

pub(super) fn list(call: &Call<'_>) -> Result<Answer, Exception> {
    let (key, page) = call.read(|members| (members.text("KeyId", &KEY_ID), Page::read(members)))?;
    let (state, place) = (call.state(), Place::of(call));
    let key = key
        .map(|key| place.key_without_alias(&state, key))
        .transpose()?;
    let aliases = state.aliases.values();
    let its = aliases.filter(|alias| key.as_ref().is_none_or(|key| alias.target == key.id));
    let entries = its.map(|alias| (alias.name.to_string(), entry(call, alias)));
    page.answer(call.operation, "Aliases", entries, PAGE, MOST)
}

fn entry(call: &Call<'_>, alias: &Alias) -> Value {
    let mut entry = Map::new();
    let arn = alias.name.arn(call.region(), call.account());
    entry.insert("AliasName".to_owned(), alias.name.as_str().into());
    entry.insert("AliasArn".to_owned(), arn.into());
    entry.insert("TargetKeyId".to_owned(), alias.target.to_string().into());
    entry.insert("CreationDate".to_owned(), alias.created.to_json());
    entry.insert("LastUpdatedDate".to_owned(), alias.updated.to_json());
    json!(entry)
}

fn read(call: &Call<'_>) -> Result<(String, String), Exception> {
    let (name, target) = call.read(|members| {
        (
            members.required_text("AliasName", &ALIAS_NAME).to_owned(),
            members.required_text("TargetKeyId", &KEY_ID).to_owned(),
        )
    })?;
    let is_alias = target
        .rsplit(':')
        .next()
        .is_some_and(|name| name.starts_with(AliasName::PREFIX));
    if is_alias {
        return Err(Exception::validation(
            "Aliases must refer to keys. Not aliases",
        ));
    }
    Ok((name, target))
}

/// The name of an alias that customers may make.
fn require_own(name: &str) -> Result<AliasName, Exception> {
    if !name.starts_with(AliasName::PREFIX) {
        // Recorded.
        return Err(Exception::validation(
            "Alias must start with the prefix \"alias/\". Please see \
             https://docs.aws.amazon.com/kms/latest/developerguide/kms-alias.html",
        ));
    }
    let invalid = |message: &str| Exception::new(ExceptionName::InvalidAliasName, message);
    if name.starts_with(AliasName::RESERVED_PREFIX) {
        return Err(invalid("Aliases beginning with alias/aws/ are reserved."));
    }
    name.parse()
        .map_err(|_| invalid("The name of the alias is not valid."))
}

fn find<'s>(
    state: &'s RegionState,
    name: &AliasName,
    place: &Place,
) -> Result<&'s Alias, Exception> {
    state.aliases.get(name).ok_or_else(|| {
        let arn = name.arn(&place.region, &place.account);
        texts::alias_not_found(&arn)
    })
}

fn require_room(state: &RegionState, key: KeyId) -> Result<(), Exception> {
    let aliases = state.aliases.values();
    let count = aliases.filter(|alias| alias.target == key).count();
    if count >= limits::ALIASES_OF_A_KEY {
        return Err(Exception::limit(format!(
            "A KMS key has at most {} aliases.",
            limits::ALIASES_OF_A_KEY
        )));
    }
    Ok(())
}

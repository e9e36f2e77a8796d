//! `TagResource`, `UntagResource`, `ListResourceTags`.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::json;

use super::find::Place;
use super::pages::Page;
use super::{Answer, Call};
use crate::exception::{Exception, ExceptionName};
use crate::input::Members;
use crate::input::constraint::{KEY_ID, TAG_KEY, TAG_VALUE};
use crate::state::{Change, Key, limits};

/// How many tags a page has at most.
const PAGE: usize = 50;
/// What the names of tags begin with that only AWS makes.
const RESERVED: &str = "aws:";

/// Values by name.
type Tags = BTreeMap<String, String>;

pub(super) async fn tag(call: &Call<'_>) -> Result<Answer, Exception> {
    let (key, tags) = call.read(|members| {
        members.require("Tags");
        (
            members.required_text("KeyId", &KEY_ID).to_owned(),
            read_tags(members).unwrap_or_default(),
        )
    })?;
    let tags = require_valid(&tags)?;
    change(call, key, move |all| {
        all.extend(tags);
        if all.len() > limits::TAGS {
            return Err(tag_exception("Too many tags"));
        }
        Ok(())
    })
    .await
}

pub(super) async fn untag(call: &Call<'_>) -> Result<Answer, Exception> {
    let (key, names) = call.read(|members| {
        members.require("TagKeys");
        let names = members.texts("TagKeys", None, &TAG_KEY).unwrap_or_default();
        let names: Vec<String> = names.into_iter().map(str::to_owned).collect();
        (members.required_text("KeyId", &KEY_ID).to_owned(), names)
    })?;
    if names.iter().any(|name| name.starts_with(RESERVED)) {
        return Err(tag_exception("Tags beginning with aws: are reserved"));
    }
    change(call, key, move |all| {
        for name in names {
            all.remove(&name);
        }
        Ok(())
    })
    .await
}

pub(super) fn list(call: &Call<'_>) -> Result<Answer, Exception> {
    let (key, page) =
        call.read(|members| (members.required_text("KeyId", &KEY_ID), Page::read(members)))?;
    let key = Place::of(call).key_without_alias(&call.state(), key)?;
    let entries = key
        .tags
        .iter()
        .map(|(name, value)| (name.clone(), json!({ "TagKey": name, "TagValue": value })));
    page.answer(call.operation, "Tags", entries, PAGE, PAGE)
}

/// The tags of a request, as they come.
pub(super) fn read_tags<'c>(members: &Members<'c, '_>) -> Option<Vec<(&'c str, &'c str)>> {
    let tags = members.structures("Tags")?.into_iter().map(|tag| {
        (
            tag.required_text("TagKey", &TAG_KEY),
            tag.required_text("TagValue", &TAG_VALUE),
        )
    });
    Some(tags.collect())
}

/// The same, each name once. The messages are recorded.
pub(super) fn require_valid(tags: &[(&str, &str)]) -> Result<Tags, Exception> {
    let names: BTreeSet<&str> = tags.iter().map(|(name, _)| *name).collect();
    if names.len() < tags.len() {
        return Err(tag_exception("Duplicate tag keys"));
    }
    if names.len() > limits::TAGS {
        return Err(tag_exception("Too many tags"));
    }
    if names.iter().any(|name| name.starts_with(RESERVED)) {
        return Err(tag_exception("Tags beginning with aws: are reserved"));
    }
    let owned = tags
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    Ok(owned.collect())
}

async fn change(
    call: &Call<'_>,
    key: String,
    change: impl FnOnce(&mut Tags) -> Result<(), Exception> + Send + 'static,
) -> Result<Answer, Exception> {
    let place = Place::of(call);
    let changed = call.service.store.change(call.region(), move |state| {
        let before = place.key_without_alias(state, &key)?;
        place.require_staying(&before)?;
        let mut after: Key = before.as_ref().clone();
        change(&mut after.tags)?;
        Ok(((), vec![Change::PutKey(Arc::new(after))]))
    });
    changed.await?;
    Ok(Answer::Nothing)
}

fn tag_exception(message: &str) -> Exception {
    Exception::new(ExceptionName::Tag, message)
}

//! `ConnectCustomKeyStore`, `DisconnectCustomKeyStore`, `DeleteCustomKeyStore`,
//! `DescribeCustomKeyStores`.

use std::sync::Arc;

use serde_json::json;

use super::pages::Page;
use super::{Answer, Call, texts};
use crate::exception::{Exception, ExceptionName};
use crate::input::constraint::{CUSTOM_KEY_STORE_ID, CUSTOM_KEY_STORE_NAME};
use crate::names::KeyStoreId;
use crate::state::{Change, ConnectionState, Event, KeyStore, RegionState, Step};

/// How many a page has when nobody says: all that there can be.
const PAGE: usize = 1000;

pub(super) async fn connect(call: &Call<'_>) -> Result<Answer, Exception> {
    step(call, Event::Connect).await
}

pub(super) async fn disconnect(call: &Call<'_>) -> Result<Answer, Exception> {
    step(call, Event::Disconnect).await
}

async fn step(call: &Call<'_>, event: Event) -> Result<Answer, Exception> {
    let text =
        call.read(|members| members.required_text("CustomKeyStoreId", &CUSTOM_KEY_STORE_ID))?;
    let id = find(&call.state(), text)?.id.clone();
    let stepped = call.service.step(call.region(), &id, event, None).await?;
    let stepped = stepped.ok_or_else(|| texts::key_store_not_found(text))?;
    match stepped.step {
        Step::To(_) => {
            call.service
                .go_on(call.region(), stepped.key_store, call.request_id);
        }
        Step::Stays => {}
        Step::Refused => {
            let state = stepped.key_store.connection.name();
            return Err(texts::key_store_state(&id, state, call.operation.name()));
        }
    }
    Ok(Answer::Members(json!({})))
}

pub(super) async fn delete(call: &Call<'_>) -> Result<Answer, Exception> {
    let text =
        call.read(|members| members.required_text("CustomKeyStoreId", &CUSTOM_KEY_STORE_ID))?;
    let id = find(&call.state(), text)?.id.clone();
    let (auto, operation) = (call.service.settings.auto_connect, call.operation.name());
    let place = id.clone();
    call.service
        .store
        .change(call.region(), move |state| {
            let key_store = find(state, id.as_str())?;
            let keys = state.keys_of(&id);
            if keys > 0 {
                return Err(Exception::new(
                    ExceptionName::CustomKeyStoreHasCmks,
                    format!(
                        "The custom key store {id} has {keys} KMS keys, those included that are \
                         pending deletion."
                    ),
                ));
            }
            if key_store.connection != ConnectionState::Disconnected && !auto {
                let connection = key_store.connection.name();
                return Err(texts::key_store_state(&id, connection, operation));
            }
            Ok(((), vec![Change::RemoveKeyStore(id)]))
        })
        .await?;
    call.service.proxies.forget(call.region(), &place);
    Ok(Answer::Members(json!({})))
}

pub(super) fn describe(call: &Call<'_>) -> Result<Answer, Exception> {
    let (id, name, page) = call.read(|members| {
        (
            members.text("CustomKeyStoreId", &CUSTOM_KEY_STORE_ID),
            members.text("CustomKeyStoreName", &CUSTOM_KEY_STORE_NAME),
            Page::read(members),
        )
    })?;
    let state = call.state();
    let entries: Vec<&Arc<KeyStore>> = match (id, name) {
        (Some(_), Some(_)) => {
            return Err(Exception::validation(
                "Specify either CustomKeyStoreId or CustomKeyStoreName, not both.",
            ));
        }
        (Some(id), None) => vec![find(&state, id)?],
        (None, Some(name)) => {
            let mut key_stores = state.key_stores.values();
            let named = key_stores.find(|key_store| key_store.name == name);
            vec![named.ok_or_else(|| texts::key_store_name_not_found(name))?]
        }
        (None, None) => state.key_stores.values().collect(),
    };
    let entries = entries
        .into_iter()
        .map(|key_store| (key_store.id.to_string(), key_store.to_json()));
    page.answer(call.operation, "CustomKeyStores", entries, PAGE, PAGE)
}

/// The key store of this id.
pub(super) fn find<'s>(state: &'s RegionState, id: &str) -> Result<&'s Arc<KeyStore>, Exception> {
    let found = id.parse::<KeyStoreId>().ok();
    found
        .and_then(|id| state.key_stores.get(&id))
        .ok_or_else(|| texts::key_store_not_found(id))
}

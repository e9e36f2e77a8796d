//! Requests at the same time.

use std::sync::Arc;

use serde_json::{Value, json};
use tokio::sync::Barrier;

use crate::harness::{Answer, Kms, Proxy, Refused, Started};

/// One of the two succeeds; how the other fails.
fn one_of(answers: [Result<Value, Refused>; 2]) -> Refused {
    match answers {
        [Ok(_), Err(refused)] | [Err(refused), Ok(_)] => refused,
        both => panic!("{both:?}"),
    }
}

#[tokio::test]
async fn of_two_key_stores_at_the_same_place_one_is_made() {
    let proxy = Proxy::start().await;
    let kms = Kms::with(&proxy, &[]).await;
    let first = Kms::key_store_of(&proxy);
    for (member, value, name) in [
        ("CustomKeyStoreName", "another", "XksProxyUriInUseException"),
        (
            "XksProxyUriPath",
            "/another/kms/xks/v1",
            "CustomKeyStoreNameInUseException",
        ),
    ] {
        let mut second = first.clone();
        second[member] = value.into();
        // Both have been looked at before either is made.
        proxy.always(Some(Answer::Together(Arc::new(Barrier::new(2)))));
        let (one, other) = tokio::join!(
            kms.call("CreateCustomKeyStore", first.clone()),
            kms.call("CreateCustomKeyStore", second)
        );
        proxy.always(None);
        let made = one.as_ref().or(other.as_ref()).unwrap()["CustomKeyStoreId"].clone();
        assert_eq!(one_of([one, other]).name, name);
        kms.ok("DeleteCustomKeyStore", json!({ "CustomKeyStoreId": made }))
            .await;
    }
}

#[tokio::test]
async fn of_two_keys_on_one_external_key_one_is_made() {
    let Started {
        kms,
        proxy,
        key_store,
        ..
    } = Started::new().await;
    proxy.add_key("second");
    let create = Kms::key_of(&key_store, "second");
    proxy.always(Some(Answer::Together(Arc::new(Barrier::new(2)))));
    let (one, other) = tokio::join!(
        kms.call("CreateKey", create.clone()),
        kms.call("CreateKey", create)
    );
    assert_eq!(one_of([one, other]).name, "XksKeyAlreadyInUseException");
}

#[tokio::test]
async fn a_key_store_that_was_disconnected_meanwhile_gets_no_key() {
    let Started {
        kms,
        proxy,
        key_store,
        ..
    } = Started::new().await;
    proxy.add_key("second");
    let create = Kms::key_of(&key_store, "second");
    let barrier = Arc::new(Barrier::new(2));
    proxy.next(Answer::Together(Arc::clone(&barrier)));
    let disconnect = async {
        kms.ok(
            "DisconnectCustomKeyStore",
            json!({ "CustomKeyStoreId": key_store }),
        )
        .await;
        // Now the proxy answers.
        barrier.wait().await;
    };
    let (made, ()) = tokio::join!(kms.call("CreateKey", create), disconnect);
    assert_eq!(
        made.unwrap_err().name,
        "CustomKeyStoreInvalidStateException"
    );
}

#[tokio::test]
async fn aliases_made_at_once_are_all_there() {
    let Started { kms, .. } = Started::new().await;
    let kms = Arc::new(kms);
    let own = kms.create_own_key().await;
    let mut making = tokio::task::JoinSet::new();
    for number in 0..40 {
        let (kms, own) = (Arc::clone(&kms), own.clone());
        let alias = json!({ "AliasName": format!("alias/{number}"), "TargetKeyId": own });
        making.spawn(async move { kms.ok("CreateAlias", alias).await });
    }
    making.join_all().await;
    let listed = kms.ok("ListAliases", json!({ "Limit": 100 })).await;
    assert_eq!(listed["Aliases"].as_array().unwrap().len(), 40);
}

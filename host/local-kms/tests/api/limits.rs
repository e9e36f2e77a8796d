//! How much there may be.

use claviger_local_kms::state::limits;
use serde_json::json;

use crate::harness::{Kms, Proxy, Started};

#[tokio::test]
async fn there_are_ten_key_stores() {
    let proxy = Proxy::start().await;
    let kms = Kms::with(&proxy, &[]).await;
    let mut create = Kms::key_store_of(&proxy);
    for number in 0..=10 {
        create["CustomKeyStoreName"] = format!("store {number}").into();
        create["XksProxyUriPath"] = format!("/{number}/kms/xks/v1").into();
        if number < 10 {
            kms.ok("CreateCustomKeyStore", create.clone()).await;
        }
    }
    proxy.take_calls();
    let refused = kms.refused("CreateCustomKeyStore", create).await;
    assert_eq!(refused.name, "LimitExceededException");
    assert_eq!(proxy.take_calls(), []);
}

#[tokio::test]
async fn a_key_has_so_many_aliases_and_grants_and_rotations() {
    let Started { kms, key, .. } = Started::new().await;
    let own = kms.create_own_key().await;
    let alias =
        |number: usize| json!({ "AliasName": format!("alias/{number}"), "TargetKeyId": key });
    let grant = json!({
        "KeyId": key,
        "GranteePrincipal": "arn:aws:iam::111122223333:role/one",
        "Operations": ["Encrypt"],
    });
    for number in 0..limits::ALIASES_OF_A_KEY {
        kms.ok("CreateAlias", alias(number)).await;
    }
    for _ in 0..limits::GRANTS {
        kms.ok("CreateGrant", grant.clone()).await;
    }
    for _ in 0..limits::ROTATIONS_ON_DEMAND {
        kms.ok("RotateKeyOnDemand", json!({ "KeyId": own })).await;
    }
    for (operation, body) in [
        ("CreateAlias", alias(limits::ALIASES_OF_A_KEY)),
        ("CreateGrant", grant),
        ("RotateKeyOnDemand", json!({ "KeyId": own })),
    ] {
        assert_eq!(
            kms.refused(operation, body).await.name,
            "LimitExceededException"
        );
    }
    // Nor by way of another key.
    let last = json!({ "AliasName": "alias/last", "TargetKeyId": own });
    kms.ok("CreateAlias", last).await;
    let moved = json!({ "AliasName": "alias/last", "TargetKeyId": key });
    assert_eq!(
        kms.refused("UpdateAlias", moved).await.name,
        "LimitExceededException"
    );
}

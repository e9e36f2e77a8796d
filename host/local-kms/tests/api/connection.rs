//! The states of a connection, and what is allowed in each.

use claviger_local_kms::state::{Event, Step};
use serde_json::json;

use crate::harness::{Answer, Kms, Proxy, Started};

#[tokio::test]
async fn a_key_store_connects_and_disconnects() {
    let proxy = Proxy::start().await;
    let kms = Kms::with(&proxy, &[]).await;
    let store = kms.create_key_store(&proxy).await;
    assert_eq!(
        kms.describe_key_store(&store).await["ConnectionState"],
        "DISCONNECTED"
    );
    kms.connect(&store).await;
    kms.disconnect(&store).await;
    kms.connect(&store).await;
    // Once more does nothing.
    kms.connect(&store).await;
}

#[tokio::test]
async fn connecting_takes_its_time_and_can_be_broken_off() {
    let proxy = Proxy::start().await;
    let kms = Kms::with(&proxy, &["--connect-delay", "1h"]).await;
    let store = kms.create_key_store(&proxy).await;
    let id = json!({ "CustomKeyStoreId": store });
    kms.ok("ConnectCustomKeyStore", id.clone()).await;
    assert_eq!(
        kms.describe_key_store(&store).await["ConnectionState"],
        "CONNECTING"
    );
    let key = Kms::key_of(&store, "demo");
    let refused = kms.refused("CreateKey", key).await;
    assert_eq!(refused.name, "CustomKeyStoreInvalidStateException");
    kms.ok("DisconnectCustomKeyStore", id.clone()).await;
    assert_eq!(
        kms.describe_key_store(&store).await["ConnectionState"],
        "DISCONNECTING"
    );
    for operation in [
        "ConnectCustomKeyStore",
        "DisconnectCustomKeyStore",
        "DeleteCustomKeyStore",
    ] {
        let refused = kms.refused(operation, id.clone()).await;
        assert_eq!(
            refused.name, "CustomKeyStoreInvalidStateException",
            "{operation}"
        );
    }
    // It was asked once, when the key store was made.
    assert_eq!(proxy.take_calls().len(), 1);
}

#[tokio::test]
async fn a_failed_connection_is_disconnected_first() {
    let proxy = Proxy::start().await;
    let kms = Kms::with(&proxy, &[]).await;
    let store = kms.create_key_store(&proxy).await;
    let id = json!({ "CustomKeyStoreId": store });
    proxy.next(Answer::error(500, "InternalException"));
    kms.ok("ConnectCustomKeyStore", id.clone()).await;
    assert_eq!(kms.settled(&store).await["ConnectionState"], "FAILED");
    for (operation, body) in [
        ("ConnectCustomKeyStore", id.clone()),
        ("DeleteCustomKeyStore", id.clone()),
        (
            "UpdateCustomKeyStore",
            json!({ "CustomKeyStoreId": store, "NewCustomKeyStoreName": "n" }),
        ),
    ] {
        let refused = kms.refused(operation, body).await;
        assert_eq!(
            refused.name, "CustomKeyStoreInvalidStateException",
            "{operation}"
        );
    }
    kms.disconnect(&store).await;
    kms.connect(&store).await;
}

#[tokio::test]
async fn a_broken_proxy_does_not_disconnect_a_key_store() {
    let Started {
        kms,
        proxy,
        key_store,
        key,
        ..
    } = Started::new().await;
    proxy.always(Some(Answer::error(500, "InternalException")));
    kms.service.check_health().await;
    assert_eq!(
        kms.describe_key_store(&key_store).await["ConnectionState"],
        "CONNECTED"
    );
    assert_eq!(kms.key_state(&key).await, "Enabled");
    let refused = kms
        .refused("Encrypt", json!({ "KeyId": key, "Plaintext": "aA==" }))
        .await;
    assert_eq!(refused.name, "KMSInvalidStateException");
}

#[tokio::test]
async fn what_moves_a_key_store_waits_until_it_is_disconnected() {
    let Started {
        kms,
        proxy,
        key_store,
        ..
    } = Started::new().await;
    let credential = json!({
        "AccessKeyId": "ABCDEFGHIJKLMNOPQRST",
        "RawSecretAccessKey": "0123456789012345678901234567890123456789012=",
    });
    for (member, value) in [
        ("NewCustomKeyStoreName", json!("new")),
        ("XksProxyUriPath", json!("/new/kms/xks/v1")),
        ("XksProxyAuthenticationCredential", credential),
    ] {
        kms.ok(
            "UpdateCustomKeyStore",
            json!({ "CustomKeyStoreId": key_store, member: value }),
        )
        .await;
    }
    let entry = kms.describe_key_store(&key_store).await;
    assert_eq!(entry["ConnectionState"], "CONNECTED");
    assert_eq!(entry["CustomKeyStoreName"], "new");
    assert_eq!(entry["XksProxyConfiguration"]["UriPath"], "/new/kms/xks/v1");
    assert_eq!(
        entry["XksProxyConfiguration"]["AccessKeyId"],
        "ABCDEFGHIJKLMNOPQRST"
    );
    proxy.take_calls();

    let service = "com.amazonaws.vpce.us-east-1.vpce-svc-0123456789abcdef0";
    let moves = [
        json!({ "CustomKeyStoreId": key_store, "XksProxyUriEndpoint": "https://localhost" }),
        json!({
            "CustomKeyStoreId": key_store,
            "XksProxyUriEndpoint": "https://xks.example.com",
            "XksProxyConnectivity": "VPC_ENDPOINT_SERVICE",
            "XksProxyVpcEndpointServiceName": service,
        }),
    ];
    for update in moves.clone() {
        let refused = kms.refused("UpdateCustomKeyStore", update).await;
        assert_eq!(refused.name, "CustomKeyStoreInvalidStateException");
    }
    assert_eq!(proxy.take_calls(), []);
    kms.disconnect(&key_store).await;
    kms.ok("UpdateCustomKeyStore", moves[1].clone()).await;
    let entry = kms.describe_key_store(&key_store).await;
    assert_eq!(
        entry["XksProxyConfiguration"]["Connectivity"],
        "VPC_ENDPOINT_SERVICE"
    );
    assert_eq!(
        entry["XksProxyConfiguration"]["VpcEndpointServiceName"],
        service
    );
    // And back: an empty name says that there is no service any more.
    let back = json!({
        "CustomKeyStoreId": key_store,
        "XksProxyUriEndpoint": "https://xks.example.com",
        "XksProxyConnectivity": "PUBLIC_ENDPOINT",
        "XksProxyVpcEndpointServiceName": "",
    });
    kms.ok("UpdateCustomKeyStore", back).await;
    let entry = kms.describe_key_store(&key_store).await;
    assert_eq!(
        entry["XksProxyConfiguration"]["Connectivity"],
        "PUBLIC_ENDPOINT"
    );
    assert_eq!(
        entry["XksProxyConfiguration"].get("VpcEndpointServiceName"),
        None
    );
}

#[tokio::test]
async fn calls_use_the_credential_that_is_in_force() {
    let Started {
        kms,
        proxy,
        key_store,
        key,
        ..
    } = Started::new().await;
    let update = json!({
        "CustomKeyStoreId": key_store,
        "XksProxyAuthenticationCredential": {
            "AccessKeyId": "ABCDEFGHIJKLMNOPQRST",
            "RawSecretAccessKey": "0123456789012345678901234567890123456789012=",
        },
    });
    proxy.next(Answer::error(401, "AuthenticationFailedException"));
    let refused = kms.refused("UpdateCustomKeyStore", update.clone()).await;
    assert_eq!(
        refused.name,
        "XksProxyIncorrectAuthenticationCredentialException"
    );
    let encrypt = json!({ "KeyId": key, "Plaintext": "aA==" });
    kms.ok("Encrypt", encrypt.clone()).await;
    kms.ok("UpdateCustomKeyStore", update).await;
    kms.ok("Encrypt", encrypt).await;
    let calls = proxy.take_calls();
    let ids: Vec<bool> = calls
        .iter()
        .map(|call| {
            call.authorization
                .contains("Credential=ABCDEFGHIJKLMNOPQRST/")
        })
        .collect();
    assert_eq!(ids, [true, false, true, true]);
}

#[tokio::test]
async fn auto_connect_connects_and_disconnects_by_itself() {
    let proxy = Proxy::start().await;
    let kms = Kms::with(&proxy, &["--auto-connect"]).await;
    let store = kms.create_key_store(&proxy).await;
    assert_eq!(kms.settled(&store).await["ConnectionState"], "CONNECTED");
    let key = kms.create_key(&store, "demo").await;
    let id = json!({ "CustomKeyStoreId": store });
    let refused = kms.refused("DeleteCustomKeyStore", id.clone()).await;
    assert_eq!(refused.name, "CustomKeyStoreHasCMKsException");
    kms.ok(
        "ScheduleKeyDeletion",
        json!({ "KeyId": key, "PendingWindowInDays": 7 }),
    )
    .await;
    kms.pass_days(8);
    kms.service.sweep().await;
    kms.ok("DeleteCustomKeyStore", id).await;
}

#[tokio::test]
async fn an_answer_to_an_earlier_attempt_does_not_count() {
    let proxy = Proxy::start().await;
    let kms = Kms::with(&proxy, &["--connect-delay", "1h"]).await;
    let store = kms.create_key_store(&proxy).await;
    let id = json!({ "CustomKeyStoreId": store });
    let (region, name) = ("us-east-1".parse().unwrap(), store.parse().unwrap());
    let attempt = || kms.service.region(&region).key_stores[&name].attempt;
    kms.ok("ConnectCustomKeyStore", id.clone()).await;
    let first = attempt();
    kms.ok("DisconnectCustomKeyStore", id.clone()).await;
    let cleared = kms
        .service
        .step(&region, &name, Event::Cleared, Some(attempt()))
        .await;
    assert!(matches!(cleared.unwrap().unwrap().step, Step::To(_)));
    kms.ok("ConnectCustomKeyStore", id).await;
    let late = kms
        .service
        .step(&region, &name, Event::Asked(Ok(())), Some(first))
        .await;
    assert_eq!(late.unwrap().unwrap().step, Step::Stays);
    assert_eq!(
        kms.describe_key_store(&store).await["ConnectionState"],
        "CONNECTING"
    );
    let now = kms
        .service
        .step(&region, &name, Event::Asked(Ok(())), Some(attempt()))
        .await;
    assert!(matches!(now.unwrap().unwrap().step, Step::To(_)));
    assert_eq!(
        kms.describe_key_store(&store).await["ConnectionState"],
        "CONNECTED"
    );
}

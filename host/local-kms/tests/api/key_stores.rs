//! Making, describing and deleting key stores.

use serde_json::{Value, json};

use crate::harness::{Kms, Proxy, Started};

async fn refusal(kms: &Kms, create: &Value) -> String {
    kms.refused("CreateCustomKeyStore", create.clone())
        .await
        .name
}

#[tokio::test]
async fn an_entry_has_what_was_given_but_the_secret() {
    let proxy = Proxy::start().await;
    let kms = Kms::with(&proxy, &[]).await;
    let store = kms.create_key_store(&proxy).await;
    let mut entry = kms.describe_key_store(&store).await;
    assert!(entry["CreationDate"].take().is_f64());
    assert_eq!(
        entry,
        json!({
            "CustomKeyStoreId": store,
            "CustomKeyStoreName": "test",
            "CustomKeyStoreType": "EXTERNAL_KEY_STORE",
            "ConnectionState": "DISCONNECTED",
            "CreationDate": null,
            "XksProxyConfiguration": {
                "Connectivity": "PUBLIC_ENDPOINT",
                "AccessKeyId": proxy.credential.access_key_id.as_str(),
                "UriEndpoint": "https://xks.example.com",
                "UriPath": "/test/kms/xks/v1",
            },
        })
    );
}

#[tokio::test]
async fn what_is_taken_is_not_taken_again() {
    let proxy = Proxy::start().await;
    let kms = Kms::with(&proxy, &[]).await;
    kms.create_key_store(&proxy).await;
    let first = Kms::key_store_of(&proxy);
    let with = |changes: Value| {
        let mut create = first.clone();
        for (name, value) in changes.as_object().unwrap() {
            create[name] = value.clone();
        }
        create
    };
    let path = "/other/kms/xks/v1";
    assert_eq!(
        refusal(&kms, &with(json!({ "XksProxyUriPath": path }))).await,
        "CustomKeyStoreNameInUseException"
    );
    assert_eq!(
        refusal(&kms, &with(json!({ "CustomKeyStoreName": "b" }))).await,
        "XksProxyUriInUseException"
    );
    let service = "com.amazonaws.vpce.us-east-1.vpce-svc-0123456789abcdef0";
    let private = |name: &str, endpoint: &str, service: &str| {
        with(json!({
            "CustomKeyStoreName": name,
            "XksProxyConnectivity": "VPC_ENDPOINT_SERVICE",
            "XksProxyUriEndpoint": endpoint,
            "XksProxyVpcEndpointServiceName": service,
        }))
    };
    assert_eq!(
        refusal(&kms, &private("b", "https://xks.example.com", service)).await,
        "XksProxyUriEndpointInUseException"
    );
    let elsewhere = service.replace("us-east-1", "eu-west-1");
    assert_eq!(
        refusal(&kms, &private("b", "https://b.example.com", &elsewhere)).await,
        "XksProxyVpcEndpointServiceNotFoundException"
    );
    proxy.take_calls();
    // The proxy behind a VPC endpoint service is asked when it connects.
    kms.ok(
        "CreateCustomKeyStore",
        private("b", "https://b.example.com", service),
    )
    .await;
    assert_eq!(proxy.take_calls(), []);
    assert_eq!(
        refusal(&kms, &private("c", "https://c.example.com", service)).await,
        "XksProxyVpcEndpointServiceInUseException"
    );
    let public =
        with(json!({ "CustomKeyStoreName": "c", "XksProxyUriEndpoint": "https://B.example.com" }));
    assert_eq!(
        refusal(&kms, &public).await,
        "XksProxyUriEndpointInUseException"
    );
    // The same endpoint with another path is another key store.
    let other = with(json!({ "CustomKeyStoreName": "c", "XksProxyUriPath": path }));
    let made = kms.ok("CreateCustomKeyStore", other).await;
    // And what an update would take is taken, too.
    let id = &made["CustomKeyStoreId"];
    for (member, value, name) in [
        (
            "NewCustomKeyStoreName",
            "test",
            "CustomKeyStoreNameInUseException",
        ),
        (
            "XksProxyUriPath",
            "/test/kms/xks/v1",
            "XksProxyUriInUseException",
        ),
    ] {
        let update = json!({ "CustomKeyStoreId": id, member: value });
        assert_eq!(kms.refused("UpdateCustomKeyStore", update).await.name, name);
    }
}

#[tokio::test]
async fn key_stores_are_external_and_whole() {
    let proxy = Proxy::start().await;
    let kms = Kms::with(&proxy, &[]).await;
    let whole = Kms::key_store_of(&proxy);
    for missing in [
        "XksProxyConnectivity",
        "XksProxyUriEndpoint",
        "XksProxyUriPath",
        "XksProxyAuthenticationCredential",
    ] {
        let mut create = whole.clone();
        create.as_object_mut().unwrap().remove(missing);
        let refused = kms.refused("CreateCustomKeyStore", create).await;
        assert_eq!(refused.name, "ValidationException");
        assert!(refused.message.unwrap().starts_with(missing));
    }
    for (member, value, name) in [
        (
            "CustomKeyStoreType",
            json!("AWS_CLOUDHSM"),
            "CloudHsmClusterNotFoundException",
        ),
        (
            "CustomKeyStoreType",
            Value::Null,
            "CloudHsmClusterNotFoundException",
        ),
        ("KeyStorePassword", json!("password"), "ValidationException"),
        (
            "XksProxyConnectivity",
            json!("VPC_ENDPOINT_SERVICE"),
            "ValidationException",
        ),
        (
            "XksProxyVpcEndpointServiceName",
            json!("com.amazonaws.vpce.us-east-1.vpce-svc-0123456789abcdef0"),
            "ValidationException",
        ),
    ] {
        let mut create = whole.clone();
        create[member] = value;
        assert_eq!(refusal(&kms, &create).await, name, "{member}");
    }
    assert_eq!(proxy.take_calls(), []);
}

#[tokio::test]
async fn key_stores_are_found_by_id_or_name() {
    let Started { kms, key_store, .. } = Started::new().await;
    let by = |body: Value| kms.ok("DescribeCustomKeyStores", body);
    for body in [
        json!({}),
        json!({ "CustomKeyStoreName": "test" }),
        json!({ "CustomKeyStoreId": key_store }),
    ] {
        let listed = by(body).await;
        assert_eq!(
            listed["CustomKeyStores"][0]["CustomKeyStoreId"],
            key_store.as_str()
        );
        assert_eq!(listed["Truncated"], false);
    }
    for body in [
        json!({ "CustomKeyStoreName": "b" }),
        json!({ "CustomKeyStoreId": "cks-b" }),
        json!({ "CustomKeyStoreId": "b" }),
    ] {
        let refused = kms.refused("DescribeCustomKeyStores", body).await;
        assert_eq!(refused.name, "CustomKeyStoreNotFoundException");
    }
    let both = json!({ "CustomKeyStoreName": "test", "CustomKeyStoreId": key_store });
    let refused = kms.refused("DescribeCustomKeyStores", both).await;
    assert_eq!(refused.name, "ValidationException");
}

#[tokio::test]
async fn a_key_store_is_deleted_when_it_is_empty_and_disconnected() {
    let Started {
        kms,
        key_store,
        key,
        ..
    } = Started::new().await;
    let id = json!({ "CustomKeyStoreId": key_store });
    kms.ok(
        "ScheduleKeyDeletion",
        json!({ "KeyId": key, "PendingWindowInDays": 7 }),
    )
    .await;
    // A key that is pending deletion is a key.
    let refused = kms.refused("DeleteCustomKeyStore", id.clone()).await;
    assert_eq!(refused.name, "CustomKeyStoreHasCMKsException");
    kms.pass_days(7);
    kms.service.sweep().await;
    let refused = kms.refused("DeleteCustomKeyStore", id.clone()).await;
    assert_eq!(refused.name, "CustomKeyStoreInvalidStateException");
    kms.disconnect(&key_store).await;
    assert_eq!(kms.ok("DeleteCustomKeyStore", id.clone()).await, json!({}));
    let refused = kms.refused("DescribeCustomKeyStores", id).await;
    assert_eq!(refused.name, "CustomKeyStoreNotFoundException");
}

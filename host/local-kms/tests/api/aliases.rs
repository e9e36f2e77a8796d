//! Other names of keys.

use serde_json::{Value, json};

use crate::harness::{Refused, Started};

#[tokio::test]
async fn an_alias_names_a_key_and_then_another() {
    let Started { kms, key, .. } = Started::new().await;
    let own = kms.create_own_key().await;
    let alias = |target: &str| json!({ "AliasName": "alias/a", "TargetKeyId": target });
    assert_eq!(kms.ok("CreateAlias", alias(&key)).await, Value::Null);
    let described = kms.ok("DescribeKey", json!({ "KeyId": "alias/a" })).await;
    assert_eq!(described["KeyMetadata"]["KeyId"], key.as_str());
    let exists = Refused::new(
        "AlreadyExistsException",
        "An alias with the name arn:aws:kms:us-east-1:111122223333:alias/a already exists",
    );
    assert_eq!(kms.refused("CreateAlias", alias(&own)).await, exists);
    kms.pass_days(1);
    kms.ok("UpdateAlias", alias(&own)).await;
    let listed = kms.ok("ListAliases", json!({})).await;
    let entry = &listed["Aliases"][0];
    assert_eq!(
        entry["AliasArn"],
        "arn:aws:kms:us-east-1:111122223333:alias/a"
    );
    assert_eq!(entry["TargetKeyId"], own.as_str());
    assert!(entry["LastUpdatedDate"].as_f64() > entry["CreationDate"].as_f64());
    assert_eq!(
        kms.ok("ListAliases", json!({ "KeyId": key })).await["Aliases"],
        json!([])
    );
    kms.ok("DeleteAlias", json!({ "AliasName": "alias/a" }))
        .await;
    let not_found = Refused::new(
        "NotFoundException",
        "Alias arn:aws:kms:us-east-1:111122223333:alias/a is not found.",
    );
    for (operation, body) in [
        ("DeleteAlias", json!({ "AliasName": "alias/a" })),
        ("UpdateAlias", alias(&own)),
        ("DescribeKey", json!({ "KeyId": "alias/a" })),
    ] {
        assert_eq!(kms.refused(operation, body).await, not_found, "{operation}");
    }
}

#[tokio::test]
async fn only_names_of_customers_are_taken() {
    let Started { kms, key, .. } = Started::new().await;
    let prefix = "Alias must start with the prefix \"alias/\". Please see \
                  https://docs.aws.amazon.com/kms/latest/developerguide/kms-alias.html";
    let refused = kms
        .refused(
            "CreateAlias",
            json!({ "AliasName": "a", "TargetKeyId": key }),
        )
        .await;
    assert_eq!(refused, Refused::new("ValidationException", prefix));
    for name in ["alias/aws/a", "alias/", "alias/a:b"] {
        let refused = kms
            .refused(
                "CreateAlias",
                json!({ "AliasName": name, "TargetKeyId": key }),
            )
            .await;
        assert_eq!(refused.name, "InvalidAliasNameException", "{name}");
    }
    let space = json!({ "AliasName": "alias/a b", "TargetKeyId": key });
    assert_eq!(
        kms.refused("CreateAlias", space).await.name,
        "ValidationException"
    );
    kms.ok(
        "CreateAlias",
        json!({ "AliasName": "alias/a", "TargetKeyId": key }),
    )
    .await;
    let of_alias = json!({ "AliasName": "alias/b", "TargetKeyId": "alias/a" });
    let refused = kms.refused("CreateAlias", of_alias).await;
    assert_eq!(
        refused,
        Refused::new(
            "ValidationException",
            "Aliases must refer to keys. Not aliases"
        )
    );
}

#[tokio::test]
async fn aliases_are_listed_in_pages() {
    let Started { kms, key, .. } = Started::new().await;
    for name in ["alias/b", "alias/a", "alias/c"] {
        kms.ok(
            "CreateAlias",
            json!({ "AliasName": name, "TargetKeyId": key }),
        )
        .await;
    }
    let first = kms.ok("ListAliases", json!({ "Limit": 2 })).await;
    let names = |page: &Value| -> Vec<String> {
        let aliases = page["Aliases"].as_array().unwrap().iter();
        aliases
            .map(|alias| alias["AliasName"].as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(names(&first), ["alias/a", "alias/b"]);
    let rest = json!({ "Marker": first["NextMarker"], "KeyId": key });
    assert_eq!(names(&kms.ok("ListAliases", rest).await), ["alias/c"]);
    let refused = kms.refused("ListAliases", json!({ "Marker": "x" })).await;
    assert_eq!(refused.name, "InvalidMarkerException");
}

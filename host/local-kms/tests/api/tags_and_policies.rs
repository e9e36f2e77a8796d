//! Tags, and policies that are stored.

use serde_json::{Value, json};

use crate::harness::{Refused, Started};

#[tokio::test]
async fn tags_are_added_replaced_and_removed() {
    let Started { kms, key, .. } = Started::new().await;
    let tag = |name: &str, value: &str| json!({ "TagKey": name, "TagValue": value });
    let add = |tags: Value| json!({ "KeyId": key, "Tags": tags });
    assert_eq!(
        kms.ok("TagResource", add(json!([tag("a", "1"), tag("b", "")])))
            .await,
        Value::Null
    );
    kms.ok("TagResource", add(json!([tag("a", "2")]))).await;
    let listed = kms.ok("ListResourceTags", json!({ "KeyId": key })).await;
    assert_eq!(listed["Tags"], json!([tag("a", "2"), tag("b", "")]));
    kms.ok(
        "UntagResource",
        json!({ "KeyId": key, "TagKeys": ["a", "none"] }),
    )
    .await;
    let listed = kms
        .ok("ListResourceTags", json!({ "KeyId": key, "Limit": 1 }))
        .await;
    assert_eq!(listed["Tags"], json!([tag("b", "")]));
    assert_eq!(listed["Truncated"], false);

    let many: Vec<Value> = (0..51).map(|number| tag(&number.to_string(), "")).collect();
    for (tags, message) in [
        (json!([tag("a", "1"), tag("a", "2")]), "Duplicate tag keys"),
        (
            json!([tag("aws:a", "1")]),
            "Tags beginning with aws: are reserved",
        ),
        (json!(many), "Too many tags"),
        (json!(many[..50]), "Too many tags"),
    ] {
        let refused = kms.refused("TagResource", add(tags)).await;
        assert_eq!(refused, Refused::new("TagException", message));
    }
}

#[tokio::test]
async fn a_policy_is_given_back_as_it_was_put() {
    let Started { kms, key, .. } = Started::new().await;
    let id = json!({ "KeyId": key, "PolicyName": "default" });
    let usual = kms.ok("GetKeyPolicy", id.clone()).await;
    let usual: Value = serde_json::from_str(usual["Policy"].as_str().unwrap()).unwrap();
    assert_eq!(
        usual["Statement"][0]["Principal"]["AWS"],
        "arn:aws:iam::111122223333:root"
    );
    let policy = r#"{ "Version": "2012-10-17",  "Statement": [] }"#;
    let put = json!({ "KeyId": key, "PolicyName": "default", "Policy": policy });
    assert_eq!(kms.ok("PutKeyPolicy", put).await, Value::Null);
    let got = kms.ok("GetKeyPolicy", id).await;
    assert_eq!(got, json!({ "Policy": policy, "PolicyName": "default" }));
    let listed = kms.ok("ListKeyPolicies", json!({ "KeyId": key })).await;
    assert_eq!(
        listed,
        json!({ "PolicyNames": ["default"], "Truncated": false })
    );

    let marked = json!({ "KeyId": key, "Marker": "x" });
    assert_eq!(
        kms.refused("ListKeyPolicies", marked).await.name,
        "ValidationException"
    );

    let long = format!(r#"{{"a":"{}"}}"#, "p".repeat(32 << 10));
    for (name, policy, exception) in [
        ("default", "everybody", "MalformedPolicyDocumentException"),
        ("default", "[]", "MalformedPolicyDocumentException"),
        ("default", long.as_str(), "LimitExceededException"),
        ("other", "{}", "NotFoundException"),
    ] {
        let put = json!({ "KeyId": key, "PolicyName": name, "Policy": policy });
        assert_eq!(kms.refused("PutKeyPolicy", put).await.name, exception);
    }
}

//! Grants that are stored.

use serde_json::{Value, json};

use crate::harness::Started;

#[tokio::test]
async fn grants_are_listed_revoked_and_retired() {
    let Started { kms, key, arn, .. } = Started::new().await;
    let create = |grantee: &str| {
        json!({
            "KeyId": key,
            "Name": "a",
            "GranteePrincipal": grantee,
            "RetiringPrincipal": "arn:aws:iam::111122223333:role/retirer",
            "Operations": ["Encrypt", "Decrypt"],
            "Constraints": { "EncryptionContextSubset": { "a": "b" } },
        })
    };
    let first = kms
        .ok("CreateGrant", create("arn:aws:iam::111122223333:role/one"))
        .await;
    let second = kms
        .ok("CreateGrant", create("arn:aws:iam::111122223333:role/two"))
        .await;
    let list = json!({ "KeyId": key, "GranteePrincipal": "arn:aws:iam::111122223333:role/one" });
    let listed = kms.ok("ListGrants", list).await;
    let grant = &listed["Grants"][0];
    assert_eq!(listed["Grants"].as_array().unwrap().len(), 1);
    assert_eq!(grant["GrantId"], first["GrantId"]);
    assert_eq!(grant["KeyId"], arn.as_str());
    assert_eq!(grant["Operations"], json!(["Encrypt", "Decrypt"]));
    assert_eq!(
        grant["Constraints"],
        json!({ "EncryptionContextSubset": { "a": "b" } })
    );
    let retirable = json!({ "RetiringPrincipal": "arn:aws:iam::111122223333:role/retirer" });
    let count = |listed: Value| listed["Grants"].as_array().unwrap().len();
    assert_eq!(
        count(kms.ok("ListRetirableGrants", retirable.clone()).await),
        2
    );

    let revoke = json!({ "KeyId": key, "GrantId": first["GrantId"] });
    let mut dry = revoke.clone();
    dry["DryRun"] = true.into();
    assert_eq!(
        kms.refused("RevokeGrant", dry).await.name,
        "DryRunOperationException"
    );
    assert_eq!(kms.ok("RevokeGrant", revoke.clone()).await, Value::Null);
    assert_eq!(
        kms.refused("RevokeGrant", revoke).await.name,
        "NotFoundException"
    );
    let retire = json!({ "GrantToken": second["GrantToken"] });
    kms.ok("RetireGrant", retire.clone()).await;
    assert_eq!(
        kms.refused("RetireGrant", retire).await.name,
        "InvalidGrantTokenException"
    );
    assert_eq!(count(kms.ok("ListRetirableGrants", retirable).await), 0);
}

#[tokio::test]
async fn grants_are_for_somebody_and_for_what_the_key_can_do() {
    let Started { kms, key, .. } = Started::new().await;
    let nobody = json!({ "KeyId": key, "Operations": ["Encrypt"] });
    assert_eq!(
        kms.refused("CreateGrant", nobody).await.name,
        "ValidationException"
    );
    let principal = "arn:aws:iam::111122223333:role/one";
    let sign = json!({ "KeyId": key, "GranteePrincipal": principal, "Operations": ["Sign"] });
    assert_eq!(
        kms.refused("CreateGrant", sign).await.name,
        "ValidationException"
    );
    let long = json!({
        "KeyId": key,
        "GranteePrincipal": principal,
        "Operations": ["Encrypt"],
        "Constraints": { "EncryptionContextEquals": { "a": "b".repeat(8192) } },
    });
    assert_eq!(
        kms.refused("CreateGrant", long).await.name,
        "ValidationException"
    );
}

//! What the test proxy says of itself and of its key.

use serde_json::{Value, json};

use crate::switch::Switch;

pub(crate) fn health(switch: Option<Switch>) -> Vec<u8> {
    let manager = |id: usize, status: &str| json!({"id": format!("manager-{id}"), "model": "Test 1.0", "healthStatus": status});
    let managers: Vec<Value> = match switch {
        Some(Switch::HealthFleetOf0) => Vec::new(),
        Some(Switch::HealthFleetOf11) => (0..11).map(|id| manager(id, "ACTIVE")).collect(),
        Some(Switch::HealthIdTwice) => vec![manager(1, "ACTIVE"), manager(1, "ACTIVE")],
        Some(Switch::HealthStatusUnknown) => vec![manager(1, "ACTIVE"), manager(2, "GOOD")],
        Some(Switch::AllUnavailable) => vec![manager(1, "UNAVAILABLE"), manager(2, "UNAVAILABLE")],
        Some(Switch::Degraded) => vec![manager(1, "ACTIVE"), manager(2, "DEGRADED")],
        Some(Switch::OneManager) => vec![manager(1, "ACTIVE")],
        _ => vec![manager(1, "ACTIVE"), manager(2, "ACTIVE")],
    };
    let mut report = json!({
        "xksProxyFleetSize": 2,
        "xksProxyVendor": "Test",
        "xksProxyModel": "Test Proxy 1.0",
        "ekmVendor": "Test",
        "ekmFleetDetails": managers,
    });
    match switch {
        Some(Switch::HealthWithoutVendor) => {
            report.as_object_mut().unwrap().remove("ekmVendor");
        }
        Some(Switch::HealthFleetSizeAsText) => report["xksProxyFleetSize"] = json!("2"),
        _ => {}
    }
    report.to_string().into_bytes()
}

pub(crate) fn key_metadata(switch: Option<Switch>) -> Vec<u8> {
    let mut metadata = json!({
        "keySpec": "AES_256",
        "keyUsage": ["ENCRYPT", "DECRYPT"],
        "keyStatus": "ENABLED",
    });
    match switch {
        Some(Switch::KeyRsa) => metadata["keySpec"] = json!("RSA_2048"),
        Some(Switch::KeyDisabled) => metadata["keyStatus"] = json!("DISABLED"),
        Some(Switch::KeyStatusUnknown) => metadata["keyStatus"] = json!("ACTIVE"),
        Some(Switch::KeyUsageLacking) => metadata["keyUsage"] = json!(["ENCRYPT", "SIGN"]),
        Some(Switch::KeyUsageOf11) => {
            let mut usages = vec!["ENCRYPT", "DECRYPT"];
            usages.resize(11, "WRAP");
            metadata["keyUsage"] = json!(usages);
        }
        _ => {}
    }
    metadata.to_string().into_bytes()
}

pub(crate) fn has_unknown_members(body: &[u8]) -> bool {
    const METADATA: [&str; 4] = [
        "awsPrincipalArn",
        "kmsOperation",
        "kmsRequestId",
        "kmsKeyArn",
    ];
    let value: Value = serde_json::from_slice(body).unwrap();
    let metadata = value["requestMetadata"].as_object().unwrap();
    value.as_object().unwrap().len() > 1 || metadata.keys().any(|name| !METADATA.contains(&&**name))
}

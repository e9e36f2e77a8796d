//! Records of `CloudTrail`, alone, in a list, or as `aws cloudtrail lookup-events`
//! wraps them.

use serde::Deserialize;
use serde_json::Value;

/// The most records that are read from one text.
const MOST: usize = 1000;

/// What is known of one call of the AWS KMS API.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Record {
    /// The operation: `Decrypt`.
    pub event_name: Option<String>,
    /// `kms.amazonaws.com`
    pub event_source: Option<String>,
    /// RFC 3339, whole seconds.
    pub event_time: Option<String>,
    /// The exception, without its namespace.
    pub error_code: Option<String>,
    /// Its text.
    pub error_message: Option<String>,
    /// What the proxy is sent as kmsRequestId.
    #[serde(rename = "requestID")]
    pub request_id: Option<String>,
    /// Key store and external key of an operation on a key.
    pub additional_event_data: Option<KeyStoreData>,
    /// Key store and external key of `CreateKey`.
    pub request_parameters: Option<KeyStoreData>,
    /// The KMS keys.
    pub resources: Option<Vec<Resource>>,
}

/// Where the key is.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct KeyStoreData {
    /// `cks-…`
    pub custom_key_store_id: Option<String>,
    /// The id of the external key.
    pub xks_key_id: Option<String>,
}

/// A KMS key.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct Resource {
    /// Its ARN.
    #[serde(rename = "ARN")]
    pub arn: Option<String>,
}

/// The answer of `aws cloudtrail lookup-events`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct LookedUp {
    /// The events.
    pub events: Option<Vec<Event>>,
}

/// A record as a text in a list.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Event {
    /// The record.
    pub cloud_trail_event: Option<String>,
}

impl LookedUp {
    /// The records, no more than the first thousand.
    pub fn records(&self) -> Result<Vec<Record>, RecordFault> {
        let events = self.events.as_deref().unwrap_or_default();
        events
            .iter()
            .take(MOST)
            .filter_map(|event| event.cloud_trail_event.as_deref())
            .map(|text| serde_json::from_str(text).map_err(RecordFault::Json))
            .collect()
    }
}

/// Why a text is no record.
#[derive(Debug, thiserror::Error)]
pub enum RecordFault {
    /// No JSON.
    #[error("it is no JSON: {0}")]
    Json(#[from] serde_json::Error),
    /// JSON of something else.
    #[error("no CloudTrail record is in it: none has an eventName")]
    NoRecord,
}

impl Record {
    /// The records in a text of JSON: one, a list of them, `CloudTrail`'s own file
    /// (`Records`), or what `aws cloudtrail lookup-events` writes (`Events`). No more
    /// than the first thousand.
    pub fn parse(text: &str) -> Result<Vec<Self>, RecordFault> {
        let mut records = Vec::new();
        collect(serde_json::from_str(text)?, &mut records)?;
        if records.is_empty() {
            return Err(RecordFault::NoRecord);
        }
        Ok(records)
    }

    /// The id of the external key, wherever the record has it.
    pub fn external_key_id(&self) -> Option<&str> {
        [&self.additional_event_data, &self.request_parameters]
            .into_iter()
            .find_map(|data| data.as_ref()?.xks_key_id.as_deref())
    }

    /// Whether the call failed.
    pub fn failed(&self) -> bool {
        self.error_code.is_some()
    }

    /// The ARNs of the KMS keys.
    pub fn key_arns(&self) -> impl Iterator<Item = &str> {
        let resources = self.resources.as_deref().unwrap_or_default();
        resources.iter().filter_map(|one| one.arn.as_deref())
    }
}

fn collect(value: Value, records: &mut Vec<Record>) -> Result<(), RecordFault> {
    match value {
        Value::Array(list) => {
            for one in list {
                if records.len() == MOST {
                    break;
                }
                collect(one, records)?;
            }
        }
        Value::Object(mut object) => {
            for name in ["Records", "Events"] {
                if let Some(list @ Value::Array(_)) = object.remove(name) {
                    collect(list, records)?;
                }
            }
            if let Some(Value::String(inner)) = object.remove("CloudTrailEvent") {
                // The inner text is a record, and no list of lists.
                let inner = serde_json::from_str::<Record>(&inner)?;
                records.extend(Some(inner).filter(|record| record.event_name.is_some()));
            } else if object.contains_key("eventName") {
                records.push(serde_json::from_value(Value::Object(object))?);
            }
        }
        _ => {}
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const RECORD: &str = r#"{"eventName":"Decrypt","eventTime":"2026-11-28T10:00:00Z",
        "errorCode":"KMSInvalidStateException","errorMessage":"m","requestID":"r",
        "requestParameters":null,
        "additionalEventData":{"customKeyStoreId":"cks-1","xksKeyId":"demo"},
        "resources":[{"accountId":"111122223333","ARN":"arn:k"}]}"#;

    #[test]
    fn a_record_is_found_however_it_is_wrapped() {
        let event =
            serde_json::json!({"Events": [{"EventName": "Decrypt", "CloudTrailEvent": RECORD}]});
        for text in [
            RECORD.to_owned(),
            format!("[{RECORD}]"),
            format!("{{\"Records\":[{RECORD}]}}"),
            event.to_string(),
        ] {
            let records = Record::parse(&text).unwrap();
            let [record] = records.as_slice() else {
                panic!("{records:?}")
            };
            assert_eq!(record.request_id.as_deref(), Some("r"));
            assert_eq!(record.external_key_id(), Some("demo"));
            assert_eq!(record.key_arns().collect::<Vec<_>>(), ["arn:k"]);
            assert!(record.failed());
        }
    }

    #[test]
    fn the_key_of_create_key_is_in_its_parameters() {
        let text = r#"{"eventName":"CreateKey","requestParameters":{"xksKeyId":"k"}}"#;
        assert_eq!(Record::parse(text).unwrap()[0].external_key_id(), Some("k"));
    }

    #[test]
    fn what_is_no_record_is_refused() {
        assert!(matches!(Record::parse("{}"), Err(RecordFault::NoRecord)));
        assert!(matches!(Record::parse("x"), Err(RecordFault::Json(_))));
    }
}

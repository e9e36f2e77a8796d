//! X02: failed calls in `CloudTrail`.

use std::collections::BTreeMap;

use claviger_xks_client::outcome::Outcome;

use super::Untold;
use crate::aws::AwsFiles;
use crate::aws::cloud_trail::Record;
use crate::becomes::Becomes;
use crate::catalogue::X02;
use crate::finding::Finding;
use crate::findings::Findings;

pub(super) fn judge(files: &AwsFiles, findings: &mut Findings) {
    let Some(records) = &files.events else {
        findings.add(Finding::cannot_tell(
            &X02,
            "",
            &Untold::file("cloudtrail-events").0,
        ));
        return;
    };
    let mut groups: BTreeMap<(&str, &str, &str), Vec<&Record>> = BTreeMap::new();
    for record in records.iter().filter(|record| concerns_a_key_store(record)) {
        let code = record.error_code.as_deref().unwrap_or_default();
        let text = record.error_message.as_deref().unwrap_or_default();
        let operation = record.event_name.as_deref().unwrap_or_default();
        groups
            .entry((operation, code, text))
            .or_default()
            .push(record);
    }
    if groups.is_empty() {
        let seen = format!(
            "no failed call on a custom key store in {} records",
            records.len()
        );
        findings.add(Finding::ok(&X02, "", &seen));
    }
    for ((operation, code, text), records) in groups {
        let latest = records
            .iter()
            .max_by_key(|record| record.event_time.as_deref());
        let latest = latest.and_then(|record| record.event_time.as_deref());
        let seen = format!(
            "{} time(s), last at {}: {code}: {text}",
            records.len(),
            latest.unwrap_or("an unknown time")
        );
        let becomes = Outcome::of_text(text).take(1).map(Becomes::Call);
        findings.add(Finding::warning(&X02, operation, &seen).becomes(becomes));
    }
}

fn concerns_a_key_store(record: &Record) -> bool {
    let ours = record
        .event_source
        .as_deref()
        .is_none_or(|source| source == "kms.amazonaws.com");
    let code = record.error_code.as_deref().unwrap_or_default();
    let named = ["Xks", "CustomKeyStore", "CloudHsm", "KMSInvalidState"]
        .iter()
        .any(|start| code.starts_with(start));
    let in_store = record
        .additional_event_data
        .as_ref()
        .is_some_and(|data| data.custom_key_store_id.is_some());
    ours && record.failed() && (named || in_store)
}

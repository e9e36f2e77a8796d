//! Findings as JSON. `docs/doctor/README.md` describes it.

use serde::Serialize;

use crate::becomes::Becomes;
use crate::finding::{Finding, Verdict};
use crate::summary::Summary;

/// The version of the form: another one when a member goes or changes.
pub const VERSION: u32 = 1;

/// The document.
#[derive(Debug, Serialize)]
struct Document<'f> {
    version: u32,
    summary: Summary,
    findings: Vec<Entry<'f>>,
}

#[derive(Debug, Serialize)]
struct Entry<'f> {
    check: &'static str,
    title: &'static str,
    subject: &'f str,
    verdict: &'static str,
    read: &'static str,
    seen: &'f str,
    aws_kms: Vec<Answer>,
    #[serde(skip_serializing_if = "Option::is_none")]
    fix: Option<&'f str>,
}

#[derive(Debug, Serialize)]
struct Answer {
    operation: &'static str,
    name: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<&'static str>,
    inferred: bool,
}

/// The findings in their order, with counts; a line break at the end.
pub fn json(findings: &[Finding]) -> String {
    let document = Document {
        version: VERSION,
        summary: Summary::of(findings),
        findings: findings.iter().map(entry).collect(),
    };
    // There is nothing in it that JSON cannot have.
    serde_json::to_string_pretty(&document).unwrap_or_default() + "\n"
}

fn entry(finding: &Finding) -> Entry<'_> {
    let answers = finding.becomes.iter().copied().flat_map(Becomes::answers);
    Entry {
        check: finding.check.id,
        title: finding.check.title,
        subject: &finding.subject,
        verdict: member(finding.verdict),
        read: finding.check.looks_at,
        seen: &finding.seen,
        aws_kms: answers
            .map(|answer| Answer {
                operation: answer.operation,
                name: answer.name,
                message: answer.message,
                inferred: answer.inferred,
            })
            .collect(),
        fix: finding.fix.as_deref(),
    }
}

/// As in the names of the counts.
fn member(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::CannotTell => "cannot_tell",
        other => other.name(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::{N01, V07};

    #[test]
    fn a_failure_has_what_aws_kms_answers_and_a_fix() {
        let findings = [
            Finding::failure(&V07, "payments", "AcceptanceRequired is true"),
            Finding::cannot_tell(&N01, "", "why"),
        ];
        let value: serde_json::Value = serde_json::from_str(&json(&findings)).unwrap();
        assert_eq!(value["version"], 1);
        assert_eq!(value["summary"]["failure"], 1);
        assert_eq!(value["summary"]["cannot_tell"], 1);
        let first = &value["findings"][0];
        assert_eq!(first["check"], "V07");
        assert_eq!(first["verdict"], "failure");
        assert_eq!(
            first["aws_kms"][1]["name"],
            "XKS_VPC_ENDPOINT_SERVICE_INVALID_CONFIGURATION"
        );
        assert_eq!(first["fix"], V07.fix);
        assert!(value["findings"][1].get("fix").is_none());
    }
}

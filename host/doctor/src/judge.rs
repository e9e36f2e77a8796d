//! The checks of values and of files: C, K, V and X.
//!
//! A check answers with a [`Finding`], or with what it would have needed to tell
//! ([`Untold`]), which is then the finding "cannot tell".

mod cloud_hsm;
mod cloud_trail;
mod endpoint_service;
mod key_stores;
mod listener;
mod load_balancer;
mod private_dns;
mod reach;
mod service;
mod stored_values;
mod subject;
mod targets;
mod uniqueness;
mod values;

use crate::aws::AwsFiles;
use crate::catalogue::Check;
use crate::finding::Finding;
use crate::findings::Findings;
use crate::given::Given;

/// Judges the values given, before anything is sent.
pub fn values(given: &Given, findings: &mut Findings) {
    values::judge(given, findings);
}

/// Judges the AWS side.
pub fn files(given: &Given, files: &AwsFiles, findings: &mut Findings) {
    key_stores::judge(files, findings);
    stored_values::judge(given, files, findings);
    uniqueness::judge(given, files, findings);
    key_stores::plan_deletion(files, findings);
    endpoint_service::judge_all(given, files, findings);
    cloud_hsm::judge(files, findings);
    cloud_trail::judge(files, findings);
}

/// What a check would have needed to tell.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Untold(String);

type Told<T> = Result<T, Untold>;

impl Untold {
    /// A member is missing in an answer of AWS, whose file is there.
    fn member(member: &str) -> Self {
        Self(format!("{member} is missing, or null, in the answer"))
    }

    /// A member has a value that is not known here.
    fn value(member: &str, value: &str) -> Self {
        Self(format!("{member} is {value}, which is not known here"))
    }

    /// A file is not in the folder.
    fn file(name: &str) -> Self {
        Self(format!("{name}.json is not in the folder"))
    }
}

/// A member of an answer that is needed.
fn need<T>(value: Option<T>, member: &str) -> Told<T> {
    value.ok_or_else(|| Untold::member(member))
}

/// A file that is needed.
fn file<'f, T>(value: Option<&'f T>, name: &str) -> Told<&'f T> {
    value.ok_or_else(|| Untold::file(name))
}

/// Adds what a check came to.
fn add(findings: &mut Findings, check: &'static Check, subject: &str, told: Told<Finding>) {
    findings.add(match told {
        Ok(finding) => finding,
        Err(Untold(why)) => Finding::cannot_tell(check, subject, &why),
    });
}

//! What an authorization policy does.

mod questions;

use std::sync::Arc;
use std::time::Duration;

use claviger_doctor::catalogue::Check;

use super::conduct::{self, Memory};
use super::outcome::{Instead, Outcome, hold};
use super::rig::Rig;
use super::{Entry, Trial, check, entry, made_up};
use crate::plugin::answer::{
    DecisionAnswer, GroundsAnswer, REASON, STATEMENT, STATEMENTS, VerdictAnswer,
};
use crate::plugin::contract;
use crate::words::{Caller, Operation, RequestContext, is_printable};

use questions::{Asked, long_texts, operations, principals, unknown_fields};

type Policy = contract::Policy;
type PolicyTrial<'t> = Trial<'t, Policy>;

/// The longest that a decision is repeated.
const FRESH: Duration = Duration::from_millis(500);

static Z01: Check = check(
    "Z01",
    "authorization.authorize: Encrypt, Decrypt and GetKeyMetadata are decided",
    "authorization.authorize for each XKS API",
    "decide every request; where that cannot be done, deny",
);
static Z02: Check = check(
    "Z02",
    "XKS-045: a kmsOperation that is not known today is decided",
    "kms-operation `ClavigerTrial`, empty, and in other letters",
    "let an unknown operation be denied or abstained from, without a trap",
);
static Z03: Check = check(
    "Z03",
    "XKS-044, XKS-115: optional members are absent, all of them, and each",
    "no kms-key-arn, aws-source-vpc, aws-source-vpce, kms-via-service",
    "deny or abstain where a member is absent that an allowing rule needs",
);
static Z04: Check = check(
    "Z04",
    "XKS-049: members that the contract does not know are no fault",
    "unknown-fields with names and values of JSON",
    "leave unknown-fields alone, or read them as they are",
);
static Z05: Check = check(
    "Z05",
    "XKS-048: principals that are no ARN are decided",
    "aws-principal-arn `ec2.amazonaws.com`, `AWS Internal`, and others",
    "take every text: a principal may be the name of a service",
);
static Z06: Check = check(
    "Z06",
    "XKS-047: 64 KiB of strings, and any character, are decided",
    "ARNs of 2048 characters, one text of 64 KiB, control characters",
    "take texts of every length and character, and compare without recursion",
);
static Z07: Check = check(
    "Z07",
    "authorization.grounds: statements and reason in their limits",
    "the grounds of the decisions above",
    "name at most 8 statements of 1 to 128 printable bytes, and a reason of at most 512",
);
static Z08: Check = check(
    "Z08",
    "XKS-113: the same request is decided in the same way",
    "authorization.authorize 50 times, in two instances, with another kms-request-id",
    "decide by the request and the settings; fresh-for-ms is 0 where the time counts",
);
static Z09: Check = check(
    "Z09",
    "authorization.verdict: fresh-for-ms is at most 500",
    "fresh-for-ms of the decisions above",
    "answer 0 to 500: the host repeats a decision no longer",
);

/// All checks.
pub(super) static ENTRIES: [Entry<Policy>; 11] = [
    entry(&Z01, None, |trial| Box::pin(decides(trial))),
    entry(&Z02, Some(&Z01), |trial| {
        Box::pin(bears(trial, operations()))
    }),
    entry(&Z03, Some(&Z01), |trial| Box::pin(bears_absence(trial))),
    entry(&Z04, Some(&Z01), |trial| {
        Box::pin(bears(trial, unknown_fields()))
    }),
    entry(&Z05, Some(&Z01), |trial| {
        Box::pin(bears(trial, principals()))
    }),
    entry(&Z06, Some(&Z01), |trial| {
        Box::pin(bears(trial, long_texts()))
    }),
    entry(&Z07, Some(&Z01), |trial| Box::pin(has_grounds(trial))),
    entry(&Z08, Some(&Z01), |trial| Box::pin(is_the_same_again(trial))),
    entry(&Z09, Some(&Z01), |trial| {
        Box::pin(is_fresh_for_a_while(trial))
    }),
    entry(&conduct::U03, Some(&Z01), |trial| {
        Box::pin(grows_no_memory(trial))
    }),
    entry(&conduct::U04, Some(&Z01), |trial| {
        Box::pin(conduct::is_in_time(trial))
    }),
];

fn request(trial: &PolicyTrial<'_>, operation: Operation) -> Result<RequestContext, Instead> {
    let key = match trial.asked.keys.first() {
        Some(key) => key.clone(),
        None => made_up("demo")?,
    };
    Ok(trial.context(operation, &key))
}

fn word(verdict: &VerdictAnswer) -> &'static str {
    match verdict.decision {
        DecisionAnswer::Allow(_) => "allow",
        DecisionAnswer::Deny(_) => "deny",
        DecisionAnswer::Abstain => "abstain",
    }
}

async fn decides(trial: &PolicyTrial<'_>) -> Outcome {
    let rig = Rig::new(trial).await?;
    let mut lease = rig.lease().await?;
    let mut words = Vec::new();
    for (api, operation) in [
        ("Encrypt", Operation::Encrypt),
        ("Decrypt", Operation::Decrypt),
        ("GetKeyMetadata", Operation::Describe),
    ] {
        let context = request(trial, operation)?;
        let verdict = rig.authorize(&mut lease, &context).await?;
        words.push(format!("{api}: {}", word(&verdict)));
    }
    Ok(words.join(", "))
}

/// Each of these is decided, whatever the decision.
async fn bears(trial: &PolicyTrial<'_>, asked: Asked) -> Outcome {
    let rig = Rig::new(trial).await?;
    let mut lease = rig.lease().await?;
    let mut words = Vec::new();
    for (what, caller) in asked {
        let mut context = request(trial, Operation::Encrypt)?;
        context.caller = merged(&context.caller, caller);
        let verdict = rig.authorize(&mut lease, &context).await;
        let verdict = verdict.map_err(|instead| match instead {
            Instead::Breach(seen) => Instead::Breach(format!("{what}: {seen}")),
            other => other,
        })?;
        words.push(word(&verdict));
    }
    words.sort_unstable();
    words.dedup();
    Ok(words.join(", "))
}

/// What is said of the caller, and the rest as the trial has it.
fn merged(of: &Caller, said: Caller) -> Caller {
    let text = |said: Arc<str>, usual: &Arc<str>| {
        if said.is_empty() {
            Arc::clone(usual)
        } else {
            said
        }
    };
    Caller {
        credential: Arc::clone(&of.credential),
        aws_principal_arn: text(said.aws_principal_arn, &of.aws_principal_arn),
        kms_operation: text(said.kms_operation, &of.kms_operation),
        kms_request_id: Arc::clone(&of.kms_request_id),
        kms_key_arn: said.kms_key_arn.or_else(|| of.kms_key_arn.clone()),
        ..said
    }
}

async fn bears_absence(trial: &PolicyTrial<'_>) -> Outcome {
    let rig = Rig::new(trial).await?;
    let mut lease = rig.lease().await?;
    let present = |context: &mut RequestContext| {
        let caller = &mut context.caller;
        caller.aws_source_vpc = Some("vpc-0123456789abcdef0".into());
        caller.aws_source_vpce = Some("vpce-0123456789abcdef0".into());
        caller.kms_via_service = Some("ebs".into());
    };
    let removals: [fn(&mut Caller); 5] = [
        |it| it.kms_key_arn = None,
        |it| it.aws_source_vpc = None,
        |it| it.aws_source_vpce = None,
        |it| it.kms_via_service = None,
        |it| {
            it.kms_key_arn = None;
            it.aws_source_vpc = None;
            it.aws_source_vpce = None;
            it.kms_via_service = None;
            it.kms_request_id = "".into();
        },
    ];
    for remove in removals {
        for operation in [Operation::Describe, Operation::Encrypt] {
            let mut context = request(trial, operation)?;
            present(&mut context);
            remove(&mut context.caller);
            rig.authorize(&mut lease, &context).await?;
        }
    }
    Ok(String::new())
}

/// Requests that are likely to be decided by different statements.
async fn verdicts(trial: &PolicyTrial<'_>) -> Result<Vec<VerdictAnswer>, Instead> {
    let rig = Rig::new(trial).await?;
    let mut lease = rig.lease().await?;
    let mut verdicts = Vec::new();
    let usual = [(String::new(), Caller::default())];
    for (_, caller) in usual
        .into_iter()
        .chain(operations())
        .chain(principals())
        .chain(long_texts())
    {
        for operation in [Operation::Encrypt, Operation::Describe] {
            let mut context = request(trial, operation)?;
            context.caller = merged(&context.caller, caller.clone());
            verdicts.push(rig.authorize(&mut lease, &context).await?);
        }
    }
    Ok(verdicts)
}

async fn has_grounds(trial: &PolicyTrial<'_>) -> Outcome {
    let (mut unnamed, mut cut) = (0, None);
    for verdict in verdicts(trial).await? {
        let (DecisionAnswer::Allow(grounds) | DecisionAnswer::Deny(grounds)) = &verdict.decision
        else {
            continue;
        };
        let GroundsAnswer { statements, reason } = grounds;
        let bad = statements.iter().find(|it| !is_printable(it, STATEMENT));
        if let Some(bad) = bad {
            let seen = format!(
                "a statement of {} bytes, or with other characters",
                bad.len()
            );
            return Err(Instead::Breach(seen));
        }
        if statements.len() > STATEMENTS || reason.len() > REASON {
            let (count, bytes) = (statements.len(), reason.len());
            cut = Some(format!(
                "{count} statements, a reason of {bytes} bytes: the rest is cut"
            ));
        }
        unnamed += usize::from(statements.is_empty());
    }
    if let Some(seen) = cut {
        return Err(Instead::Warning(seen));
    }
    if unnamed > 0 {
        let seen =
            format!("{unnamed} decisions name no statement: XKS-120 wants the rule in the log");
        return Err(Instead::Warning(seen));
    }
    Ok(String::new())
}

async fn is_the_same_again(trial: &PolicyTrial<'_>) -> Outcome {
    let rig = Rig::new(trial).await?;
    let other = Rig::new(trial).await?;
    let (mut one, mut two) = (rig.lease().await?, other.lease().await?);
    let mut context = request(trial, Operation::Encrypt)?;
    let first = rig.authorize(&mut one, &context).await?;
    for count in 1..=50 {
        for lease in [&mut one, &mut two] {
            let again = rig.authorize(lease, &context).await?;
            hold(again.decision == first.decision, || {
                format!("{} after {count} times {}", word(&again), word(&first))
            })?;
        }
        if !first.fresh_for.is_zero() {
            context.caller.kms_request_id = format!("another request, {count}").into();
        }
    }
    Ok(word(&first).to_owned())
}

async fn is_fresh_for_a_while(trial: &PolicyTrial<'_>) -> Outcome {
    let verdicts = verdicts(trial).await?;
    let longest = verdicts
        .iter()
        .map(|verdict| verdict.fresh_for)
        .max()
        .unwrap_or_default();
    let seen = format!("{} ms", longest.as_millis());
    if longest > FRESH {
        return Err(Instead::Warning(seen));
    }
    Ok(seen)
}

async fn grows_no_memory(trial: &PolicyTrial<'_>) -> Outcome {
    let rig = Rig::new(trial).await?;
    let mut lease = rig.lease().await?;
    let mut memory = Memory::new(trial);
    let context = request(trial, Operation::Encrypt)?;
    while memory.goes_on(lease.memory()) {
        rig.authorize(&mut lease, &context).await?;
    }
    conduct::judge(&memory)
}

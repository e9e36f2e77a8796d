//! One statement: an id, an effect, and the conditions under which it has it.

use crate::condition::{Attribute, Condition};
use claviger_sdk::RequestContext;
use claviger_sdk::settings::Table;

/// The audit record keeps this many bytes of a statement's id.
const LONGEST_ID: usize = 128;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Effect {
    Allow,
    Deny,
}

#[derive(Debug)]
pub(crate) struct Statement {
    pub(crate) id: String,
    pub(crate) effect: Effect,
    conditions: Vec<Condition>,
}

impl Statement {
    /// Reads one table of `statements`; `None` when there is a fault in it.
    pub(crate) fn read(table: &Table<'_>) -> Option<Self> {
        let id = table
            .require("id", "name the statement: the audit record will repeat it")
            .parsed("id", |id| {
                let printable = id.bytes().all(|byte| byte.is_ascii_graphic());
                if id.is_empty() || id.len() > LONGEST_ID || !printable {
                    return Err((
                        "not a statement id: empty, too long, or with spaces or other characters",
                        "write 1 to 128 letters, digits and signs, without spaces",
                    ));
                }
                Ok(id.to_owned())
            });
        let effect = table
            .require("effect", "write \"allow\" or \"deny\"")
            .choice(
                "effect",
                &[("allow", Effect::Allow), ("deny", Effect::Deny)],
            );
        table.forbid(
            "accounts",
            "does not say whose: the caller's account or the KMS key's",
            "write `caller_accounts` for the account of `awsPrincipalArn`, \
             `key_accounts` for that of `kmsKeyArn`, or both",
        );
        let unconditional = table.raw("accounts").is_none()
            && Attribute::ALL
                .iter()
                .all(|attribute| table.raw(attribute.setting()).is_none());
        if unconditional {
            table.fault(
                "principals",
                "the statement has no condition and would match every request",
                "if that is meant, say so: principals = [\"*\"]",
            );
        }
        let conditions = Attribute::ALL
            .iter()
            .filter_map(|attribute| Condition::read(*attribute, table))
            .collect();
        Some(Self {
            id: id?,
            effect: effect?,
            conditions,
        })
    }

    /// Why the statement has its effect on this request; `None` if it has none.
    pub(crate) fn applies(&self, request: &RequestContext) -> Option<String> {
        // Room for most, or it grows piece by piece.
        let mut reason = String::with_capacity(128);
        for condition in &self.conditions {
            let matched = condition.matched_by(request)?;
            if !reason.is_empty() {
                reason.push_str(", ");
            }
            condition.explain(matched, &mut reason);
        }
        Some(reason)
    }
}

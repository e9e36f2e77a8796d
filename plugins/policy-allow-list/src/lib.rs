//! Decides by statements: who, from where, through what, for which operation and
//! key.
//!
//! A statement applies when all its lists match; within a list one match is
//! enough. The first `deny` that applies denies; otherwise the first `allow` that
//! applies allows; otherwise the policy abstains. A list about something that the
//! request does not say (`source_vpcs` without a VPC endpoint) does not match.
//!
//! Two lists are about accounts. `caller_accounts` is about the caller's, in
//! `awsPrincipalArn`; an AWS service that calls for itself, such as
//! `ec2.amazonaws.com`, has none, and is named in `principals`. `key_accounts` is about
//! that of the KMS key, in `kmsKeyArn`; while a KMS key is created there is none yet,
//! so that a statement with this list does not allow `CreateKey`.

#![cfg_attr(
    test,
    allow(
        clippy::unwrap_used,
        clippy::indexing_slicing,
        reason = "a test that meets the unexpected should panic"
    )
)]

mod account;
mod condition;
mod pattern;
mod statement;

use claviger_sdk::settings::Table;
use claviger_sdk::{AuthorizationPolicy, Decision, RequestContext};
use statement::{Effect, Statement};
use std::collections::BTreeSet;

/// The statements of the operator's settings, in their order.
#[derive(Debug)]
struct AllowList {
    statements: Vec<Statement>,
}

claviger_sdk::authorization_policy!(AllowList);

impl AuthorizationPolicy for AllowList {
    const VENDOR: &'static str = "Claviger";
    const SETTINGS_SCHEMA: Option<&'static str> = Some(include_str!("../settings.schema.json"));

    /// A decision rests on the settings and on attributes of the request.
    const FRESH_FOR_MS: u32 = 500;

    fn configure(settings: &Table<'_>) -> Option<Self> {
        settings.require("statements", "write at least one statement");
        let tables = settings.tables("statements");
        let nothing = settings
            .raw("statements")
            .and_then(|value| value.as_array());
        if nothing.is_some_and(Vec::is_empty) {
            settings.fault(
                "statements",
                "an empty list: the policy would never allow or deny anything",
                "write at least one statement, or remove the policy",
            );
        }
        let mut ids = BTreeSet::new();
        let mut statements = Vec::new();
        for table in tables {
            let statement = Statement::read(&table);
            if statement
                .as_ref()
                .is_some_and(|read| !ids.insert(read.id.clone()))
            {
                table.fault(
                    "id",
                    "another statement has this id",
                    "give each statement an id of its own",
                );
            }
            statements.extend(statement);
            table.finish();
        }
        Some(Self { statements })
    }

    fn authorize(&self, request: &RequestContext) -> Decision {
        if let Some((id, reason)) = self.first(Effect::Deny, request) {
            return Decision::deny(id, reason);
        }
        match self.first(Effect::Allow, request) {
            Some((id, reason)) => Decision::allow(id, reason),
            None => Decision::Abstain,
        }
    }
}

impl AllowList {
    /// The first statement of this effect that applies, and why.
    fn first(&self, effect: Effect, request: &RequestContext) -> Option<(&str, String)> {
        self.statements
            .iter()
            .filter(|statement| statement.effect == effect)
            .find_map(|statement| Some((statement.id.as_str(), statement.applies(request)?)))
    }
}

#[cfg(test)]
mod tests;

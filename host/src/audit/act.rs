//! What was done to the host, and by whom, among the records of requests.

use std::time::SystemTime;

use super::{Object, name};

/// One act.
#[derive(Debug)]
pub(crate) enum Act<'a> {
    /// The host begins to serve.
    Start(InForce<'a>),
    /// Another configuration is in force.
    TakeUp {
        /// What told the host to.
        cause: &'static str,
        in_force: InForce<'a>,
    },
    /// Another configuration had faults: the one in force stays.
    Refuse {
        cause: &'static str,
        /// Of the one in force.
        generation: u64,
        /// How many it had.
        faults: u64,
    },
    /// A key store, or a key of it, is switched.
    Switch {
        /// The user of the operating system who said so.
        user: u32,
        key_store: &'a str,
        /// The id that callers use; `None` for the whole key store.
        key: Option<&'a str>,
        on: bool,
        outcome: &'a str,
    },
    /// The host serves nobody any more.
    Stop,
}

/// What is in force.
#[derive(Debug)]
pub(crate) struct InForce<'a> {
    /// 1 for the configuration of the start; one more for each after it.
    pub(crate) generation: u64,
    pub(crate) version: &'a str,
    pub(crate) commit: Option<&'a str>,
    /// Names, with a space between them.
    pub(crate) key_stores: &'a str,
    /// Each as `name@sha256:digest`, with a space between them.
    pub(crate) plugins: &'a str,
    /// How many key stores and keys are switched off.
    pub(crate) switched_off: u64,
}

impl Act<'_> {
    fn name(&self) -> &'static str {
        match self {
            Self::Start(_) => "start",
            Self::TakeUp { .. } => "take-up",
            Self::Refuse { .. } => "refuse",
            Self::Switch { .. } => "switch",
            Self::Stop => "stop",
        }
    }

    /// Appends the record as one object of JSON.
    pub(super) fn write_to(&self, buffer: &mut Vec<u8>, time: SystemTime) {
        let mut object = Object::begin(buffer);
        object.text(name!("audit"), Some("act"));
        object.shown(name!("time"), humantime::format_rfc3339_micros(time));
        object.text(name!("act"), Some(self.name()));
        match self {
            Self::Start(in_force) => in_force.write_to(&mut object),
            Self::TakeUp { cause, in_force } => {
                object.text(name!("cause"), Some(cause));
                in_force.write_to(&mut object);
            }
            Self::Refuse {
                cause,
                generation,
                faults,
            } => {
                object.text(name!("cause"), Some(cause));
                object.number(name!("generation"), Some(*generation));
                object.number(name!("faults"), Some(*faults));
            }
            Self::Switch {
                user,
                key_store,
                key,
                on,
                outcome,
            } => {
                object.number(name!("user"), Some(u64::from(*user)));
                object.text(name!("key_store"), Some(key_store));
                object.text(name!("external_key_id"), *key);
                object.text(name!("switched"), Some(if *on { "on" } else { "off" }));
                object.text(name!("outcome"), Some(outcome));
            }
            Self::Stop => {}
        }
        object.end();
    }
}

impl InForce<'_> {
    fn write_to(&self, object: &mut Object<'_>) {
        object.number(name!("generation"), Some(self.generation));
        object.text(name!("version"), Some(self.version));
        object.text(name!("commit"), self.commit);
        object.text(name!("key_stores"), Some(self.key_stores));
        object.text(name!("plugins"), Some(self.plugins));
        object.number(name!("switched_off"), Some(self.switched_off));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_act_is_one_line_that_no_record_of_a_request_looks_like() {
        let act = Act::Switch {
            user: 1000,
            key_store: "demo",
            key: Some("a\n\u{202e}"),
            on: false,
            outcome: "done",
        };
        let mut line = Vec::new();
        act.write_to(&mut line, SystemTime::UNIX_EPOCH);
        assert_eq!(
            String::from_utf8(line).unwrap(),
            r#"{"audit":"act","time":"1970-01-01T00:00:00.000000Z","act":"switch","user":1000,"#
                .to_owned()
                + r#""key_store":"demo","external_key_id":"a\n\u202e","switched":"off","outcome":"done"}"#
        );
    }
}

//! The operator's settings, all faults in one report.

use crate::MOST_VERSIONS;
use crate::names::{FindBy, Naming};
use crate::pattern::Pattern;
use claviger_sdk::is_external_key_id;
use claviger_sdk::settings::Table;
use std::collections::BTreeMap;

const HEALTH_KEY: &str = "claviger-health";
const KEY_ID: &str = "write 1 to 128 letters, digits, `.`, `_` and `-`";

/// What the settings say.
#[derive(Debug)]
pub(crate) struct Settings {
    /// Names of granted tokens: the primary, then perhaps its replica.
    pub(crate) tokens: Vec<String>,
    pub(crate) naming: Naming,
}

impl Settings {
    pub(crate) fn read(settings: &Table<'_>) -> Option<Self> {
        let tokens = tokens(settings);
        refuse_profiles(settings);
        let find_by = settings.choice("find_by", &[("label", FindBy::Label), ("id", FindBy::Id)]);
        let pattern = settings.parsed("label", Pattern::parse);
        let health_key = settings.parsed("health_key", |name| {
            if is_external_key_id(name) {
                Ok(name.to_owned())
            } else {
                Err(("`claviger key create` could not make it", KEY_ID))
            }
        });
        let health_key = health_key.unwrap_or_else(|| HEALTH_KEY.to_owned());
        let lists = settings
            .table("keys")
            .map(|keys| lists(&keys, &health_key))
            .unwrap_or_default();
        Some(Self {
            tokens: tokens?,
            naming: Naming::new(
                find_by.unwrap_or(FindBy::Label),
                pattern.unwrap_or_default(),
                lists,
                health_key,
            ),
        })
    }
}

/// How a token does AES-GCM is the operator's to say, and no plugin's (FLT-55).
fn refuse_profiles(settings: &Table<'_>) {
    const FIX: &str = "move it to the host's setting tokens.NAME.profile";
    for key in ["profile", "custom"] {
        settings.forbid(
            key,
            "how a token does AES-GCM is a setting of the token",
            FIX,
        );
    }
}

fn tokens(settings: &Table<'_>) -> Option<Vec<String>> {
    const FIX: &str = "name one or two granted tokens: tokens = [\"hsm\"]";
    let tokens = settings.require("tokens", FIX).texts("tokens")?;
    if !(1..=2).contains(&tokens.len()) {
        settings.fault("tokens", "not one or two tokens", FIX);
    }
    for (index, name) in tokens.iter().enumerate() {
        let printable = name.bytes().all(|byte| byte.is_ascii_graphic());
        if !(1..=128).contains(&name.len()) || !printable {
            settings.fault_at("tokens", index, "not the name of a token", FIX);
        }
        if tokens.iter().take(index).any(|other| other == name) {
            let problem = "the same token again";
            settings.fault_at("tokens", index, problem, "name its replica, or remove it");
        }
    }
    Some(tokens.into_iter().map(str::to_owned).collect())
}

/// The lists of objects by external key id.
fn lists(keys: &Table<'_>, health_key: &str) -> BTreeMap<String, Vec<String>> {
    let mut lists = BTreeMap::new();
    let mut owners: BTreeMap<String, String> = BTreeMap::new();
    for id in keys.keys() {
        if !is_external_key_id(id) {
            keys.fault(id, "not an external key id", KEY_ID);
        }
        if id == health_key {
            let problem = "this is the name of the key for health checks";
            keys.fault(id, problem, "rename the key, or set health_key");
        }
        let Some(names) = keys.texts(id) else {
            continue;
        };
        let most = usize::try_from(MOST_VERSIONS).unwrap_or(usize::MAX);
        if !(1..=most).contains(&names.len()) {
            let fix = "name its objects, oldest first: [\"old\", \"new\"]";
            keys.fault(id, "not 1 to 64 objects", fix);
        }
        for (index, name) in names.iter().enumerate() {
            if !(1..=256).contains(&name.len()) || name.chars().any(char::is_control) {
                let problem = "not an object's name: empty, too long, or with control characters";
                keys.fault_at(id, index, problem, "write 1 to 256 printable characters");
            }
            if *name == health_key {
                let problem = "this is the key for health checks";
                keys.fault_at(id, index, problem, "name another object, or set health_key");
            }
            // KMS cannot see that two ids are one key, and would use it twice.
            if let Some(owner) = owners.insert((*name).to_owned(), id.to_owned()) {
                let problem = if owner == id {
                    "the same object again".to_owned()
                } else {
                    format!("`{owner}` has this object too")
                };
                keys.fault_at(id, index, problem, "give each object one place in one list");
            }
        }
        let names = names.into_iter().map(str::to_owned).collect();
        lists.insert(id.to_owned(), names);
    }
    lists
}

#[cfg(test)]
mod tests {
    use super::Settings;
    use claviger_sdk::settings::{self, Fault};

    fn faults(text: &str) -> Vec<String> {
        let read = settings::read(text, Settings::read);
        read.unwrap_err().iter().map(Fault::to_string).collect()
    }

    #[test]
    fn one_setting_is_enough() {
        let text = r#"{"tokens":["hsm"]}"#;
        let settings = settings::read(text, Settings::read).unwrap();
        assert_eq!(settings.tokens, ["hsm"]);
        assert_eq!(settings.naming.health_key, "claviger-health");
        assert_eq!(settings.naming.of("a").unwrap().name(1).unwrap(), "a");
    }

    #[test]
    fn xks_012_all_faults_are_in_one_report() {
        let text = r#"{
            "tokens": ["a", "a", "b c"], "find_by": "name",
            "label": "{key}{version}", "health_key": "a b",
            "keys": {"x": ["o", "o"], "y": ["o", "claviger-health"], "z": [], "/": "o",
                     "claviger-health": ["p"]},
            "pin": "1234"
        }"#;
        let list = "give each object one place in one list";
        let tokens = "name one or two granted tokens: tokens = [\"hsm\"]";
        let report = faults(text);
        for expected in [
            format!("tokens: not one or two tokens; {tokens}"),
            "tokens[1]: the same token again; name its replica, or remove it".into(),
            format!("tokens[2]: not the name of a token; {tokens}"),
            "find_by: `name` is not a choice here; write \"label\" or \"id\"".into(),
            format!("keys.x[1]: the same object again; {list}"),
            format!("keys.y[0]: `x` has this object too; {list}"),
            "keys.y[1]: this is the key for health checks; \
             name another object, or set health_key"
                .into(),
            "keys.z: not 1 to 64 objects; name its objects, oldest first: [\"old\", \"new\"]"
                .into(),
            "keys.claviger-health: this is the name of the key for health checks; \
             rename the key, or set health_key"
                .into(),
        ] {
            assert!(report.contains(&expected), "{expected}\nin {report:#?}");
        }
        for path in ["label: ", "health_key: ", "keys.\"/\": ", "pin: "] {
            let named = report.iter().any(|fault| fault.starts_with(path));
            assert!(named, "{path}\nin {report:#?}");
        }
        assert!(!report.concat().contains("1234"));
    }

    #[test]
    fn flt_55_a_profile_in_the_settings_is_refused_and_its_new_place_named() {
        let problem = "how a token does AES-GCM is a setting of the token; \
                       move it to the host's setting tokens.NAME.profile";
        let text = r#"{"tokens":["hsm"],"profile":"custom","custom":{"mechanism":4231}}"#;
        assert_eq!(
            faults(text),
            [format!("profile: {problem}"), format!("custom: {problem}")]
        );
    }
}

use super::private_file::{self, SECRET_BYTES};
use super::secret_source::{SecretSource, variable};
use crate::scalar;
use claviger_settings::{Fault, Map, Table, Value};
use std::env;
use std::ffi::OsString;
use std::fmt::Write;
use std::os::unix::ffi::OsStringExt;
use std::path::Path;
use zeroize::{Zeroize, Zeroizing};

const FILE: &str = "secret_file";
const ENVIRONMENT: &str = "secret_env";

/// A secret in the settings of a plugin: `{ secret_file = "PATH" }` or
/// `{ secret_env = "NAME" }` in the place of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SettingSecret {
    /// Where it stands, from the settings down.
    steps: Vec<Step>,
    source: SecretSource,
}

impl SettingSecret {
    pub(crate) fn file(&self) -> Option<&Path> {
        self.source.file()
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Step {
    Key(String),
    Index(usize),
}

/// Settings as the plugin is given them: JSON, with the secrets in their places.
/// Wiped when dropped.
pub struct PluginSettings {
    /// One object.
    pub json: Zeroizing<String>,
    secrets: Vec<(String, Zeroizing<String>)>,
}

/// All references in the settings of a plugin, which are the table `settings`.
pub(crate) fn find(settings: &Table<'_>, base: &Path) -> Vec<SettingSecret> {
    let mut found = Vec::new();
    let mut steps = Vec::new();
    for (key, value) in settings.map() {
        steps.push(Step::Key(key.clone()));
        search(settings, value, base, &mut steps, &mut found);
        steps.pop();
    }
    found
}

fn search(
    settings: &Table<'_>,
    value: &Value,
    base: &Path,
    steps: &mut Vec<Step>,
    found: &mut Vec<SettingSecret>,
) {
    match value {
        Value::Object(map) if map.contains_key(FILE) || map.contains_key(ENVIRONMENT) => {
            match source(map, base) {
                Ok(source) => found.push(SettingSecret {
                    steps: steps.clone(),
                    source,
                }),
                Err((problem, fix)) => {
                    let path = format!("{}.{}", settings.path(), path(steps));
                    settings.add(Fault::new(path, problem, fix));
                }
            }
        }
        Value::Object(map) => {
            for (key, value) in map {
                steps.push(Step::Key(key.clone()));
                search(settings, value, base, steps, found);
                steps.pop();
            }
        }
        Value::Array(values) => {
            for (index, value) in values.iter().enumerate() {
                steps.push(Step::Index(index));
                search(settings, value, base, steps, found);
                steps.pop();
            }
        }
        _ => {}
    }
}

/// Where the secret is, or problem and fix.
fn source(map: &Map<String, Value>, base: &Path) -> Result<SecretSource, (String, String)> {
    let own = |(problem, fix): (&str, &str)| (problem.to_owned(), fix.to_owned());
    let entry = map.iter().next().filter(|_| map.len() == 1);
    match entry.map(|(key, value)| (key.as_str(), value)) {
        Some((FILE, Value::String(text))) => {
            let path = scalar::parse_path(text, base).map_err(own)?;
            Ok(SecretSource::File(path))
        }
        Some((ENVIRONMENT, Value::String(name))) => {
            variable(name).map(SecretSource::Environment).map_err(own)
        }
        _ => Err(own((
            "not a reference to a secret",
            "write { secret_file = \"PATH\" } or { secret_env = \"NAME\" } and nothing else in it",
        ))),
    }
}

/// `servers[2].password`.
fn path(steps: &[Step]) -> String {
    let mut path = String::new();
    for step in steps {
        match step {
            Step::Key(key) if path.is_empty() => path.push_str(key),
            Step::Key(key) => {
                path.push('.');
                path.push_str(key);
            }
            Step::Index(index) => {
                // Writing to a String cannot fail.
                let _ = write!(path, "[{index}]");
            }
        }
    }
    path
}

impl SettingSecret {
    fn read(
        &self,
        settings_path: &str,
        environment: impl FnOnce(&str) -> Option<OsString>,
    ) -> Result<Zeroizing<String>, Fault> {
        let key = match &self.source {
            SecretSource::File(_) => FILE,
            SecretSource::Environment(_) => ENVIRONMENT,
        };
        let setting = format!("{settings_path}.{}.{key}", path(&self.steps));
        let bytes = match &self.source {
            SecretSource::File(file) => private_file::read(file, &setting, SECRET_BYTES)?,
            SecretSource::Environment(name) => environment(name)
                .map(|value| Zeroizing::new(value.into_vec()))
                .ok_or_else(|| {
                    Fault::new(
                        &setting,
                        format!("the environment variable {name} is not set"),
                        "set it before claviger starts, or correct its name",
                    )
                })?,
        };
        match str::from_utf8(&bytes) {
            Ok(text) => Ok(Zeroizing::new(text.to_owned())),
            Err(_) => Err(Fault::new(
                setting,
                "the secret is not UTF-8 text",
                "encode it, for example in Base64, as the plugin's documentation says",
            )),
        }
    }
}

impl PluginSettings {
    /// Reads the secrets and puts them into their places. `settings_path` is the key
    /// path of the settings.
    pub(crate) fn read(
        settings: &Map<String, Value>,
        secrets: &[SettingSecret],
        settings_path: &str,
    ) -> Result<Self, Vec<Fault>> {
        Self::read_with(settings, secrets, settings_path, |name| env::var_os(name))
    }

    fn read_with(
        settings: &Map<String, Value>,
        secrets: &[SettingSecret],
        settings_path: &str,
        environment: impl Fn(&str) -> Option<OsString>,
    ) -> Result<Self, Vec<Fault>> {
        let (mut read, mut faults) = (Vec::new(), Vec::new());
        for secret in secrets {
            match secret.read(settings_path, &environment) {
                Ok(text) => read.push((path(&secret.steps), text)),
                Err(fault) => faults.push(fault),
            }
        }
        if !faults.is_empty() {
            return Err(faults);
        }
        let mut whole = Value::Object(settings.clone());
        for (secret, (_, text)) in secrets.iter().zip(&read) {
            if let Some(place) = at(&mut whole, &secret.steps) {
                *place = Value::String(text.to_string());
            }
        }
        let json = Zeroizing::new(whole.to_string());
        for secret in secrets {
            if let Some(Value::String(text)) = at(&mut whole, &secret.steps) {
                text.zeroize();
            }
        }
        Ok(Self {
            json,
            secrets: read,
        })
    }

    /// Whether there is a secret in them.
    pub fn hold_secrets(&self) -> bool {
        !self.secrets.is_empty()
    }

    /// Whether a fault that the plugin reports at `path`, below its settings, may show
    /// a secret: it is about one, or it repeats one.
    pub fn is_told_by(&self, path: &str, texts: &[&str]) -> bool {
        self.secrets.iter().any(|(place, secret)| {
            let about = path
                .strip_prefix(place.as_str())
                .is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']));
            let repeats = |text: &&str| !secret.is_empty() && text.contains(secret.as_str());
            about || repeats(&path) || texts.iter().any(repeats)
        })
    }
}

fn at<'v>(value: &'v mut Value, steps: &[Step]) -> Option<&'v mut Value> {
    steps.iter().try_fold(value, |value, step| match step {
        Step::Key(key) => value.get_mut(key),
        Step::Index(index) => value.get_mut(index),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secrets::written_file::Written;
    use claviger_settings::read_map;

    fn map(json: &str) -> Map<String, Value> {
        serde_json::from_str(json).unwrap()
    }

    fn found(settings: &Map<String, Value>) -> Result<Vec<SettingSecret>, Vec<Fault>> {
        let mut root = Map::new();
        root.insert("settings".to_owned(), Value::Object(settings.clone()));
        read_map(&root, |root| {
            let settings = root.table("settings")?;
            Some(find(&settings, Path::new("/base")))
        })
    }

    #[test]
    fn flt_67_references_are_found_at_any_depth_and_replaced_by_what_they_name() {
        let file = Written::new("setting", b"from a \"file\"\n", 0o600);
        let json = r#"{ "url": "x", "list": [{ "a": 1 }, { "b": { "secret_file": "FILE" } }],
            "c": { "secret_env": "NAME" } }"#
            .replace("FILE", &file.shown());
        let settings = map(&json);
        let secrets = found(&settings).unwrap();
        let environment = |name: &str| (name == "NAME").then(|| "from the environment".into());
        let read = PluginSettings::read_with(&settings, &secrets, "p.settings", environment);
        let read = read.map_err(|faults| format!("{faults:?}")).unwrap();
        let expected = r#"{ "url": "x", "list": [{ "a": 1 }, { "b": "from a \"file\"" }],
            "c": "from the environment" }"#;
        assert_eq!(map(&read.json), map(expected));
        assert!(read.hold_secrets());

        assert!(read.is_told_by("c", &[]));
        assert!(read.is_told_by("list[1].b", &[]));
        assert!(read.is_told_by("", &["", "`from the environment` is wrong"]));
        assert!(!read.is_told_by("cc", &["is wrong"]));
        assert!(!read.is_told_by("list[0].a", &["is wrong"]));
    }

    #[test]
    fn flt_67_what_cannot_be_read_is_named_where_it_stands() {
        let settings =
            map(r#"{ "a": { "secret_file": "nowhere" }, "b": [{ "secret_env": "NOT_SET" }] }"#);
        let secrets = found(&settings).unwrap();
        let read = PluginSettings::read_with(&settings, &secrets, "p.settings", |_| None);
        let faults = read.err().unwrap();
        let shown: Vec<_> = faults.iter().map(|fault| &*fault.path).collect();
        assert_eq!(
            shown,
            ["p.settings.a.secret_file", "p.settings.b[0].secret_env"]
        );
        assert!(faults[0].problem.contains("/base/nowhere"), "{faults:?}");
    }

    #[test]
    fn flt_67_a_reference_stands_alone() {
        for reference in [
            r#"{ "secret_file": "a", "secret_env": "B" }"#,
            r#"{ "secret_file": "a", "other": 1 }"#,
            r#"{ "secret_file": 1 }"#,
            r#"{ "secret_env": "$NAME" }"#,
            r#"{ "secret_file": "" }"#,
        ] {
            let settings = map(&format!(r#"{{ "a": {reference} }}"#));
            assert!(found(&settings).is_err(), "{reference}");
        }
    }
}

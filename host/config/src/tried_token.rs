use crate::configuration::{Configuration, ConfigurationFault};
use crate::declared::Declared;
use crate::profile::{PROFILE, Profile};
use crate::token::{self, Token};
use crate::{document, name::Name};
use claviger_settings::{Fault, Map, Value, read_map};
use std::path::Path;

/// A token to be tested, before there is a host for it: other tables of its file do not
/// matter, and it needs no `profile`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TriedToken {
    /// The token. Where no profile is configured it has one that stands for none.
    pub token: Token,
    /// The profile, if one is configured.
    pub profile: Option<Profile>,
}

impl TriedToken {
    /// `[tokens.NAME]` of a configuration file.
    ///
    /// # Errors
    /// When the file cannot be read, or has no such table, or the table has faults.
    pub fn of_file(path: &Path, name: &str) -> Result<Self, ConfigurationFault> {
        let text = Configuration::read_text(path)?;
        let base = path.parent().unwrap_or(Path::new(""));
        Self::of_text(&text, base, name).map_err(|faults| ConfigurationFault::Faulty {
            path: path.to_owned(),
            faults,
        })
    }

    fn of_text(text: &str, base: &Path, name: &str) -> Result<Self, Vec<Fault>> {
        let mut root = document::parse(text)?;
        root.retain(|key, _| key == "tokens");
        let names = |tables: &Map<String, Value>| {
            let names: Vec<_> = tables.keys().map(String::as_str).collect();
            names.join(", ")
        };
        let tables = root.get_mut("tokens").and_then(Value::as_object_mut);
        let known = tables.as_ref().map(|tables| names(tables));
        let own = tables.and_then(|tables| {
            tables.retain(|key, _| key == name);
            tables.get_mut(name)
        });
        let Some(own) = own else {
            let fix = match known {
                Some(known) => format!("there are: {known}"),
                None => format!("add a [tokens.{name}] table"),
            };
            let problem = format!("there is no token `{name}`");
            return Err(vec![Fault::new("tokens", problem, fix)]);
        };
        // Which profile it needs is what the test finds out.
        let is_configured = own.get(PROFILE).is_some();
        if let (false, Some(table)) = (is_configured, own.as_object_mut()) {
            let [(stands_for_none, _), ..] = Profile::NAMED;
            table.insert(PROFILE.to_owned(), stands_for_none.into());
        }
        let token = read_map(&root, |root| {
            let tokens = Declared::read(root, "tokens", |table| token::read(table, base));
            tokens.into_values().remove(&name.parse::<Name>().ok()?)
        })?;
        let profile = is_configured.then(|| token.profile.clone());
        Ok(Self { token, profile })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Result<TriedToken, Vec<String>> {
        let tried = TriedToken::of_text(text, Path::new("/etc/claviger"), "hsm");
        tried.map_err(|faults| faults.iter().map(Fault::to_string).collect())
    }

    #[test]
    fn a_token_is_tested_before_it_has_a_profile_and_a_host() {
        let table = "[tokens.hsm]\nmodule = 'hsm.so'\ntoken_label = 'a'\npin_env = 'PIN'\n";
        let tried = of(table).unwrap();
        assert_eq!(tried.profile, None);
        assert_eq!(tried.token.module, Path::new("/etc/claviger/hsm.so"));
        let tried = of(&format!("{table}profile = 'luna'\n[server]\nlisten = 5\n")).unwrap();
        assert_eq!(tried.profile, Some(tried.token.profile));
        assert_eq!(tried.token.sessions, 8);
    }

    #[test]
    fn faults_of_its_own_table_are_told_and_no_others() {
        let other = "[tokens.other]\nmodule = 5\n";
        assert_eq!(
            of(&format!(
                "{other}[tokens.hsm]\nmodul = 'hsm.so'\npin_env = 'PIN'\nslot = 1\n"
            )),
            Err(vec![
                "tokens.hsm.module: missing; write the path of the vendor's PKCS#11 library"
                    .to_owned(),
                "tokens.hsm.modul: no such setting; did you mean `module`?".to_owned(),
            ])
        );
        assert_eq!(
            of(other),
            Err(vec![
                "tokens: there is no token `hsm`; there are: other".to_owned()
            ])
        );
    }
}

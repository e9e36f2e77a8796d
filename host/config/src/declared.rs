use crate::name::{Name, NotAName};
use claviger_settings::{Table, nearest};
use std::collections::{BTreeMap, BTreeSet};

/// The tables `[kind.NAME]` of a configuration, which other settings refer to by
/// name.
pub(crate) struct Declared<T> {
    kind: &'static str,
    /// Of faulty tables too: a reference to one is no second fault.
    names: BTreeSet<String>,
    values: BTreeMap<Name, T>,
}

impl<T> Declared<T> {
    pub(crate) fn read(
        root: &Table<'_>,
        kind: &'static str,
        read: impl Fn(Table<'_>) -> Option<T>,
    ) -> Self {
        let mut declared = Self {
            kind,
            names: BTreeSet::new(),
            values: BTreeMap::new(),
        };
        let Some(tables) = root.table(kind) else {
            return declared;
        };
        for key in tables.keys() {
            declared.names.insert(key.to_owned());
            let name = key.parse::<Name>();
            if let Err(fault) = &name {
                tables.fault(key, fault.to_string(), fault.fix());
            }
            let value = tables.table(key).and_then(&read);
            if let (Ok(name), Some(value)) = (name, value) {
                declared.values.insert(name, value);
            }
        }
        tables.finish();
        declared
    }

    /// The declared name that the setting `key` holds.
    pub(crate) fn reference(&self, table: &Table<'_>, key: &str) -> Option<Name> {
        table.parsed(key, |text| self.resolve(text))
    }

    /// The declared names that the setting `key` lists: each once, at least one.
    /// Empty when the setting is absent or wrong.
    pub(crate) fn references(&self, table: &Table<'_>, key: &str) -> Vec<Name> {
        let mut names = Vec::new();
        let Some(texts) = table.texts(key) else {
            return names;
        };
        if texts.is_empty() {
            table.fault(key, "an empty list", "name what is granted, or remove it");
        }
        for (index, text) in texts.into_iter().enumerate() {
            match self.resolve(text) {
                Ok(name) if names.contains(&name) => {
                    table.fault_at(key, index, format!("`{name}` again"), "name it once");
                }
                Ok(name) => names.push(name),
                Err((problem, fix)) => table.fault_at(key, index, problem, fix),
            }
        }
        names
    }

    /// The declared name in `text`, or problem and fix.
    pub(crate) fn resolve(&self, text: &str) -> Result<Name, (String, String)> {
        let kind = self.kind;
        let name: Name = text
            .parse()
            .map_err(|fault: NotAName| (fault.to_string(), fault.fix().to_owned()))?;
        if self.names.contains(text) {
            return Ok(name);
        }
        let fix = match nearest(text, self.names.iter().map(String::as_str)) {
            Some(meant) => format!("did you mean `{meant}`?"),
            None => format!("add a [{kind}.{name}] table"),
        };
        // `[tokens.NAME]` is a token.
        let one = kind.strip_suffix('s').unwrap_or(kind);
        Err((format!("there is no {one} `{name}`"), fix))
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&Name, &T)> {
        self.values.iter()
    }

    pub(crate) fn into_values(self) -> BTreeMap<Name, T> {
        self.values
    }
}

use crate::name::Name;
use crate::scalar::problem_and_mend;
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
                let (problem, mend) = problem_and_mend(fault);
                tables.fault(key, problem, mend);
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
        let kind = self.kind;
        table.parsed(key, |text| {
            let name: Name = text.parse().map_err(|fault| problem_and_mend(&fault))?;
            if self.names.contains(text) {
                return Ok(name);
            }
            let mend = match nearest(text, self.names.iter().map(String::as_str)) {
                Some(meant) => format!("did you mean `{meant}`?"),
                None => format!("add a [{kind}.{name}] table"),
            };
            Err((format!("there is no {kind} `{name}`"), mend))
        })
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&Name, &T)> {
        self.values.iter()
    }

    pub(crate) fn into_values(self) -> BTreeMap<Name, T> {
        self.values
    }
}

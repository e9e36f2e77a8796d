use crate::fault::{Fault, Faults, join, quoted};
use crate::nearest::nearest;
use serde_json::{Map, Value};
use std::cell::RefCell;
use std::collections::BTreeSet;
use std::ops::RangeInclusive;

/// One table of settings. Every method that names a key makes the key known;
/// [`finish`](Self::finish) refuses the others.
#[derive(Debug)]
pub struct Table<'a> {
    path: String,
    map: &'a Map<String, Value>,
    faults: &'a Faults,
    known: RefCell<BTreeSet<String>>,
}

impl<'a> Table<'a> {
    /// The outermost table of a document.
    pub fn root(map: &'a Map<String, Value>, faults: &'a Faults) -> Self {
        Self::at("", map, faults)
    }

    /// A table that stands at `path` in its document.
    pub fn at(path: impl Into<String>, map: &'a Map<String, Value>, faults: &'a Faults) -> Self {
        Self {
            path: path.into(),
            map,
            faults,
            known: RefCell::default(),
        }
    }

    /// A string.
    pub fn text(&self, key: &str) -> Option<&'a str> {
        self.raw(key)
            .and_then(|value| self.as_text(&quoted(key), value))
    }

    /// A string that must be there; `fix` says what to write.
    pub fn required_text(&self, key: &str, fix: &str) -> Option<&'a str> {
        self.require(key, fix).text(key)
    }

    /// A string that `parse` makes something of, or names the problem and fix.
    pub fn parsed<T, P: Into<String>, M: Into<String>>(
        &self,
        key: &str,
        parse: impl FnOnce(&'a str) -> Result<T, (P, M)>,
    ) -> Option<T> {
        match parse(self.text(key)?) {
            Ok(value) => Some(value),
            Err((problem, fix)) => {
                self.fault(key, problem, fix);
                None
            }
        }
    }

    /// True or false.
    pub fn flag(&self, key: &str) -> Option<bool> {
        match self.raw(key)? {
            Value::Bool(flag) => Some(*flag),
            other => {
                self.wrong_type(
                    key,
                    other,
                    "true or false",
                    "write true or false, without quotes",
                );
                None
            }
        }
    }

    /// A whole number within `range`.
    pub fn integer(&self, key: &str, range: RangeInclusive<u64>) -> Option<u64> {
        let value = self.raw(key)?;
        let fix = format!(
            "write a whole number from {} to {}",
            range.start(),
            range.end()
        );
        match value.as_u64() {
            Some(number) if range.contains(&number) => return Some(number),
            Some(_) => self.fault(key, "out of range", fix),
            None if value.is_i64() => self.fault(key, "out of range", fix),
            None => self.wrong_type(key, value, "a whole number", fix),
        }
        None
    }

    /// A list of whole numbers within `range`; `None` as soon as one of them is
    /// something else.
    pub fn integers(&self, key: &str, range: RangeInclusive<u64>) -> Option<Vec<u64>> {
        let fix = format!(
            "write a list of whole numbers from {} to {}",
            range.start(),
            range.end()
        );
        let mut integers = Some(Vec::new());
        for (index, value) in self.list(key, &fix)?.iter().enumerate() {
            let number = value.as_u64().filter(|number| range.contains(number));
            if number.is_none() {
                let place = format!("{}[{index}]", quoted(key));
                if value.is_i64() || value.is_u64() {
                    self.faults
                        .add(Fault::new(join(&self.path, &place), "out of range", &fix));
                } else {
                    self.wrong_type_at(&place, value, "a whole number", &fix);
                }
            }
            integers = integers.zip(number).map(|(mut integers, number)| {
                integers.push(number);
                integers
            });
        }
        integers
    }

    /// A list of strings; `None` as soon as one of them is something else.
    pub fn texts(&self, key: &str) -> Option<Vec<&'a str>> {
        let texts: Vec<_> = self
            .list(key, "write a list of strings: [\"…\", \"…\"]")?
            .iter()
            .enumerate()
            .map(|(index, value)| self.as_text(&format!("{}[{index}]", quoted(key)), value))
            .collect();
        texts.into_iter().collect()
    }

    /// One of several words, and what it stands for.
    pub fn choice<T: Clone>(&self, key: &str, choices: &[(&str, T)]) -> Option<T> {
        let word = self.text(key)?;
        let chosen = choices.iter().find(|(name, _)| *name == word);
        if chosen.is_none() {
            let printable = !word.is_empty()
                && word.len() <= 32
                && word
                    .bytes()
                    .all(|byte| byte == b' ' || byte.is_ascii_graphic());
            let problem = if printable {
                format!("`{word}` is not a choice here")
            } else {
                "not a choice here".to_owned()
            };
            self.fault(key, problem, format!("write {}", alternatives(choices)));
        }
        chosen.map(|(_, value)| value.clone())
    }

    /// A table below this one. Give it its own [`finish`](Self::finish).
    pub fn table(&self, key: &str) -> Option<Table<'a>> {
        self.raw(key)
            .and_then(|value| self.as_table(&quoted(key), value))
    }

    /// The tables of a list, in order; those that are no tables are left out.
    pub fn tables(&self, key: &str) -> Vec<Table<'a>> {
        self.list(key, "write a list of tables")
            .unwrap_or_default()
            .iter()
            .enumerate()
            .filter_map(|(index, value)| self.as_table(&format!("{}[{index}]", quoted(key)), value))
            .collect()
    }

    /// All keys, for tables whose keys are free: none of them is unknown then.
    pub fn keys(&self) -> Vec<&'a str> {
        self.known.borrow_mut().extend(self.map.keys().cloned());
        self.map.keys().map(String::as_str).collect()
    }

    /// The value as it stands, for what no other method reads.
    pub fn raw(&self, key: &str) -> Option<&'a Value> {
        self.known.borrow_mut().insert(key.to_owned());
        self.map.get(key)
    }

    /// The whole table as it stands, for settings that somebody else reads.
    pub fn map(&self) -> &'a Map<String, Value> {
        self.map
    }

    /// Notes a fault unless `key` is there; `fix` says what to write.
    pub fn require(&self, key: &str, fix: &str) -> &Self {
        if self.raw(key).is_none() {
            self.fault(key, "missing", fix);
        }
        self
    }

    /// Notes a fault with a path of its own, of several settings together.
    pub fn add(&self, fault: Fault) {
        self.faults.add(fault);
    }

    /// Notes a fault of the setting `key`.
    pub fn fault(&self, key: &str, problem: impl Into<String>, fix: impl Into<String>) {
        self.faults.add(Fault::new(self.path_of(key), problem, fix));
    }

    /// Notes a fault of one element, counted from 0, of the list `key`.
    pub fn fault_at(
        &self,
        key: &str,
        index: usize,
        problem: impl Into<String>,
        fix: impl Into<String>,
    ) {
        let path = format!("{}[{index}]", self.path_of(key));
        self.faults.add(Fault::new(path, problem, fix));
    }

    /// Where this table stands in its document; empty for the outermost.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Where the setting `key` stands in the document.
    pub fn path_of(&self, key: &str) -> String {
        join(&self.path, &quoted(key))
    }

    /// Refuses `key`, which readers of other settings may expect here, with a
    /// reason of its own.
    pub fn forbid(&self, key: &str, problem: &str, fix: &str) {
        if self.map.contains_key(key) {
            self.known.borrow_mut().insert(key.to_owned());
            self.fault(key, problem, fix);
        }
    }

    /// Refuses every key that was never asked for.
    pub fn finish(self) {
        self.finish_naming("setting");
    }

    /// As [`finish`](Self::finish), for a table whose keys are not settings but,
    /// say, each a `capability`.
    pub fn finish_naming(self, kind: &str) {
        let known = self.known.borrow();
        for key in self.map.keys().filter(|key| !known.contains(*key)) {
            let fix = match nearest(key, known.iter().map(String::as_str)) {
                Some(meant) => format!("did you mean `{meant}`?"),
                None if known.is_empty() => "remove it; there are no settings here".to_owned(),
                None => {
                    let all: Vec<_> = known.iter().map(|key| format!("`{key}`")).collect();
                    format!("remove it; known here: {}", all.join(", "))
                }
            };
            self.fault(key, format!("no such {kind}"), fix);
        }
    }

    fn list(&self, key: &str, fix: &str) -> Option<&'a [Value]> {
        match self.raw(key)? {
            Value::Array(values) => Some(values),
            other => {
                self.wrong_type(key, other, "a list", fix);
                None
            }
        }
    }

    /// `place` is a key, or a key with an index, already quoted.
    fn as_text(&self, place: &str, value: &'a Value) -> Option<&'a str> {
        if value.as_str().is_none() {
            self.wrong_type_at(place, value, "a string", "write it in double quotes");
        }
        value.as_str()
    }

    fn as_table(&self, place: &str, value: &'a Value) -> Option<Table<'a>> {
        let Value::Object(map) = value else {
            self.wrong_type_at(place, value, "a table", "write a table of settings");
            return None;
        };
        Some(Table::at(join(&self.path, place), map, self.faults))
    }

    fn wrong_type(&self, key: &str, found: &Value, belongs: &str, fix: impl Into<String>) {
        self.wrong_type_at(&quoted(key), found, belongs, fix);
    }

    fn wrong_type_at(&self, place: &str, found: &Value, belongs: &str, fix: impl Into<String>) {
        let problem = format!("{}, where {belongs} belongs", name_of(found));
        self.faults
            .add(Fault::new(join(&self.path, place), problem, fix));
    }
}

/// What kind of value this is, with its article.
pub(crate) fn name_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(number) if number.is_f64() => "a number with a fraction",
        Value::Number(_) => "a whole number",
        Value::String(_) => "a string",
        Value::Array(_) => "a list",
        Value::Object(_) => "a table",
    }
}

fn alternatives<T>(choices: &[(&str, T)]) -> String {
    let words: Vec<_> = choices
        .iter()
        .map(|(name, _)| format!("\"{name}\""))
        .collect();
    match words.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, others)) => format!("{} or {last}", others.join(", ")),
        None => "nothing: there is no choice".to_owned(),
    }
}

//! The members of one structure of a request.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value};
use zeroize::Zeroizing;

use super::constraint::{Integer, Pattern, Text};
use crate::exception::{Exception, ExceptionName};

/// How much of a value a message repeats, in characters.
const MAX_REPEATED_CHARS: usize = 1024;
/// How many breaches one message names.
const MAX_BREACHES: usize = 16;

/// Reads the members of a structure, and collects what is wrong with them.
pub struct Members<'m, 'n> {
    map: &'m Map<String, Value>,
    path: String,
    notes: &'n Notes,
}

/// What was found so far.
#[derive(Default)]
pub struct Notes {
    /// Of the wrong type: nothing else is looked at then.
    serialization: RefCell<Option<String>>,
    breaches: RefCell<Vec<String>>,
}

impl<'m, 'n> Members<'m, 'n> {
    /// The members of a request.
    pub fn new(map: &'m Map<String, Value>, notes: &'n Notes) -> Self {
        Self {
            map,
            path: String::new(),
            notes,
        }
    }

    /// A string.
    pub fn text(&self, name: &str, constraint: &Text) -> Option<&'m str> {
        let value = self.value(name)?;
        let text = self.as_text(value)?;
        self.check_text(&self.path_of(name), text, constraint);
        Some(text)
    }

    /// A string that has to be there.
    pub fn required_text(&self, name: &str, constraint: &Text) -> &'m str {
        self.require(name);
        self.text(name, constraint).unwrap_or_default()
    }

    /// A whole number.
    pub fn integer(&self, name: &str, range: Integer) -> Option<i64> {
        let value = self.value(name)?;
        let Some(number) = value.as_i64() else {
            self.notes.wrong_type(value, "an Integer");
            return None;
        };
        let path = self.path_of(name);
        if number < range.least {
            let rule = format!(
                "Member must have value greater than or equal to {}",
                range.least
            );
            self.notes.breach(Some(&number.to_string()), &path, &rule);
        }
        if number > range.greatest {
            let rule = format!(
                "Member must have value less than or equal to {}",
                range.greatest
            );
            self.notes.breach(Some(&number.to_string()), &path, &rule);
        }
        Some(number)
    }

    /// True or false.
    pub fn flag(&self, name: &str) -> Option<bool> {
        let value = self.value(name)?;
        if value.as_bool().is_none() {
            self.notes.wrong_type(value, "a Boolean");
        }
        value.as_bool()
    }

    /// One of several words.
    pub fn choice(&self, name: &str, words: &[&str]) -> Option<&'m str> {
        let text = self.as_text(self.value(name)?)?;
        self.check_choice(&self.path_of(name), text, words);
        Some(text)
    }

    /// Bytes in Base64, at least one and at most `most`.
    pub fn bytes(&self, name: &str, most: usize) -> Option<Zeroizing<Vec<u8>>> {
        let text = self.as_text(self.value(name)?)?;
        let Ok(bytes) = STANDARD.decode(text) else {
            self.notes.serialization("A blob is not Base64.");
            return None;
        };
        let bytes = Zeroizing::new(bytes);
        let length = (1, most);
        self.check_length(None, &self.path_of(name), bytes.len(), length);
        Some(bytes)
    }

    /// Bytes that have to be there.
    pub fn required_bytes(&self, name: &str, most: usize) -> Zeroizing<Vec<u8>> {
        self.require(name);
        self.bytes(name, most).unwrap_or_default()
    }

    /// A list of strings, of at most `most` entries.
    pub fn texts(
        &self,
        name: &str,
        most: Option<usize>,
        constraint: &Text,
    ) -> Option<Vec<&'m str>> {
        let list = self.list(name, most)?;
        let texts = list.iter().enumerate().filter_map(|(index, value)| {
            let text = self.as_text(value)?;
            self.check_text(&self.path_of_entry(name, index), text, constraint);
            Some(text)
        });
        Some(texts.collect())
    }

    /// A list of words.
    pub fn choices(&self, name: &str, words: &[&str]) -> Option<Vec<&'m str>> {
        let list = self.list(name, None)?;
        let texts = list.iter().enumerate().filter_map(|(index, value)| {
            let text = self.as_text(value)?;
            self.check_choice(&self.path_of_entry(name, index), text, words);
            Some(text)
        });
        Some(texts.collect())
    }

    /// A map from strings to strings.
    pub fn text_map(&self, name: &str) -> Option<BTreeMap<&'m str, &'m str>> {
        let value = self.value(name)?;
        let Some(map) = value.as_object() else {
            self.notes.wrong_type(value, "a Map");
            return None;
        };
        let entries = map
            .iter()
            .filter_map(|(key, value)| Some((key.as_str(), self.as_text(value)?)));
        Some(entries.collect())
    }

    /// A structure below this one.
    pub fn structure(&self, name: &str) -> Option<Members<'m, 'n>> {
        let value = self.value(name)?;
        self.as_structure(value, self.path_of(name))
    }

    /// The structures of a list.
    pub fn structures(&self, name: &str) -> Option<Vec<Members<'m, 'n>>> {
        let list = self.list(name, None)?;
        let structures = list
            .iter()
            .enumerate()
            .filter_map(|(index, value)| self.as_structure(value, self.path_of_entry(name, index)));
        Some(structures.collect())
    }

    /// Notes a breach unless the member is there.
    pub fn require(&self, name: &str) {
        if self.value(name).is_none() {
            self.notes.absent(&self.path_of(name));
        }
    }

    /// Whether the member is a string without characters.
    pub fn is_empty_text(&self, name: &str) -> bool {
        self.value(name).and_then(Value::as_str) == Some("")
    }

    /// Whether the member is there.
    pub fn has(&self, name: &str) -> bool {
        self.value(name).is_some()
    }

    /// Null counts as absent.
    fn value(&self, name: &str) -> Option<&'m Value> {
        self.map.get(name).filter(|value| !value.is_null())
    }

    fn list(&self, name: &str, most: Option<usize>) -> Option<&'m [Value]> {
        let value = self.value(name)?;
        let Some(list) = value.as_array() else {
            self.notes.wrong_type(value, "a List");
            return None;
        };
        if let Some(most) = most {
            self.check_length(None, &self.path_of(name), list.len(), (0, most));
        }
        Some(list)
    }

    fn as_text(&self, value: &'m Value) -> Option<&'m str> {
        if !value.is_string() {
            self.notes.wrong_type(value, "a String");
        }
        value.as_str()
    }

    fn as_structure(&self, value: &'m Value, path: String) -> Option<Members<'m, 'n>> {
        let Some(map) = value.as_object() else {
            self.notes.wrong_type(value, "a Structure");
            return None;
        };
        Some(Members {
            map,
            path,
            notes: self.notes,
        })
    }

    fn check_text(&self, path: &str, text: &str, constraint: &Text) {
        let shown = (!constraint.sensitive).then_some(text);
        self.check_length(shown, path, text.chars().count(), constraint.length);
        if let Some(Pattern { pattern, matches }) = constraint.pattern
            && !matches(text)
        {
            let rule = format!("Member must satisfy regular expression pattern: {pattern}");
            self.notes.breach(shown, path, &rule);
        }
    }

    fn check_choice(&self, path: &str, text: &str, words: &[&str]) {
        if !words.contains(&text) {
            let words = words.join(", ");
            let rule = format!("Member must satisfy enum value set: [{words}]");
            self.notes.breach(Some(text), path, &rule);
        }
    }

    fn check_length(
        &self,
        shown: Option<&str>,
        path: &str,
        length: usize,
        (fewest, most): (usize, usize),
    ) {
        if length < fewest {
            let rule = format!("Member must have length greater than or equal to {fewest}");
            self.notes.breach(shown, path, &rule);
        }
        if length > most {
            let rule = format!("Member must have length less than or equal to {most}");
            self.notes.breach(shown, path, &rule);
        }
    }

    fn path_of(&self, name: &str) -> String {
        join(&self.path, &lower_camel(name))
    }

    fn path_of_entry(&self, name: &str, index: usize) -> String {
        format!("{}.{}.member", self.path_of(name), index.saturating_add(1))
    }
}

impl Notes {
    /// Succeeds if nothing is wrong.
    pub fn finish(&self) -> Result<(), Exception> {
        if let Some(message) = self.serialization.take() {
            return Err(Exception::new(ExceptionName::Serialization, message));
        }
        let breaches = self.breaches.take();
        if breaches.is_empty() {
            return Ok(());
        }
        let noun = if breaches.len() == 1 {
            "error"
        } else {
            "errors"
        };
        let mut message = format!("{} validation {noun} detected: ", breaches.len());
        for (index, breach) in breaches.iter().enumerate() {
            let separator = if index == 0 { "" } else { "; " };
            // Writing to a String cannot fail.
            let _ = write!(message, "{separator}{breach}");
        }
        Err(Exception::validation(message))
    }

    fn absent(&self, path: &str) {
        self.add("Value null", path, "Member must not be null");
    }

    fn breach(&self, shown: Option<&str>, path: &str, rule: &str) {
        let value = shown.map_or_else(
            || "Value".to_owned(),
            |text| {
                let text: String = text.chars().take(MAX_REPEATED_CHARS).collect();
                format!("Value '{text}'")
            },
        );
        self.add(&value, path, rule);
    }

    fn add(&self, value: &str, path: &str, rule: &str) {
        let mut breaches = self.breaches.borrow_mut();
        if breaches.len() < MAX_BREACHES {
            breaches.push(format!(
                "{value} at '{path}' failed to satisfy constraint: {rule}"
            ));
        }
    }

    fn wrong_type(&self, value: &Value, wanted: &str) {
        let found = match value {
            Value::Null => "NULL",
            Value::Bool(true) => "TRUE_VALUE",
            Value::Bool(false) => "FALSE_VALUE",
            Value::Number(_) => "NUMBER_VALUE",
            Value::String(_) => "STRING_VALUE",
            Value::Array(_) => "START_ARRAY",
            Value::Object(_) => "START_OBJECT",
        };
        self.serialization(&format!("{found} can not be converted to {wanted}"));
    }

    fn serialization(&self, message: &str) {
        self.serialization
            .borrow_mut()
            .get_or_insert_with(|| message.to_owned());
    }
}

/// Messages write the names of members with a small first letter.
fn lower_camel(name: &str) -> String {
    let mut characters = name.chars();
    match characters.next() {
        Some(first) => first.to_lowercase().chain(characters).collect(),
        None => String::new(),
    }
}

fn join(path: &str, name: &str) -> String {
    if path.is_empty() {
        name.to_owned()
    } else {
        format!("{path}.{name}")
    }
}

//! An object of JSON, written member by member.
//!
//! Records are written for every request, and a serializer that escapes the names
//! of members anew each time takes longer than a call of a policy. Names here are
//! fixed and need no escaping; values are escaped by `serde_json`, which leaves more
//! characters as they are than a line that people read may have.

use std::fmt;
use std::io::{self, Write};

use serde::Serialize as _;
use serde_json::Serializer;
use serde_json::ser::Formatter;

use crate::words::escape_into;

/// The name of a member as it is written after another one: with a comma in front.
macro_rules! name {
    ($name:literal) => {
        concat!(",\"", $name, "\":")
    };
}
pub(crate) use name;

/// An object that has been begun. [`Object::end`] closes it.
pub(crate) struct Object<'b> {
    buffer: &'b mut Vec<u8>,
    first: bool,
}

impl<'b> Object<'b> {
    pub(crate) fn begin(buffer: &'b mut Vec<u8>) -> Self {
        buffer.push(b'{');
        Self {
            buffer,
            first: true,
        }
    }

    pub(crate) fn end(self) {
        self.buffer.push(b'}');
    }

    /// A string, if there is one.
    pub(crate) fn text(&mut self, name: &'static str, value: Option<&str>) {
        let Some(value) = value else { return };
        self.name(name);
        let mut serializer = Serializer::with_formatter(&mut *self.buffer, Harmless);
        let written = value.serialize(&mut serializer);
        debug_assert!(written.is_ok(), "memory takes every text");
    }

    /// A number, if there is one.
    pub(crate) fn number(&mut self, name: &'static str, value: Option<u64>) {
        let Some(value) = value else { return };
        self.name(name);
        let written = serde_json::to_writer(&mut *self.buffer, &value);
        debug_assert!(written.is_ok(), "memory takes every number");
    }

    /// A string of characters that JSON need not escape: a time.
    pub(crate) fn shown(&mut self, name: &'static str, value: impl fmt::Display) {
        self.name(name);
        let written = write!(self.buffer, "\"{value}\"");
        debug_assert!(written.is_ok(), "memory takes every text");
    }

    /// An object in this one.
    pub(crate) fn object(&mut self, name: &'static str, members: impl FnOnce(&mut Object<'_>)) {
        self.name(name);
        let mut inner = Object::begin(self.buffer);
        members(&mut inner);
        inner.end();
    }

    /// Of what [`name!`] makes.
    fn name(&mut self, name: &'static str) {
        let comma = usize::from(std::mem::take(&mut self.first));
        let name = name.as_bytes().get(comma..).unwrap_or_default();
        self.buffer.extend_from_slice(name);
    }
}

/// Escapes what has an effect on a terminal or ends a line for some reader.
struct Harmless;

impl Formatter for Harmless {
    fn write_string_fragment<W: Write + ?Sized>(
        &mut self,
        writer: &mut W,
        fragment: &str,
    ) -> io::Result<()> {
        if fragment.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
            return writer.write_all(fragment.as_bytes());
        }
        let mut escaped = Vec::with_capacity(fragment.len());
        escape_into(&mut escaped, fragment, &[]);
        writer.write_all(&escaped)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flt_40_no_character_with_an_effect_is_in_a_line() {
        let text = "\u{9b}2J\u{85}\u{2028}\u{202e}\u{7f}\u{feff}\u{e0001}é\"\n";
        let mut buffer = Vec::new();
        let mut object = Object::begin(&mut buffer);
        object.text(name!("text"), Some(text));
        object.end();
        let line = String::from_utf8(buffer).unwrap();
        let harmless = |c| matches!(c, ' '..='~' | 'é');
        assert!(line.chars().all(harmless), "{line}");
        let read: serde_json::Value = serde_json::from_str(&line).unwrap();
        assert_eq!(read["text"], text);
    }

    #[test]
    fn members_are_separated_values_escaped_and_what_is_missing_left_out() {
        let mut buffer = Vec::new();
        let mut object = Object::begin(&mut buffer);
        object.text(name!("text"), Some("a\"\n"));
        object.text(name!("nothing"), None);
        object.number(name!("number"), Some(7));
        object.number(name!("no_number"), None);
        object.shown(name!("shown"), 1.5);
        object.object(name!("object"), |inner| inner.text(name!("a"), Some("b")));
        object.object(name!("empty"), |_| ());
        object.end();
        assert_eq!(
            String::from_utf8(buffer).unwrap(),
            r#"{"text":"a\"\n","number":7,"shown":"1.5","object":{"a":"b"},"empty":{}}"#
        );
    }
}

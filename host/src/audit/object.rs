//! An object of JSON, written member by member.
//!
//! Records are written for every request, and a serializer that escapes the names
//! of members anew each time takes longer than a call of a policy. Names here are
//! fixed and need no escaping; values are escaped by `serde_json`.

use std::fmt;
use std::io::Write as _;

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
        let written = serde_json::to_writer(&mut *self.buffer, value);
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

#[cfg(test)]
mod tests {
    use super::*;

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

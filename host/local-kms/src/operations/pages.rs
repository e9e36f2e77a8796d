//! Lists in pages.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value};

use super::Answer;
use crate::exception::{Exception, ExceptionName};
use crate::input::Members;
use crate::input::constraint::{LIMIT, MARKER};
use crate::operation::Operation;

/// What a marker begins with, before it is encoded; the operation that returned it
/// follows.
const MARKER_PREFIX: &str = "local-kms-2:";

/// Which page of a list is asked for.
#[derive(Debug, Clone)]
pub(super) struct Page<'c> {
    limit: Option<i64>,
    marker: Option<&'c str>,
}

impl<'c> Page<'c> {
    pub(super) fn read(members: &Members<'c, '_>) -> Self {
        Self {
            limit: members.integer("Limit", LIMIT),
            marker: members.text("Marker", &MARKER),
        }
    }

    /// Answers with the entries after the marker. Each has a name, and they are
    /// sorted by it; `most` is how many a page has at most, and `usual` how many
    /// it has when nobody says.
    pub(super) fn answer(
        &self,
        operation: Operation,
        list: &str,
        entries: impl IntoIterator<Item = (String, Value)>,
        usual: usize,
        most: usize,
    ) -> Result<Answer, Exception> {
        let after = self.marker.map(|marker| read_marker(operation, marker));
        let after = after.transpose()?;
        let asked = self.limit.and_then(|limit| usize::try_from(limit).ok());
        let count = asked.unwrap_or(usual).min(most);
        let mut rest = entries
            .into_iter()
            .filter(|(name, _)| after.as_ref().is_none_or(|after| name > after));
        let page: Vec<(String, Value)> = rest.by_ref().take(count).collect();
        let mut members = Map::new();
        let is_truncated = rest.next().is_some();
        members.insert("Truncated".to_owned(), is_truncated.into());
        if let (true, Some((last, _))) = (is_truncated, page.last()) {
            members.insert(
                "NextMarker".to_owned(),
                write_marker(operation, last).into(),
            );
        }
        let entries: Vec<Value> = page.into_iter().map(|(_, entry)| entry).collect();
        members.insert(list.to_owned(), entries.into());
        Ok(Answer::Members(members.into()))
    }
}

fn write_marker(operation: Operation, name: &str) -> String {
    URL_SAFE_NO_PAD.encode(format!("{}{name}", beginning(operation)))
}

fn read_marker(operation: Operation, marker: &str) -> Result<String, Exception> {
    let bytes = URL_SAFE_NO_PAD.decode(marker).ok();
    bytes
        .and_then(|bytes| String::from_utf8(bytes).ok())
        .and_then(|text| text.strip_prefix(&beginning(operation)).map(str::to_owned))
        .ok_or_else(|| {
            Exception::new(
                ExceptionName::InvalidMarker,
                "The marker is not one that this operation returned.",
            )
        })
}

/// What markers of an operation begin with.
fn beginning(operation: Operation) -> String {
    format!("{MARKER_PREFIX}{}:", operation.name())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(limit: Option<i64>, marker: Option<&str>) -> Result<Value, Exception> {
        let entries = ["a", "b", "c"].map(|name| (name.to_owned(), Value::from(name)));
        let page = Page { limit, marker };
        match page.answer(Operation::ListKeys, "Names", entries, 100, 2)? {
            Answer::Members(members) => Ok(members),
            Answer::Nothing => panic!("a page is an object"),
        }
    }

    #[test]
    fn pages_follow_each_other() {
        let first = page(Some(1), None).unwrap();
        assert_eq!(first["Names"], serde_json::json!(["a"]));
        assert_eq!(first["Truncated"], true);
        let second = page(None, first["NextMarker"].as_str()).unwrap();
        assert_eq!(second["Names"], serde_json::json!(["b", "c"]));
        assert_eq!(second["Truncated"], false);
        assert!(second.get("NextMarker").is_none());
        assert_eq!(
            page(Some(1000), None).unwrap()["Names"],
            serde_json::json!(["a", "b"])
        );
    }

    #[test]
    fn markers_of_others_are_refused() {
        let of_another = write_marker(Operation::ListAliases, "a");
        for marker in ["b", "YQ", "%", &of_another] {
            let refused = page(None, Some(marker)).unwrap_err();
            assert_eq!(refused.name(), ExceptionName::InvalidMarker);
        }
    }
}

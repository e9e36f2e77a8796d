//! From TOML text to the JSON object that settings are read from.

use claviger_settings::{Fault, Map, Value};
use toml::Spanned;
use toml::de::{DeInteger, DeTable, DeValue, Error};

/// Faults past these are most likely echoes of earlier ones.
const FAULT_LIMIT: usize = 16;

/// The JSON object that says the same as a TOML document, or all faults of its
/// syntax. Refuses what JSON cannot express: dates, and numbers that are not finite.
pub fn parse(text: &str) -> Result<Map<String, Value>, Vec<Fault>> {
    let (map, faults) = parse_partly(text);
    if faults.is_empty() {
        Ok(map)
    } else {
        Err(faults)
    }
}

/// The same, with what can be read of a document that has faults.
pub(crate) fn parse_partly(text: &str) -> (Map<String, Value>, Vec<Fault>) {
    let (table, errors) = DeTable::parse_recoverable(text);
    let mut faults = syntax_faults(text, &errors);
    // What JSON cannot express may be an echo of faulty syntax.
    let mut others = Vec::new();
    let map = object(table.get_ref(), text, &mut others);
    if faults.is_empty() {
        faults = others;
    }
    (map, faults)
}

/// One a line: the parser stumbles on after an error, mostly over the rest of
/// its line.
fn syntax_faults(text: &str, errors: &[Error]) -> Vec<Fault> {
    let mut faults = Vec::new();
    let mut last_line = 0;
    for error in errors.iter().take(FAULT_LIMIT) {
        let (line, column) = line_and_column(text, error.span().map_or(0, |span| span.start));
        if line != last_line {
            // Only the message: the error's Display repeats the line, and
            // somebody may have written a secret on it.
            let (problem, fix) = match error.message().split_once(", expected ") {
                Some((problem, expected)) => (problem, format!("TOML expects {expected} here")),
                None => (error.message(), "correct the TOML".to_owned()),
            };
            faults.push(Fault::new(place(line, column), problem, fix));
        }
        last_line = line;
    }
    faults
}

fn object(table: &DeTable<'_>, text: &str, faults: &mut Vec<Fault>) -> Map<String, Value> {
    table
        .iter()
        .map(|(key, value)| (key.get_ref().to_string(), json(value, text, faults)))
        .collect()
}

/// The recursion ends: the TOML parser refuses documents nested deeper than 80.
fn json(value: &Spanned<DeValue<'_>>, text: &str, faults: &mut Vec<Fault>) -> Value {
    let mut refuse = |problem: &str, fix: &str| {
        if faults.len() < FAULT_LIMIT {
            let (line, column) = line_and_column(text, value.span().start);
            faults.push(Fault::new(place(line, column), problem, fix));
        }
        Value::Null
    };
    match value.get_ref() {
        DeValue::String(string) => Value::from(string.as_ref()),
        DeValue::Boolean(flag) => Value::from(*flag),
        DeValue::Integer(integer) => integer_value(integer).unwrap_or_else(|| {
            refuse(
                "a number that does not fit into 64 bits",
                "write a smaller number",
            )
        }),
        DeValue::Float(float) => match float.as_str().parse::<f64>().ok().map(Value::from) {
            None | Some(Value::Null) => refuse("not a finite number", "write a number in digits"),
            Some(number) => number,
        },
        DeValue::Datetime(_) => refuse(
            "a date or time, which no setting takes",
            "write it in double quotes",
        ),
        DeValue::Array(values) => values
            .iter()
            .map(|value| json(value, text, faults))
            .collect(),
        DeValue::Table(table) => Value::Object(object(table, text, faults)),
    }
}

fn integer_value(integer: &DeInteger<'_>) -> Option<Value> {
    let (digits, radix) = (integer.as_str(), integer.radix());
    let signed = i64::from_str_radix(digits, radix).map(Value::from);
    signed
        .or_else(|_| u64::from_str_radix(digits, radix).map(Value::from))
        .ok()
}

fn place(line: usize, column: usize) -> String {
    format!("line {line}, column {column}")
}

/// Both counted from 1, columns in characters.
fn line_and_column(text: &str, at: usize) -> (usize, usize) {
    let before = text.get(..at).unwrap_or(text);
    let line = before.matches('\n').count() + 1;
    let column = before.chars().rev().take_while(|c| *c != '\n').count() + 1;
    (line, column)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults(text: &str) -> Vec<String> {
        parse(text)
            .unwrap_err()
            .iter()
            .map(Fault::to_string)
            .collect()
    }

    #[test]
    fn all_that_json_has_is_taken() {
        let map = parse("a = 'x'\nb = -1\nc = 0xff\nd = 1.5\ne = [true, {f = 1_000}]").unwrap();
        let json = serde_json::json!(
            {"a": "x", "b": -1, "c": 255, "d": 1.5, "e": [true, {"f": 1000}]}
        );
        assert_eq!(Value::Object(map), json);
    }

    #[test]
    fn syntax_errors_are_all_reported_with_line_and_column() {
        assert_eq!(
            faults("a = 1\nb 2\n\nc = [1,\nd = 3\n"),
            [
                "line 2, column 3: key with no value; TOML expects `=` here",
                "line 5, column 3: unexpected `=` in array; TOML expects value, `]` here",
            ]
        );
    }

    #[test]
    fn a_secret_on_a_faulty_line_is_not_repeated() {
        let report = faults("secret = \"hunter2\nsecret2 = hunter2").join("\n");
        assert!(report.contains("line 1, column 18"), "{report}");
        assert!(!report.contains("hunter2"), "{report}");
    }

    #[test]
    fn a_key_written_twice_is_refused() {
        assert_eq!(
            faults("a = 1\na = 2"),
            ["line 2, column 1: duplicate key; correct the TOML"]
        );
    }

    #[test]
    fn what_json_cannot_express_is_refused() {
        assert_eq!(
            faults("a = 2026-01-01\nb = [nan]\nc = 99999999999999999999"),
            [
                "line 1, column 5: a date or time, which no setting takes; write it in double quotes",
                "line 2, column 6: not a finite number; write a number in digits",
                "line 3, column 5: a number that does not fit into 64 bits; write a smaller number",
            ]
        );
    }

    #[test]
    fn columns_are_counted_in_characters() {
        assert_eq!(line_and_column("é = \"ü\" x", 9), (1, 8));
        assert_eq!(line_and_column("a\n\nb", 3), (3, 1));
        assert_eq!(line_and_column("", 7), (1, 1));
    }

    #[test]
    fn deep_nesting_is_refused_and_not_recursed_into() {
        assert!(parse(&format!("a = {}", "[".repeat(100_000))).is_err());
        assert!(parse(&format!("{} = 1", vec!["a"; 10_000].join("."))).is_err());
    }
}

//! The lines of records: objects of JSON whose last member is a sequence number.

use std::io::Write as _;

/// The longest line that is read, in bytes. A record of the host has at most some
/// tens of thousands.
pub(crate) const LONGEST: usize = 1 << 20;

/// What comes before the number.
const SEQ: &[u8] = b"\"seq\":";

/// Makes one object of JSON ready for [`finish_into`], by taking its end away.
///
/// What is no object, or has more than one line, becomes the member `text` of one:
/// whatever a caller writes, it cannot break the log.
pub(crate) fn open(object: &mut Vec<u8>) {
    // Without a way out, so that many bytes are looked at in one step.
    let end = |byte: u8| u8::from(byte == b'\n') | u8::from(byte == b'\r');
    let one_line = object.iter().fold(0, |found, byte| found | end(*byte)) == 0;
    let is_object = object.starts_with(b"{") && object.ends_with(b"}");
    if one_line && is_object && object.len() <= LONGEST - 64 {
        object.pop();
    } else {
        debug_assert!(false, "a record is one object of JSON in one line");
        // Escaped, a character takes up to eleven bytes.
        let most = object.get(..LONGEST / 16).unwrap_or(object);
        let text = String::from_utf8_lossy(most);
        let text: String = text.chars().flat_map(char::escape_default).collect();
        object.clear();
        object.extend_from_slice(b"{\"text\":");
        let written = serde_json::to_writer(&mut *object, &text);
        debug_assert!(written.is_ok(), "memory takes every text");
    }
    if object.len() > 1 {
        object.push(b',');
    }
    object.extend_from_slice(SEQ);
}

/// Appends what [`open`] left, with its number, as a line.
pub(crate) fn finish_into(buffer: &mut Vec<u8>, opened: &[u8], seq: u64) {
    buffer.extend_from_slice(opened);
    let written = buffer.write_all(decimal(seq, &mut [0; 20]));
    debug_assert!(written.is_ok(), "memory takes every number");
    buffer.extend_from_slice(b"}\n");
}

/// Formats with less than half the time that `write!` needs: this happens under the lock.
fn decimal(mut value: u64, digits: &mut [u8; 20]) -> &[u8] {
    let mut start = digits.len();
    for (at, digit) in digits.iter_mut().enumerate().rev() {
        *digit = b'0' + u8::try_from(value % 10).unwrap_or_default();
        value /= 10;
        start = at;
        if value == 0 {
            break;
        }
    }
    digits.get(start..).unwrap_or_default()
}

/// The number of a record, of a line without its end.
pub(crate) fn seq_of(line: &[u8]) -> Option<u64> {
    let line = line.strip_suffix(b"}")?;
    let digits = line.iter().rev().take_while(|b| b.is_ascii_digit()).count();
    let (before, number) = line.split_at_checked(line.len() - digits)?;
    let before = before.strip_suffix(SEQ)?;
    let separated = before == b"{" || before.starts_with(b"{") && before.ends_with(b",");
    let canonical = number == b"0" || !number.starts_with(b"0");
    (separated && canonical).then(|| std::str::from_utf8(number).ok()?.parse().ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(object: &str, seq: u64) -> String {
        let mut opened = object.as_bytes().to_vec();
        open(&mut opened);
        let mut buffer = Vec::new();
        finish_into(&mut buffer, &opened, seq);
        String::from_utf8(buffer).unwrap()
    }

    #[test]
    fn the_number_is_the_last_member() {
        assert_eq!(line(r#"{"a":1}"#, 120), "{\"a\":1,\"seq\":120}\n");
        assert_eq!(line("{}", 0), "{\"seq\":0}\n");
        assert_eq!(line("{}", u64::MAX), "{\"seq\":18446744073709551615}\n");
    }

    #[test]
    fn the_number_is_read_as_it_was_written_and_in_no_other_form() {
        assert_eq!(seq_of(br#"{"a":1,"seq":120}"#), Some(120));
        assert_eq!(seq_of(br#"{"seq":0}"#), Some(0));
        for other in [
            r#"{"a":1,"seq":0120}"#,
            r#"{"a":1,"seq":}"#,
            r#"{"a":1,"seq":-1}"#,
            r#""a":1,"seq":1}"#,
            r#"{"a":1,"seq":1"#,
            r#"{"a":1"seq":1}"#,
            r#"{"seq":18446744073709551616}"#,
            "",
        ] {
            assert_eq!(seq_of(other.as_bytes()), None, "{other}");
        }
    }

    #[test]
    #[cfg(not(debug_assertions))]
    fn what_is_no_object_in_one_line_is_a_text() {
        assert_eq!(
            line("a\"\nb", 1),
            "{\"text\":\"a\\\\\\\"\\\\nb\",\"seq\":1}\n"
        );
        let long = line(&format!("{{\"{}\"}}", "a".repeat(LONGEST)), 1);
        assert!(long.len() < LONGEST);
    }
}

//! Foreign text made safe for a log.

/// Control characters escaped (XKS-121), cut at `limit` bytes.
pub(crate) fn printable(text: &str, limit: usize) -> String {
    let mut safe = String::new();
    for character in text.chars() {
        let before = safe.len();
        if character.is_control() || reorders(character) {
            safe.extend(character.escape_default());
        } else {
            safe.push(character);
        }
        if safe.len() > limit {
            safe.truncate(before);
            break;
        }
    }
    safe
}

/// Whether a character breaks a line or changes the order in which a terminal shows
/// the text around it.
fn reorders(character: char) -> bool {
    matches!(
        character,
        '\u{061c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
    )
}

/// Whether a text is 1 to `most` printable ASCII characters.
pub(crate) fn is_printable(text: &str, most: usize) -> bool {
    (1..=most).contains(&text.len()) && text.bytes().all(|byte| matches!(byte, 0x20..=0x7e))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn xks_121_control_characters_of_a_plugin_are_escaped() {
        assert_eq!(printable("a\r\nb\u{202e}", 100), "a\\r\\nb\\u{202e}");
        assert_eq!(printable("a\u{2066}b\u{200f}", 100), "a\\u{2066}b\\u{200f}");
        assert_eq!(printable("ééé", 5), "éé");
    }
}

//! Foreign text made safe for a log.
//!
//! A line of a log is read by terminals and by programs. Both act on more than line
//! feeds: U+0085 and U+2028 end a line for some, U+009B begins a terminal's command,
//! U+202E turns the text after it round. Unicode calls these control characters,
//! format characters and separators (Cc, Cf, Zl, Zp).

/// Whether a character has an effect where it should only be seen. Also those that
/// combine with the character before them, and those that Unicode has not assigned.
fn is_unsafe(character: char) -> bool {
    !matches!(character, ' '..='~') && character.escape_debug().len() > 1
}

/// Such characters escaped (XKS-121), cut at `limit` bytes.
pub(crate) fn printable(text: &str, limit: usize) -> String {
    // Nearly every text is.
    if text.len() <= limit && text.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
        return text.to_owned();
    }
    let mut safe = String::new();
    for character in text.chars() {
        let before = safe.len();
        if is_unsafe(character) {
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

/// Appends `text` with such characters as `\uXXXX`, those beyond U+FFFF as two of
/// them: what JSON reads back as it was. `keep` are left as they are.
pub(crate) fn escape_into(buffer: &mut Vec<u8>, text: &str, keep: &[char]) {
    let mut rest = text;
    while let Some(at) = rest.find(|character| is_unsafe(character) && !keep.contains(&character)) {
        let (safe, found) = rest.split_at(at);
        buffer.extend_from_slice(safe.as_bytes());
        let mut characters = found.chars();
        if let Some(character) = characters.next() {
            for unit in character.encode_utf16(&mut [0; 2]) {
                buffer.extend_from_slice(format!("\\u{unit:04x}").as_bytes());
            }
        }
        rest = characters.as_str();
    }
    buffer.extend_from_slice(rest.as_bytes());
}

/// How many bytes a character takes in a string of JSON, what [`escape_into`] escapes
/// included.
pub(crate) fn escaped_length(character: char) -> usize {
    match character {
        '"' | '\\' => 2,
        _ if is_unsafe(character) => 6 * character.len_utf16(),
        _ => character.len_utf8(),
    }
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

    /// The characters of the catalogue, and every range of their kinds.
    #[test]
    fn flt_40_every_control_and_format_character_is_unsafe() {
        let ranges = [
            '\0'..='\u{1f}',
            '\u{7f}'..='\u{9f}',
            '\u{ad}'..='\u{ad}',
            '\u{61c}'..='\u{61c}',
            '\u{200b}'..='\u{200f}',
            '\u{2028}'..='\u{202e}',
            '\u{2060}'..='\u{2064}',
            '\u{2066}'..='\u{206f}',
            '\u{feff}'..='\u{feff}',
            '\u{fff9}'..='\u{fffb}',
            '\u{e0001}'..='\u{e0001}',
            '\u{e0020}'..='\u{e007f}',
        ];
        for character in ranges.into_iter().flatten() {
            assert!(is_unsafe(character), "{character:?}");
            assert!(printable(&character.to_string(), 100).is_ascii());
        }
        for character in " ~\"'\\/aéäß漢字Жم😀".chars() {
            assert!(!is_unsafe(character), "{character:?}");
        }
    }

    #[test]
    fn flt_40_what_is_escaped_is_read_back_by_json() {
        let text = "a\u{9b}\u{2028}\u{e0001}\u{7f}é\u{85}";
        let mut escaped = Vec::new();
        escape_into(&mut escaped, text, &[]);
        let escaped = String::from_utf8(escaped).unwrap();
        assert_eq!(
            escaped, "a\\u009b\\u2028\\udb40\\udc01\\u007fé\\u0085",
            "{escaped}"
        );
        let read: String = serde_json::from_str(&format!("\"{escaped}\"")).unwrap();
        assert_eq!(read, text);
    }

    #[test]
    fn characters_that_are_to_be_kept_are_kept() {
        let mut escaped = Vec::new();
        escape_into(&mut escaped, "a\nb\u{1b}\n", &['\n']);
        assert_eq!(escaped, b"a\nb\\u001b\n");
    }
}

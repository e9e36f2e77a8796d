//! What the lists of a statement are made of.

/// A text in which each `*` stands for any run of characters, none included.
/// Everything else, case too, stands for itself.
#[derive(Debug)]
pub(crate) struct Pattern {
    text: String,
}

impl Pattern {
    pub(crate) fn new(text: &str) -> Self {
        Self {
            text: text.to_owned(),
        }
    }

    /// The pattern as the operator wrote it.
    pub(crate) fn as_str(&self) -> &str {
        &self.text
    }

    pub(crate) fn matches(&self, text: &str) -> bool {
        let Some((first, others)) = self.text.split_once('*') else {
            return text == self.text;
        };
        let (middle, last) = others.rsplit_once('*').unwrap_or(("", others));
        let rest = text
            .strip_prefix(first)
            .and_then(|rest| rest.strip_suffix(last));
        // Each piece in between is taken at its earliest place: that leaves the
        // most room for those after it.
        rest.is_some_and(|mut rest| {
            middle.split('*').all(|piece| match rest.find(piece) {
                Some(place) => {
                    rest = rest.get(place + piece.len()..).unwrap_or_default();
                    true
                }
                None => false,
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::Pattern;

    /// Every text of up to `length` letters of `alphabet`.
    fn texts(alphabet: &str, length: usize) -> Vec<String> {
        let mut texts = vec![String::new()];
        let mut shorter = texts.clone();
        for _ in 0..length {
            shorter = shorter
                .iter()
                .flat_map(|text| {
                    alphabet
                        .chars()
                        .map(move |letter| format!("{text}{letter}"))
                })
                .collect();
            texts.extend(shorter.iter().cloned());
        }
        texts
    }

    /// The definition, in so many words.
    fn defined(pattern: &[u8], text: &[u8]) -> bool {
        match pattern.split_first() {
            None => text.is_empty(),
            Some((b'*', rest)) => (0..=text.len()).any(|taken| defined(rest, &text[taken..])),
            Some((letter, rest)) => text.first() == Some(letter) && defined(rest, &text[1..]),
        }
    }

    #[test]
    fn matching_is_as_defined_for_all_short_patterns_and_texts() {
        let short = texts("ab", 5);
        for pattern in texts("ab*", 5) {
            for text in &short {
                assert_eq!(
                    Pattern::new(&pattern).matches(text),
                    defined(pattern.as_bytes(), text.as_bytes()),
                    "pattern {pattern:?}, text {text:?}"
                );
            }
        }
    }

    #[test]
    fn other_wildcards_stand_for_themselves() {
        for (pattern, text) in [("a?c", "abc"), ("[ab]", "a"), (".*", "ab"), ("A", "a")] {
            assert!(!Pattern::new(pattern).matches(text), "{pattern}");
        }
    }

    #[test]
    fn xks_047_principals_of_2048_characters_are_matched() {
        let arn = format!("arn:aws:iam::111122223333:role/{}", "é/".repeat(700));
        assert!(Pattern::new("arn:*:role/*é*/").matches(&arn));
    }
}

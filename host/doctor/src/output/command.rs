//! Commands in the text of a fix.
//!
//! A fix is a command, or words, or words that end with a colon and a command. A command
//! is never broken in a way that a shell would not join again.

use super::wrapping::{WIDTH, wrap, wrap_to};

/// What a command begins with.
const STARTS: [&str; 5] = ["aws ", "claviger ", "curl ", "chronyc ", "dig "];

/// What is in no command: the text goes on in words after it.
const WORDS: [&str; 4] = [", ", "; ", " (", ": "];

/// The words of a fix, and the command that they end with.
pub(crate) fn split(fix: &str) -> (&str, Option<&str>) {
    let is_command = |text: &str| {
        STARTS.iter().any(|start| text.starts_with(start))
            && !WORDS.iter().any(|mark| text.contains(mark))
    };
    if is_command(fix) {
        return ("", Some(fix));
    }
    match fix.rsplit_once(": ") {
        Some((words, rest)) if is_command(rest) => {
            let words = fix.get(..=words.len()).unwrap_or(fix);
            (words, Some(rest))
        }
        _ => (fix, None),
    }
}

/// A fix in lines with `first` before the first and `rest` before the others. A command
/// stands on lines of its own, and can be pasted.
pub(crate) fn lines(fix: &str, first: &str, rest: &str) -> String {
    let (words, command) = split(fix);
    let mut text = match words {
        "" => String::new(),
        words => wrap(words, first, rest),
    };
    if let Some(command) = command {
        let first = if text.is_empty() { first } else { rest };
        let broken = wrap_to(WIDTH - 2, command, first, rest);
        text += &broken.trim_end().replace('\n', " \\\n");
        text.push('\n');
    }
    text
}

/// A fix with its command marked as code.
pub(crate) fn marked(fix: &str) -> String {
    match split(fix) {
        ("", Some(command)) => format!("`{command}`"),
        (words, Some(command)) => format!("{words} `{command}`"),
        (words, None) => words.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::{V07, V10};

    #[test]
    fn words_and_command_are_told_apart() {
        assert_eq!(split("aws kms list-keys"), ("", Some("aws kms list-keys")));
        assert_eq!(
            split("look: there: aws kms list-keys"),
            ("look: there:", Some("aws kms list-keys"))
        );
        for words in [
            "use another Region",
            "aws kms list-keys, and read it",
            "aws kms list-keys: it says",
        ] {
            assert_eq!(split(words), (words, None));
        }
    }

    #[test]
    fn a_long_command_can_be_pasted() {
        for fix in [V07.fix, V10.fix] {
            let text = lines(fix, "  fix: ", "       ");
            assert!(text.lines().all(|line| line.chars().count() <= WIDTH));
            let command = split(fix).1.unwrap();
            let joined = text.replace(" \\\n", " ");
            let words: Vec<_> = joined.lines().last().unwrap().split_whitespace().collect();
            assert!(words.join(" ").ends_with(command), "{text}");
        }
    }

    #[test]
    fn a_command_is_code_on_the_page() {
        assert_eq!(marked("aws kms list-keys"), "`aws kms list-keys`");
        assert_eq!(marked("see: aws kms list-keys"), "see: `aws kms list-keys`");
        assert_eq!(marked("see"), "see");
    }
}

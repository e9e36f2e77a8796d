//! Lines of at most 100 characters.

/// The widest line, in characters.
pub(super) const WIDTH: usize = 100;

/// A paragraph with `first` before its first line and `rest` before the others; a line
/// break at the end. Words longer than a line stand on a line of their own, whole.
pub(crate) fn wrap(text: &str, first: &str, rest: &str) -> String {
    wrap_to(WIDTH, text, first, rest)
}

pub(super) fn wrap_to(width: usize, text: &str, first: &str, rest: &str) -> String {
    let mut wrapped = first.to_owned();
    let mut used = first.chars().count();
    let mut at_start = true;
    for word in text.split_whitespace() {
        let length = word.chars().count();
        if !at_start && used + 1 + length > width {
            wrapped.push('\n');
            wrapped.push_str(rest);
            used = rest.chars().count();
            at_start = true;
        }
        if !at_start {
            wrapped.push(' ');
            used += 1;
        }
        wrapped.push_str(word);
        used += length;
        at_start = false;
    }
    wrapped.push('\n');
    wrapped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_no_wider_than_they_may_be() {
        let text = "one two three four five six seven";
        assert_eq!(
            wrap_to(14, text, "- ", "  "),
            "- one two\n  three four\n  five six\n  seven\n"
        );
        assert_eq!(wrap_to(5, "abcdefgh i", "", ""), "abcdefgh\ni\n");
        assert_eq!(wrap_to(5, "", "a: ", ""), "a: \n");
    }
}

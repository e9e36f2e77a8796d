//! How texts name things.

/// `1st`, `2nd`, `11th`
pub(crate) fn ordinal(number: usize) -> String {
    let suffix = match (number % 10, number % 100) {
        (_, 11..=13) => "th",
        (1, _) => "st",
        (2, _) => "nd",
        (3, _) => "rd",
        _ => "th",
    };
    format!("{number}{suffix}")
}

/// What a certificate says of itself, on one line of about a hundred characters: it may
/// say anything.
pub(crate) fn line(text: &str) -> String {
    const MOST: usize = 100;
    let mut line = String::new();
    for character in text.chars().take(MOST) {
        if character == ' ' || character.is_ascii_graphic() || character.is_alphanumeric() {
            line.push(character);
        } else {
            line.extend(character.escape_unicode());
        }
    }
    if text.chars().nth(MOST).is_some() {
        line.push('…');
    }
    line
}

/// `1,024`
pub(crate) fn bits(number: usize) -> String {
    if number < 1000 {
        format!("{number} bits")
    } else {
        format!("{},{:03} bits", number / 1000, number % 1000)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_as_people_write_them() {
        let ordinals = [1, 2, 3, 4, 11, 12, 13, 21, 112].map(ordinal);
        assert_eq!(
            ordinals,
            [
                "1st", "2nd", "3rd", "4th", "11th", "12th", "13th", "21st", "112th"
            ]
        );
        assert_eq!(
            [512, 1024, 15_360].map(bits),
            ["512 bits", "1,024 bits", "15,360 bits"]
        );
    }
}

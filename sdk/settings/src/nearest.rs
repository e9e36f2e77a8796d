/// The one of `known` that `word` was probably meant to be.
pub fn nearest<'k>(word: &str, known: impl IntoIterator<Item = &'k str>) -> Option<&'k str> {
    // A third of the letters may be wrong; beyond that a guess confuses. Long
    // words are not compared at all: the table would grow with their product.
    let word: Vec<char> = word.chars().take(65).collect();
    let limit = (word.len() / 3).max(1);
    if word.len() > 64 {
        return None;
    }
    known
        .into_iter()
        .map(|candidate| (distance(&word, candidate), candidate))
        .filter(|(distance, _)| *distance <= limit)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// How many letters must be added, dropped or replaced (Levenshtein).
fn distance(from: &[char], to: &str) -> usize {
    let mut row: Vec<usize> = (0..=from.len()).collect();
    for (i, there) in to.chars().enumerate() {
        let mut diagonal = i;
        let mut left = i + 1;
        let mut next = vec![left];
        for (here, above) in from.iter().zip(row.iter().skip(1)) {
            left = (diagonal + usize::from(*here != there))
                .min(left + 1)
                .min(above + 1);
            diagonal = *above;
            next.push(left);
        }
        row = next;
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn letters(word: &str) -> Vec<char> {
        word.chars().collect()
    }

    #[test]
    fn distances_count_single_letters() {
        assert_eq!(distance(&letters("kitten"), "sitting"), 3);
        assert_eq!(distance(&letters(""), "abc"), 3);
        assert_eq!(distance(&letters("abc"), ""), 3);
        assert_eq!(distance(&letters("memory-mib"), "memory_mib"), 1);
    }

    #[test]
    fn only_a_likely_word_is_suggested() {
        assert_eq!(nearest("efect", ["id", "effect"]), Some("effect"));
        assert_eq!(nearest("colour", ["id", "effect"]), None);
        assert_eq!(nearest("", ["ab"]), None);
        assert_eq!(nearest(&"a".repeat(100_000), ["a"]), None);
    }
}

//! Which of the known names a mistyped one may be.

/// The known name nearest to `word`, if one is near: at most a third of its letters differ.
pub(crate) fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let max = (word.chars().count() / 3).max(1);
    let near = known.into_iter().map(|name| (distance(word, name), name)).filter(|(distance, _)| *distance <= max);
    near.min().map(|(_, name)| name)
}

/// Letters to insert, remove, replace or swap with their neighbour to make one word of the other.
/// Words longer than 64 letters are never near.
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<_>, Vec<_>) = (a.chars().collect(), b.chars().collect());
    if a.len().max(b.len()) > 64 {
        return usize::MAX;
    }
    let mut rows = vec![(0..=b.len()).collect::<Vec<_>>()];
    for (i, letter) in a.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, other) in b.iter().enumerate() {
            let cell = |row: &[usize], at: usize| row.get(at).copied().unwrap_or(usize::MAX - 1);
            let above = rows.last().map_or(&[][..], |row| row);
            let replaced = cell(above, j) + usize::from(letter != other);
            let mut best = replaced.min(cell(above, j + 1) + 1).min(cell(&row, j) + 1);
            let swapped = i > 0 && j > 0 && a.get(i - 1) == Some(other) && b.get(j - 1) == Some(letter);
            if let (true, Some(before)) = (swapped, rows.len().checked_sub(2).and_then(|at| rows.get(at))) {
                best = best.min(cell(before, j - 1) + 1);
            }
            row.push(best);
        }
        rows.push(row);
    }
    rows.last().and_then(|row| row.last()).copied().unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn near_words_are_found() {
        let known = ["threshold", "quorum", "voting"];
        assert_eq!(nearest("treshold", known), Some("threshold"));
        assert_eq!(nearest("qourum", known), Some("quorum"));
        assert_eq!(nearest("votign", known), Some("voting"));
        assert_eq!(nearest("cost", known), None);
        assert_eq!(nearest(&"x".repeat(100_000), known), None);
    }
}

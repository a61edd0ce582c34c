//! Patterns of paths.

/// A pattern: `*` stands for any run of characters, dots and nothing included, `?` for any one character, and
/// everything else for itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern(String);

impl Pattern {
    /// Whether the whole path matches.
    pub fn matches(&self, path: &str) -> bool {
        let (pattern, path): (Vec<char>, Vec<char>) = (self.0.chars().collect(), path.chars().collect());
        let (mut at, mut seen) = (0, 0);
        // The last star and how much of the path it has been given; it takes one more when what follows fails.
        let mut star = None;
        while seen < path.len() {
            match pattern.get(at) {
                Some('*') => {
                    star = Some((at, seen));
                    at += 1;
                }
                Some(&c) if c == '?' || c == path[seen] => {
                    at += 1;
                    seen += 1;
                }
                _ => {
                    let Some((position, taken)) = star else { return false };
                    star = Some((position, taken + 1));
                    (at, seen) = (position + 1, taken + 1);
                }
            }
        }
        pattern[at..].iter().all(|&c| c == '*')
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<&str> for Pattern {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stars_match_any_run_and_question_marks_one_character() {
        let rows = [
            ("*.bias", "encoder.0.bias", true),
            ("*.bias", "bias", false),
            ("*bias", "bias", true),
            ("encoder.*", "encoder.0.weight", true),
            ("encoder.*", "decoder.encoder.0", false),
            ("*.?.weight", "encoder.0.weight", true),
            ("*.?.weight", "encoder.10.weight", false),
            ("*.??.weight", "encoder.10.weight", true),
            ("a*b*c", "a.b.b.d.c", true),
            ("a*b*c", "a.c.b", false),
            ("*", "", true),
            ("", "", true),
            ("", "a", false),
            ("?", "", false),
            ("**", "a.b", true),
            ("ä?ö", "äéö", true),
            ("[ab].*", "a.x", false),
            ("*ab", "aab", true),
            ("*aab*", "aaab", true),
        ];
        for (pattern, path, expected) in rows {
            assert_eq!(Pattern::from(pattern).matches(path), expected, "{pattern:?} and {path:?}");
        }
    }
}

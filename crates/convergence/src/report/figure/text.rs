//! Text widths and line breaks.

/// The estimated width of a text. The fonts of the reader are unknown, so this follows a wide sans serif.
pub(super) fn width(text: &str, size: f64, bold: bool) -> f64 {
    let weight = if bold { 1.12 } else { 1.0 };
    text.chars().map(advance).sum::<f64>() * weight * size
}

/// In ems.
fn advance(letter: char) -> f64 {
    match letter {
        'i' | 'j' | 'l' | 't' | 'f' | 'I' | ' ' | '.' | ',' | ':' | ';' | '\'' | '|' | '(' | ')' | '['
        | ']' => 0.4,
        'm' | 'w' | 'M' | 'W' | '%' | '@' => 1.0,
        letter if letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '-' => 0.63,
        letter if letter < '\u{2E80}' => 0.84,
        // Letters of East Asian scripts fill a square.
        _ => 1.0,
    }
}

/// The text in lines that fit into the given width; words longer than a line are split.
pub(super) fn wrap(text: &str, size: f64, bold: bool, available: f64) -> Vec<String> {
    let fits = |text: &str| width(text, size, bold) <= available;
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace().flat_map(|word| split(word, fits)) {
        match lines.last_mut() {
            Some(line) if fits(&format!("{line} {word}")) => {
                line.push(' ');
                line.push_str(&word);
            }
            _ => lines.push(word),
        }
    }
    lines
}

fn split(word: &str, fits: impl Fn(&str) -> bool) -> Vec<String> {
    let mut parts = vec![String::new()];
    for letter in word.chars() {
        match parts.last_mut() {
            Some(part) if part.is_empty() || fits(&format!("{part}{letter}")) => part.push(letter),
            _ => parts.push(letter.to_string()),
        }
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_fit_and_keep_every_word() {
        let text = "a title of several words and one unreasonablylongwordwithoutanyspace";
        let lines = wrap(text, 10.0, true, 100.0);
        assert!(lines.len() > 1);
        assert!(lines.iter().all(|line| width(line, 10.0, true) <= 100.0));
        let letters = |text: &str| text.chars().filter(|c| !c.is_whitespace()).collect::<String>();
        assert_eq!(letters(&lines.concat()), letters(text));
    }

    #[test]
    fn no_text_has_no_lines() {
        assert!(wrap(" \n", 10.0, false, 100.0).is_empty());
        assert_eq!(wrap("ab", 10.0, false, 0.0), ["a", "b"]);
    }
}

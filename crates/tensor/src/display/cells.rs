//! Texts of the elements of one tensor, of equal length, so that columns are aligned.

use std::any::Any;
use std::fmt::LowerExp;

use crate::{Element, Real};

/// Digits behind the point at most, where none are asked for.
const PRECISION: usize = 8;

/// Numbers from here on are written in powers of ten, ...
const LARGE: f64 = 1e8;

/// ... and so are those below this ...
const SMALL: f64 = 1e-4;

/// ... and those of which the largest is more than this many times the smallest.
const WIDE: f64 = 1e3;

/// What a format string asks for.
pub(super) struct Style {
    /// Exactly so many digits behind the point.
    pub(super) precision: Option<usize>,
    /// At least so many characters.
    pub(super) width: usize,
    /// A sign in front of positive numbers, too.
    pub(super) plus: bool,
}

/// The texts of all elements that are shown.
pub(super) fn cells<T: Element>(elements: Vec<T>, style: &Style) -> Vec<String> {
    let any: &dyn Any = &elements;
    let mut texts = if let Some(floats) = any.downcast_ref::<Vec<f64>>() {
        float_texts(floats, style)
    } else if let Some(floats) = any.downcast_ref::<Vec<f32>>() {
        float_texts(floats, style)
    } else {
        let plus = style.plus && T::ANY_BITS;
        elements.iter().map(|x| if plus { format!("{x:+}") } else { x.to_string() }).collect()
    };
    let width = texts.iter().map(String::len).max().unwrap_or(0).max(style.width);
    for text in &mut texts {
        *text = format!("{text:>width$}");
    }
    texts
}

/// Texts whose points are aligned; those of infinities and NaN end where the others do.
fn float_texts<T: Real + LowerExp>(elements: &[T], style: &Style) -> Vec<String> {
    let finite: Vec<T> = elements.iter().copied().filter(|x| x.is_finite()).collect();
    let powers = in_powers_of_ten(&finite);
    let split = if powers { scientific } else { positional };
    let mut parts: Vec<_> = finite.iter().map(|&x| split(x, style.precision)).collect();
    let digits = parts.iter().map(|parts| parts[1].len()).max().unwrap_or(0);
    if powers {
        // Factors are filled up with digits, numbers without a power with spaces.
        parts = finite.iter().map(|&x| scientific(x, Some(digits))).collect();
    }
    let power_width = parts.iter().map(|parts| parts[2].len()).max().unwrap_or(0);
    let mut parts = parts.iter();
    let mut texts = Vec::new();
    for &x in elements {
        let mut text = if x.is_finite() {
            let Some([whole, fraction, power]) = parts.next() else {
                unreachable!("parts of every finite element")
            };
            match power.split_at_checked(1) {
                None => format!("{whole}.{fraction:<digits$}"),
                Some((sign, power)) => {
                    format!("{whole}.{fraction}e{sign}{power:0>width$}", width = power_width - 1)
                }
            }
        } else if x.is_nan() {
            "nan".to_owned()
        } else {
            if x > T::zero() { "inf" } else { "-inf" }.to_owned()
        };
        if style.plus && !text.starts_with('-') && !x.is_nan() {
            text.insert(0, '+');
        }
        texts.push(text);
    }
    texts
}

/// NumPy's choice, which looks at the nonzero elements; its comparisons are made in the type of the elements.
fn in_powers_of_ten<T: Real>(finite: &[T]) -> bool {
    let mut range: Option<(T, T)> = None;
    for x in finite.iter().map(|x| x.abs()).filter(|x| !x.is_zero()) {
        let (least, largest) = range.unwrap_or((x, x));
        range = Some((least.minimum(x), largest.maximum(x)));
    }
    range.is_some_and(|(least, largest)| {
        largest >= T::constant(LARGE) || least < T::constant(SMALL) || largest / least > T::constant(WIDE)
    })
}

/// The digits in front of the point and behind it: exactly so many, or as few as tell the number from its neighbours,
/// rounded to [`PRECISION`].
fn positional<T: Real>(x: T, precision: Option<usize>) -> [String; 3] {
    let text = match precision {
        Some(precision) => format!("{x:.precision$}"),
        None => {
            let shortest = x.to_string();
            let digits = shortest.split_once('.').map_or(0, |(_, digits)| digits.len());
            if digits <= PRECISION { shortest } else { format!("{x:.PRECISION$}") }
        }
    };
    let (whole, fraction) = split_at_point(&text, precision);
    [whole, fraction, String::new()]
}

/// The same of the factor of a power of ten, and the power with its sign.
fn scientific<T: Real + LowerExp>(x: T, precision: Option<usize>) -> [String; 3] {
    let text = match precision {
        Some(precision) => format!("{x:.precision$e}"),
        None => {
            let shortest = format!("{x:e}");
            let digits = shortest.split_once('.').and_then(|(_, rest)| rest.find('e')).unwrap_or(0);
            if digits <= PRECISION { shortest } else { format!("{x:.PRECISION$e}") }
        }
    };
    let (factor, power) = text.split_once('e').unwrap_or((&text, "0"));
    let (whole, fraction) = split_at_point(factor, precision);
    let (sign, power) = power.strip_prefix('-').map_or(('+', power), |power| ('-', power));
    [whole, fraction, format!("{sign}{power:0>2}")]
}

/// The digits in front of the point and those behind it, without zeros at the end that nobody asked for.
fn split_at_point(text: &str, precision: Option<usize>) -> (String, String) {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let fraction = if precision.is_none() { fraction.trim_end_matches('0') } else { fraction };
    (whole.to_owned(), fraction.to_owned())
}

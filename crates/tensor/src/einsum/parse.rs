//! The notation: from text and shapes to one letter per axis.

use std::error::Error;
use std::fmt;

use crate::Shape;
use crate::shape::MAX_RANK;

/// An expression that is malformed or does not fit its operands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EinsumError {
    expression: String,
    shapes: Vec<Shape>,
    fault: String,
}

impl EinsumError {
    pub(super) fn new(expression: &str, shapes: &[Shape], fault: String) -> Self {
        Self { expression: expression.to_owned(), shapes: shapes.to_vec(), fault }
    }
}

impl fmt::Display for EinsumError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "einsum: {:?} of {}: {}", self.expression, list(&self.shapes), self.fault)
    }
}

impl Error for EinsumError {}

pub(super) fn list(shapes: &[Shape]) -> String {
    if shapes.is_empty() {
        return "no operands".to_owned();
    }
    shapes.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

/// The names of the axes that `...` stands for; the last one is the last axis.
const ELLIPSIS: [char; MAX_RANK] = ['α', 'β', 'γ', 'δ', 'ε', 'ζ', 'η', 'θ'];

/// An expression with a letter for every axis.
#[derive(Debug)]
pub(super) struct Expression {
    /// The letters of the axes of each operand.
    pub(super) operands: Vec<Vec<char>>,
    pub(super) output: Vec<char>,
    /// All letters in the order of their first appearance, with their extents.
    pub(super) letters: Vec<(char, usize)>,
}

impl Expression {
    pub(super) fn extent(&self, letter: char) -> usize {
        self.letters.iter().find(|known| known.0 == letter).map_or(1, |known| known.1)
    }
}

/// One side of a comma or of the arrow.
struct Term {
    before: Vec<char>,
    /// The letters behind the ellipsis, if there is one.
    after: Option<Vec<char>>,
}

impl Term {
    fn parse(text: &str) -> Result<Self, String> {
        let letters = |part: &str| {
            let stray = part.chars().find(|letter| !letter.is_ascii_alphabetic());
            stray
                .map_or_else(|| Ok(part.chars().collect()), |stray| Err(format!("{stray:?} is not a letter")))
        };
        Ok(match text.split_once("...") {
            Some((before, after)) => Self { before: letters(before)?, after: Some(letters(after)?) },
            None => Self { before: letters(text)?, after: None },
        })
    }

    fn letters(&self) -> usize {
        self.before.len() + self.after.as_ref().map_or(0, Vec::len)
    }

    /// All letters, with names for the axes of the ellipsis.
    fn expand(self, ellipsis: &[char]) -> Vec<char> {
        let mut letters = self.before;
        if let Some(after) = self.after {
            letters.extend(ellipsis);
            letters.extend(after);
        }
        letters
    }
}

pub(super) fn parse(expression: &str, shapes: &[Shape]) -> Result<Expression, String> {
    let compact: String = expression.chars().filter(|letter| !letter.is_whitespace()).collect();
    let (inputs, output) = match compact.split_once("->") {
        Some((inputs, output)) => (inputs, Some(output)),
        None => (compact.as_str(), None),
    };
    let terms = inputs.split(',').map(Term::parse).collect::<Result<Vec<_>, _>>()?;
    if terms.len() != shapes.len() {
        return Err(format!("{} operands are named, {} given", terms.len(), shapes.len()));
    }
    let covered = terms.iter().zip(shapes).enumerate().map(|(operand, (term, shape))| {
        let (letters, rank) = (term.letters(), shape.rank());
        match &term.after {
            None if letters != rank => {
                Err(format!("operand {operand} has {rank} axes and {letters} letters"))
            }
            _ => rank.checked_sub(letters).ok_or_else(|| {
                format!("operand {operand} has {rank} axes, fewer than its {letters} letters")
            }),
        }
    });
    let covered = covered.collect::<Result<Vec<usize>, _>>()?;
    let broadcast = covered.iter().copied().max().unwrap_or(0);
    let ellipsis = |rank: usize| &ELLIPSIS[MAX_RANK - rank..];
    let operands: Vec<Vec<char>> =
        terms.into_iter().zip(&covered).map(|(term, &rank)| term.expand(ellipsis(rank))).collect();
    let letters = extents(&operands, shapes)?;
    let output = match output {
        Some(output) => Term::parse(output)?.expand(ellipsis(broadcast)),
        None => {
            let once =
                |letter: char| operands.iter().flatten().filter(|&&other| other == letter).count() == 1;
            let mut named: Vec<char> =
                letters.iter().map(|known| known.0).filter(|&l| l.is_ascii_alphabetic() && once(l)).collect();
            named.sort_unstable();
            [ellipsis(broadcast), &named].concat()
        }
    };
    for (axis, letter) in output.iter().enumerate() {
        if output[..axis].contains(letter) {
            return Err(format!("{letter:?} stands twice in the result"));
        }
        if !letters.iter().any(|known| known.0 == *letter) {
            return Err(format!("{letter:?} stands in the result, but in no operand"));
        }
    }
    if output.len() > MAX_RANK {
        return Err(format!("the result has {} axes, more than {MAX_RANK}", output.len()));
    }
    Ok(Expression { operands, output, letters })
}

/// The letters with the extents that their axes agree on; those of extent 1 agree with any.
fn extents(operands: &[Vec<char>], shapes: &[Shape]) -> Result<Vec<(char, usize)>, String> {
    let mut known: Vec<(char, usize, usize)> = Vec::new();
    for (operand, (letters, shape)) in operands.iter().zip(shapes).enumerate() {
        for (axis, (&letter, &extent)) in letters.iter().zip(shape.iter()).enumerate() {
            if let Some(first) = letters[..axis].iter().position(|&other| other == letter)
                && shape[first] != extent
            {
                return Err(format!(
                    "{letter:?} has extents {} and {extent} in operand {operand}",
                    shape[first]
                ));
            }
            match known.iter_mut().find(|known| known.0 == letter) {
                None => known.push((letter, extent, operand)),
                Some((_, agreed, _)) if *agreed == extent || extent == 1 => {}
                Some(entry) if entry.1 == 1 => *entry = (letter, extent, operand),
                Some(&mut (_, agreed, first)) => {
                    let what =
                        if letter.is_ascii_alphabetic() { format!("{letter:?}") } else { "'...'".into() };
                    return Err(format!(
                        "{what} has extent {agreed} in operand {first} and {extent} in operand {operand}"
                    ));
                }
            }
        }
    }
    Ok(known.into_iter().map(|(letter, extent, _)| (letter, extent)).collect())
}

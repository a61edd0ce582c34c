//! Texts of tensors: those of NumPy's `array2string(x, separator=', ')`, with nested brackets, aligned columns and
//! summarised middles.
//!
//! The differences: truth values are written as in Rust (`true`), a tensor of rank 0 as its element alone, with all
//! its digits, and a precision asked for (`{:.3}`) gives exactly so many digits.

mod cells;

use std::fmt;

use self::cells::{Style, cells};
use crate::{Element, Tensor};

/// Elements beyond which long axes show their ends only.
const SUMMARISE_ABOVE: usize = 1000;

/// Elements shown at each end of a summarised axis.
const EDGE: usize = 3;

/// Characters of a line at most.
const LINE_WIDTH: usize = 75;

const SEPARATOR: &str = ", ";
const GAP: &str = "...";

/// The rows of an axis that are shown; `None` stands for those left out.
fn shown_rows(extent: usize, summarise: bool) -> impl Iterator<Item = Option<usize>> {
    let cut = summarise && extent > 2 * EDGE;
    let (head, tail) = if cut { (EDGE, extent - EDGE) } else { (extent, extent) };
    (0..head).map(Some).chain(cut.then_some(None)).chain((tail..extent).map(Some))
}

fn collect_shown<T: Element>(tensor: &Tensor<T>, summarise: bool, shown: &mut Vec<T>) {
    if tensor.rank() == 0 {
        shown.push(tensor.item());
        return;
    }
    for row in shown_rows(tensor.shape()[0], summarise).flatten() {
        collect_shown(&tensor.row(row), summarise, shown);
    }
}

/// Brackets and line breaks around the texts of the shown elements.
struct Nest<I> {
    cells: I,
    summarise: bool,
}

impl<I: Iterator<Item = String>> Nest<I> {
    /// The text of a block that begins behind `indent` characters and whose lines, closing brackets of outer blocks
    /// not counted, end within `width`.
    fn block(&mut self, shape: &[usize], indent: usize, width: usize) -> String {
        let Some((&extent, inner)) = shape.split_first() else {
            return self.cells.next().unwrap_or_default();
        };
        let (mut text, mut line) = (String::new(), " ".repeat(indent));
        // Behind each element there must be room for a separator or a bracket.
        let line_end = width.saturating_sub(1);
        for (position, row) in shown_rows(extent, self.summarise).enumerate() {
            let word = match row {
                Some(_) => self.block(inner, indent + 1, width.saturating_sub(1)),
                None => GAP.to_owned(),
            };
            if inner.is_empty() {
                if position > 0 {
                    line.push_str(SEPARATOR);
                }
                if line.len() + word.len() > line_end && line.len() > indent {
                    text.push_str(line.trim_end());
                    text.push('\n');
                    line = " ".repeat(indent);
                }
            } else if position > 0 {
                text.push_str(&line);
                text.push_str(SEPARATOR.trim_end());
                text.push_str(&"\n".repeat(inner.len()));
                line = " ".repeat(indent);
            }
            line.push_str(&word);
        }
        text.push_str(&line);
        format!("[{}]", &text[indent..])
    }
}

impl<T: Element> Tensor<T> {
    /// The text as it stands behind `prefix` characters.
    fn text(&self, f: &fmt::Formatter<'_>, prefix: usize) -> String {
        if self.is_empty() {
            return "[]".to_owned();
        }
        let summarise = self.len() > SUMMARISE_ABOVE;
        let mut shown = Vec::new();
        collect_shown(self, summarise, &mut shown);
        let style = Style { precision: f.precision(), width: f.width().unwrap_or(0), plus: f.sign_plus() };
        let cells = cells(shown, &style).into_iter();
        Nest { cells, summarise }.block(&self.shape(), prefix + 1, LINE_WIDTH)
    }
}

impl<T: Element> fmt::Display for Tensor<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.rank() == 0 {
            return fmt::Display::fmt(&self.item(), f);
        }
        f.write_str(&self.text(f, 0))
    }
}

impl<T: Element> fmt::Debug for Tensor<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const PREFIX: &str = "Tensor(";
        f.write_str(PREFIX)?;
        if self.rank() == 0 {
            fmt::Display::fmt(&self.item(), f)?;
        } else {
            f.write_str(&self.text(f, PREFIX.len()))?;
        }
        write!(f, ", shape={}, dtype={})", self.shape(), T::DTYPE)
    }
}

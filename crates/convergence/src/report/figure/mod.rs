//! Small multiples of the gap against steps, as SVG.

mod axis;
mod frame;
mod layout;
mod legend;
mod scene;
mod style;
mod text;
mod trace;
mod view;

use std::path::{Path, PathBuf};

/// What a curve belongs to; it decides the colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Series {
    /// Settings chosen from μ and L.
    Certified,
    /// PyTorch's default settings.
    Defaults,
}

/// What a curve shows; it decides the line style.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Line {
    /// The measured gap: solid.
    Measured,
    /// The certified bound: dashed.
    Bound,
    /// The floor that noise or instability leaves: dotted.
    Floor,
}

/// One line of a panel.
#[derive(Clone, Debug)]
pub struct Curve {
    /// Colour.
    pub series: Series,
    /// Style.
    pub line: Line,
    /// (steps, gap), gaps positive.
    pub points: Vec<(f64, f64)>,
}

/// One plot.
#[derive(Clone, Debug)]
pub struct Panel {
    /// Such as "Adam, batch".
    pub title: String,
    /// Its curves.
    pub curves: Vec<Curve>,
}

/// A grid of panels.
#[derive(Clone, Debug)]
pub struct Figure {
    /// The objective and its formula.
    pub title: String,
    /// One line below it, such as the constants.
    pub subtitle: String,
    /// In reading order.
    pub panels: Vec<Panel>,
}

/// Why a figure could not be written.
#[derive(Debug, thiserror::Error)]
#[error("figure {}: {reason}", path.display())]
pub struct FigureError {
    /// The file.
    pub path: PathBuf,
    /// What the drawing library says.
    pub reason: String,
}

impl Figure {
    /// Writes the figure as SVG, the same bytes for the same figure.
    ///
    /// Every panel shows log₁₀ of the gap against the steps of its longest measured curve. Points that such a
    /// plot cannot show (not finite, or not positive) are left out, and a panel without any says so. A bound
    /// or floor that lies wholly outside the measured range is named under the title of its panel.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn write_svg(&self, path: &Path) -> Result<(), FigureError> {
        let fail = |reason: String| FigureError { path: path.to_owned(), reason };
        let svg = layout::scene(self).to_svg().map_err(fail)?;
        std::fs::write(path, svg).map_err(|error| fail(error.to_string()))
    }
}

#[cfg(test)]
mod tests;

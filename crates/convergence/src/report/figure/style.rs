//! Colours, line styles and font sizes.

use plotters::style::RGBColor;

use super::{Line, Series};

/// Titles, frames and axis labels.
pub(super) const INK: RGBColor = RGBColor(34, 34, 34);
/// Notes, which are secondary to titles.
pub(super) const MUTED: RGBColor = RGBColor(90, 90, 90);
/// Grid lines, which must stay behind the curves.
pub(super) const GRID: RGBColor = RGBColor(225, 225, 225);

/// Font size of the figure title.
pub(super) const TITLE: f64 = 20.0;
/// Font size of the subtitle.
pub(super) const SUBTITLE: f64 = 14.0;
/// Font size of the panel titles.
pub(super) const PANEL_TITLE: f64 = 14.0;
/// Font size of the axis descriptions.
pub(super) const AXIS: f64 = 13.0;
/// Font size of tick labels and notes.
pub(super) const SMALL: f64 = 12.0;
/// Font size of the legend.
pub(super) const LEGEND: f64 = 14.0;

/// In the order of the legend.
pub(super) const ALL_SERIES: [Series; 2] = [Series::Certified, Series::Defaults];
/// In the order of the legend.
pub(super) const ALL_LINES: [Line; 3] = [Line::Measured, Line::Bound, Line::Floor];

impl Series {
    /// The colour, dark for one and light for the other so that they differ without colour too.
    pub(super) fn color(self) -> RGBColor {
        match self {
            Self::Certified => RGBColor(20, 50, 110),
            Self::Defaults => RGBColor(240, 135, 25),
        }
    }

    /// What the legend calls it.
    pub(super) fn label(self) -> &'static str {
        match self {
            Self::Certified => "certified settings",
            Self::Defaults => "PyTorch defaults",
        }
    }
}

impl Line {
    /// What the legend calls it.
    pub(super) fn label(self) -> &'static str {
        match self {
            Self::Measured => "measured",
            Self::Bound => "certified bound",
            Self::Floor => "floor",
        }
    }

    /// Lengths drawn and left blank in turn, not counting the round caps.
    pub(super) fn dashes(self) -> Option<(f64, f64)> {
        match self {
            Self::Measured => None,
            Self::Bound => Some((7.0, 5.0)),
            // A dash without length is a dot, by its caps.
            Self::Floor => Some((0.0, 4.5)),
        }
    }

    /// Stroke width. A solid line of the defaults is wider, since the certified one is drawn above it and
    /// would hide it where they coincide.
    pub(super) fn width(self, series: Series) -> f64 {
        match (self, series) {
            (Self::Measured, Series::Defaults) => 2.5,
            (Self::Measured, Series::Certified) => 1.75,
            (Self::Bound, _) => 1.5,
            (Self::Floor, _) => 2.25,
        }
    }
}

//! The legend: colour for the series, style for the line.

use plotters::style::text_anchor::HPos;

use super::scene::{Label, Rule, Scene, Stroke};
use super::style::{self, ALL_LINES, ALL_SERIES, INK};
use super::trace::Point;
use super::{Line, Series, text};

const HEIGHT: f64 = 20.0;
/// Length of a sample.
const SAMPLE: f64 = 36.0;
/// Between a sample and its text.
const SAMPLE_GAP: f64 = 8.0;
/// Between entries.
const ENTRY_GAP: f64 = 24.0;
/// A patch rather than a line, since the colour holds for every style.
const PATCH: f64 = 11.0;

#[derive(Clone, Copy)]
enum Entry {
    Colour(Series),
    Style(Line),
}

/// Adds the legend of the strokes on the page, centred below `y`, and gives the y below it.
pub(super) fn draw(scene: &mut Scene, page_width: f64, y: f64) -> f64 {
    let entries = entries(&scene.strokes);
    if entries.is_empty() {
        return y;
    }
    let total: f64 = entries.iter().map(|entry| entry.width()).sum();
    let mut x = (page_width - total + ENTRY_GAP) / 2.0;
    for entry in entries {
        entry.draw(scene, (x, y + HEIGHT / 2.0));
        x += entry.width();
    }
    y + HEIGHT
}

/// Those of which something is seen.
fn entries(strokes: &[Stroke]) -> Vec<Entry> {
    let series =
        ALL_SERIES.into_iter().filter(|&series| strokes.iter().any(|stroke| stroke.series == series));
    let lines = ALL_LINES.into_iter().filter(|&line| strokes.iter().any(|stroke| stroke.line == line));
    series.map(Entry::Colour).chain(lines.map(Entry::Style)).collect()
}

impl Entry {
    fn label(self) -> &'static str {
        match self {
            Self::Colour(series) => series.label(),
            Self::Style(line) => line.label(),
        }
    }

    fn width(self) -> f64 {
        SAMPLE + SAMPLE_GAP + text::width(self.label(), style::LEGEND, false) + ENTRY_GAP
    }

    fn draw(self, scene: &mut Scene, from: Point) {
        let to = (from.0 + SAMPLE, from.1);
        let points = vec![from, to];
        match self {
            Self::Colour(series) => scene.rules.push(Rule { points, width: PATCH, color: series.color() }),
            // Drawn in the layer of a series, in no series' colour.
            Self::Style(line) => {
                scene.strokes.push(Stroke { series: Series::Certified, line, color: INK, points });
            }
        }
        let at = (to.0 + SAMPLE_GAP, to.1);
        scene.labels.push(Label::new(self.label(), at, style::LEGEND, HPos::Left));
    }
}

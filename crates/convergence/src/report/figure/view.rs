//! What a panel shows of its curves: the window, the pieces of curves in it and notes on what is outside.

use super::trace::{self, Point, Window};
use super::{Curve, Line, Panel, Series};

/// Points per measured curve, about one per pixel.
const MOST_POINTS: usize = 400;
/// Points per bound or floor; these are smooth.
const MOST_SMOOTH_POINTS: usize = 150;
/// Below the reference gap, what a double can resolve.
const DECADES_BELOW: f64 = 16.0;
/// Above the reference gap, so that one diverging run does not flatten the other.
const DECADES_ABOVE: f64 = 8.0;
/// How far bounds and floors may widen the range of the measured gaps.
const DECADES_FOR_THEORY: f64 = 2.0;
/// Less would magnify noise.
const FEWEST_DECADES: f64 = 1.0;
/// Room between curves and frame, relative to the height.
const PADDING: f64 = 0.04;

/// A piece of a curve inside the window.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Piece {
    /// Of the curve.
    pub(super) series: Series,
    /// Of the curve.
    pub(super) line: Line,
    /// At least two.
    pub(super) points: Vec<Point>,
}

/// A panel reduced to what is drawn.
#[derive(Clone, Debug)]
pub(super) struct View {
    /// The title of the panel.
    pub(super) title: String,
    /// `None` without usable points.
    pub(super) window: Option<Window>,
    /// Of all curves.
    pub(super) pieces: Vec<Piece>,
    /// On curves that are not seen, so that their absence is not misread.
    pub(super) notes: String,
}

struct Trace {
    series: Series,
    line: Line,
    points: Vec<Point>,
}

impl View {
    /// Reduces a panel.
    pub(super) fn new(panel: &Panel) -> Self {
        let traces: Vec<Trace> = panel.curves.iter().map(Trace::new).collect();
        let window = window(&traces);
        let mut view = Self { title: panel.title.clone(), window, pieces: Vec::new(), notes: String::new() };
        let Some(window) = window else { return view };
        let mut notes: Vec<String> = Vec::new();
        for trace in &traces {
            let pieces = trace::visible(&trace.points, window, trace.most_points());
            notes.extend(pieces.is_empty().then(|| trace.note(window)).flatten());
            let piece = |points| Piece { series: trace.series, line: trace.line, points };
            view.pieces.extend(pieces.into_iter().map(piece));
        }
        notes.sort();
        notes.dedup();
        view.notes = notes.join("; ");
        view
    }
}

impl Trace {
    fn new(curve: &Curve) -> Self {
        Self { series: curve.series, line: curve.line, points: trace::usable(&curve.points) }
    }

    fn most_points(&self) -> usize {
        if self.line == Line::Measured { MOST_POINTS } else { MOST_SMOOTH_POINTS }
    }

    fn lowest(&self) -> f64 {
        self.points.iter().map(|point| point.1).fold(f64::INFINITY, f64::min)
    }

    fn highest(&self) -> f64 {
        self.points.iter().map(|point| point.1).fold(f64::NEG_INFINITY, f64::max)
    }

    /// Why no piece of it is seen.
    fn note(&self, window: Window) -> Option<String> {
        let (series, line) = (self.series.label(), self.line.label());
        match self.points.first() {
            // A bound or floor without points is one that the method does not have.
            None if self.line != Line::Measured => None,
            None => Some(format!("{series}: no finite points")),
            Some(first) if first.1 > window.top => Some(format!("{line} above the range")),
            Some(first) if first.1 < window.bottom => Some(format!("{line} below the range")),
            Some(_) => Some(format!("{line} outside the range")),
        }
    }
}

fn window(traces: &[Trace]) -> Option<Window> {
    let shown: Vec<&Trace> = traces.iter().filter(|trace| !trace.points.is_empty()).collect();
    let (measured, theory): (Vec<&Trace>, Vec<&Trace>) =
        shown.iter().partition(|trace| trace.line == Line::Measured);
    let (main, theory) = if measured.is_empty() { (shown, Vec::new()) } else { (measured, theory) };
    let last = main.iter().filter_map(|trace| trace.points.last()).map(|point| point.0).reduce(f64::max)?;
    let (bottom, top) = widen(measured_range(&main), &theory, last);
    let middle = (bottom + top) / 2.0;
    let half = (top - bottom).max(FEWEST_DECADES) * (0.5 + PADDING);
    // A run of no steps still needs an axis.
    let last = if last > 0.0 { last } else { 1.0 };
    Some(Window { last, bottom: middle - half, top: middle + half })
}

/// From the smallest to the largest measured gap, within limits around the reference: the largest first gap
/// or, should every curve rise above it, the lowest of their peaks.
fn measured_range(main: &[&Trace]) -> (f64, f64) {
    let first = main.iter().map(|trace| trace.points[0].1).fold(f64::NEG_INFINITY, f64::max);
    let lowest_peak = main.iter().map(|trace| trace.highest()).fold(f64::INFINITY, f64::min);
    let reference = first.max(lowest_peak);
    let bottom = main.iter().map(|trace| trace.lowest()).fold(f64::INFINITY, f64::min);
    let top = main.iter().map(|trace| trace.highest()).fold(f64::NEG_INFINITY, f64::max);
    (bottom.max(reference - DECADES_BELOW), top.min(reference + DECADES_ABOVE))
}

/// Makes some room for bounds above and for floors on both sides.
fn widen((bottom, top): (f64, f64), theory: &[&Trace], last: f64) -> (f64, f64) {
    let gaps = |trace: &&&Trace| -> Vec<f64> {
        trace.points.iter().filter(|point| point.0 <= last).map(|point| point.1).collect()
    };
    let highest = theory.iter().flat_map(|trace| gaps(&trace)).fold(top, f64::max);
    let floors = theory.iter().filter(|trace| trace.line == Line::Floor);
    let lowest = floors.flat_map(|trace| gaps(&trace)).fold(bottom, f64::min);
    // No floor makes visible what a double cannot resolve.
    let deepest = (top - DECADES_BELOW).min(bottom).max(bottom - DECADES_FOR_THEORY);
    (lowest.max(deepest), highest.min(top + DECADES_FOR_THEORY))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(curves: &[(Line, &[(f64, f64)])]) -> Window {
        let curve = |&(line, points): &(Line, &[(f64, f64)])| {
            let points = points.to_vec();
            Curve { series: Series::Certified, line, points }
        };
        let panel = Panel { title: String::new(), curves: curves.iter().map(curve).collect() };
        View::new(&panel).window.unwrap()
    }

    /// The decades shown, without the padding.
    fn decades(window: Window) -> [f64; 2] {
        let padding = (window.top - window.bottom) * PADDING / (1.0 + 2.0 * PADDING);
        [window.bottom + padding, window.top - padding].map(|edge| (edge * 1e6).round() / 1e6)
    }

    #[test]
    fn steps_end_with_the_longest_measured_curve() {
        let short: &[_] = &[(0.0, 1.0), (10.0, 0.1)];
        let long: &[_] = &[(0.0, 1.0), (500.0, 0.1)];
        let bound: &[_] = &[(0.0, 2.0), (9e9, 0.1)];
        assert_eq!(
            seen(&[(Line::Measured, short), (Line::Measured, long), (Line::Bound, bound)]).last,
            500.0
        );
        assert_eq!(seen(&[(Line::Bound, bound)]).last, 9e9);
    }

    #[test]
    fn gaps_reach_from_the_smallest_to_the_largest() {
        assert_eq!(decades(seen(&[(Line::Measured, &[(0.0, 1e3), (1.0, 1e-4)])])), [-4.0, 3.0]);
        assert_eq!(decades(seen(&[(Line::Measured, &[(0.0, 1e3), (1.0, 1e-40)])])), [-13.0, 3.0]);
        assert_eq!(decades(seen(&[(Line::Measured, &[(0.0, 1.0), (1.0, 1.0)])])), [-0.5, 0.5]);
    }

    #[test]
    fn a_diverging_run_does_not_hide_the_other() {
        let diverging: &[_] = &[(0.0, 1.0), (1.0, 1e200)];
        let converging: &[_] = &[(0.0, 1.0), (1.0, 1e-5)];
        assert_eq!(decades(seen(&[(Line::Measured, converging), (Line::Measured, diverging)])), [-5.0, 8.0]);
        assert_eq!(decades(seen(&[(Line::Measured, diverging)])), [184.0, 200.0]);
    }

    #[test]
    fn bounds_and_floors_widen_the_range_a_little() {
        let measured: (Line, &[_]) = (Line::Measured, &[(0.0, 1.0), (1.0, 1e-5)]);
        assert_eq!(decades(seen(&[measured, (Line::Bound, &[(0.0, 10.0), (1.0, 1e-9)])])), [-5.0, 1.0]);
        assert_eq!(decades(seen(&[measured, (Line::Bound, &[(0.0, 1e9), (1.0, 1.0)])])), [-5.0, 2.0]);
        assert_eq!(decades(seen(&[measured, (Line::Floor, &[(0.0, 1e-9), (1.0, 1e-9)])])), [-7.0, 0.0]);
        let deep: (Line, &[_]) = (Line::Measured, &[(0.0, 1.0), (1.0, 1e-15)]);
        assert_eq!(decades(seen(&[deep, (Line::Floor, &[(0.0, 1e-17), (1.0, 1e-17)])])), [-16.0, 0.0]);
    }
}

//! One panel: frame, ticks, grid and curves.

use plotters::style::text_anchor::HPos;

use super::axis;
use super::scene::{Label, Rule, Scene, Stroke};
use super::style::{self, GRID, INK, MUTED};
use super::trace::{Point, Window};
use super::view::View;

/// What a panel without points says.
pub(super) const NOTHING: &str = "no finite points";

const TICK: f64 = 4.0;
/// Between a tick and its label.
const LABEL_GAP: f64 = 4.0;

/// The rectangle of a plot on the page, in pixels.
#[derive(Clone, Copy, Debug)]
pub(super) struct Frame {
    /// Of the upper left corner.
    pub(super) left: f64,
    /// Of the upper left corner.
    pub(super) top: f64,
    /// To the right.
    pub(super) width: f64,
    /// Downwards.
    pub(super) height: f64,
}

impl Frame {
    /// Halfway from left to right.
    pub(super) fn middle(self) -> f64 {
        self.left + self.width / 2.0
    }

    /// Adds the panel to the page.
    pub(super) fn draw(self, scene: &mut Scene, view: &View) {
        match view.window {
            Some(window) => self.draw_plot(scene, view, window),
            None => scene.labels.push(self.nothing()),
        }
        scene.frames.push(self.outline());
    }

    fn draw_plot(self, scene: &mut Scene, view: &View, window: Window) {
        self.draw_gap_axis(scene, window);
        self.draw_step_axis(scene, window);
        scene.strokes.extend(view.pieces.iter().map(|piece| Stroke {
            series: piece.series,
            line: piece.line,
            color: piece.series.color(),
            points: piece.points.iter().map(|&point| self.place(window, point)).collect(),
        }));
    }

    fn draw_gap_axis(self, scene: &mut Scene, window: Window) {
        for tick in axis::gap_ticks(window.bottom, window.top) {
            let (x, y) = self.place(window, (0.0, tick.at));
            scene.rules.push(Rule::thin((x, y), (x + self.width, y), GRID));
            scene.rules.push(Rule::thin((x - TICK, y), (x, y), INK));
            let at = (x - TICK - LABEL_GAP, y);
            scene.labels.push(Label::new(tick.label, at, style::SMALL, HPos::Right));
        }
    }

    fn draw_step_axis(self, scene: &mut Scene, window: Window) {
        for tick in axis::step_ticks(window.last) {
            let (x, y) = self.place(window, (tick.at, window.bottom));
            scene.rules.push(Rule::thin((x, y - self.height), (x, y), GRID));
            scene.rules.push(Rule::thin((x, y), (x, y + TICK), INK));
            let at = (x, y + TICK + LABEL_GAP + style::SMALL / 2.0);
            scene.labels.push(Label::new(tick.label, at, style::SMALL, HPos::Center));
        }
    }

    fn nothing(self) -> Label {
        let at = (self.middle(), self.top + self.height / 2.0);
        Label::new(NOTHING, at, style::AXIS, HPos::Center).color(MUTED)
    }

    fn outline(self) -> Rule {
        let (right, bottom) = (self.left + self.width, self.top + self.height);
        let corners = [
            (self.left, self.top),
            (right, self.top),
            (right, bottom),
            (self.left, bottom),
            (self.left, self.top),
        ];
        Rule { points: corners.to_vec(), width: 1.0, color: INK }
    }

    fn place(self, window: Window, (steps, gap): Point) -> Point {
        let right = steps / window.last;
        let down = (window.top - gap) / (window.top - window.bottom);
        (self.left + right * self.width, self.top + down * self.height)
    }
}

//! The page: header, grid of panels and legend.

use plotters::style::RGBColor;
use plotters::style::text_anchor::HPos;

use super::frame::{Frame, NOTHING};
use super::scene::{Label, Scene};
use super::style::{self, INK, MUTED};
use super::view::View;
use super::{Figure, legend, text};

const WIDTH: f64 = 1280.0;
const MARGIN: f64 = 16.0;
/// From one line of text to the next, relative to the font size.
const LEADING: f64 = 1.35;
/// For the description of the gap axis.
const DESCRIPTION: f64 = 20.0;
/// For the labels of the gap axis.
const LEFT: f64 = 54.0;
/// For the right half of the last label of the step axis.
const RIGHT: f64 = 18.0;
/// For the labels of the step axis.
const BELOW: f64 = 24.0;
/// Below the header and below each row.
const GAP: f64 = 16.0;
/// Between the titles of neighbours.
const HEADING_GAP: f64 = 14.0;
/// Between the title of a panel and its frame.
const TITLE_GAP: f64 = 4.0;

/// The whole page.
pub(super) fn scene(figure: &Figure) -> Scene {
    let views: Vec<View> = figure.panels.iter().map(View::new).collect();
    let mut scene = Scene::default();
    let mut y = MARGIN;
    y = lines(&mut scene, &figure.title, WIDTH / 2.0, y, &Role::TITLE);
    y = lines(&mut scene, &figure.subtitle, WIDTH / 2.0, y, &Role::SUBTITLE) + GAP;
    y = grid(&mut scene, &views, y);
    y = legend::draw(&mut scene, WIDTH, y);
    scene.size = (WIDTH, (y + MARGIN).ceil());
    scene
}

/// How a line of text looks and how wide it may be.
struct Role {
    size: f64,
    bold: bool,
    color: RGBColor,
    available: f64,
}

impl Role {
    const TITLE: Self = Self { size: style::TITLE, bold: true, color: INK, available: WIDTH - 2.0 * MARGIN };
    const SUBTITLE: Self = Self { size: style::SUBTITLE, bold: false, ..Self::TITLE };
    const PANEL: Self = Self { size: style::PANEL_TITLE, ..Self::TITLE };
    const NOTE: Self = Self { size: style::SMALL, bold: false, color: MUTED, ..Self::TITLE };

    fn within(self, available: f64) -> Self {
        Self { available, ..self }
    }

    fn height(&self, text: &str) -> f64 {
        text::wrap(text, self.size, self.bold, self.available).len() as f64 * self.size * LEADING
    }
}

/// Writes a text centred below `y` and gives the y below it.
fn lines(scene: &mut Scene, text: &str, x: f64, y: f64, role: &Role) -> f64 {
    let step = role.size * LEADING;
    for (index, line) in text::wrap(text, role.size, role.bold, role.available).into_iter().enumerate() {
        let at = (x, y + (index as f64 + 0.5) * step);
        let label = Label::new(line, at, role.size, HPos::Center).color(role.color);
        scene.labels.push(if role.bold { label.bold() } else { label });
    }
    y + role.height(text)
}

fn grid(scene: &mut Scene, views: &[View], mut y: f64) -> f64 {
    if views.is_empty() {
        return lines(scene, NOTHING, WIDTH / 2.0, y, &Role::SUBTITLE);
    }
    let columns = columns(views.len());
    for first in (0..views.len()).step_by(columns) {
        y = row(scene, views, first, columns, y);
    }
    y
}

/// Three or four columns, whichever leaves fewer cells empty.
fn columns(panels: usize) -> usize {
    let empty = |columns: usize| panels.next_multiple_of(columns) - panels;
    match panels {
        0..=2 => panels.max(1),
        _ if empty(3) < empty(4) => 3,
        _ => 4,
    }
}

/// The height of a frame by the number of columns.
fn frame_height(columns: usize) -> f64 {
    match columns {
        1 => 460.0,
        2 => 340.0,
        3 => 215.0,
        _ => 200.0,
    }
}

/// Draws the row that starts with a panel and gives the y below it.
fn row(scene: &mut Scene, views: &[View], first: usize, columns: usize, y: f64) -> f64 {
    let cells = &views[first..views.len().min(first + columns)];
    let pitch = (WIDTH - 2.0 * MARGIN - DESCRIPTION) / columns as f64;
    let heading = Heading::new(pitch);
    let top = y + cells.iter().map(|view| heading.height(view)).fold(0.0, f64::max);
    let height = frame_height(columns);
    // The lowest panel of a column is not always in the last row.
    let is_lowest = |column: usize| first + column + columns >= views.len();
    for (column, view) in cells.iter().enumerate() {
        let left = MARGIN + DESCRIPTION + column as f64 * pitch + LEFT;
        let frame = Frame { left, top, width: pitch - LEFT - RIGHT, height };
        heading.draw(scene, view, frame);
        frame.draw(scene, view);
        if is_lowest(column) {
            let at = (frame.middle(), top + height + BELOW + style::AXIS / 2.0);
            scene.labels.push(Label::new("steps", at, style::AXIS, HPos::Center));
        }
    }
    let at = (MARGIN + DESCRIPTION / 2.0, top + height / 2.0);
    scene.labels.push(Label::new("gap f − f*", at, style::AXIS, HPos::Center).upwards());
    let description = if is_lowest(cells.len() - 1) { style::AXIS * LEADING } else { 0.0 };
    top + height + BELOW + description + GAP
}

/// Title and notes above a panel.
struct Heading {
    title: Role,
    note: Role,
}

impl Heading {
    /// Titles may be wider than the frame, as they are centred and the next title is a pitch away.
    fn new(pitch: f64) -> Self {
        let available = pitch - HEADING_GAP;
        Self { title: Role::PANEL.within(available), note: Role::NOTE.within(available) }
    }

    fn height(&self, view: &View) -> f64 {
        self.title.height(&view.title) + self.note.height(&view.notes) + TITLE_GAP
    }

    /// Ends at the frame, so that titles of one line are level with the last lines of others.
    fn draw(&self, scene: &mut Scene, view: &View, frame: Frame) {
        let y = frame.top - self.height(view);
        let y = lines(scene, &view.title, frame.middle(), y, &self.title);
        lines(scene, &view.notes, frame.middle(), y, &self.note);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grids_have_few_empty_cells() {
        let chosen: Vec<usize> = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 21].map(columns).to_vec();
        assert_eq!(chosen, [1, 1, 2, 3, 4, 3, 3, 4, 4, 3, 4, 3]);
    }
}

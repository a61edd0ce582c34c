//! Texts and lines at positions of the page, and their SVG.

use plotters::coord::Shift;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use super::style::{ALL_LINES, ALL_SERIES, INK};
use super::trace::Point;
use super::{Line, Series};

/// Plotters places everything on whole units. Units of a quarter pixel keep slanted lines straight.
const UNITS: f64 = 4.0;
/// The SVG backend of plotters writes font sizes divided by this.
const FONT_FACTOR: f64 = 1.24;

/// How much wider than a dashed line its halo is.
const HALO: f64 = 1.5;

/// A text whose anchor is at half its height.
#[derive(Clone)]
pub(super) struct Label {
    /// What it says.
    pub(super) text: String,
    /// Where, in pixels.
    pub(super) at: Point,
    /// Font size in pixels.
    pub(super) size: f64,
    /// Its colour.
    pub(super) color: RGBColor,
    /// Which part of the text is at the anchor.
    pub(super) align: HPos,
    /// For titles.
    pub(super) bold: bool,
    /// Whether it reads upwards.
    pub(super) upwards: bool,
}

/// A solid line that is no curve.
#[derive(Clone)]
pub(super) struct Rule {
    /// Corners, in pixels.
    pub(super) points: Vec<Point>,
    /// In pixels.
    pub(super) width: f64,
    /// Its colour.
    pub(super) color: RGBColor,
}

/// A curve or a sample of one in the legend.
#[derive(Clone)]
pub(super) struct Stroke {
    /// Decides what it is drawn above and the phase of its dashes.
    pub(super) series: Series,
    /// Decides the dashes.
    pub(super) line: Line,
    /// That of the series, except in the legend.
    pub(super) color: RGBColor,
    /// Corners, in pixels.
    pub(super) points: Vec<Point>,
}

/// A page.
#[derive(Clone, Default)]
pub(super) struct Scene {
    /// In pixels.
    pub(super) size: (f64, f64),
    /// Above the rules.
    pub(super) labels: Vec<Label>,
    /// Below all else.
    pub(super) rules: Vec<Rule>,
    /// Above rules and labels.
    pub(super) strokes: Vec<Stroke>,
    /// Above all else, since halos reach over the edges of the panels.
    pub(super) frames: Vec<Rule>,
}

type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;
type Drawn = Result<(), DrawingAreaErrorKind<std::io::Error>>;

impl Scene {
    /// The page as SVG, or what plotters objects to.
    pub(super) fn to_svg(&self) -> Result<String, String> {
        let mut layers = vec![self.layer(|area| self.draw_base(area))?];
        for line in ALL_LINES {
            // The certified series is drawn last, above the other, and both halos below both lines.
            let series = || ALL_SERIES.into_iter().rev();
            if line.dashes().is_some() {
                series().try_for_each(|series| self.halo(line, series).map(|halo| layers.extend(halo)))?;
            }
            series().try_for_each(|series| self.lines(line, series).map(|lines| layers.extend(lines)))?;
        }
        layers.push(self.layer(|area| draw_rules(area, &self.frames))?);
        let (width, height) = self.size;
        let (units_x, units_y) = units(self.size);
        Ok(format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" \
             viewBox=\"0 0 {units_x} {units_y}\">\n{}</svg>\n",
            layers.concat()
        ))
    }

    /// White below the dashes of a style, without which they vanish in a noisy curve of their colour.
    fn halo(&self, line: Line, series: Series) -> Result<Option<String>, String> {
        self.stroke_layer(line, series, line.width(series) + HALO, |_| WHITE)
    }

    fn lines(&self, line: Line, series: Series) -> Result<Option<String>, String> {
        self.stroke_layer(line, series, line.width(series), |stroke| stroke.color)
    }

    /// The strokes of one style. Plotters cannot dash a line other than by one element per dash; within a
    /// group that has a dash pattern, each of its lines takes up the pattern.
    fn stroke_layer(
        &self,
        line: Line,
        series: Series,
        width: f64,
        color: impl Fn(&Stroke) -> RGBColor,
    ) -> Result<Option<String>, String> {
        let strokes = || self.strokes.iter().filter(|stroke| stroke.line == line && stroke.series == series);
        if strokes().next().is_none() {
            return Ok(None);
        }
        let layer = self.layer(|area| {
            strokes().try_for_each(|stroke| polyline(area, &stroke.points, width, color(stroke)))
        })?;
        let dashes = dash_attributes(line, series);
        Ok(Some(format!("<g stroke-linecap=\"round\" stroke-linejoin=\"round\"{dashes}>\n{layer}</g>\n")))
    }

    fn layer(&self, draw: impl FnOnce(&Area) -> Drawn) -> Result<String, String> {
        let (width, height) = units(self.size);
        let mut svg = String::new();
        let area = SVGBackend::with_string(&mut svg, (width.unsigned_abs(), height.unsigned_abs()));
        let area = area.into_drawing_area();
        draw(&area).and_then(|()| area.present()).map_err(|error| error.to_string())?;
        drop(area);
        Ok(svg)
    }

    fn draw_base(&self, area: &Area) -> Drawn {
        area.fill(&WHITE)?;
        draw_rules(area, &self.rules)?;
        self.labels.iter().try_for_each(|label| label.draw(area))
    }
}

impl Label {
    /// An upright label in plain ink.
    pub(super) fn new(text: impl Into<String>, at: Point, size: f64, align: HPos) -> Self {
        Self { text: text.into(), at, size, color: INK, align, bold: false, upwards: false }
    }

    /// In another colour.
    pub(super) fn color(self, color: RGBColor) -> Self {
        Self { color, ..self }
    }

    /// In bold.
    pub(super) fn bold(self) -> Self {
        Self { bold: true, ..self }
    }

    /// Turned to read upwards.
    pub(super) fn upwards(self) -> Self {
        Self { upwards: true, ..self }
    }

    fn draw(&self, area: &Area) -> Drawn {
        let style = if self.bold { FontStyle::Bold } else { FontStyle::Normal };
        let font = FontDesc::new(FontFamily::SansSerif, self.size * UNITS * FONT_FACTOR, style);
        let turn = if self.upwards { FontTransform::Rotate270 } else { FontTransform::None };
        let style = font.transform(turn).color(&self.color).pos(Pos::new(self.align, VPos::Center));
        area.draw(&Text::new(self.text.as_str(), units(self.at), style))
    }
}

impl Rule {
    /// A hairline.
    pub(super) fn thin(from: Point, to: Point, color: RGBColor) -> Self {
        Self { points: vec![from, to], width: 1.0, color }
    }
}

fn draw_rules(area: &Area, rules: &[Rule]) -> Drawn {
    rules.iter().try_for_each(|rule| polyline(area, &rule.points, rule.width, rule.color))
}

fn polyline(area: &Area, points: &[Point], width: f64, color: RGBColor) -> Drawn {
    let style = color.stroke_width((width * UNITS).round() as u32);
    area.draw(&PathElement::new(points.iter().map(|&point| units(point)).collect::<Vec<_>>(), style))
}

/// The dashes of the two series alternate, so that both are seen where their lines coincide.
fn dash_attributes(line: Line, series: Series) -> String {
    let Some((drawn, blank)) = line.dashes() else { return String::new() };
    let (drawn, blank) = (drawn * UNITS, blank * UNITS);
    let phase = if series == Series::Certified { 0.0 } else { (drawn + blank) / 2.0 };
    format!(" stroke-dasharray=\"{drawn} {blank}\" stroke-dashoffset=\"{phase}\"")
}

fn units((x, y): Point) -> (i32, i32) {
    ((x * UNITS).round() as i32, (y * UNITS).round() as i32)
}

use super::*;

fn decay(start: f64, rate: f64, steps: u32) -> Vec<(f64, f64)> {
    (0..=steps).map(|step| (f64::from(step), start * (-rate * f64::from(step)).exp())).collect()
}

fn curve(series: Series, line: Line, points: Vec<(f64, f64)>) -> Curve {
    Curve { series, line, points }
}

fn measured() -> Curve {
    curve(Series::Certified, Line::Measured, decay(1.0, 0.01, 3000))
}

fn figure(panels: Vec<Vec<Curve>>) -> Figure {
    let panel = |(index, curves)| Panel { title: format!("panel number {index}"), curves };
    Figure {
        title: "least squares".to_owned(),
        subtitle: "mu = 1 & L < 4".to_owned(),
        panels: panels.into_iter().enumerate().map(panel).collect(),
    }
}

fn svg(figure: &Figure) -> String {
    layout::scene(figure).to_svg().unwrap()
}

/// Everything that is written in the picture.
fn texts(svg: &str) -> Vec<&str> {
    let opened = |part: &'static str| move |rest: &&str| rest.starts_with(part);
    svg.split('<').filter(opened("text")).filter_map(|rest| rest.split('>').nth(1)).map(str::trim).collect()
}

fn count(svg: &str, text: &str) -> usize {
    texts(svg).into_iter().filter(|found| *found == text).count()
}

#[test]
fn titles_and_axes_are_written() {
    let svg = svg(&figure(vec![vec![measured()], vec![measured()]]));
    for text in ["least squares", "mu = 1 &amp; L &lt; 4", "panel number 0", "panel number 1"] {
        assert_eq!(count(&svg, text), 1, "{text}");
    }
    // The left panel describes the gap, both are the lowest of their columns.
    assert_eq!(count(&svg, "gap f − f*"), 1);
    assert_eq!(count(&svg, "steps"), 2);
    for tick in ["0", "1k", "2k", "3k", "1", "1e-2", "1e-12"] {
        assert_eq!(count(&svg, tick), 2, "{tick}");
    }
}

#[test]
fn every_column_ends_with_a_description() {
    let svg = svg(&figure(vec![vec![measured()]; 7]));
    assert_eq!(count(&svg, "steps"), 4);
    assert_eq!(count(&svg, "gap f − f*"), 2);
}

#[test]
fn the_legend_lists_only_what_occurs() {
    let one = svg(&figure(vec![vec![measured()]]));
    assert_eq!((count(&one, "certified settings"), count(&one, "measured")), (1, 1));
    for absent in ["PyTorch defaults", "certified bound", "floor"] {
        assert_eq!(count(&one, absent), 0, "{absent}");
    }
    let bound = curve(Series::Defaults, Line::Bound, decay(2.0, 0.005, 9000));
    let floor = curve(Series::Defaults, Line::Floor, vec![(0.0, 1e-10), (3000.0, 1e-10)]);
    let all = svg(&figure(vec![vec![measured(), bound, floor]; 3]));
    for entry in ["certified settings", "PyTorch defaults", "measured", "certified bound", "floor"] {
        assert_eq!(count(&all, entry), 1, "{entry}");
    }
}

#[test]
fn dashes_distinguish_the_lines() {
    assert!(!svg(&figure(vec![vec![measured()]])).contains("stroke-dasharray"));
    let theory = |line| curve(Series::Certified, line, decay(2.0, 0.005, 3000));
    let svg = svg(&figure(vec![vec![measured(), theory(Line::Bound), theory(Line::Floor)]]));
    let patterns = svg.split("stroke-dasharray=\"").skip(1).filter_map(|rest| rest.split('"').next());
    // Each line has a halo with its pattern.
    assert_eq!(patterns.collect::<Vec<_>>(), ["28 20", "28 20", "0 18", "0 18"]);
}

#[test]
fn a_bound_out_of_range_is_named_and_not_drawn() {
    let bound = curve(Series::Certified, Line::Bound, decay(1e20, 0.0, 3000));
    let svg = svg(&figure(vec![vec![measured(), bound]]));
    assert_eq!(count(&svg, "certified bound above the range"), 1);
    assert_eq!(count(&svg, "certified bound"), 0);
}

#[test]
fn a_diverged_run_without_finite_gaps_is_named() {
    let diverged = curve(Series::Defaults, Line::Measured, vec![(0.0, f64::NAN), (1.0, f64::INFINITY)]);
    let svg = svg(&figure(vec![vec![measured(), diverged]]));
    assert_eq!(count(&svg, "PyTorch defaults: no finite points"), 1);
    assert_eq!(count(&svg, "PyTorch defaults"), 0);
}

#[test]
fn points_without_a_logarithm_do_not_reach_the_picture() {
    let mut curve = measured();
    curve.points.extend([(f64::NAN, 1.0), (1.0, f64::NAN), (2.0, 0.0), (3.0, -1.0), (f64::INFINITY, 1.0)]);
    let svg = svg(&figure(vec![vec![curve]]));
    assert!(!svg.contains("NaN") && !svg.contains("inf"));
    assert_eq!(svg, self::svg(&figure(vec![vec![measured()]])));
}

#[test]
fn panels_without_points_say_so() {
    let zero = curve(Series::Certified, Line::Measured, vec![(0.0, 0.0), (1.0, f64::NAN)]);
    let svg = svg(&figure(vec![vec![], vec![zero], vec![measured()]]));
    assert_eq!(count(&svg, "no finite points"), 2);
    assert_eq!(count(&self::svg(&figure(vec![])), "no finite points"), 1);
}

#[test]
fn degenerate_curves_are_drawn() {
    let extreme =
        [vec![(0.0, 1.0)], vec![(0.0, f64::MAX), (f64::MAX, f64::MIN_POSITIVE)], vec![(5.0, 5e-324); 3]];
    for points in extreme {
        let svg = svg(&figure(vec![vec![curve(Series::Defaults, Line::Measured, points)]]));
        assert!(!svg.contains("NaN"));
        assert_eq!(count(&svg, "PyTorch defaults"), 1);
    }
}

#[test]
fn nothing_is_drawn_outside_the_page_and_the_file_stays_small() {
    let noisy = |series| {
        let gap =
            |step: u32| 10f64.powf(-f64::from(step) / 3e3) * (1.5 + f64::from(step * 7919 % 1000) / 1e3);
        curve(series, Line::Measured, (0..40_000).map(|step| (f64::from(step), gap(step))).collect())
    };
    let bound = |series| curve(series, Line::Bound, decay(1e9, 8e-4, 90_000));
    let both = [Series::Certified, Series::Defaults];
    let panel: Vec<Curve> = both.into_iter().flat_map(|series| [noisy(series), bound(series)]).collect();
    let figure = figure(vec![panel; 21]);
    assert!(svg(&figure).len() < 500_000);
    let scene = layout::scene(&figure);
    let inside =
        |&(x, y): &(f64, f64)| (0.0..=scene.size.0).contains(&x) && (0.0..=scene.size.1).contains(&y);
    assert!(scene.strokes.iter().flat_map(|stroke| &stroke.points).all(inside));
}

#[test]
fn files_are_the_same_for_the_same_figure() {
    let figure = figure(vec![vec![measured()]; 5]);
    let path = std::env::temp_dir().join(format!("gradus-figure-{}.svg", std::process::id()));
    figure.write_svg(&path).unwrap();
    let first = std::fs::read_to_string(&path).unwrap();
    figure.write_svg(&path).unwrap();
    let second = std::fs::read_to_string(&path).unwrap();
    std::fs::remove_file(&path).unwrap();
    assert_eq!(first, second);
    assert!(first.ends_with("</svg>\n"));
}

#[test]
fn a_file_that_cannot_be_written_is_reported() {
    let path = Path::new("/nonexistent folder/figure.svg");
    let error = figure(vec![]).write_svg(path).unwrap_err();
    assert_eq!(error.path, path);
    assert!(error.to_string().starts_with("figure /nonexistent folder/figure.svg: "));
}

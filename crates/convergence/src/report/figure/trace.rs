//! From the points of a curve to the few that are drawn.

/// (steps, log₁₀ gap).
pub(super) type Point = (f64, f64);

/// The part of the plane that a panel shows.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Window {
    /// The last step; the first is 0.
    pub(super) last: f64,
    /// log₁₀ of the smallest gap.
    pub(super) bottom: f64,
    /// log₁₀ of the largest gap.
    pub(super) top: f64,
}

/// The points that a logarithmic plot can show, in the order of their steps.
pub(super) fn usable(points: &[(f64, f64)]) -> Vec<Point> {
    let can_be_shown =
        |&&(steps, gap): &&(f64, f64)| steps.is_finite() && steps >= 0.0 && gap.is_finite() && gap > 0.0;
    let mut kept: Vec<Point> =
        points.iter().filter(can_be_shown).map(|&(steps, gap)| (steps, gap.log10())).collect();
    kept.sort_by(|a, b| a.0.total_cmp(&b.0));
    kept
}

/// The pieces of a curve inside the window, of about `most` points in total.
pub(super) fn visible(points: &[Point], window: Window, most: usize) -> Vec<Vec<Point>> {
    clip(&thin(until(points, window.last), most), window)
}

/// The points up to a step, and one beyond it for the segment that crosses it.
fn until(points: &[Point], last: f64) -> &[Point] {
    let within = points.partition_point(|point| point.0 <= last);
    &points[..points.len().min(within + 1)]
}

/// At most `most` points, with the smallest and the largest of each bucket: a mean would hide oscillation.
fn thin(points: &[Point], most: usize) -> Vec<Point> {
    let [first, inner @ .., last] = points else { return points.to_vec() };
    if points.len() <= most {
        return points.to_vec();
    }
    let buckets = (most.saturating_sub(2) / 2).max(1);
    let edge = |bucket: usize| bucket * inner.len() / buckets;
    let extremes = (0..buckets).flat_map(|bucket| extremes(&inner[edge(bucket)..edge(bucket + 1)]));
    std::iter::once(*first).chain(extremes).chain(std::iter::once(*last)).collect()
}

/// The lowest and the highest point in the order of their steps, or the one that is both.
fn extremes(bucket: &[Point]) -> Vec<Point> {
    let by_gap = |a: &usize, b: &usize| bucket[*a].1.total_cmp(&bucket[*b].1);
    let lowest = (0..bucket.len()).min_by(by_gap);
    let highest = (0..bucket.len()).max_by(by_gap);
    let mut kept: Vec<usize> = lowest.into_iter().chain(highest).collect();
    kept.sort_unstable();
    kept.dedup();
    kept.into_iter().map(|index| bucket[index]).collect()
}

/// The pieces of a polyline inside the window. Plotters and SVG readers would draw all of it.
fn clip(points: &[Point], window: Window) -> Vec<Vec<Point>> {
    // A curve of one point is a piece without length.
    let alone = [points, points].concat();
    let points = if points.len() == 1 { &alone } else { points };
    let mut pieces: Vec<Vec<Point>> = Vec::new();
    for (from, to) in points.windows(2).filter_map(|ends| clip_segment(ends[0], ends[1], window)) {
        match pieces.last_mut() {
            Some(piece) if piece.last() == Some(&from) => piece.push(to),
            _ => pieces.push(vec![from, to]),
        }
    }
    pieces
}

/// The part of a segment inside the window (Liang–Barsky), if any.
fn clip_segment(a: Point, b: Point, window: Window) -> Option<(Point, Point)> {
    let (dx, dy) = (b.0 - a.0, b.1 - a.1);
    let (mut enter, mut leave) = (0.0_f64, 1.0_f64);
    let edges = [(-dx, a.0), (dx, window.last - a.0), (-dy, a.1 - window.bottom), (dy, window.top - a.1)];
    for (outwards, room) in edges {
        if outwards > 0.0 {
            leave = leave.min(room / outwards);
        } else if outwards < 0.0 {
            enter = enter.max(room / outwards);
        } else if room < 0.0 {
            return None;
        }
    }
    // The ends themselves are kept bit for bit, so that consecutive segments join.
    let start = if enter == 0.0 { a } else { (a.0 + enter * dx, a.1 + enter * dy) };
    let end = if leave == 1.0 { b } else { (a.0 + leave * dx, a.1 + leave * dy) };
    (enter < leave).then_some((start, end))
}

#[cfg(test)]
mod tests {
    use super::*;

    const WINDOW: Window = Window { last: 10.0, bottom: -4.0, top: 0.0 };

    #[test]
    fn only_positive_finite_points_are_usable() {
        let points =
            [(3.0, 1e-2), (0.0, 0.0), (1.0, f64::NAN), (2.0, -1.0), (f64::INFINITY, 1.0), (1.0, 1.0)];
        assert_eq!(usable(&points), [(1.0, 0.0), (3.0, -2.0)]);
    }

    #[test]
    fn thinning_keeps_extrema_and_ends() {
        let mut points: Vec<Point> = (0..10_000).map(|k| (f64::from(k), -f64::from(k) / 1e3)).collect();
        points[4321].1 = 7.0;
        points[8765].1 = -30.0;
        let kept = thin(&points, 400);
        assert!(kept.len() <= 400);
        assert!([0, 4321, 8765, 9999].iter().all(|&index| kept.contains(&points[index])));
        assert!(kept.windows(2).all(|pair| pair[0].0 < pair[1].0));
    }

    #[test]
    fn short_curves_are_not_thinned() {
        let points = [(0.0, 0.0), (1.0, -1.0), (2.0, -2.0)];
        assert_eq!(thin(&points, 400), points);
        assert!(thin(&[], 400).is_empty());
    }

    #[test]
    fn curves_end_at_the_edges() {
        let points = [(0.0, 2.0), (8.0, -2.0), (16.0, -6.0)];
        assert_eq!(visible(&points, WINDOW, 400), [[(4.0, 0.0), (8.0, -2.0), (10.0, -3.0)]]);
    }

    #[test]
    fn a_curve_may_leave_and_return() {
        let points = [(0.0, -1.0), (2.0, 1.0), (4.0, -1.0)];
        let pieces = visible(&points, WINDOW, 400);
        assert_eq!(pieces, [[(0.0, -1.0), (1.0, 0.0)], [(3.0, 0.0), (4.0, -1.0)]]);
        assert!(visible(&[(0.0, 3.0), (9.0, 1.0)], WINDOW, 400).is_empty());
    }

    #[test]
    fn one_point_is_shown() {
        assert_eq!(visible(&[(1.0, -1.0)], WINDOW, 400), [[(1.0, -1.0), (1.0, -1.0)]]);
        assert!(visible(&[], WINDOW, 400).is_empty());
    }
}

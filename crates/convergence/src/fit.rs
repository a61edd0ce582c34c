//! Fitting a rate to a gap curve, and asking first whether there is one (theory D5).
//!
//! The naive standard error of a regression means nothing for a deterministic run, whose residuals are
//! deterministic and autocorrelated: the interval of a [`RateFit`] is the range of the factor over blocks of
//! the tail window. Over seeds, [`seed_interval`] gives a t-interval.

use serde::Serialize;

/// Fewest points of a tail window.
const MIN_POINTS: usize = 8;

/// Fewest peaks of an oscillating curve that a rate is taken from.
const MIN_PEAKS: usize = 4;

/// Blocks into which the tail window is cut.
const BLOCKS: usize = 8;

/// The share of the decades of a run, counted from its end, that is the tail.
const TAIL_SHARE: f64 = 0.2;

/// A curve is flat where ln D falls by less than this per decade of time, or by less than three standard
/// errors of the slope.
const FLAT: f64 = 0.5;

/// An ordinary least-squares line.
#[derive(Clone, Copy, Debug)]
pub struct Line {
    /// dy/dx.
    pub slope: f64,
    /// y at x = 0.
    pub intercept: f64,
    /// Root mean square of the residuals.
    pub residual_deviation: f64,
}

/// The line of least squares through (x, y).
pub fn line(points: &[(f64, f64)]) -> Line {
    let n = points.len() as f64;
    let (mx, my) = (points.iter().map(|p| p.0).sum::<f64>() / n, points.iter().map(|p| p.1).sum::<f64>() / n);
    let sxx: f64 = points.iter().map(|p| (p.0 - mx).powi(2)).sum();
    let sxy: f64 = points.iter().map(|p| (p.0 - mx) * (p.1 - my)).sum();
    let slope = if sxx > 0.0 { sxy / sxx } else { 0.0 };
    let intercept = my - slope * mx;
    let rss: f64 = points.iter().map(|p| (p.1 - intercept - slope * p.0).powi(2)).sum();
    Line { slope, intercept, residual_deviation: (rss / n).sqrt() }
}

/// The shape of ln D against the step t.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Shape {
    /// ln D ~ −rt: linear convergence.
    Linear,
    /// ln D ~ −p·ln t: a power of t, sublinear.
    Power,
    /// ln D ~ −r√t: between the two.
    StretchedExponential,
    /// Not enough points, or no decrease.
    Undetermined,
}

/// The factor of the gap per step, at the end of a run.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct RateFit {
    /// exp(slope) of ln D against t in the tail window.
    pub factor: f64,
    /// The smallest factor among the blocks of the window.
    pub low: f64,
    /// The median.
    pub median: f64,
    /// The largest.
    pub high: f64,
    /// First step of the window.
    pub from: usize,
    /// Last step of the window.
    pub to: usize,
}

/// The part of a curve that can be fitted: positive finite gaps above `floor`, up to the first one below.
fn usable(curve: &[(usize, f64)], floor: f64) -> &[(usize, f64)] {
    let end = curve.iter().position(|&(_, gap)| !(gap > floor && gap.is_finite())).unwrap_or(curve.len());
    &curve[..end]
}

/// The tail factor of a gap curve (step, gap), ignoring what is at or below `floor`.
///
/// The tail is the last fifth of the decades that the run has come down. `None` if it holds fewer than 4
/// points, or if the curve does not fall.
pub fn tail(curve: &[(usize, f64)], floor: f64) -> Option<RateFit> {
    let curve = usable(curve, floor);
    let (first, last) = (curve.first()?.1, curve.last()?.1);
    if last >= first {
        return None;
    }
    let threshold = last * (first / last).powf(TAIL_SHARE);
    let start = curve.iter().rposition(|&(_, gap)| gap > threshold).map_or(0, |i| i + 1);
    let window = &curve[start..];
    if window.len() < MIN_PEAKS {
        return None;
    }
    let points: Vec<(f64, f64)> = window.iter().map(|&(t, gap)| (t as f64, gap.ln())).collect();
    // Blocks share their end points, so that together they cover the window.
    let (blocks, last) = (BLOCKS.min(window.len() - 1), window.len() - 1);
    let mut factors: Vec<f64> = (0..blocks)
        .map(|i| {
            let ((t0, y0), (t1, y1)) = (points[i * last / blocks], points[(i + 1) * last / blocks]);
            ((y1 - y0) / (t1 - t0)).exp()
        })
        .collect();
    factors.sort_by(f64::total_cmp);
    Some(RateFit {
        factor: line(&points).slope.exp(),
        low: factors[0],
        median: factors[factors.len() / 2],
        high: factors[factors.len() - 1],
        from: window[0].0,
        to: window[window.len() - 1].0,
    })
}

/// The local maxima of a curve that oscillates, as the gap of a momentum method with complex roots does once
/// a period: a rate is then taken from peak to peak. The curve itself, if it has fewer than four peaks.
pub fn peaks(curve: &[(usize, f64)]) -> Vec<(usize, f64)> {
    let maxima: Vec<(usize, f64)> =
        curve.windows(3).filter(|w| w[1].1 > w[0].1 && w[1].1 >= w[2].1).map(|w| w[1]).collect();
    if maxima.len() < MIN_PEAKS { curve.to_vec() } else { maxima }
}

/// The noise floor of a curve: a line and then a constant fit ln D better than one line against t, ln t or
/// √t, judged by BIC. The level is the geometric mean of the flat part.
pub fn floor(curve: &[(usize, f64)]) -> Option<f64> {
    let curve = usable(curve, 0.0);
    if curve.len() < 4 * MIN_POINTS {
        return None;
    }
    let points: Vec<(f64, f64)> = curve.iter().map(|&(t, gap)| (t as f64, gap.ln())).collect();
    let n = points.len() as f64;
    let bic = |rss: f64, parameters: f64| n * (rss / n).max(1e-300).ln() + parameters * n.ln();
    let rss = |part: &[(f64, f64)]| line(part).residual_deviation.powi(2) * part.len() as f64;
    let single = bic(rss(&points), 2.0);
    let flat = |part: &[(f64, f64)]| {
        let mean = part.iter().map(|p| p.1).sum::<f64>() / part.len() as f64;
        (mean, part.iter().map(|p| (p.1 - mean).powi(2)).sum::<f64>())
    };
    const CANDIDATES: usize = 64;
    let (mut best, mut level, mut split) = (f64::INFINITY, 0.0, 0);
    for candidate in 1..CANDIDATES {
        let at = points.len() * candidate / CANDIDATES;
        if at < MIN_POINTS || points.len() - at < MIN_POINTS {
            continue;
        }
        let (mean, flat_rss) = flat(&points[at..]);
        let score = bic(rss(&points[..at]) + flat_rss, 4.0);
        if score < best {
            (best, level, split) = (score, mean, at);
        }
    }
    // Laws that flatten without a floor.
    let against = |clock: fn(f64) -> f64| {
        let points: Vec<(f64, f64)> = points.iter().map(|&(t, y)| (clock(t.max(1.0)), y)).collect();
        bic(rss(&points), 2.0)
    };
    if best >= single.min(against(f64::ln)).min(against(f64::sqrt)) || split == 0 {
        return None;
    }
    // A slow curve is not a floor: it must have come down by a decade first.
    if level > points[0].1 - std::f64::consts::LN_10 {
        return None;
    }
    // The bend between the two parts lasts a few time constants of the first.
    let bend = (3.0 * split as f64 / (points[0].1 - level)) as usize;
    let flat_part = &points[(split + bend).min((split + points.len()) / 2)..];
    // A line may also be followed by a power law: on a floor, the second part no longer falls with ln t.
    let late: Vec<(f64, f64)> = flat_part.iter().map(|&(t, y)| (t.max(1.0).log10(), y)).collect();
    let fit = line(&late);
    let mean = late.iter().map(|p| p.0).sum::<f64>() / late.len() as f64;
    let spread = late.iter().map(|p| (p.0 - mean).powi(2)).sum::<f64>().sqrt();
    let still_falling = fit.slope.abs() > FLAT.max(3.0 * fit.residual_deviation / spread);
    (!still_falling).then(|| flat(flat_part).0.exp())
}

/// Which law a curve follows in the second half of its decades, above `floor`.
///
/// A sum of exponentials with many rates is curved too until the slowest one is left: where a theorem proves
/// a linear rate, this is a description of the curve seen so far and not a verdict.
///
/// Residual sums of squares of ln D ~ t, ln t and √t are compared; `Linear` must also survive a t² term whose
/// t-statistic, with Newey–West errors, says "curved upwards" by more than a tenth of the decrease.
pub fn shape(curve: &[(usize, f64)], floor: f64) -> Shape {
    let curve = usable(curve, floor);
    let Some((&(_, first), &(_, last))) = curve.first().zip(curve.last()) else {
        return Shape::Undetermined;
    };
    if last >= 0.1 * first {
        return Shape::Undetermined;
    }
    let start = curve.iter().position(|&(_, gap)| gap < first * (last / first).sqrt()).unwrap_or(0);
    let curve = &curve[start..];
    if curve.len() < MIN_POINTS {
        return Shape::Undetermined;
    }
    let against = |clock: fn(f64) -> f64| {
        let points: Vec<(f64, f64)> =
            curve.iter().map(|&(t, gap)| (clock(t.max(1) as f64), gap.ln())).collect();
        line(&points).residual_deviation
    };
    let (linear, power, stretched) = (against(|t| t), against(f64::ln), against(f64::sqrt));
    if linear <= power && linear <= stretched {
        return Shape::Linear;
    }
    let points: Vec<(f64, f64)> = curve.iter().map(|&(t, gap)| (t as f64, gap.ln())).collect();
    if !curves_upwards(&points) {
        return Shape::Linear;
    }
    if power <= stretched { Shape::Power } else { Shape::StretchedExponential }
}

/// Whether y is convex in x to a degree that matters: a quadratic term that is significant under Newey–West
/// errors, and a final slope below three quarters of the initial one.
fn curves_upwards(points: &[(f64, f64)]) -> bool {
    let n = points.len();
    let (low, high) = (points[0].0, points[n - 1].0);
    if high <= low {
        return false;
    }
    // On u ∈ [−1, 1] the regressors 1, u and u² − 1/3 are nearly orthogonal; solve their normal equations.
    let rows: Vec<[f64; 3]> = points
        .iter()
        .map(|p| {
            let u = (2.0 * p.0 - low - high) / (high - low);
            [1.0, u, u * u - 1.0 / 3.0]
        })
        .collect();
    let mut normal = [[0.0; 3]; 3];
    let mut right = [0.0; 3];
    for (row, p) in rows.iter().zip(points) {
        for i in 0..3 {
            right[i] += row[i] * p.1;
            for j in 0..3 {
                normal[i][j] += row[i] * row[j];
            }
        }
    }
    let Some(inverse) = invert3(normal) else { return false };
    let coefficients: [f64; 3] = std::array::from_fn(|i| (0..3).map(|j| inverse[i][j] * right[j]).sum());
    let scores: Vec<[f64; 3]> = rows
        .iter()
        .zip(points)
        .map(|(row, p)| {
            let residual = p.1 - (0..3).map(|i| row[i] * coefficients[i]).sum::<f64>();
            row.map(|r| r * residual)
        })
        .collect();
    // Newey–West with Bartlett weights and the usual lag 4(n/100)^(2/9).
    let lags = (4.0 * (n as f64 / 100.0).powf(2.0 / 9.0)).floor().max(1.0) as usize;
    let mut meat = [[0.0; 3]; 3];
    for lag in 0..=lags.min(n - 1) {
        let weight = 1.0 - lag as f64 / (lags as f64 + 1.0);
        for t in lag..n {
            for i in 0..3 {
                for j in 0..3 {
                    let cross = scores[t][i] * scores[t - lag][j];
                    let both = if lag == 0 { cross } else { cross + scores[t - lag][i] * scores[t][j] };
                    meat[i][j] += weight * both;
                }
            }
        }
    }
    let variance: f64 =
        (0..3).map(|i| (0..3).map(|j| inverse[2][i] * meat[i][j] * inverse[j][2]).sum::<f64>()).sum();
    const SIGNIFICANT: f64 = 3.0;
    let significant = coefficients[2] > SIGNIFICANT * variance.max(0.0).sqrt();
    let (initial, last) = (coefficients[1] - 2.0 * coefficients[2], coefficients[1] + 2.0 * coefficients[2]);
    significant && last > 0.75 * initial
}

fn invert3(m: [[f64; 3]; 3]) -> Option<[[f64; 3]; 3]> {
    let minor = |i: usize, j: usize| {
        let (r, c) = ([(i + 1) % 3, (i + 2) % 3], [(j + 1) % 3, (j + 2) % 3]);
        m[r[0]][c[0]] * m[r[1]][c[1]] - m[r[0]][c[1]] * m[r[1]][c[0]]
    };
    let determinant: f64 = (0..3).map(|j| m[0][j] * minor(0, j)).sum();
    (determinant.abs() > 0.0)
        .then(|| std::array::from_fn(|i| std::array::from_fn(|j| minor(j, i) / determinant)))
}

/// A mean with its 95 % t-interval.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Interval {
    /// Lower end.
    pub low: f64,
    /// The mean.
    pub mean: f64,
    /// Upper end.
    pub high: f64,
}

/// Fewest seeds for an interval.
pub const MIN_SEEDS: usize = 10;

/// The 95 % t-interval of the mean of independent values, one per seed; `None` for fewer than 10 seeds.
pub fn seed_interval(values: &[f64]) -> Option<Interval> {
    let n = values.len();
    if n < MIN_SEEDS {
        return None;
    }
    // Two-sided 95 % quantiles of Student's t with 9, 10, … degrees of freedom; 1.96 + 2.7/ν beyond, which is
    // above the true quantile by at most 0.01.
    const QUANTILES: [f64; 6] = [2.262, 2.228, 2.201, 2.179, 2.160, 2.145];
    let freedom = n - 1;
    let quantile = QUANTILES.get(freedom - (MIN_SEEDS - 1)).copied().unwrap_or(1.96 + 2.7 / freedom as f64);
    let mean = values.iter().sum::<f64>() / n as f64;
    let variance = values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / freedom as f64;
    let half = quantile * (variance / n as f64).sqrt();
    Some(Interval { low: mean - half, mean, high: mean + half })
}

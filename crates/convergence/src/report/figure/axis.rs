//! Ticks and their labels.

/// A position on an axis and its label.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Tick {
    /// In the unit of the axis: steps, or log₁₀ of the gap.
    pub(super) at: f64,
    /// The number as printed.
    pub(super) label: String,
}

/// More intervals than this crowd the axis of a small panel.
const MOST_DECADE_INTERVALS: f64 = 9.0;
const MOST_STEP_INTERVALS: f64 = 5.0;

/// Over fewer decades than this, whole decades alone are too few ticks.
const FEW_DECADES: f64 = 2.5;

/// Ticks of a gap axis between two values of log₁₀.
pub(super) fn gap_ticks(bottom: f64, top: f64) -> Vec<Tick> {
    if top - bottom < FEW_DECADES { fine_ticks(bottom, top) } else { decade_ticks(bottom, top) }
}

fn decade_ticks(bottom: f64, top: f64) -> Vec<Tick> {
    let fits = |stride: &i32| (top - bottom) / f64::from(*stride) <= MOST_DECADE_INTERVALS;
    let stride = [1, 2, 4, 5, 10, 20, 50].into_iter().find(fits).unwrap_or(100);
    let first = (bottom / f64::from(stride)).ceil() as i32;
    let last = (top / f64::from(stride)).floor() as i32;
    (first..=last).map(|k| k * stride).map(|k| Tick { at: f64::from(k), label: decade_label(k) }).collect()
}

fn fine_ticks(bottom: f64, top: f64) -> Vec<Tick> {
    (bottom.floor() as i32..=top.floor() as i32)
        .flat_map(|k| [1, 2, 5].map(|digit| (digit, k)))
        .map(|(digit, k)| Tick { at: f64::from(digit).log10() + f64::from(k), label: fine_label(digit, k) })
        .filter(|tick| (bottom..=top).contains(&tick.at))
        .collect()
}

fn decade_label(exponent: i32) -> String {
    if exponent == 0 { "1".to_owned() } else { format!("1e{exponent}") }
}

/// digit · 10^exponent, written out near 1.
fn fine_label(digit: i32, exponent: i32) -> String {
    match exponent {
        -2 => format!("0.0{digit}"),
        -1 => format!("0.{digit}"),
        0 => format!("{digit}"),
        1 => format!("{digit}0"),
        2 => format!("{digit}00"),
        _ => format!("{digit}e{exponent}"),
    }
}

/// Ticks of a step axis from 0 to the last step.
pub(super) fn step_ticks(last: f64) -> Vec<Tick> {
    let stride = step_stride(last);
    let count = (last / stride).floor() as u32;
    (0..=count).map(|k| f64::from(k) * stride).map(|at| Tick { at, label: step_label(at) }).collect()
}

fn step_stride(last: f64) -> f64 {
    let least = last / MOST_STEP_INTERVALS;
    let decade = 10f64.powf(least.log10().floor());
    let stride = [1.0, 2.0, 5.0].map(|digit| digit * decade).into_iter().find(|stride| *stride >= least);
    // Steps are whole numbers.
    stride.unwrap_or(10.0 * decade).max(1.0)
}

fn step_label(steps: f64) -> String {
    match steps {
        s if s < 1e3 => format!("{s}"),
        s if s < 1e6 => format!("{}k", s / 1e3),
        s if s < 1e9 => format!("{}M", s / 1e6),
        s => format!("{s:.0e}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(ticks: Vec<Tick>) -> Vec<String> {
        ticks.into_iter().map(|tick| tick.label).collect()
    }

    #[test]
    fn many_decades_are_labelled_in_even_strides() {
        let shown = labels(gap_ticks(-14.3, 0.2));
        assert_eq!(shown, ["1e-14", "1e-12", "1e-10", "1e-8", "1e-6", "1e-4", "1e-2", "1"]);
        assert_eq!(labels(gap_ticks(-1.0, 2.0)), ["1e-1", "1", "1e1", "1e2"]);
        assert!(gap_ticks(-308.0, 308.0).len() <= 10);
    }

    #[test]
    fn few_decades_are_labelled_within() {
        assert_eq!(labels(gap_ticks(-0.9, 0.4)), ["0.2", "0.5", "1", "2"]);
        assert!(gap_ticks(-3.25, -2.25).len() >= 2);
    }

    #[test]
    fn steps_are_labelled_in_thousands() {
        assert_eq!(labels(step_ticks(20_000.0)), ["0", "5k", "10k", "15k", "20k"]);
        assert_eq!(labels(step_ticks(2_300.0)), ["0", "500", "1k", "1.5k", "2k"]);
        assert_eq!(labels(step_ticks(1.0)), ["0", "1"]);
        assert_eq!(labels(step_ticks(6e6)), ["0", "2M", "4M", "6M"]);
    }

    #[test]
    fn every_length_of_run_has_few_ticks() {
        for last in [1.0, 7.0, 99.0, 1e3, 12_345.0, 1e9, 3e15, f64::MAX] {
            assert!((2..=6).contains(&step_ticks(last).len()), "{last}");
        }
    }
}

//! Works M5 and A: what recording and reversing cost, on a chain of tiny ops and on a small net.

use std::hint::black_box;

use gradus_autograd::{Var, value, value_and_grad_into};
use gradus_tensor::{Params, Real, Tensor};

use crate::arguments::Arguments;
use crate::data::tensor;
use crate::report::Report;
use crate::timing::median_seconds;
use crate::training::Classifier;

/// Repetitions of multiply, add, tanh, subtract.
const ROUNDS: usize = 250;

/// Work M5: nanoseconds per op of a chain of a thousand ops on eight elements.
///
/// # Errors
/// When the report cannot be written.
pub(crate) fn chain(arguments: &Arguments, report: &mut Report) -> Result<(), String> {
    if arguments.wants("f32") {
        chain_of::<f32>(arguments, report, "f32")?;
    }
    if arguments.wants("f64") {
        chain_of::<f64>(arguments, report, "f64")?;
    }
    Ok(())
}

fn chain_of<T: Real>(arguments: &Arguments, report: &mut Report, dtype: &str) -> Result<(), String> {
    let mut params = Params::<T>::new();
    let mut add = |name, value: &Tensor<T>| params.add(name, value).expect("different names");
    let x = add("x", &tensor(50, &[8]));
    let a = add("a", &(tensor::<T>(51, &[8]) * T::constant(0.1) + T::one()));
    let b = add("b", &(tensor::<T>(52, &[8]) * T::constant(0.1)));
    let mut gradient = params.zeros_like();
    let loss =
        value_and_grad_into(&params, gradient.as_mut_slice(), |p| chain_loss(p.get(x), p.get(a), p.get(b)));
    report.figure("M5.check", "sum", dtype, loss.to_f64(), "loss")?;
    let of_b = gradient.get(b).sum().item().to_f64();
    report.figure("M5.check", "grad_b_sum", dtype, of_b, "grad")?;
    let ops = (4 * ROUNDS) as f64;
    let seconds = median_seconds(3.0 * arguments.budget, || {
        black_box(value_and_grad_into(&params, gradient.as_mut_slice(), |p| {
            chain_loss(p.get(x), p.get(a), p.get(b))
        }));
    });
    report.figure("M5", "op", dtype, seconds / ops * 1e9, "ns/op")?;
    let seconds = median_seconds(arguments.budget, || {
        black_box(value(&params, |p| chain_loss(p.get(x), p.get(a), p.get(b))));
    });
    report.figure("M5.fwd", "op", dtype, seconds / ops * 1e9, "ns/op")
}

fn chain_loss<'t, T: Real>(mut x: Var<'t, T>, a: Var<'t, T>, b: Var<'t, T>) -> Var<'t, T> {
    for _ in 0..ROUNDS {
        x = x * a;
        x = x + b;
        x = x.tanh();
        x = x - b;
    }
    x.sum()
}

/// Calls before the peak of memory is read.
const CALLS: usize = 50;

/// Work A: the net of work M2 without an optimizer: forward, forward and backward, and the peak of resident memory, which is
/// that of the process: run it alone.
///
/// # Errors
/// When the report cannot be written.
pub(crate) fn net(arguments: &Arguments, report: &mut Report) -> Result<(), String> {
    if arguments.wants("f32") {
        net_of::<f32>(arguments, report, "f32")?;
    }
    if arguments.wants("f64") {
        net_of::<f64>(arguments, report, "f64")?;
    }
    Ok(())
}

fn net_of<T: Real>(arguments: &Arguments, report: &mut Report, dtype: &str) -> Result<(), String> {
    let (net, params) = Classifier::new::<T>();
    let batch = Classifier::batches::<T>(1).remove(0);
    let mut gradient = params.zeros_like();
    reset_peak();
    let before = resident("VmRSS");
    let mut both = || value_and_grad_into(&params, gradient.as_mut_slice(), |p| net.loss(p, &batch));
    let mut loss = T::zero();
    for _ in 0..CALLS {
        loss = both();
    }
    let peak = resident("VmHWM");
    report.figure("A.hwm", "M2", dtype, peak, "kB")?;
    report.figure("A.hwm-delta", "M2", dtype, peak - before, "kB")?;
    let both = median_seconds(arguments.budget, || {
        black_box(both());
    });
    let forward = median_seconds(arguments.budget, || {
        black_box(value(&params, |p| net.loss(p, &batch)));
    });
    report.figure("A.check", "loss", dtype, loss.to_f64(), "loss")?;
    let sizes = gradient.as_slice().iter().map(|g| g.to_f64().abs());
    report.figure("A.check", "gradabs", dtype, sizes.sum(), "grad")?;
    report.figure("A.fwd", "M2", dtype, forward * 1e6, "us")?;
    report.figure("A.fwdbwd", "M2", dtype, both * 1e6, "us")?;
    report.figure("A.ratio", "M2", dtype, both / forward, "x")
}

/// A line of `/proc/self/status` in kB; NaN where there is none.
fn resident(field: &str) -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix(field)?.strip_prefix(':'));
    line.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok()).unwrap_or(f64::NAN)
}

/// Lets the peak start from what is resident now. Where that is refused the peak is that since the start.
fn reset_peak() {
    let _ = std::fs::write("/proc/self/clear_refs", "5");
}

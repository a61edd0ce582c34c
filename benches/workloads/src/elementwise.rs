//! E: elementwise ops and reductions with a new result per call, ns per element.

use std::hint::black_box;

use gradus_tensor::{Real, Tensor};

use crate::arguments::Arguments;
use crate::data;
use crate::report::Report;
use crate::timing::median_seconds;

const SIZES: [(&str, usize); 3] = [("1e3", 1000), ("1e5", 100_000), ("1e7", 10_000_000)];

/// Width of the interval around 0 that most operands are drawn from.
const WIDTH: f64 = 8.0;

pub(crate) fn run(arguments: &Arguments, report: &mut Report) -> Result<(), String> {
    if arguments.wants("f32") {
        times::<f32>("f32", arguments, report)?;
    }
    if arguments.wants("f64") {
        times::<f64>("f64", arguments, report)?;
    }
    Ok(())
}

fn operand<T: Real>(seed: u64, shape: &[usize]) -> Tensor<T> {
    data::tensor::<T>(seed, shape) * T::constant(WIDTH)
}

/// What is timed: an operation on one or two tensors, whose result is dropped.
type Case<T> = (&'static str, fn(&Tensor<T>, &Tensor<T>));

fn made<R>(result: R) {
    drop(black_box(result));
}

fn times<T: Real>(dtype: &str, arguments: &Arguments, report: &mut Report) -> Result<(), String> {
    let mut time = |size: String, (x, y): (&Tensor<T>, &Tensor<T>), call: Case<T>| {
        if !size.starts_with(&arguments.size) {
            return Ok(());
        }
        let seconds = median_seconds(arguments.budget, || call.1(black_box(x), black_box(y)));
        report.figure("E", &size, dtype, seconds / x.len() as f64 * 1e9, "ns/elem")
    };
    let ops: [Case<T>; 7] = [
        ("add", |x, y| made(x + y)),
        ("mul", |x, y| made(x * y)),
        ("exp", |x, _| made(x.exp())),
        ("tanh", |x, _| made(x.tanh())),
        ("sigmoid", |x, _| made(x.sigmoid())),
        ("gelu", |x, _| made(x.gelu())),
        ("relu", |x, _| made(x.relu())),
    ];
    for (name, len) in SIZES {
        let (x, y) = (operand(1, &[len]), operand(2, &[len]));
        for case in ops {
            time(format!("{}/{name}", case.0), (&x, &y), case)?;
        }
        if name == "1e7" {
            let over_all: [Case<T>; 4] = [
                ("argmax", |x, _| made(x.argmax())),
                ("sum", |x, _| made(x.sum())),
                ("mean", |x, _| made(x.mean())),
                ("max", |x, _| made(x.max())),
            ];
            for case in over_all {
                time(format!("{}-all/{name}", case.0), (&x, &y), case)?;
            }
        }
    }

    let (x, row) = (operand(1, &[10_000, 256]), data::tensor(2, &[256]));
    time("rowadd/1e4x256".to_owned(), (&x, &row), ("", |x, row| made(x + row)))?;
    let (x, y) = (operand(1, &[2048, 2048]), operand::<T>(2, &[2048, 2048]).t());
    time("transadd/2048".to_owned(), (&x, &y), ("", |x, y| made(x + y)))?;

    let x = operand(1, &[1024, 1000]);
    let over_axes: [Case<T>; 10] = [
        ("argmax-ax0", |x, _| made(x.argmax_axis(0))),
        ("argmax-ax1", |x, _| made(x.argmax_axis(1))),
        ("softmax", |x, _| made(x.softmax(1))),
        ("sum-ax0", |x, _| made(x.sum_axes(&[0]))),
        ("mean-ax0", |x, _| made(x.mean_axes(&[0]))),
        ("max-ax0", |x, _| made(x.max_axes(&[0]))),
        ("sum-ax1", |x, _| made(x.sum_axes(&[1]))),
        ("mean-ax1", |x, _| made(x.mean_axes(&[1]))),
        ("max-ax1", |x, _| made(x.max_axes(&[1]))),
        ("logsumexp", |x, _| made(x.logsumexp_axes(&[1]))),
    ];
    for case in over_axes {
        time(format!("{}/1024x1000", case.0), (&x, &x), case)?;
    }
    Ok(())
}

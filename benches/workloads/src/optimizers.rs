//! O: steps of optimizers with a fixed gradient, ns per parameter.

use std::hint::black_box;

use gradus_optim::{AdaGrad, Adam, AdamW, Rule, Sgd};
use gradus_tensor::{Params, Real, Tensor};

use crate::arguments::Arguments;
use crate::data;
use crate::report::Report;
use crate::timing::median_seconds;

/// Names, numbers of tensors, and their lengths.
const SHAPES: [(&str, usize, usize); 3] =
    [("1x1e7", 1, 10_000_000), ("100x1e4", 100, 10_000), ("1000x100", 1000, 100)];

pub(crate) fn run(arguments: &Arguments, report: &mut Report) -> Result<(), String> {
    if arguments.wants("f32") {
        times::<f32>("f32", arguments, report)?;
    }
    if arguments.wants("f64") {
        times::<f64>("f64", arguments, report)?;
    }
    Ok(())
}

/// `count` parameters of `len` uniform elements, each with a seed of its own.
fn params<T: Real>(count: usize, len: usize) -> Result<Params<T>, String> {
    let mut params = Params::new();
    for index in 0..count {
        params.add(&format!("{index}"), &Tensor::zeros([len])).map_err(|error| error.to_string())?;
    }
    fill(&mut params, 1);
    Ok(params)
}

/// Uniform elements, with seeds from `seed` on.
fn fill<T: Real>(params: &mut Params<T>, seed: u64) {
    for (index, id) in params.ids().enumerate() {
        let range = params.range(id);
        for (position, x) in params.as_mut_slice()[range].iter_mut().enumerate() {
            *x = T::constant(data::uniform(seed + index as u64, position as u64));
        }
    }
}

fn times<T: Real>(dtype: &str, arguments: &Arguments, report: &mut Report) -> Result<(), String> {
    let learning_rate = 1e-3;
    for shape in SHAPES {
        let point = params::<T>(shape.1, shape.2)?;
        let mut gradient = point.zeros_like();
        fill(&mut gradient, 2000);
        let mut work = Work { name: shape.0, dtype, point, gradient, arguments, report };
        work.time("sgd", Sgd { learning_rate, ..Sgd::default() })?;
        work.time("momentum", Sgd { learning_rate, momentum: 0.9, ..Sgd::default() })?;
        work.time("adagrad", AdaGrad { learning_rate, ..AdaGrad::default() })?;
        work.time("adam", Adam { learning_rate, ..Adam::default() })?;
        work.time("adamw", AdamW { learning_rate, ..AdamW::default() })?;
    }
    Ok(())
}

/// Parameters of one shape with their gradient, and where figures go.
struct Work<'a, T: Real> {
    name: &'static str,
    dtype: &'a str,
    point: Params<T>,
    gradient: Params<T>,
    arguments: &'a Arguments,
    report: &'a mut Report,
}

impl<T: Real> Work<'_, T> {
    fn time(&mut self, rule_name: &str, rule: impl Rule<T>) -> Result<(), String> {
        let size = format!("{rule_name}/{}", self.name);
        if !size.starts_with(&self.arguments.size) {
            return Ok(());
        }
        let mut point = self.point.clone();
        let mut optimizer = rule.optimizer(&point).map_err(|error| error.to_string())?;
        let seconds = median_seconds(self.arguments.budget, || {
            optimizer
                .step_params(black_box(&mut point), black_box(&self.gradient))
                .expect("the gradient is finite and of this model");
        });
        self.report.figure("O", &size, self.dtype, seconds / point.len() as f64 * 1e9, "ns/param")
    }
}

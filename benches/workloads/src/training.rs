//! Works M1, M2, M3 and M6: whole training steps, written with `Params`, `value_and_grad` and `step`.

use std::hint::black_box;

use gradus_autograd::{Bound, Var, value, value_and_grad_into};
use gradus_optim::{Adam, Optimizer, Rule};
use gradus_tensor::{ParamId, Params, Real, Tensor};

use crate::arguments::Arguments;
use crate::data::{labels, tensor};
use crate::report::Report;
use crate::timing::median_seconds;

/// Steps before the loss that is compared.
const CHECKED_STEPS: usize = 100;

/// The work of this name.
///
/// # Errors
/// When the report cannot be written.
pub(crate) fn run(work: &str, arguments: &Arguments, report: &mut Report) -> Result<(), String> {
    if arguments.wants("f32") {
        run_of::<f32>(work, arguments, report, "f32")?;
    }
    if arguments.wants("f64") {
        run_of::<f64>(work, arguments, report, "f64")?;
    }
    Ok(())
}

fn run_of<T: Real>(
    work: &str,
    arguments: &Arguments,
    report: &mut Report,
    dtype: &str,
) -> Result<(), String> {
    let budget = 4.0 * arguments.budget;
    let (loss, seconds) = match work {
        "M1" => least_squares::<T>(budget),
        "M2" => classifier::<T>(budget),
        "M3" => small_net::<T>(budget),
        _ => logistic_regression::<T>(arguments.budget * 2.0),
    };
    report.figure(&format!("{work}.check"), "loss100", dtype, loss, "loss")?;
    let (size, unit) = if work == "M6" { ("grad", "us/grad") } else { ("step", "us/step") };
    report.figure(work, size, dtype, seconds * 1e6, unit)
}

/// Parameters, their gradient, and Adam.
struct Training<T: Real> {
    params: Params<T>,
    gradient: Params<T>,
    adam: Optimizer<T, Adam>,
}

impl<T: Real> Training<T> {
    fn new(params: Params<T>, learning_rate: f64) -> Self {
        let adam = Adam { learning_rate, ..Adam::default() }.optimizer(params.len());
        let gradient = params.zeros_like();
        Self { params, gradient, adam: adam.expect("a legal learning rate") }
    }

    fn step(&mut self, loss: impl for<'t> Fn(&Bound<'t, T>) -> Var<'t, T>) -> T {
        let value = value_and_grad_into(&self.params, self.gradient.as_mut_slice(), loss);
        let step = self.adam.step(self.params.as_mut_slice(), self.gradient.as_slice());
        step.expect("a finite gradient");
        value
    }
}

/// The loss after the checked steps, and seconds per step.
fn measure<T: Real>(budget: f64, mut step: impl FnMut() -> T) -> (f64, f64) {
    for _ in 0..CHECKED_STEPS {
        step();
    }
    let loss = step().to_f64();
    let seconds = median_seconds(budget, || {
        black_box(step());
    });
    (loss, seconds)
}

fn add<T: Real>(params: &mut Params<T>, name: &str, value: Tensor<T>) -> ParamId {
    params.add(name, &value).expect("different names")
}

fn scaled<T: Real>(seed: u64, shape: &[usize], scale: f64) -> Tensor<T> {
    tensor::<T>(seed, shape) * T::constant(scale)
}

/// 200 equations with 1000 unknowns, full batch.
fn least_squares<T: Real>(budget: f64) -> (f64, f64) {
    let (a, b) = (scaled::<T>(20, &[200, 1000], 2.0), scaled::<T>(21, &[200, 1], 2.0));
    let mut params = Params::new();
    let w = add(&mut params, "w", Tensor::zeros([1000, 1]));
    let mut training = Training::new(params, 1e-2);
    let step = || training.step(|p| (p.constant(&a).matmul(p.get(w)) - p.constant(&b)).square().mean());
    measure(budget, step)
}

/// A batch of images and the positions of their labels.
type Batch<T> = (Tensor<T>, Tensor<usize>);

/// The net 784-128-10 with its initial weights.
pub(crate) struct Classifier {
    layers: [[ParamId; 2]; 2],
}

impl Classifier {
    pub(crate) const BATCH: usize = 64;

    pub(crate) fn new<T: Real>() -> (Self, Params<T>) {
        let mut params = Params::new();
        let mut layer = |name: &str, weight: Tensor<T>| {
            let columns = weight.shape()[1];
            [
                add(&mut params, &format!("{name}.weight"), weight),
                add(&mut params, &format!("{name}.bias"), Tensor::zeros([columns])),
            ]
        };
        let layers = [
            layer("hidden", scaled(12, &[784, 128], 2.0 / 28.0)),
            layer("output", scaled(13, &[128, 10], 2.0 / 128f64.sqrt())),
        ];
        (Self { layers }, params)
    }

    /// The mean cross-entropy of a batch.
    pub(crate) fn loss<'t, T: Real>(&self, p: &Bound<'t, T>, (x, labels): &Batch<T>) -> Var<'t, T> {
        let [[w1, b1], [w2, b2]] = self.layers.map(|layer| layer.map(|id| p.get(id)));
        let logits = p.constant(x).linear(w1, Some(b1)).relu().linear(w2, Some(b2));
        (logits.logsumexp_axes(&[1]) - logits.gather(1, labels).squeeze_axis(1)).mean()
    }

    /// `count` batches of images.
    pub(crate) fn batches<T: Real>(count: usize) -> Vec<Batch<T>> {
        let images = tensor::<T>(10, &[count, Self::BATCH, 784]);
        let labels = labels(11, count * Self::BATCH, 10);
        let batch = |i: usize| {
            let of_batch = &labels[i * Self::BATCH..(i + 1) * Self::BATCH];
            let labels = Tensor::from_slice([Self::BATCH, 1], of_batch).expect("as many labels as images");
            (images.select(0, i), labels)
        };
        (0..count).map(batch).collect()
    }
}

/// The classifier on prepared batches in turn.
fn classifier<T: Real>(budget: f64) -> (f64, f64) {
    let (net, params) = Classifier::new::<T>();
    let batches = Classifier::batches::<T>(937);
    let mut training = Training::new(params, 1e-3);
    let mut next = batches.iter().cycle();
    let step = || {
        let batch = next.next().expect("a cycle");
        training.step(|p| net.loss(p, batch))
    };
    measure(budget, step)
}

/// A net 2-16-16-1 that learns a product.
fn small_net<T: Real>(budget: f64) -> (f64, f64) {
    let x = scaled::<T>(30, &[32, 2], 2.0);
    let y = x.narrow(1, 0, 1) * x.narrow(1, 1, 1);
    let mut params = Params::new();
    let mut layer = |name: &str, seed: u64, shape: [usize; 2]| {
        let weight = add(&mut params, &format!("{name}.weight"), tensor(seed, &shape));
        (weight, add(&mut params, &format!("{name}.bias"), Tensor::zeros([shape[1]])))
    };
    let layers = [layer("first", 31, [2, 16]), layer("second", 32, [16, 16]), layer("third", 33, [16, 1])];
    let mut training = Training::new(params, 1e-3);
    let step = || {
        training.step(|p| {
            let [first, second, third] = layers.map(|(weight, bias)| (p.get(weight), p.get(bias)));
            let h = p.constant(&x).linear(first.0, Some(first.1)).tanh();
            let h = h.linear(second.0, Some(second.1)).tanh();
            (h.linear(third.0, Some(third.1)) - p.constant(&y)).square().mean()
        })
    };
    measure(budget, step)
}

/// The gradient of logistic regression on 10000 points of 100 features, after gradient descent with learning rate ½.
fn logistic_regression<T: Real>(budget: f64) -> (f64, f64) {
    let x = scaled::<T>(60, &[10_000, 100], 2.0);
    let y = tensor::<T>(61, &[10_000, 1]);
    let y = Tensor::from_fn(y.shape(), |i| if y.at(&[i, 0]) > T::zero() { T::one() } else { T::zero() });
    let mut params = Params::new();
    let w = add(&mut params, "w", Tensor::zeros([100, 1]));
    let mut gradient = params.zeros_like();
    macro_rules! loss {
        () => {
            |p| {
                let logits = p.constant(&x).matmul(p.get(w));
                (logits.softplus() - logits * p.constant(&y)).mean()
            }
        };
    }
    for _ in 0..CHECKED_STEPS {
        value_and_grad_into(&params, gradient.as_mut_slice(), loss!());
        for (w, g) in params.as_mut_slice().iter_mut().zip(gradient.as_slice()) {
            *w -= T::constant(0.5) * *g;
        }
    }
    let loss = value(&params, loss!()).to_f64();
    let seconds = median_seconds(budget, || {
        black_box(value_and_grad_into(&params, gradient.as_mut_slice(), loss!()));
    });
    (loss, seconds)
}

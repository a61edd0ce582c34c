//! Functions to be minimised, with the constants of `golden/generate.py`.

use gradus_optim::Layout;
use gradus_tensor::{Params, Real, Tensor};

/// A function, its gradient and where runs start.
pub(crate) struct Problem<T> {
    /// Of the parameters, one after the other.
    pub(crate) shapes: &'static [&'static [usize]],
    pub(crate) start: Vec<T>,
    pub(crate) gradient: fn(&[T]) -> Vec<T>,
    pub(crate) value: fn(&[T]) -> T,
}

impl<T: Real> Problem<T> {
    /// The problem that the golden files call by this name.
    pub(crate) fn named(name: &str) -> Self {
        let constants = |values: &[f64]| values.iter().map(|&value| T::constant(value)).collect();
        match name {
            "quadratic" => Self {
                shapes: &[&[4]],
                start: constants(&[3.0, -2.0, 4.0, 2.5]),
                gradient: |x| quadratic(x).1,
                value: |x| quadratic(x).0,
            },
            "rosenbrock" => Self {
                shapes: &[&[2]],
                start: constants(&[-1.2, 1.0]),
                gradient: |x| rosenbrock(x).1,
                value: |x| rosenbrock(x).0,
            },
            "net" => Self { shapes: &NET, start: net_start(), gradient: |x| net(x).1, value: |x| net(x).0 },
            "weights" => Self {
                shapes: &[NET[0], NET[2]],
                start: weights(&net_start()),
                gradient: |x| weights(&net(&with_biases(x)).1),
                value: |x| net(&with_biases(x)).0,
            },
            other => panic!("no problem {other}"),
        }
    }

    /// The parameters where runs start.
    pub(crate) fn params(&self) -> Params<T> {
        let mut params = Params::new();
        for (i, &shape) in self.shapes.iter().enumerate() {
            params.add(&i.to_string(), &Tensor::zeros(shape)).expect("paths are unique");
        }
        params.as_mut_slice().copy_from_slice(&self.start);
        params
    }

    /// The parameters without their values.
    pub(crate) fn layout(&self) -> Layout {
        Layout::from(&self.params())
    }

    /// Loss, and gradient where it is asked for.
    pub(crate) fn evaluate(&self, params: &Params<T>, gradient: Option<&mut [T]>) -> T {
        if let Some(gradient) = gradient {
            gradient.copy_from_slice(&(self.gradient)(params.as_slice()));
        }
        (self.value)(params.as_slice())
    }
}

/// ½ (x − x*)ᵀ H (x − x*), condition number about 1100.
fn quadratic<T: Real>(x: &[T]) -> (T, Vec<T>) {
    const HESSIAN: [[f64; 4]; 4] =
        [[100.0, 3.0, 0.0, 0.0], [3.0, 10.0, 0.5, 0.0], [0.0, 0.5, 1.0, 0.1], [0.0, 0.0, 0.1, 0.1]];
    const MINIMISER: [f64; 4] = [1.0, 2.0, -1.0, 0.5];
    let difference: Vec<T> = x.iter().zip(MINIMISER).map(|(&x, m)| x - T::constant(m)).collect();
    let dot = |row: &[T]| row.iter().zip(&difference).fold(T::zero(), |sum, (&a, &b)| sum + a * b);
    let gradient: Vec<T> = HESSIAN.map(|row| dot(&row.map(T::constant))).to_vec();
    (dot(&gradient) * T::constant(0.5), gradient)
}

/// (1 − x)² + 100 (y − x²)².
fn rosenbrock<T: Real>(x: &[T]) -> (T, Vec<T>) {
    let c = T::constant;
    let (ahead, valley) = (c(1.0) - x[0], x[1] - x[0] * x[0]);
    let value = ahead * ahead + c(100.0) * valley * valley;
    (value, vec![c(-2.0) * ahead - c(400.0) * x[0] * valley, c(200.0) * valley])
}

const SAMPLES: usize = 8;
const INPUTS: usize = 3;
const HIDDEN: usize = 4;
const OUTPUTS: usize = 2;

/// Numbers that are exact in binary and follow no pattern that matters.
fn grid<T: Real>((i, j): (usize, usize), (a, b): (usize, usize), modulus: usize, divisor: f64) -> T {
    T::constant((((a * i + b * j) % modulus) as f64 - (modulus / 2) as f64) / divisor)
}

fn net_start<T: Real>() -> Vec<T> {
    let matrix = |rows, columns, factors, modulus, divisor| {
        (0..rows * columns).map(move |k| grid((k / columns, k % columns), factors, modulus, divisor))
    };
    let first = matrix(HIDDEN, INPUTS, (3, 5), 7, 8.0).chain(matrix(1, HIDDEN, (0, 3), 5, 8.0));
    let second = matrix(OUTPUTS, HIDDEN, (2, 3), 5, 4.0).chain(matrix(1, OUTPUTS, (0, 2), 3, 4.0));
    first.chain(second).collect()
}

/// The shapes of the parameters of the net.
const NET: [&[usize]; 4] = [&[HIDDEN, INPUTS], &[HIDDEN], &[OUTPUTS, HIDDEN], &[OUTPUTS]];

/// The two matrices among the parameters of the net.
fn weights<T: Real>(x: &[T]) -> Vec<T> {
    [&x[..HIDDEN * INPUTS], &x[HIDDEN * INPUTS + HIDDEN..x.len() - OUTPUTS]].concat()
}

/// The net with these two matrices and the biases that runs start with.
fn with_biases<T: Real>(weights: &[T]) -> Vec<T> {
    let mut x = net_start();
    let (first, second) = weights.split_at(HIDDEN * INPUTS);
    x[..HIDDEN * INPUTS].copy_from_slice(first);
    let end = x.len() - OUTPUTS;
    x[HIDDEN * INPUTS + HIDDEN..end].copy_from_slice(second);
    x
}

/// Mean of ½‖output − target‖² of a tanh net 3 → 4 → 2 on eight points.
fn net<T: Real>(x: &[T]) -> (T, Vec<T>) {
    let (first, rest) = x.split_at(HIDDEN * INPUTS);
    let (first_bias, rest) = rest.split_at(HIDDEN);
    let (second, second_bias) = rest.split_at(OUTPUTS * HIDDEN);
    let scale = T::constant(1.0 / SAMPLES as f64);
    let mut loss = T::zero();
    let mut gradient = vec![T::zero(); x.len()];
    for sample in 0..SAMPLES {
        let input: [T; INPUTS] = std::array::from_fn(|j| grid((sample, j), (7, 3), 11, 4.0));
        let hidden: [T; HIDDEN] = std::array::from_fn(|i| {
            let sum = (0..INPUTS).fold(T::zero(), |sum, j| sum + first[i * INPUTS + j] * input[j]);
            (sum + first_bias[i]).tanh()
        });
        let error: [T; OUTPUTS] = std::array::from_fn(|i| {
            let sum = (0..HIDDEN).fold(T::zero(), |sum, j| sum + second[i * HIDDEN + j] * hidden[j]);
            sum + second_bias[i] - grid((sample, i), (5, 2), 7, 4.0)
        });
        let (first_gradient, rest) = gradient.split_at_mut(HIDDEN * INPUTS);
        let (first_bias_gradient, rest) = rest.split_at_mut(HIDDEN);
        let (second_gradient, second_bias_gradient) = rest.split_at_mut(OUTPUTS * HIDDEN);
        for i in 0..OUTPUTS {
            loss += scale * T::constant(0.5) * error[i] * error[i];
            second_bias_gradient[i] += scale * error[i];
            for j in 0..HIDDEN {
                second_gradient[i * HIDDEN + j] += scale * error[i] * hidden[j];
            }
        }
        for i in 0..HIDDEN {
            let back = (0..OUTPUTS).fold(T::zero(), |sum, k| sum + second[k * HIDDEN + i] * error[k]);
            let back = scale * back * (T::one() - hidden[i] * hidden[i]);
            first_bias_gradient[i] += back;
            for j in 0..INPUTS {
                first_gradient[i * INPUTS + j] += back * input[j];
            }
        }
    }
    (loss, gradient)
}

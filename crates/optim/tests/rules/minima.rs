//! Functions with known minima.

use gradus_optim::Layout;
use gradus_tensor::{Params, Tensor};

/// A function whose minimum is 0.
pub(crate) struct Minimum {
    pub(crate) name: &'static str,
    pub(crate) shape: &'static [usize],
    pub(crate) start: Vec<f64>,
    pub(crate) value: fn(&[f64]) -> f64,
    pub(crate) gradient: fn(&[f64]) -> Vec<f64>,
}

impl Minimum {
    pub(crate) fn params(&self) -> Params<f64> {
        let mut params = Params::single("x", &Tensor::zeros(self.shape));
        params.as_mut_slice().copy_from_slice(&self.start);
        params
    }

    pub(crate) fn layout(&self) -> Layout {
        Layout::from(&self.params())
    }

    pub(crate) fn evaluate(&self, x: &Params<f64>, gradient: Option<&mut [f64]>) -> f64 {
        if let Some(gradient) = gradient {
            gradient.copy_from_slice(&(self.gradient)(x.as_slice()));
        }
        (self.value)(x.as_slice())
    }
}

/// All of them, from easy to hard.
pub(crate) fn all() -> Vec<Minimum> {
    vec![
        Minimum {
            name: "quadratic",
            shape: &[3],
            start: vec![1.0, -2.0, 3.0],
            value: |x| quadratic(&[1.0, 2.0, 4.0], x),
            gradient: |x| quadratic_gradient(&[1.0, 2.0, 4.0], x),
        },
        Minimum {
            name: "ill-conditioned quadratic",
            shape: &[3],
            start: vec![1.0, -2.0, 3.0],
            value: |x| quadratic(&[10.0, 1.0, 0.02], x),
            gradient: |x| quadratic_gradient(&[10.0, 1.0, 0.02], x),
        },
        Minimum {
            name: "over-parameterised least squares",
            shape: &[2, 4],
            start: vec![0.5, -0.5, 1.0, 0.0, -1.0, 0.3, 0.7, -0.2],
            value: |w| least_squares(w).0,
            gradient: |w| least_squares(w).1,
        },
        Minimum {
            name: "logistic",
            shape: &[2],
            start: vec![3.0, -2.0],
            value: |w| logistic(w).0 - LOGISTIC_MINIMUM,
            gradient: |w| logistic(w).1,
        },
        Minimum {
            name: "x² + 3 sin² x",
            shape: &[2],
            start: vec![3.0, -4.5],
            value: |x| x.iter().map(|x| x * x + 3.0 * x.sin().powi(2)).sum(),
            gradient: |x| x.iter().map(|x| 2.0 * x + 3.0 * (2.0 * x).sin()).collect(),
        },
        Minimum {
            name: "Rosenbrock",
            shape: &[2],
            start: vec![-1.2, 1.0],
            value: |x| (1.0 - x[0]).powi(2) + 100.0 * (x[1] - x[0] * x[0]).powi(2),
            gradient: |x| {
                let valley = x[1] - x[0] * x[0];
                vec![-2.0 * (1.0 - x[0]) - 400.0 * x[0] * valley, 200.0 * valley]
            },
        },
        Minimum {
            name: "quartic",
            shape: &[2],
            start: vec![1.0, -0.5],
            value: |x| x.iter().map(|x| x.powi(4)).sum(),
            gradient: |x| x.iter().map(|x| 4.0 * x.powi(3)).collect(),
        },
    ]
}

fn quadratic(curvatures: &[f64], x: &[f64]) -> f64 {
    curvatures.iter().zip(x).map(|(a, x)| a * x * x / 2.0).sum()
}

fn quadratic_gradient(curvatures: &[f64], x: &[f64]) -> Vec<f64> {
    curvatures.iter().zip(x).map(|(a, x)| a * x).collect()
}

/// Mean of ½r² over four samples with eight features.
fn least_squares(w: &[f64]) -> (f64, Vec<f64>) {
    const SAMPLES: usize = 4;
    let mut loss = 0.0;
    let mut gradient = vec![0.0; w.len()];
    for sample in 0..SAMPLES {
        let feature = |i: usize| ((1 + sample) as f64 * (1 + i) as f64 * 1.7).sin();
        let residual = w.iter().enumerate().map(|(i, w)| w * feature(i)).sum::<f64>() - (sample as f64).cos();
        loss += residual * residual / 2.0 / SAMPLES as f64;
        gradient.iter_mut().enumerate().for_each(|(i, g)| *g += residual * feature(i) / SAMPLES as f64);
    }
    (loss, gradient)
}

/// The minimum of [`logistic`]: the value where 2·10⁵ steps of gradient descent have made the gradient 1e-16.
const LOGISTIC_MINIMUM: f64 = 0.637_515_012_669_503;

/// Mean of ln(1 + e^(−y·⟨x, w⟩)) over points that no line separates, plus 0.05‖w‖².
fn logistic(w: &[f64]) -> (f64, Vec<f64>) {
    const POINTS: [([f64; 2], f64); 6] = [
        ([1.0, 0.5], 1.0),
        ([0.3, 1.5], 1.0),
        ([-0.5, 0.8], -1.0),
        ([-1.0, -1.0], -1.0),
        ([0.2, -0.7], 1.0),
        ([1.2, 0.1], -1.0),
    ];
    let mut loss = 0.05 * (w[0] * w[0] + w[1] * w[1]);
    let mut gradient = vec![0.1 * w[0], 0.1 * w[1]];
    for (x, y) in POINTS {
        let margin = y * (x[0] * w[0] + x[1] * w[1]);
        loss += (-margin).exp().ln_1p() / POINTS.len() as f64;
        let slope = -y / (1.0 + margin.exp()) / POINTS.len() as f64;
        (0..2).for_each(|i| gradient[i] += slope * x[i]);
    }
    (loss, gradient)
}

//! Every reduction over every set of axes of views of all kinds.

use gradus_tensor::{Real, Rng, Tensor};
use gradus_testkit::compare::assert_within;
use gradus_testkit::generate::{self, LIES, Lie};
use gradus_testkit::naive;

use crate::{settled, subsets};

/// A reduction, its twin in double precision, and the magnitude to which rounding errors are relative.
struct Row<T: Real> {
    name: &'static str,
    dropped: fn(&Tensor<T>, &[usize]) -> Tensor<T>,
    kept: fn(&Tensor<T>, &[usize]) -> Tensor<T>,
    twin: fn(&[f64]) -> f64,
    magnitude: fn(&[f64]) -> f64,
}

fn norm(run: &[f64], order: f64) -> f64 {
    run.iter().map(|x| x.abs().powf(order)).sum::<f64>().powf(order.recip())
}

fn mean(run: &[f64]) -> f64 {
    run.iter().sum::<f64>() / run.len() as f64
}

fn variance(run: &[f64], correction: f64) -> f64 {
    let mean = mean(run);
    run.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / (run.len() as f64 - correction).max(0.0)
}

fn largest(run: &[f64]) -> f64 {
    run.iter().fold(0.0, |largest, x| f64::max(largest, x.abs()))
}

/// In units of the roundoff of `T`, for at most 120 elements: each term and each join rounds once or twice, roots and
/// logarithms once more; powers of order 3 go through exp and ln, whose errors are multiplied by their arguments.
const BOUND: f64 = 250.0;

fn rows<T: Real>() -> Vec<Row<T>> {
    macro_rules! row {
        ($name:literal, $dropped:ident $kept:ident $(($setting:expr))?, $twin:expr, $magnitude:expr) => {
            Row {
                name: $name,
                dropped: |x, axes| x.$dropped(axes $(, $setting)?),
                kept: |x, axes| x.$kept(axes $(, $setting)?),
                twin: $twin,
                magnitude: $magnitude,
            }
        };
    }
    vec![
        row!("sum", sum_axes sum_keepdim, |run| run.iter().sum(), |run| norm(run, 1.0)),
        row!("mean", mean_axes mean_keepdim, mean, largest),
        row!("prod", prod_axes prod_keepdim, |run| run.iter().product(), |run| run.iter().product::<f64>().abs()),
        row!("var", var_axes var_keepdim (1), |run| variance(run, 1.0), |run| largest(run).powi(2)),
        row!("var, biased", var_axes var_keepdim (0), |run| variance(run, 0.0), |run| largest(run).powi(2)),
        row!("norm 0", norm_axes norm_keepdim (0.0), |run| run.len() as f64, |_| 0.0),
        row!("norm 1", norm_axes norm_keepdim (1.0), |run| norm(run, 1.0), |run| norm(run, 1.0)),
        row!("norm 2", norm_axes norm_keepdim (2.0), |run| norm(run, 2.0), |run| norm(run, 2.0)),
        row!("norm 3", norm_axes norm_keepdim (3.0), |run| norm(run, 3.0), |run| norm(run, 3.0)),
        row!("norm ∞", norm_axes norm_keepdim (f64::INFINITY), largest, |_| 0.0),
        row!(
            "logsumexp", logsumexp_axes logsumexp_keepdim,
            |run| run.iter().map(|x| x.exp()).sum::<f64>().ln(), |run| 1.0 + largest(run)
        ),
        row!("max", max_axes max_keepdim, |run| run.iter().copied().fold(f64::NEG_INFINITY, f64::max), |_| 0.0),
        row!("min", min_axes min_keepdim, |run| run.iter().copied().fold(f64::INFINITY, f64::min), |_| 0.0),
    ]
}

/// Checks one reduction of a tensor that has elements.
fn check<T: Real>(row: &Row<T>, x: &Tensor<T>, axes: &[usize], context: &str) {
    let context = format!("{} of {context} along {axes:?}, {}", row.name, T::DTYPE);
    let count: usize = axes.iter().map(|&axis| x.shape()[axis]).product();
    if row.name == "var" && count == 1 {
        // 0/0; the table of corners has it.
        return;
    }
    let found = settled(x, &context, |x| (row.dropped)(x, axes));
    let exact = naive::map(&widened(x), |x| x);
    let expected = naive::fold_axes(&exact, axes, row.twin);
    let magnitude = naive::fold_axes(&exact, axes, row.magnitude);
    let unit = T::EPSILON.to_f64() / 2.0;
    let bound = &magnitude * (BOUND * unit);
    assert_within(&widened(&found), &expected, &bound, &context);
    let kept = (row.kept)(x, axes);
    let shape: Vec<usize> =
        x.shape().iter().enumerate().map(|(axis, &n)| if axes.contains(&axis) { 1 } else { n }).collect();
    assert_eq!(&*kept.shape(), shape, "{context}");
    assert!(
        kept.to_vec().iter().zip(found.to_vec()).all(|(a, b)| a.to_f64().to_bits() == b.to_f64().to_bits())
    );
}

pub(crate) fn widened<T: Real>(x: &Tensor<T>) -> Tensor<f64> {
    let elements: Vec<f64> = x.to_vec().into_iter().map(T::to_f64).collect();
    Tensor::from_slice(x.shape(), &elements).expect("as many elements")
}

fn check_all<T: Real>() {
    let mut rng = Rng::new(7);
    let shapes: [&[usize]; 8] = [&[], &[1], &[7], &[3, 1], &[5, 4], &[2, 1, 9], &[3, 4, 2], &[2, 3, 4, 5]];
    for shape in shapes {
        for lie in LIES {
            // Away from 0, since the norm of order 0 counts, and not all of one sign.
            let x: Tensor<T> = generate::tensor(&mut rng, shape, 0.5..2.0, lie);
            let signs: Tensor<T> = generate::tensor(&mut rng, shape, -1.0..1.0, Lie::Contiguous);
            let mixed = naive::zip(&x, &signs, |x, sign| if sign < T::zero() { -x } else { x });
            for axes in subsets(shape.len()) {
                for row in rows::<T>() {
                    check(&row, &x, &axes, &format!("{shape:?}, {lie:?}"));
                    check(&row, &mixed, &axes, &format!("{shape:?} of both signs"));
                }
            }
        }
    }
}

#[test]
fn every_reduction_over_every_set_of_axes_f32() {
    check_all::<f32>();
}

#[test]
fn every_reduction_over_every_set_of_axes_f64() {
    check_all::<f64>();
}

/// Every order of the axes and every axis backwards, over shapes that take every kernel: rows short and long, columns
/// narrow and wide, several blocks, several steps, several threads.
#[test]
fn bits_do_not_depend_on_the_layout() {
    let mut rng = Rng::new(8);
    let shapes: [&[usize]; 9] = [
        &[33, 300],
        &[5000, 3],
        &[3, 9000],
        &[70_001, 2],
        &[16, 17],
        &[40, 7, 300],
        &[9, 520, 16],
        &[3, 4, 5, 600],
        &[2, 1200, 70],
    ];
    for shape in shapes {
        let base: Tensor<f32> = rng.uniform(shape, -1.0, 2.0);
        let reversed: Vec<usize> = (0..shape.len()).rev().collect();
        let rotated: Vec<usize> = (0..shape.len()).map(|axis| (axis + 1) % shape.len()).collect();
        let orders = [reversed, rotated, (0..shape.len()).collect()];
        for (order, flips) in
            orders.iter().flat_map(|order| subsets(1).chain([vec![shape.len() - 1]]).map(move |f| (order, f)))
        {
            let x = base.permute(order).flip(&flips);
            for axes in subsets(shape.len()) {
                let context = format!("{shape:?} in order {order:?}, {flips:?} backwards, along {axes:?}");
                settled(&x, &context, |x| x.sum_axes(&axes));
                settled(&x, &context, |x| x.max_axes(&axes));
                settled(&x, &context, |x| x.var_axes(&axes, 0));
            }
        }
    }
}

#[test]
fn whole_tensors_reduce_to_scalars() {
    let x = Tensor::<f64>::from_rows([[3.0, -4.0], [0.0, 12.0]]);
    assert_eq!(x.sum(), Tensor::scalar(11.0));
    assert_eq!(x.mean(), Tensor::scalar(2.75));
    assert_eq!(x.prod(), Tensor::scalar(0.0));
    assert_eq!(x.max(), Tensor::scalar(12.0));
    assert_eq!(x.min(), Tensor::scalar(-4.0));
    assert_eq!(x.norm(2.0), Tensor::scalar(13.0));
    assert_eq!(x.norm(1.0), Tensor::scalar(19.0));
    assert_eq!(x.norm(f64::NEG_INFINITY), Tensor::scalar(0.0));
    assert_eq!(x.count_nonzero(), Tensor::scalar(3));
    assert_eq!(x.var(0), Tensor::scalar(34.6875));
    assert_eq!(x.var(1), Tensor::scalar(46.25));
    assert_eq!(x.std(1), Tensor::scalar(46.25f64.sqrt()));
}

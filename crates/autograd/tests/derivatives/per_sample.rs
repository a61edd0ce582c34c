//! One gradient per sample against a loop over the samples, and against the Jacobian of the losses.

use std::ops::Range;

use gradus_autograd::{
    Bound, Op, PerSampleGradients, Reverse, Samples, Var, checkpoint, einsum, grad, jacobian,
    per_sample_gradients, per_sample_norms, value_and_grad,
};
use gradus_tensor::{Conv1d, Conv2d, MaxPool2d, ParamId, Params, Real, Rng, Tensor};
use gradus_testkit::panics::assert_panic;

/// Sums of some tens of products, in another order: relative to the largest element.
const TOLERANCE: f64 = 1e-13;

/// Among them the extents of parameters and data below, which must not be taken for an axis of samples.
const COUNTS: [usize; 5] = [1, 2, 3, 4, 7];

fn params(seed: u64, shapes: &[&[usize]]) -> (Params<f64>, Vec<ParamId>) {
    let (mut rng, mut params) = (Rng::new(seed), Params::new());
    let ids = shapes.iter().enumerate();
    let ids = ids.map(|(i, shape)| {
        params.add(&format!("p{i}"), &rng.uniform(*shape, -1.0, 1.0)).expect("different names")
    });
    let ids = ids.collect();
    (params, ids)
}

fn data(seed: u64, shape: &[usize]) -> Tensor<f64> {
    Rng::new(100 + seed).uniform(shape, -1.0, 1.0)
}

#[track_caller]
fn assert_close(found: &[f64], expected: &[f64], what: &str) {
    let size = expected.iter().fold(1.0, |size: f64, x| size.max(x.abs()));
    assert_eq!(found.len(), expected.len(), "{what}");
    for (i, (found, expected)) in found.iter().zip(expected).enumerate() {
        assert!(
            (found - expected).abs() <= TOLERANCE * size,
            "{what}: element {i} is {found}, not {expected}"
        );
    }
}

/// Norms, mean and moments of rows that are known to be right.
#[track_caller]
fn check_norms(result: &PerSampleGradients<f64>, params: &Params<f64>, what: &str) {
    let (count, len) = (result.gradients.shape()[0], params.len());
    let rows = result.gradients.to_vec();
    let row = |b: usize| &rows[b * len..(b + 1) * len];
    let squares: Vec<f64> = (0..count).map(|b| row(b).iter().map(|g| g * g).sum()).collect();
    let mean: Vec<f64> =
        (0..len).map(|i| (0..count).map(|b| row(b)[i]).sum::<f64>() / count as f64).collect();
    let norms = &result.norms;
    assert_close(&norms.squared_norms.to_vec(), &squares, what);
    assert_close(norms.mean.as_slice(), &mean, what);
    let second = squares.iter().sum::<f64>() / count as f64;
    let of_mean: f64 = mean.iter().map(|g| g * g).sum();
    assert_close(&[norms.mean_square(), norms.squared_norm_of_mean()], &[second, of_mean], what);
    // A difference: relative to what it is a difference of.
    assert_close(&[norms.variance(), second], &[second - of_mean, second], what);
    assert_close(&norms.norms().to_vec(), &squares.iter().map(|x| x.sqrt()).collect::<Vec<_>>(), what);
}

/// Losses of a range of samples, behind a pointer: the machinery is compiled once, not for every closure.
type Losses<'a> = &'a dyn for<'t> Fn(&Bound<'t, f64>, Range<usize>) -> Var<'t, f64>;

/// Both forms against the Jacobian of the losses.
#[track_caller]
fn check_against_jacobian<F>(params: &Params<f64>, one_pass: bool, what: &str, f: F)
where
    F: for<'t> Fn(&Bound<'t, f64>) -> Var<'t, f64>,
{
    check_rows(params, one_pass, what, 0, &|p, _| f(p));
}

#[track_caller]
fn check_rows(params: &Params<f64>, one_pass: bool, what: &str, count: usize, f: Losses<'_>) -> Tensor<f64> {
    let result = per_sample_gradients(params, |p| f(p, 0..count));
    let (values, rows) = jacobian(params, |p| f(p, 0..count));
    assert_eq!(result.norms.values, values, "{what}");
    assert_eq!(result.norms.one_pass, one_pass, "{what}: in one pass");
    assert_eq!(result.gradients.shape(), rows.shape(), "{what}");
    assert_close(&result.gradients.to_vec(), &rows.to_vec(), what);
    check_norms(&result, params, what);
    let norms = per_sample_norms(params, |p| f(p, 0..count));
    assert_eq!((&norms.values, norms.one_pass), (&values, one_pass), "{what}");
    assert_close(&norms.squared_norms.to_vec(), &result.norms.squared_norms.to_vec(), what);
    assert_close(norms.mean.as_slice(), result.norms.mean.as_slice(), what);
    assert_eq!(gradus_autograd::live_nodes(), 0, "{what}");
    result.gradients
}

/// `f` gives the losses of a range of samples. One pass over all must equal a loop over single samples.
#[track_caller]
fn check<F>(what: &str, params: &Params<f64>, f: F)
where
    F: for<'t> Fn(&Bound<'t, f64>, Range<usize>) -> Var<'t, f64>,
{
    check_counts(what, params, &f);
}

#[track_caller]
fn check_counts(what: &str, params: &Params<f64>, f: Losses<'_>) {
    for count in COUNTS {
        let what = format!("{what}, {count} samples");
        let gradients = check_rows(params, true, &what, count, f);
        let looped: Vec<f64> = (0..count)
            .flat_map(|b| value_and_grad(params, |p| f(p, b..b + 1).sum()).1.as_slice().to_vec())
            .collect();
        assert_close(&gradients.to_vec(), &looped, &what);
    }
}

/// The part of constants that belongs to some samples.
fn part<'t>(p: &Bound<'t, f64>, x: &Tensor<f64>, samples: &Range<usize>) -> Var<'t, f64> {
    p.constant(&x.narrow(0, samples.start, samples.len()))
}

const MOST: usize = 7;

#[test]
fn multilayer_perceptrons() {
    let (params, ids) = params(1, &[&[4, 3], &[3], &[3, 4], &[4]]);
    let x = data(1, &[MOST, 4]);
    let labels = [0, 3, 1, 2, 2, 0, 1];
    check("linear, cross-entropy", &params, |p, samples| {
        let [w1, b1, w2, b2] = [0, 1, 2, 3].map(|i| p.get(ids[i]));
        let hidden = part(p, &x, &samples).linear(w1, Some(b1)).relu();
        let logits = hidden.linear(w2, Some(b2)).log_softmax(1);
        let count = samples.len();
        let label = Tensor::from_fn([count, 1], |b| labels[samples.start + b]);
        -logits.gather(1, &label).reshape([count])
    });
    check("matmul, bias added", &params, |p, samples| {
        let [w1, b1, w2, b2] = [0, 1, 2, 3].map(|i| p.get(ids[i]));
        let hidden = (part(p, &x, &samples).matmul(w1) + b1).tanh();
        (hidden.matmul(w2) - b2).square().sum_axes(&[1])
    });
    check("tied weights, transposed", &params, |p, samples| {
        let x = part(p, &x, &samples);
        let hidden = x.matmul(p.get(ids[0])) / (p.get(ids[1]).square() + 1.0);
        (hidden.matmul(p.get(ids[0]).t()) - x).square().mean_axes(&[1])
    });
    check("several rows per sample", &params, |p, samples| {
        let rows = part(p, &data(2, &[MOST, 5, 4]), &samples);
        let hidden = rows.linear(p.get(ids[0]), Some(p.get(ids[1]))).sigmoid();
        let flat = hidden.reshape([5 * samples.len(), 3]).linear(p.get(ids[2]), None);
        (flat * p.get(ids[3])).tanh().reshape([samples.len(), 20]).sum_axes(&[1])
    });
    check("a vector of weights", &params, |p, samples| part(p, &x, &samples).matmul(p.get(ids[3])).exp());
}

#[test]
fn convolutions() {
    let (params, ids) = params(2, &[&[4, 2, 3, 3], &[4], &[36, 3], &[4, 1, 2, 2], &[2, 3, 2, 2], &[3, 2, 3]]);
    let images = data(3, &[MOST, 2, 8, 8]);
    check("conv2d, pooling, linear", &params, |p, samples| {
        let [weight, bias, head] = [0, 1, 2].map(|i| p.get(ids[i]));
        let x = part(p, &images, &samples);
        let x = x.conv2d(weight, Some(bias), Conv2d::default()).max_pool2d(MaxPool2d::new([2, 2]));
        x.tanh().reshape([samples.len(), 36]).matmul(head).square().sum_axes(&[1])
    });
    check("groups, transposed", &params, |p, samples| {
        let grouped = Conv2d { groups: 2, ..Conv2d::default() };
        let x = part(p, &images, &samples).conv2d(p.get(ids[3]), None, grouped);
        let x = x.narrow(1, 0, 2).conv_transpose2d(p.get(ids[4]), [0, 0], Conv2d::default());
        x.square().sum_axes(&[1, 2, 3])
    });
    check("conv1d", &params, |p, samples| {
        let x = part(p, &data(4, &[MOST, 2, 6]), &samples);
        x.conv1d(p.get(ids[5]), None, Conv1d::default().padded(1)).tanh().mean_axes(&[1, 2])
    });
}

/// A block with embeddings, positions, layer norm, two heads and a mean over the tokens.
fn attention<'t>(p: &Bound<'t, f64>, ids: &[ParamId], tokens: &[usize], length: usize) -> Var<'t, f64> {
    let [table, positions, gain, query, key, value] = [0, 1, 2, 3, 4, 5].map(|i| p.get(ids[i]));
    let count = tokens.len() / length;
    let x = table.index_select(0, tokens).reshape([count, length, 4]) + positions;
    let centred = x - x.mean_keepdim(&[2]);
    let x = centred / (centred.square().mean_keepdim(&[2]) + 1e-5).sqrt() * gain;
    let heads = |w: Var<'t, f64>| x.matmul(w).reshape([count, length, 2, 2]).permute(&[0, 2, 1, 3]);
    let (q, k, v) = (heads(query), heads(key), heads(value));
    let scores = q.matmul(k.transpose(2, 3)) / 2f64.sqrt();
    let mixed = scores.softmax(3).matmul(v).permute(&[0, 2, 1, 3]).reshape([count, length, 4]);
    (mixed + x).square().mean_axes(&[1, 2])
}

#[test]
fn attention_and_embeddings() {
    let length = 3;
    let (params, ids) = params(3, &[&[6, 4], &[length, 4], &[4], &[4, 4], &[4, 4], &[4, 4]]);
    let tokens: Vec<usize> = (0..MOST * 4).map(|i| (i * i + i / 2) % 6).collect();
    check("attention", &params, |p, samples| {
        attention(p, &ids, &tokens[samples.start * length..samples.end * length], length)
    });
    check("gather from a table", &params, |p, samples| {
        let index = Tensor::from_fn([samples.len(), 4], |i| tokens[4 * samples.start + i]);
        p.get(ids[0]).gather(0, &index).square().sum_axes(&[1])
    });
}

#[test]
fn broadcasting() {
    let shapes: [&[usize]; 6] = [&[], &[1], &[3], &[2, 1], &[1, 2, 3], &[1, 1, 1]];
    let (params, ids) = params(4, &shapes);
    let x = data(5, &[MOST, 2, 3]) + 3.0;
    for (i, shape) in shapes.iter().enumerate() {
        for (op, apply) in [
            ("mul", (|x, w| x * w) as for<'t> fn(Var<'t, f64>, Var<'t, f64>) -> Var<'t, f64>),
            ("sub", |x, w| w - x),
            ("div", |x, w| w / x),
            ("maximum", |x, w| (w * 5.0).maximum(x)),
            ("broadcast_to", |x, w| w.broadcast_to(x.shape()).exp() * x),
        ] {
            check(&format!("{op} by {shape:?}"), &params, |p, samples| {
                apply(part(p, &x, &samples), p.get(ids[i])).square().sum_axes(&[1, 2])
            });
        }
    }
    let several = data(6, &[4 * MOST, 3]);
    check("rows of samples by one row", &params, |p, samples| {
        let x = p.constant(&several.narrow(0, 4 * samples.start, 4 * samples.len()));
        (x * p.get(ids[2]) + p.get(ids[0])).tanh().reshape([samples.len(), 12]).sum_axes(&[1])
    });
}

#[test]
fn products_with_a_shared_factor_on_either_side() {
    let (params, ids) = params(5, &[&[3, 4], &[2, 4, 3], &[1, 2, 5, 4], &[4], &[5, 4]]);
    let x = data(7, &[MOST, 4, 2]);
    check("on the left of matrices", &params, |p, samples| {
        p.get(ids[0]).matmul(part(p, &x, &samples)).sin().sum_axes(&[1, 2])
    });
    let heads = data(8, &[MOST, 2, 5, 4]);
    check("on the right, per head", &params, |p, samples| {
        part(p, &heads, &samples).matmul(p.get(ids[1])).square().sum_axes(&[1, 2, 3])
    });
    check("added to and multiplied per head", &params, |p, samples| {
        let shared = p.get(ids[2]) + p.get(ids[3]);
        let y = shared.matmul(part(p, &heads, &samples).transpose(2, 3));
        y.tanh().sum_axes(&[1, 2, 3])
    });
    check("einsum", &params, |p, samples| {
        einsum("bhij,hjk->bik", &[part(p, &heads, &samples), p.get(ids[1])]).square().sum_axes(&[1, 2])
    });
    check("as one operand of an elementwise product of matrices", &params, |p, samples| {
        (part(p, &heads, &samples) * p.get(ids[4])).square().sum_axes(&[1, 2, 3])
    });
}

#[test]
fn functions_of_parameters_alone() {
    let (params, ids) = params(6, &[&[4, 3], &[3], &[12], &[]]);
    let x = data(9, &[MOST, 4]);
    check("a normalised weight", &params, |p, samples| {
        let w = p.get(ids[0]);
        let w = w / w.square().sum_keepdim(&[0]).sqrt() * p.get(ids[1]);
        part(p, &x, &samples).matmul(w).square().sum_axes(&[1])
    });
    check("a penalty", &params, |p, samples| {
        let [w, b] = [0, 1].map(|i| p.get(ids[i]));
        part(p, &x, &samples).linear(w, Some(b)).sum_axes(&[1]) + w.square().sum() + b.exp().mean()
    });
    check("a reshaped, masked and summed weight", &params, |p, samples| {
        let mask = Tensor::from_fn([4, 3], |i| f64::from(i % 2 == 0));
        let w = p.get(ids[2]).reshape([4, 3]) * p.constant(&mask) + p.get(ids[0]).flip(&[0]) * p.get(ids[3]);
        part(p, &x, &samples).matmul(w).tanh().mean_axes(&[1])
    });
}

/// xᵢ·wᵢ summed over the last axis, without a rule for single samples.
struct WeightedSum;

impl Op<f64> for WeightedSum {
    fn name(&self) -> &'static str {
        "weighted_sum"
    }
    fn forward(&self, inputs: &[&Tensor<f64>]) -> Tensor<f64> {
        inputs[0].matmul(inputs[1])
    }
    fn backward(&self, reverse: &mut Reverse<'_, '_, f64>) {
        let (x, w, gradient) = (reverse.input(0), reverse.input(1), reverse.gradient());
        if reverse.wants(0) {
            reverse.add(0, gradient.unsqueeze(1) * w);
        }
        if reverse.wants(1) {
            reverse.add(1, gradient.matmul(x));
        }
    }
}

/// As [`WeightedSum`], with a rule that gives every sample the gradient of the next one: their sum is right.
struct Rotated;

impl Op<f64> for Rotated {
    fn name(&self) -> &'static str {
        "rotated"
    }
    fn forward(&self, inputs: &[&Tensor<f64>]) -> Tensor<f64> {
        Op::<f64>::forward(&WeightedSum, inputs)
    }
    fn backward(&self, reverse: &mut Reverse<'_, '_, f64>) {
        Op::<f64>::backward(&WeightedSum, reverse);
    }
    fn backward_per_sample(&self, samples: &mut Samples<'_, f64>) -> bool {
        let (x, gradient, count) = (samples.input(0), samples.gradient(), samples.count());
        samples.add_each(1, |rows| {
            let next = (rows.start + 1) % count;
            x.select(0, next) * gradient.at(&[next])
        });
        true
    }
}

#[test]
fn a_wrong_rule_for_samples_does_no_harm() {
    let (params, ids) = params(16, &[&[4]]);
    let x = data(16, &[5, 4]);
    check_against_jacobian(&params, false, "rotated", |p| {
        p.tape().apply(Rotated, [p.constant(&x), p.get(ids[0])]).square()
    });
}

#[test]
fn ops_without_a_rule_for_samples() {
    let (params, ids) = params(7, &[&[4, 4], &[4]]);
    let x = data(10, &[MOST, 4]);
    check("a custom op", &params, |p, samples| {
        let hidden = part(p, &x, &samples).matmul(p.get(ids[0])).tanh();
        p.tape().apply(WeightedSum, [hidden, p.get(ids[1])]).square()
    });
    check("checkpoint", &params, |p, samples| {
        let inputs = [part(p, &x, &samples), p.get(ids[0]), p.get(ids[1])];
        checkpoint(&inputs, |v| v[0].linear(v[1], Some(v[2])).tanh()).square().sum_axes(&[1])
    });
    check("a gradient inside", &params, |p, samples| {
        let x = p.variable(&x.narrow(0, samples.start, samples.len()));
        let u = x.linear(p.get(ids[0]), Some(p.get(ids[1]))).tanh().sum_axes(&[1]);
        let first = grad(u.sum(), &[x])[0];
        let second = grad(first.sum(), &[x])[0];
        (second - first + u.unsqueeze(1)).square().sum_axes(&[1])
    });
}

#[test]
fn losses_that_are_a_parameter_a_part_of_one_or_constant() {
    let (params, ids) = params(8, &[&[3], &[3, 2], &[5]]);
    let check = |what, f: for<'t> fn(&Bound<'t, f64>, &[ParamId]) -> Var<'t, f64>| {
        check_against_jacobian(&params, true, what, |p| f(p, &ids));
    };
    check("a parameter", |p, ids| p.get(ids[0]));
    check("a function of one", |p, ids| p.get(ids[0]).exp() * p.get(ids[1]).sum_axes(&[1]));
    check("parts", |p, ids| p.get(ids[2]).narrow(0, 1, 3) + p.get(ids[2]).select(0, 0));
    check("constant", |p, _| p.constant(&Tensor::vector(&[1.0, 2.0])));
}

#[test]
fn no_samples_and_no_parameters() {
    let (params, ids) = params(9, &[&[2], &[0, 2]]);
    let none = Tensor::zeros([0, 2]);
    let result = per_sample_gradients(&params, |p| p.constant(&none).matmul(p.get(ids[0])));
    assert_eq!(result.gradients.shape()[..], [0, 2]);
    assert!(result.norms.mean_square().is_nan());
    let x = data(11, &[3, 2]);
    check_against_jacobian(&params, true, "a parameter without elements", |p| {
        p.constant(&x).linear(p.get(ids[1]).t(), None).sum_axes(&[1]) + p.constant(&x).matmul(p.get(ids[0]))
    });
    check_against_jacobian(&Params::new(), true, "no parameters", |p| p.constant(&x).sum_axes(&[1]));
}

#[test]
fn samples_that_meet_are_noticed() {
    let (params, ids) = params(10, &[&[4, 4], &[4]]);
    for count in [2, 4, 6] {
        let x = data(12, &[count, 4]);
        // As long as there are no more activations than parameters, a gradient per sample is kept of these too.
        let few = 4 * count <= params.len();
        check_against_jacobian(&params, few, "statistics over the batch", |p| {
            let y = p.constant(&x).matmul(p.get(ids[0]));
            let y = y - y.mean_keepdim(&[0]);
            ((y / (y.square().mean_keepdim(&[0]) + 0.1).sqrt()) * p.get(ids[1])).tanh().sum_axes(&[1])
        });
        check_against_jacobian(&params, few, "another order of the samples", |p| {
            let y = p.constant(&x).linear(p.get(ids[0]), Some(p.get(ids[1])));
            y.tanh().flip(&[0]).sum_axes(&[1])
        });
    }
    // Samples along the second axis: right, but by rows.
    let x = data(13, &[6, 4, 4]);
    check_against_jacobian(&params, false, "samples along the second axis", |p| {
        let y = p.constant(&x).linear(p.get(ids[0]), Some(p.get(ids[1]))).tanh();
        y.permute(&[1, 0, 2]).sum_axes(&[1, 2])
    });
}

#[test]
fn single_precision_is_attributed_too() {
    let mut rng = Rng::new(14);
    let mut params = Params::<f32>::new();
    let w1 = params.add("w1", &(rng.normal([64, 32]) * 0.2)).unwrap();
    let w2 = params.add("w2", &(rng.normal([32, 8]) * 0.2)).unwrap();
    let x = rng.normal::<f32>([50, 64]);
    let result = per_sample_gradients(&params, |p| {
        p.constant(&x).matmul(p.get(w1)).tanh().matmul(p.get(w2)).square().sum_axes(&[1])
    });
    assert!(result.norms.one_pass);
    for b in 0..50 {
        let own = x.narrow(0, b, 1);
        let (_, gradient) = value_and_grad(&params, |p| {
            p.constant(&own).matmul(p.get(w1)).tanh().matmul(p.get(w2)).square().sum()
        });
        let row = result.gradients.select(0, b).to_vec();
        let size = gradient.as_slice().iter().fold(0f32, |size, g| size.max(g.abs()));
        for (a, b) in row.iter().zip(gradient.as_slice()) {
            assert!((a - b).abs() <= 1e-5 * size, "{a} {b}");
        }
    }
}

#[test]
fn losses_of_another_shape_are_refused() {
    let (params, ids) = params(15, &[&[2, 3]]);
    let id = ids[0];
    let text =
        |name: &str, shape: &str| format!("{name}: the losses have shape {shape}, not one axis of samples");
    assert_panic(|| per_sample_gradients(&params, |p| p.get(id)), &text("per_sample_gradients", "[2, 3]"));
    assert_panic(|| per_sample_norms(&params, |p| p.get(id).sum()), &text("per_sample_norms", "[]"));
    assert_eq!(gradus_autograd::live_nodes(), 0);
}

/// A generic use compiles for both element types.
#[test]
fn the_functions_are_generic() {
    fn mean_square<T: Real>() -> T {
        let params = Params::single("w", &Tensor::full([2], T::one()));
        let id = params.ids().next().unwrap();
        per_sample_norms(&params, |p| p.get(id) * T::constant(3.0)).mean_square()
    }
    assert_eq!((mean_square::<f32>(), mean_square::<f64>()), (9.0, 9.0));
}

/// Samples in reverse order, without a rule for single samples.
struct Turned;

impl Op<f64> for Turned {
    fn name(&self) -> &'static str {
        "turned"
    }
    fn forward(&self, inputs: &[&Tensor<f64>]) -> Tensor<f64> {
        inputs[0].flip(&[0])
    }
    fn backward(&self, reverse: &mut Reverse<'_, '_, f64>) {
        reverse.add(0, reverse.gradient().flip(&[0]));
    }
}

/// The gradient of one sample is a billion times as long as those of the others, which meet.
#[test]
fn a_long_gradient_hides_no_short_ones() {
    let (params, ids) = params(9, &[&[2]]);
    let x = Tensor::from_rows([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0], [2.0, -1.0]]);
    let (scale, meets) = (Tensor::vector(&[1e9, 1.0, 1.0, 1.0]), Tensor::vector(&[0.0, 1.0, 1.0, 1.0]));
    let result = per_sample_gradients(&params, |p| {
        let z = p.constant(&x).matmul(p.get(ids[0]));
        p.constant(&scale) * z + p.constant(&meets) * p.tape().apply(Turned, [z])
    });
    assert!(!result.norms.one_pass);
    assert_eq!(result.gradients.select(0, 1).to_vec(), [1.0, 2.0]);
    assert_eq!(result.gradients.select(0, 3).to_vec(), [3.0, -1.0]);
}

/// Far less than the check of custom ops would notice: the ops of this crate need none.
#[test]
fn samples_that_meet_by_little_are_not_independent() {
    const SHARE: f64 = 1e-13;
    let x = Tensor::from_rows([[1.0, 0.0], [0.0, 1.0]]);
    for (others, one_pass) in [(0, true), (8, true), (8, false)] {
        let (params, ids) = params(9, &[&[2], &[others]]);
        let result = per_sample_gradients(&params, |p| {
            let z = p.constant(&x).matmul(p.get(ids[0]));
            let turned = if one_pass { z.flip(&[0]) } else { z.tile(&[16]).flip(&[0]).narrow(0, 0, 2) };
            z + turned * SHARE
        });
        assert_eq!(result.norms.one_pass, one_pass);
        assert_eq!(result.gradients.narrow(1, 0, 2), Tensor::from_rows([[1.0, SHARE], [SHARE, 1.0]]));
    }
}

//! Ops that move, sum and multiply: everything that is not elementwise.

use gradus_autograd::{Var, einsum};
use gradus_tensor::SliceItem::NewAxis;
use gradus_tensor::{Padding, ParamId, Params, Rng, Tensor, s};
use gradus_testkit::generate::{self, LIES};

use crate::operands::{Domains, VIEWS, check, params_of, reversed, sample};
use crate::sources::{AUTOGRAD_OPS, listed};
use crate::windows;

const ROWS: [(&str, fn()); 29] = [
    ("AdaptiveAvgPooling1d", windows::adaptive_avg_pool1d),
    ("AdaptiveAvgPooling2d", windows::adaptive_avg_pool2d),
    ("AvgPooling1d", windows::avg_pool1d),
    ("AvgPooling2d", windows::avg_pool2d),
    ("BroadcastTo", broadcast_to),
    ("Concat", concat),
    ("Convolve1d", windows::conv1d),
    ("Convolve2d", windows::conv2d),
    ("CumSum", cumsum),
    ("Einsum", einsums),
    ("Gather", gather),
    ("IndexSelect", index_select),
    ("Linear", linear),
    ("LogSoftmax", log_softmax),
    ("LogSumExp", logsumexp),
    ("MatMul", matmul),
    ("MaxAxes", max_axes),
    ("MaxPooling1d", windows::max_pool1d),
    ("MaxPooling2d", windows::max_pool2d),
    ("MinAxes", min_axes),
    ("Pad", pad),
    ("Permute", permute),
    ("Prod", prod),
    ("Reshape", reshape),
    ("Softmax", softmax),
    ("SumAxes", sum_axes),
    ("Triangle", triangle),
    ("Variance", variance),
    ("View", view),
];

/// The drivers of the elementwise ops, whose rows are elsewhere.
const DRIVERS: [&str; 2] = ["Binary", "Unary"];

const DOMAINS: Domains = &[-2.0..2.0];

#[test]
fn every_structural_op_has_a_row() {
    let mut ops = listed(AUTOGRAD_OPS);
    ops.retain(|op| !DRIVERS.contains(op));
    assert_eq!(ROWS.map(|(op, _)| op).to_vec(), ops);
}

#[test]
fn structural_ops() {
    for (_, check) in ROWS {
        check();
    }
}

/// Checks a function of one variable of the given shape, of the variable with its axes in reverse order (stored
/// so that the op meets the shape all the same), and applied to the same variable twice.
pub(crate) fn check_view<F>(context: &str, shape: &[usize], f: F)
where
    F: for<'t> Fn(Var<'t, f64>) -> Var<'t, f64>,
{
    let mut rng = Rng::new(3).split(context);
    let context = format!("{context} of {shape:?}");
    let (params, [x]) = params_of([sample(&mut rng, shape, DOMAINS)]);
    check(&context, &params, |p| f(p.get(x)));
    check(format!("{context}, twice"), &params, |p| f(p.get(x)) + f(p.get(x)).sin());
    let backwards: Vec<usize> = shape.iter().rev().copied().collect();
    let (params, [x]) = params_of([sample(&mut rng, &backwards, DOMAINS)]);
    check(format!("{context}, transposed"), &params, |p| f(reversed(p.get(x))));
}

fn broadcast_to() {
    for (from, to) in [
        (&[][..], &[][..]),
        (&[], &[2, 3]),
        (&[], &[0]),
        (&[1], &[4]),
        (&[3], &[3]),
        (&[3], &[2, 3]),
        (&[2, 1], &[2, 3]),
        (&[1, 3], &[2, 3]),
        (&[2, 1, 3], &[4, 2, 5, 3]),
        (&[1, 1], &[1, 1, 1]),
        (&[1, 3], &[0, 3]),
        (&[0, 1], &[2, 0, 3]),
    ] {
        check_view(&format!("broadcast_to {to:?}"), from, |x| x.broadcast_to(to));
    }
}

/// One, two and more operands; diagonals, sums, batches, broadcasting, and axes without elements.
const EINSUMS: [(&str, &[&[usize]]); 26] = [
    ("ij->ji", &[&[2, 3]]),
    ("ij->j", &[&[2, 3]]),
    ("ii->i", &[&[3, 3]]),
    ("iji->", &[&[2, 3, 2]]),
    ("...->", &[&[2, 3]]),
    ("i,i->", &[&[4], &[4]]),
    ("i,j->ij", &[&[2], &[3]]),
    ("i,i->i", &[&[4], &[4]]),
    (",i->i", &[&[], &[3]]),
    ("ij,jk->ik", &[&[2, 3], &[3, 4]]),
    ("ij,kj->ki", &[&[2, 3], &[4, 3]]),
    ("ij,ij->i", &[&[2, 3], &[2, 3]]),
    ("ij,k->", &[&[2, 3], &[4]]),
    ("bij,bjk->bik", &[&[2, 3, 2], &[2, 2, 3]]),
    ("ibj,jkb->kbi", &[&[3, 2, 2], &[2, 3, 2]]),
    ("ii,ij->j", &[&[3, 3], &[3, 2]]),
    ("iij,jkk->ik", &[&[2, 2, 3], &[3, 2, 2]]),
    ("...ij,...jk->...ik", &[&[2, 3, 2], &[2, 2]]),
    ("...ij,...jk->...ik", &[&[1, 3, 2], &[2, 2, 2]]),
    ("ij,jk->ik", &[&[2, 1], &[3, 2]]),
    ("ij,jk->ik", &[&[2, 0], &[0, 3]]),
    ("ij,jk->ik", &[&[0, 2], &[2, 3]]),
    ("i,ij,j->", &[&[2], &[2, 3], &[3]]),
    ("ij,jk,kl->li", &[&[2, 3], &[3, 2], &[2, 3]]),
    ("ia,ib,ic->abc", &[&[3, 2], &[3, 2], &[3, 2]]),
    ("a,b,c,d->dcba", &[&[2], &[1], &[2], &[3]]),
];

fn einsums() {
    let mut rng = Rng::new(6);
    for (expression, shapes) in EINSUMS {
        let context = format!("einsum {expression:?} of {shapes:?}");
        let values: Vec<Tensor<f64>> = shapes.iter().map(|shape| sample(&mut rng, shape, DOMAINS)).collect();
        let mut params = Params::new();
        let add = |(i, value)| params.add(&format!("operand {i}"), value).expect("different names");
        let ids: Vec<ParamId> = values.iter().enumerate().map(add).collect();
        check(&context, &params, |p| {
            einsum(expression, &ids.iter().map(|&id| p.get(id)).collect::<Vec<_>>())
        });
        check(format!("{context}, twice"), &params, |p| {
            let operands: Vec<_> = ids.iter().map(|&id| p.get(id)).collect();
            einsum(expression, &operands) + einsum(expression, &operands).sin()
        });
        for constant in 0..ids.len() {
            check(format!("{context}, operand {constant} constant"), &params, |p| {
                let operand = |i: usize| if i == constant { p.constant(&values[i]) } else { p.get(ids[i]) };
                einsum(expression, &(0..ids.len()).map(operand).collect::<Vec<_>>())
            });
        }
    }
    let (params, [x]) = params_of([sample(&mut rng, &[3, 3], DOMAINS)]);
    check("einsum of a matrix with itself", &params, |p| {
        let x = p.get(x);
        einsum("ij,jk,ik->i", &[x, x, x])
    });
}

fn index_select() {
    for (shape, axis, picked) in [
        (&[4][..], 0, &[2, 0, 2, 2][..]),
        (&[4], 0, &[]),
        (&[1], 0, &[0, 0]),
        (&[0], 0, &[]),
        (&[3, 2], 0, &[1]),
        (&[3, 2], 0, &[2, 1, 0]),
        (&[3, 2], 0, &[1, 1, 0, 1, 2]),
        (&[3, 2], 1, &[1, 0, 1]),
        (&[3, 0], 0, &[1, 1]),
        (&[0, 3], 0, &[]),
        (&[0, 3], 1, &[2, 2]),
        (&[3, 1, 2], 0, &[0, 2, 0]),
        (&[2, 3, 2], 1, &[2, 0, 2, 2]),
    ] {
        let context = format!("index_select {picked:?} along axis {axis}");
        check_view(&context, shape, |x| x.index_select(axis, picked));
    }
}

fn gather() {
    let mut rng = Rng::new(6);
    for (shape, axis, picked) in [
        (&[4][..], 0, &[3][..]),
        (&[4], 0, &[0]),
        (&[3, 2], 0, &[5, 2]),
        (&[3, 2], 1, &[2, 4]),
        (&[3, 4], 1, &[2, 3]),
        (&[2, 3, 2], 1, &[2, 4, 1]),
        (&[2, 0], 0, &[3, 0]),
    ] {
        for lie in LIES {
            let index = generate::indices(&mut rng, picked, shape[axis], lie);
            check_view(&format!("gather {picked:?} along axis {axis}"), shape, |x| x.gather(axis, &index));
        }
    }
    for shape in [&[5][..], &[3, 4], &[2, 3, 2], &[0, 2], &[1, 1]] {
        for axis in 0..shape.len() {
            for best in [false, true] {
                check_view("sort", shape, |x| x.sort(axis, best));
                check_view("topk", shape, |x| x.topk(shape[axis].min(2), axis, best).0);
            }
        }
    }
}

fn concat() {
    let mut rng = Rng::new(7);
    for (shape, axis, extents) in [
        (&[3][..], 0, &[2, 1, 3][..]),
        (&[3], 0, &[0, 2]),
        (&[2, 3], 0, &[1, 2, 1, 4]),
        (&[2, 3], 1, &[2, 1]),
        (&[2, 1, 3], 1, &[1, 3]),
        (&[0, 3], 1, &[1, 2]),
    ] {
        let context = format!("concat {extents:?} along axis {axis} of {shape:?}");
        let part = |extent| {
            let mut shape = shape.to_vec();
            shape[axis] = extent;
            shape
        };
        let (params, [a, b]) =
            params_of([extents[0], extents[1]].map(|n| sample(&mut rng, &part(n), DOMAINS)));
        let constants: Vec<Tensor<f64>> =
            extents[2..].iter().map(|&n| sample(&mut rng, &part(n), DOMAINS)).collect();
        check(&context, &params, |p| {
            let rest = constants.iter().map(|constant| p.constant(constant));
            Var::concat(&[p.get(a), p.get(b)].into_iter().chain(rest).collect::<Vec<_>>(), axis)
        });
        check(format!("{context}, one of them three times"), &params, |p| {
            let (a, b) = (p.get(a), p.get(b));
            Var::concat(&[a, b, a, a.sin()], axis)
        });
    }
    for axis in 0..3 {
        check_view("stack", &[2, 3], |x| Var::stack(&[x, x.sin(), x], axis));
    }
}

fn pad() {
    for padding in [Padding::Constant(3.0), Padding::Reflect, Padding::Replicate, Padding::Circular] {
        for (shape, widths) in [
            (&[4][..], &[(2, 3)][..]),
            (&[3, 4], &[(1, 0), (2, 2)]),
            (&[2, 3, 2], &[(1, 1), (0, 2), (1, 0)]),
            (&[3, 0], &[(1, 2), (0, 0)]),
        ] {
            check_view(&format!("pad {widths:?} by {padding:?}"), shape, |x| x.pad(widths, padding));
        }
    }
    check_view("pad an empty axis", &[2, 0], |x| x.pad(&[(0, 1), (1, 1)], Padding::Constant(1.0)));
}

fn triangle() {
    for shape in [&[3, 3][..], &[2, 4], &[4, 2], &[2, 3, 3], &[0, 2]] {
        for diagonal in [-1, 0, 2] {
            check_view(&format!("triu {diagonal}"), shape, |x| x.triu(diagonal));
            check_view(&format!("tril {diagonal}"), shape, |x| x.tril(diagonal));
        }
    }
}

fn view() {
    for shape in [[3, 4], [1, 4], [3, 1]] {
        check_view("narrow", &shape, |x| x.narrow(0, 1, shape[0] - 1));
        check_view("select", &shape, |x| x.select(1, shape[1] - 1));
        check_view("slice", &shape, |x| x.slice(&s![..; -2, NewAxis, 0..1]));
        check_view("slice with a step", &shape, |x| x.slice(&s![-1, ..; 3]));
        for axes in [&[][..], &[0], &[1], &[1, 0]] {
            check_view(&format!("flip {axes:?}"), &shape, |x| x.flip(axes));
        }
        for offset in -2..3 {
            check_view(&format!("diagonal {offset}"), &shape, |x| x.diagonal(offset, 0, 1));
            check_view(&format!("diagonal {offset} of columns"), &shape, |x| x.diagonal(offset, 1, 0));
        }
        check_view("overlapping parts", &shape, |x| {
            let rows = (0..shape[0]).map(|row| x.select(0, row) * x.narrow(0, row, 1).squeeze_axis(0));
            rows.reduce(|a, b| a + b).expect("a row")
        });
    }
    check_view("slice of three axes", &[2, 3, 4], |x| x.slice(&s![1, ..; -1, 1..; 2]));
    for (shape, axis0, axis1) in
        [(&[2, 3, 4][..], 0, 2), (&[3, 2, 4, 3], 3, 0), (&[3, 2, 4, 3], 1, 2), (&[2, 0, 2], 0, 2)]
    {
        check_view(&format!("diagonal of {axis0}, {axis1}"), shape, |x| x.diagonal(1, axis0, axis1));
    }
    check_view("an empty part", &[2, 3], |x| x.narrow(1, 3, 0));
    check_view("squeeze", &[2, 1, 3, 1], |x| x.squeeze());
    check_view("unsqueeze", &[2, 3], |x| x.unsqueeze(1));
    check_view("transpose", &[2, 3, 4], |x| x.transpose(2, 0));
}

fn reshape() {
    for (from, to) in [
        (&[][..], &[1, 1][..]),
        (&[1], &[]),
        (&[6], &[2, 3]),
        (&[2, 3], &[3, 2]),
        (&[2, 3, 4], &[4, 6]),
        (&[2, 1, 3], &[2, 3]),
        (&[0, 3], &[2, 0]),
    ] {
        check_view(&format!("reshape to {to:?}"), from, |x| x.reshape(to));
    }
}

fn permute() {
    for axes in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
        for shape in [[2, 3, 4], [1, 3, 1], [2, 0, 3]] {
            check_view(&format!("permute {axes:?}"), &shape, |x| x.permute(&axes));
        }
    }
    check_view("permute []", &[], |x| x.permute(&[]));
    for shape in [[2, 3], [1, 4], [0, 2]] {
        check_view("t", &shape, |x| x.t());
    }
}

fn sum_axes() {
    for shape in [&[][..], &[5], &[1], &[0], &[3, 2], &[2, 3, 4], &[1, 3, 1], &[2, 0, 3]] {
        check_view("sum", shape, |x| x.sum());
        if !shape.contains(&0) {
            check_view("mean", shape, |x| x.mean());
        }
        for subset in 0..1 << shape.len() {
            let axes: Vec<usize> = (0..shape.len()).filter(|axis| subset >> axis & 1 == 1).collect();
            check_view(&format!("sum_axes {axes:?}"), shape, |x| x.sum_axes(&axes));
            let backwards: Vec<usize> = axes.into_iter().rev().collect();
            check_view(&format!("sum_axes {backwards:?}"), shape, |x| x.sum_axes(&backwards));
        }
    }
}

/// Checks a reduction over every set of axes of shapes with at least `least` elements along them.
fn check_reduction<F>(name: &str, least: usize, f: F)
where
    F: for<'t> Fn(Var<'t, f64>, &[usize]) -> Var<'t, f64>,
{
    for shape in [&[][..], &[5], &[1], &[3, 2], &[2, 3, 4], &[1, 3, 1], &[0, 3]] {
        for subset in 0..1 << shape.len() {
            let axes: Vec<usize> = (0..shape.len()).filter(|axis| subset >> axis & 1 == 1).collect();
            if axes.iter().map(|&axis| shape[axis]).product::<usize>() >= least {
                check_view(&format!("{name} {axes:?}"), shape, |x| f(x, &axes));
            }
        }
    }
}

/// Checks a function along every axis.
fn check_along<F>(name: &str, f: F)
where
    F: for<'t> Fn(Var<'t, f64>, usize) -> Var<'t, f64>,
{
    for shape in [&[5][..], &[1], &[3, 2], &[2, 3, 4], &[1, 3, 1], &[0, 3], &[20]] {
        for axis in 0..shape.len() {
            check_view(&format!("{name} {axis}"), shape, |x| f(x, axis));
        }
    }
}

fn cumsum() {
    check_along("cumsum", |x, axis| x.cumsum(axis));
}

fn softmax() {
    check_along("softmax", |x, axis| x.softmax(axis));
}

fn log_softmax() {
    check_along("log_softmax", |x, axis| x.log_softmax(axis));
}

fn logsumexp() {
    check_reduction("logsumexp_axes", 1, |x, axes| x.logsumexp_axes(axes));
}

fn max_axes() {
    check_reduction("max_axes", 1, |x, axes| x.max_axes(axes));
}

fn min_axes() {
    check_reduction("min_axes", 1, |x, axes| x.min_axes(axes));
}

fn variance() {
    check_reduction("var_axes", 2, |x, axes| x.var_axes(axes, 1));
    check_reduction("var_axes, biased", 1, |x, axes| x.var_axes(axes, 0));
    check_reduction("mean_axes", 1, |x, axes| x.mean_axes(axes));
}

fn prod() {
    check_reduction("prod_axes", 0, |x, axes| x.prod_axes(axes));
    // One factor 0, and two.
    for zeros in [&[1][..], &[0, 2]] {
        let factors = Tensor::from_fn([4], |i| if zeros.contains(&i) { 0.0 } else { 1.5 - i as f64 });
        let (params, [x]) = params_of([factors]);
        check(format!("prod with zeros at {zeros:?}"), &params, |p| p.get(x).prod_axes(&[0]));
    }
}

/// Every combination of vectors, matrices and batches that broadcast, with axes of 1 and without elements.
const FACTORS: [(&[usize], &[usize]); 29] = [
    (&[2, 2, 3], &[2, 3, 2]),
    (&[2, 2, 3], &[3, 2]),
    (&[2, 3], &[2, 3, 2]),
    (&[2, 2, 3], &[1, 3, 2]),
    (&[1, 2, 3], &[2, 3, 2]),
    (&[2, 1, 2, 2], &[3, 2, 1]),
    (&[2, 2, 3], &[3]),
    (&[3], &[2, 3, 2]),
    (&[0, 2, 3], &[3, 2]),
    (&[2, 2, 0], &[2, 0, 3]),
    (&[2, 0, 3], &[1, 3, 2]),
    (&[2, 3], &[3, 4]),
    (&[2, 3], &[3]),
    (&[3], &[3, 4]),
    (&[3], &[3]),
    (&[1, 3], &[3, 1]),
    (&[2, 1], &[1, 4]),
    (&[2, 3], &[3, 1]),
    (&[1, 3], &[3, 4]),
    (&[1, 1], &[1, 1]),
    (&[1], &[1]),
    (&[4, 1], &[1]),
    (&[0, 3], &[3, 2]),
    (&[2, 3], &[3, 0]),
    (&[2, 0], &[0, 3]),
    (&[0, 3], &[3]),
    (&[3], &[3, 0]),
    (&[2, 0], &[0]),
    (&[0], &[0]),
];

fn matmul() {
    let mut rng = Rng::new(4);
    for (left, right) in FACTORS {
        let context = format!("matmul of {left:?} and {right:?}");
        let values = [left, right].map(|shape| sample(&mut rng, shape, DOMAINS));
        let transposed = values.clone().map(|value| {
            let axes: Vec<usize> = (0..value.rank()).rev().collect();
            value.permute(&axes)
        });
        let (params, [a, b]) = params_of(values);
        let (stored, [at, bt]) = params_of(transposed);
        check(&context, &params, |p| p.get(a).matmul(p.get(b)));
        check(format!("{context}, transposed"), &stored, |p| reversed(p.get(at)).matmul(reversed(p.get(bt))));
        check(format!("{context}, twice"), &params, |p| {
            let (a, b) = (p.get(a), p.get(b));
            a.matmul(b) + a.matmul(b).sin()
        });
        for lie in LIES {
            let [left, right] = [left, right].map(|shape| generate::tensor(&mut rng, shape, -2.0..2.0, lie));
            check(format!("{context}, constant left {lie:?}"), &params, |p| {
                p.constant(&left).matmul(p.get(b))
            });
            check(format!("{context}, constant right {lie:?}"), &params, |p| {
                p.get(a).matmul(p.constant(&right))
            });
            check(format!("{context}, constant left {lie:?}, transposed right"), &stored, |p| {
                p.constant(&left).matmul(reversed(p.get(bt)))
            });
            check(format!("{context}, transposed left, constant right {lie:?}"), &stored, |p| {
                reversed(p.get(at)).matmul(p.constant(&right))
            });
        }
    }
    matmul_of_repeated_rows();
    matmul_with_itself();
}

fn linear() {
    let mut rng = Rng::new(6);
    for (input, out) in
        [(&[2, 3][..], 2), (&[3], 2), (&[2, 2, 3], 1), (&[1, 1], 1), (&[0, 3], 2), (&[2, 0], 2), (&[2, 3], 0)]
    {
        let context = format!("linear of {input:?} to {out}");
        let weight_shape = [input[input.len() - 1], out];
        let values = [input, &weight_shape, &[out]].map(|shape| sample(&mut rng, shape, DOMAINS));
        let stored = [values[0].permute(&(0..input.len()).rev().collect::<Vec<_>>()), values[1].t()];
        let (params, [x, w, b]) = params_of(values.clone());
        check(&context, &params, |p| p.get(x).linear(p.get(w), Some(p.get(b))));
        check(format!("{context}, twice"), &params, |p| {
            let (x, w, b) = (p.get(x), p.get(w), p.get(b));
            x.linear(w, Some(b)) + x.linear(w, Some(b)).sin()
        });
        check(format!("{context}, no bias"), &params, |p| p.get(x).linear(p.get(w), None));
        check(format!("{context}, constants"), &params, |p| {
            p.constant(&values[0]).linear(p.get(w), Some(p.constant(&values[2])))
        });
        check(format!("{context}, a constant weight"), &params, |p| {
            p.get(x).linear(p.constant(&values[1]), Some(p.get(b)))
        });
        let (params, [xt, wt]) = params_of(stored);
        check(format!("{context}, transposed"), &params, |p| {
            reversed(p.get(xt)).linear(reversed(p.get(wt)), None)
        });
    }
}

fn matmul_of_repeated_rows() {
    let (params, [x]) = params_of([Tensor::vector(&[0.5, -1.0, 2.0])]);
    for rows in [1, 2, 3] {
        check(format!("matmul of {rows} equal rows"), &params, |p| {
            let repeated = p.get(x).broadcast_to([rows, 3]);
            repeated.matmul(repeated.t())
        });
    }
}

fn matmul_with_itself() {
    let mut rng = Rng::new(5);
    for shape in [&[3][..], &[3, 3], &[1, 1], &[0, 0]] {
        let (params, [x]) = params_of([sample(&mut rng, shape, DOMAINS)]);
        for (view, of) in VIEWS.into_iter().filter(|&(view, _)| view != "repeated") {
            let context = format!("matmul of {shape:?} with itself {view}");
            check(&context, &params, |p| p.get(x).matmul(of(p.get(x))));
            check(context, &params, |p| of(p.get(x)).matmul(p.get(x)));
        }
    }
}

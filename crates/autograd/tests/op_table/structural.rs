//! Ops that move, sum and multiply: everything that is not elementwise.

use gradus_autograd::Var;
use gradus_tensor::{Rng, Tensor};
use gradus_testkit::generate::{self, LIES};

use crate::operands::{Domains, VIEWS, check, params_of, reversed, sample};
use crate::sources::{AUTOGRAD_OPS, listed};

const ROWS: [(&str, fn()); 6] = [
    ("BroadcastTo", broadcast_to),
    ("IndexSelect", index_select),
    ("MatMul", matmul),
    ("Permute", permute),
    ("Reshape", reshape),
    ("SumAxes", sum_axes),
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
fn check_view<F>(context: &str, shape: &[usize], f: F)
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

fn index_select() {
    for (shape, rows) in [
        (&[4][..], &[2, 0, 2, 2][..]),
        (&[4], &[]),
        (&[1], &[0, 0]),
        (&[0], &[]),
        (&[3, 2], &[1]),
        (&[3, 2], &[2, 1, 0]),
        (&[3, 2], &[1, 1, 0, 1, 2]),
        (&[3, 0], &[1, 1]),
        (&[0, 3], &[]),
        (&[3, 1, 2], &[0, 2, 0]),
    ] {
        check_view(&format!("index_select {rows:?}"), shape, |x| x.index_select(rows));
    }
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

/// Every combination of vectors and matrices, with axes of 1 and without elements.
const FACTORS: [(&[usize], &[usize]); 18] = [
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
        let transposed = values.clone().map(|value| if value.rank() == 2 { value.t() } else { value });
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

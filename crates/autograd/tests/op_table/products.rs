//! Products of matrices, vectors and more.

use gradus_autograd::einsum;
use gradus_tensor::{ParamId, Params, Rng, Tensor, ops};
use gradus_testkit::generate::{self, LIES};

use crate::operands::{DOMAINS, VIEWS, check, check_two, params_of, reversed, sample};

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

pub(crate) fn einsums() {
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

pub(crate) fn matmul() {
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

pub(crate) fn linear() {
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

pub(crate) fn ops_of_ones_own() {
    check_two("map and zip", [&[2, 3], &[3]], &|a, b| a.map(ops::Sin).zip(b, ops::Mul));
}

pub(crate) fn vectors() {
    for (m, n) in [(3, 3), (1, 1), (0, 0)] {
        check_two("dot", [&[m], &[n]], &|a, b| a.dot(b));
    }
    for (m, n) in [(3, 2), (1, 4), (0, 2)] {
        check_two("outer", [&[m], &[n]], &|a, b| a.outer(b));
    }
    for beta in [0.0, -0.7] {
        check_two("addmm", [&[2, 2], &[2, 2]], &|a, b| a.addmm(beta, 1.3, a, b));
        check_two("addmm of batches", [&[3, 2, 2], &[2, 2]], &|a, b| a.addmm(beta, 1.3, a, b));
    }
}

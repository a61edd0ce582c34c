//! Views, reshapes and broadcasting.

use gradus_autograd::ops::{Embed, FoldWindows, View, Windows};
use gradus_autograd::{Op, Var};
use gradus_tensor::SliceItem::NewAxis;
use gradus_tensor::{Shape, Tensor, s};

use crate::operands::{check, check_two, check_view, params_of};

pub(crate) fn broadcast_to() {
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
        check_view(&format!("broadcast_to {to:?}"), from, &|x| x.broadcast_to(to));
    }
}

pub(crate) fn view() {
    for shape in [[3, 4], [1, 4], [3, 1]] {
        check_view("narrow", &shape, &|x| x.narrow(0, 1, shape[0] - 1));
        check_view("select", &shape, &|x| x.select(1, shape[1] - 1));
        check_view("slice", &shape, &|x| x.slice(&s![..; -2, NewAxis, 0..1]));
        check_view("slice with a step", &shape, &|x| x.slice(&s![-1, ..; 3]));
        for axes in [&[][..], &[0], &[1], &[1, 0]] {
            check_view(&format!("flip {axes:?}"), &shape, &|x| x.flip(axes));
        }
        for offset in -2..3 {
            check_view(&format!("diagonal {offset}"), &shape, &|x| x.diagonal(offset, 0, 1));
            check_view(&format!("diagonal {offset} of columns"), &shape, &|x| x.diagonal(offset, 1, 0));
        }
        check_view("overlapping parts", &shape, &|x| {
            let rows = (0..shape[0]).map(|row| x.select(0, row) * x.narrow(0, row, 1).squeeze_axis(0));
            rows.reduce(|a, b| a + b).expect("a row")
        });
    }
    check_view("slice of three axes", &[2, 3, 4], &|x| x.slice(&s![1, ..; -1, 1..; 2]));
    for (shape, axis0, axis1) in
        [(&[2, 3, 4][..], 0, 2), (&[3, 2, 4, 3], 3, 0), (&[3, 2, 4, 3], 1, 2), (&[2, 0, 2], 0, 2)]
    {
        check_view(&format!("diagonal of {axis0}, {axis1}"), shape, &|x| x.diagonal(1, axis0, axis1));
    }
    check_view("an empty part", &[2, 3], &|x| x.narrow(1, 3, 0));
    check_view("squeeze", &[2, 1, 3, 1], &|x| x.squeeze());
    check_view("unsqueeze", &[2, 3], &|x| x.unsqueeze(1));
    check_view("transpose", &[2, 3, 4], &|x| x.transpose(2, 0));
}

pub(crate) fn reshape() {
    for (from, to) in [
        (&[][..], &[1, 1][..]),
        (&[1], &[]),
        (&[6], &[2, 3]),
        (&[2, 3], &[3, 2]),
        (&[2, 3, 4], &[4, 6]),
        (&[2, 1, 3], &[2, 3]),
        (&[0, 3], &[2, 0]),
    ] {
        check_view(&format!("reshape to {to:?}"), from, &|x| x.reshape(to));
    }
}

pub(crate) fn permute() {
    for axes in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
        for shape in [[2, 3, 4], [1, 3, 1], [2, 0, 3]] {
            check_view(&format!("permute {axes:?}"), &shape, &|x| x.permute(&axes));
        }
    }
    check_view("permute []", &[], &|x| x.permute(&[]));
    for shape in [[2, 3], [1, 4], [0, 2]] {
        check_view("t", &shape, &|x| x.t());
    }
}

pub(crate) fn triangle() {
    for shape in [&[3, 3][..], &[2, 4], &[4, 2], &[2, 3, 3], &[0, 2]] {
        for diagonal in [-1, 0, 2] {
            check_view(&format!("triu {diagonal}"), shape, &|x| x.triu(diagonal));
            check_view(&format!("tril {diagonal}"), shape, &|x| x.tril(diagonal));
        }
    }
}

pub(crate) fn embed() {
    let shape = [3, 4].into();
    for view in [
        View::Narrow { axis: 1, start: 1, len: 2 },
        View::Select { axis: 0, index: 2 },
        View::Slice { items: s![..; -2, 0..3].to_vec() },
        View::Flip { axes: vec![1] },
        View::Diagonal { offset: 1, axis0: 0, axis1: 1 },
    ] {
        let part = view_of([3, 4], &view);
        check_view(&format!("embed {view:?}"), &part, &|x| {
            x.tape().apply(Embed { shape, view: view.clone() }, [x])
        });
    }
}

fn view_of(shape: [usize; 2], view: &View) -> Shape {
    Op::<f64>::forward(view, &[&Tensor::zeros(shape)]).shape()
}

pub(crate) fn parts() {
    for axis in 0..2 {
        check_view("row", &[3, 4], &|x| x.row(axis) * x.row(2));
        check_view("split", &[4, 4], &|x| {
            let parts = x.split(axis, &[1, 2, 0, 1]);
            parts[1].sum_axes(&[axis]) * parts[3].sum_axes(&[axis]) + parts[2].sum()
        });
        check_view("chunk", &[5, 5], &|x| {
            let parts = x.chunk(axis, 2);
            parts[0].narrow(axis, 1, 2) * parts[1]
        });
    }
}

const WINDOWS: [(&[usize], usize, usize, usize); 7] = [
    (&[6], 0, 3, 1),
    (&[7], 0, 2, 3),
    (&[5], 0, 5, 1),
    (&[4, 3], 0, 2, 2),
    (&[2, 5], 1, 3, 1),
    (&[2, 5, 2], 1, 2, 1),
    (&[0, 4], 1, 2, 1),
];

pub(crate) fn windows() {
    for (shape, axis, size, step) in WINDOWS {
        let context = format!("windows of {size} by {step} along axis {axis}");
        check_view(&context, shape, &|x| x.windows(axis, size, step));
    }
}

pub(crate) fn fold_windows() {
    for (shape, axis, size, step) in WINDOWS {
        let windows = Windows { axis, size, step };
        let parts = Tensor::<f64>::zeros(shape).windows(axis, size, step).shape();
        check_view(&format!("fold of {size} by {step} along axis {axis}"), &parts, &|x| {
            x.tape().apply(FoldWindows { shape: shape.into(), windows }, [x])
        });
    }
}

pub(crate) fn meshgrid() {
    check_two("meshgrid", [&[3], &[2]], &|a, b| {
        let grids = Var::meshgrid(&[a, b, a]);
        grids[0] * grids[1] + grids[2].sin()
    });
}

/// Where no gradient flows the function is constant: the differences see the value only.
pub(crate) fn stop_gradient() {
    let x = Tensor::vector(&[0.5, -1.5, 2.0]);
    let (params, [a, b]) = params_of([x.clone(), x.sin()]);
    check("stop_gradient of a constant", &params, |p| p.constant(&x).stop_gradient() * p.get(a));
    let (_, gradient) = gradus_autograd::value_and_grad(&params, |p| {
        (p.get(a).stop_gradient() * p.get(b)).sum() + p.get(a).square().stop_gradient().sum()
    });
    assert_eq!(gradient.get(a).to_vec(), [0.0; 3]);
    assert_eq!(gradient.get(b).to_vec(), x.to_vec());
}

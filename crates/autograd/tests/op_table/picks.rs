//! Picking and writing by position and by truth values.

use gradus_autograd::ops::{IndexAdd, ScatterAdd};
use gradus_tensor::{Rng, Shape, Tensor};
use gradus_testkit::generate::{self, LIES};

use crate::operands::{check_two, check_view};

pub(crate) fn index_select() {
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
        check_view(&context, shape, &|x| x.index_select(axis, picked));
    }
}

pub(crate) fn gather() {
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
            check_view(&format!("gather {picked:?} along axis {axis}"), shape, &|x| x.gather(axis, &index));
        }
    }
    for shape in [&[5][..], &[3, 4], &[2, 3, 2], &[0, 2], &[1, 1]] {
        for axis in 0..shape.len() {
            for best in [false, true] {
                check_view("sort", shape, &|x| x.sort(axis, best));
                check_view("topk", shape, &|x| x.topk(shape[axis].min(2), axis, best).0);
            }
        }
    }
}

/// Positions along an axis of a shape, some of them more than once.
fn positions(rng: &mut Rng, shape: &[usize], axis: usize, count: usize) -> Tensor<usize> {
    let extents: Vec<usize> =
        shape.iter().enumerate().map(|(i, &n)| if i == axis { count } else { n }).collect();
    generate::indices(rng, &extents, shape[axis], LIES[0])
}

pub(crate) fn take_along() {
    let mut rng = Rng::new(6);
    for (shape, picked, axis) in [
        (&[3, 4][..], &[3, 1][..], 1),
        (&[3, 4], &[1, 6], 1),
        (&[1, 4], &[3, 2], 1),
        (&[3, 2], &[2, 1], 0),
        (&[2, 3, 1], &[1, 2, 4], 1),
    ] {
        let index = generate::indices(&mut rng, picked, shape[axis], LIES[0]);
        check_view(&format!("take_along {picked:?}"), shape, &|x| x.take_along(axis, &index));
    }
}

const WRITTEN: [(&[usize], usize, usize); 6] =
    [(&[4], 0, 6), (&[4], 0, 0), (&[3, 2], 0, 2), (&[3, 2], 1, 3), (&[2, 3, 2], 1, 4), (&[2, 0], 0, 3)];

pub(crate) fn scatter() {
    let mut rng = Rng::new(8);
    for (shape, axis, count) in WRITTEN {
        let index = positions(&mut rng, shape, axis, count);
        let context = format!("scatter {count} along axis {axis}");
        check_two(&context, [shape, &index.shape()], &|x, source| x.scatter(axis, &index, source));
        check_two(&context, [shape, &[1]], &|x, source| x.scatter(axis, &index, source));
    }
}

pub(crate) fn scatter_add() {
    let mut rng = Rng::new(9);
    for (shape, axis, count) in WRITTEN {
        let index = positions(&mut rng, shape, axis, count);
        let context = format!("scatter_add {count} along axis {axis}");
        check_two(&context, [shape, &index.shape()], &|x, source| x.scatter_add(axis, &index, source));
        check_two(&context, [shape, &[1]], &|x, source| x.scatter_add(axis, &index, source));
        check_view(&context, &index.shape(), &|x| {
            x.tape().apply(ScatterAdd { shape: shape.into(), axis, index: index.clone() }, [x])
        });
    }
}

pub(crate) fn index_add() {
    for (shape, axis, indices) in [
        (&[4][..], 0, &[2, 0, 2, 2][..]),
        (&[4], 0, &[]),
        (&[3, 2], 0, &[1, 1, 0]),
        (&[2, 3, 2], 1, &[2, 0, 2, 2]),
        (&[3, 0], 0, &[1, 1]),
    ] {
        let mut parts = shape.to_vec();
        parts[axis] = indices.len();
        let context = format!("index_add {indices:?} along axis {axis}");
        check_two(&context, [shape, &parts], &|x, source| x.index_add(axis, indices, source));
        check_view(&context, &parts, &|x| {
            x.tape().apply(IndexAdd { shape: shape.into(), axis, indices: indices.into() }, [x])
        });
    }
}

/// Masks of shapes that broadcast with `shape`, true at every third position and a bit more.
fn masks(shapes: &[&[usize]]) -> Vec<Tensor<bool>> {
    shapes.iter().map(|&shape| Tensor::from_fn(shape, |i| i % 3 == 0 || i % 5 == 1)).collect()
}

pub(crate) fn where_() {
    for (left, right) in [
        (&[2, 3][..], &[2, 3][..]),
        (&[2, 3], &[3]),
        (&[], &[2, 3]),
        (&[2, 1], &[1, 3]),
        (&[1], &[]),
        (&[0, 3], &[3]),
    ] {
        for mask in masks(&[&[], &[3], &[2, 1], &[4, 1, 3]]) {
            let fits =
                Shape::from(left).broadcast(&right.into()).and_then(|joint| joint.broadcast(&mask.shape()));
            if fits.is_some() {
                check_two(&format!("where {mask}"), [left, right], &|a, b| a.where_(&mask, b));
            }
        }
    }
}

pub(crate) fn masked_fill() {
    for mask in masks(&[&[], &[3], &[2, 1], &[2, 3], &[4, 1, 3]]) {
        for shape in [&[2, 3][..], &[3], &[]] {
            check_view(&format!("masked_fill {mask}"), shape, &|x| x.masked_fill(&mask, 0.7));
        }
    }
}

pub(crate) fn masked_select() {
    for mask in masks(&[&[], &[3], &[2, 1], &[2, 3], &[4, 2, 3]]) {
        for shape in [&[2, 3][..], &[3], &[]] {
            check_view(&format!("masked_select {mask}"), shape, &|x| x.masked_select(&mask));
        }
    }
    let nothing = Tensor::full([2, 3], false);
    check_view("masked_select nothing", &[2, 3], &|x| x.masked_select(&nothing));
}

//! Joining, repeating, moving around.

use gradus_autograd::Var;
use gradus_tensor::{Padding, Rng, Tensor};

use crate::operands::{DOMAINS, check, check_along, check_view, params_of, sample};

pub(crate) fn concat() {
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
        check_view("stack", &[2, 3], &|x| Var::stack(&[x, x.sin(), x], axis));
    }
}

pub(crate) fn pad() {
    for padding in [Padding::Constant(3.0), Padding::Reflect, Padding::Replicate, Padding::Circular] {
        for (shape, widths) in [
            (&[4][..], &[(2, 3)][..]),
            (&[3, 4], &[(1, 0), (2, 2)]),
            (&[2, 3, 2], &[(1, 1), (0, 2), (1, 0)]),
            (&[3, 0], &[(1, 2), (0, 0)]),
        ] {
            check_view(&format!("pad {widths:?} by {padding:?}"), shape, &|x| x.pad(widths, padding));
        }
    }
    check_view("pad an empty axis", &[2, 0], &|x| x.pad(&[(0, 1), (1, 1)], Padding::Constant(1.0)));
}

pub(crate) fn roll() {
    for shift in [0, 1, -2, 7, isize::MIN] {
        check_along(&format!("roll {shift}"), &|x, axis| x.roll(axis, shift));
    }
}

pub(crate) fn repeats() {
    for (shape, repeats) in [
        (&[][..], &[][..]),
        (&[3], &[2]),
        (&[3], &[1]),
        (&[3], &[0]),
        (&[2, 3], &[3, 2]),
        (&[2, 1, 3], &[1, 4, 2]),
        (&[0, 2], &[2, 2]),
    ] {
        check_view(&format!("tile {repeats:?}"), shape, &|x| x.tile(repeats));
    }
    for times in [0, 1, 3] {
        check_along(&format!("repeat_interleave {times}"), &|x, axis| x.repeat_interleave(axis, times));
    }
}

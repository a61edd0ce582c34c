//! Joining, padding and repeating tensors: against twins that say for each index where its element comes from.

use gradus_tensor::{Padding, Rng, Tensor};
use gradus_testkit::compare::assert_same_bits;
use gradus_testkit::generate::{self, LIES};
use gradus_testkit::naive::tabulate;
use gradus_testkit::panics::assert_panic as check;
use gradus_testkit::settings::same_under_each_setting;

const SHAPES: [&[usize]; 7] = [&[5], &[1], &[3, 2], &[1, 4], &[2, 3, 4], &[2, 0, 3], &[2, 1, 3, 2]];

fn replaced(index: &[usize], axis: usize, position: usize) -> Vec<usize> {
    let mut index = index.to_vec();
    index[axis] = position;
    index
}

#[test]
fn concat_puts_one_part_behind_the_other() {
    let mut rng = Rng::new(1);
    for shape in SHAPES {
        for axis in 0..shape.len() {
            for extents in [&[2][..], &[1, 3], &[0, 2, 0, 1], &[0, 0]] {
                for lie in LIES {
                    let parts: Vec<Tensor<f32>> = extents
                        .iter()
                        .map(|&n| generate::tensor(&mut rng, &replaced(shape, axis, n), -1.0..1.0, lie))
                        .collect();
                    let joint = replaced(shape, axis, extents.iter().sum());
                    let expected = tabulate(&joint, |at| {
                        let (mut part, mut i) = (0, at[axis]);
                        while i >= extents[part] {
                            i -= extents[part];
                            part += 1;
                        }
                        parts[part].at(&replaced(at, axis, i))
                    });
                    let found = Tensor::concat(&parts.iter().collect::<Vec<_>>(), axis);
                    assert_same_bits(
                        &found,
                        &expected,
                        format_args!("{extents:?} of {lie:?} {shape:?}, axis {axis}"),
                    );
                    assert!(found.is_contiguous());
                }
            }
        }
    }
}

#[test]
fn stack_makes_a_new_axis() {
    let mut rng = Rng::new(2);
    for shape in SHAPES.into_iter().chain([&[][..]]) {
        for axis in 0..=shape.len() {
            for lie in LIES {
                let parts: Vec<Tensor<f32>> =
                    (0..3).map(|_| generate::tensor(&mut rng, shape, -1.0..1.0, lie)).collect();
                let mut stacked = shape.to_vec();
                stacked.insert(axis, 3);
                let expected = tabulate(&stacked, |at| {
                    let mut rest = at.to_vec();
                    let part = rest.remove(axis);
                    parts[part].at(&rest)
                });
                let found = Tensor::stack(&[&parts[0], &parts[1], &parts[2]], axis);
                assert_same_bits(&found, &expected, format_args!("{lie:?} {shape:?}, axis {axis}"));
            }
        }
    }
}

#[test]
fn roll_is_a_rotation() {
    let mut rng = Rng::new(3);
    for shape in SHAPES {
        for axis in 0..shape.len() {
            for lie in LIES {
                let x: Tensor<f32> = generate::tensor(&mut rng, shape, -1.0..1.0, lie);
                for shift in [0, 1, -1, 3, -7, isize::MAX, isize::MIN] {
                    let from =
                        |i: usize| (i as i128 - shift as i128).rem_euclid(shape[axis] as i128) as usize;
                    let expected = tabulate(shape, |at| x.at(&replaced(at, axis, from(at[axis]))));
                    assert_same_bits(
                        &x.roll(axis, shift),
                        &expected,
                        format_args!("{shift} of {lie:?} {shape:?}"),
                    );
                }
            }
        }
    }
}

/// Where position `i` of an axis, counted from its first element, gets its element from.
fn source(padding: Padding<f32>, i: isize, extent: isize) -> Option<usize> {
    let inside = (0..extent).contains(&i);
    let source = match padding {
        _ if inside => i,
        Padding::Constant(_) => return None,
        Padding::Replicate if i < 0 => 0,
        Padding::Replicate => extent - 1,
        Padding::Reflect if i < 0 => -i,
        Padding::Reflect => extent - 1 - (i - (extent - 1)),
        Padding::Circular if i < 0 => i + extent,
        Padding::Circular => i - extent,
    };
    Some(source as usize)
}

#[test]
fn margins_are_filled_as_asked() {
    let mut rng = Rng::new(4);
    let widths = [(1, 2), (0, 0), (2, 1), (0, 2), (1, 0)];
    for padding in [Padding::Constant(7.0), Padding::Reflect, Padding::Replicate, Padding::Circular] {
        for shape in [&[][..], &[3], &[4, 5], &[3, 4, 3], &[3, 4, 5, 3]] {
            for lie in LIES {
                let x: Tensor<f32> = generate::tensor(&mut rng, shape, -1.0..1.0, lie);
                for turn in 0..widths.len() {
                    let widths: Vec<_> =
                        (0..shape.len()).map(|i| widths[(turn + i) % widths.len()]).collect();
                    let padded: Vec<usize> =
                        shape.iter().zip(&widths).map(|(n, (before, after))| before + n + after).collect();
                    let expected = tabulate(&padded, |at| {
                        let from: Option<Vec<usize>> = (0..at.len())
                            .map(|i| {
                                source(padding, at[i] as isize - widths[i].0 as isize, shape[i] as isize)
                            })
                            .collect();
                        from.map_or(7.0, |from| x.at(&from))
                    });
                    let context = format!("{widths:?} of {lie:?} {shape:?} by {padding:?}");
                    assert_same_bits(&x.pad(&widths, padding), &expected, context);
                }
            }
        }
    }
}

#[test]
fn margins_of_the_greatest_length_are_filled() {
    let x = Tensor::vector(&[1, 2, 3]);
    assert_eq!(x.pad(&[(2, 2)], Padding::Reflect).to_vec(), [3, 2, 1, 2, 3, 2, 1]);
    assert_eq!(x.pad(&[(3, 3)], Padding::Circular).to_vec(), [1, 2, 3, 1, 2, 3, 1, 2, 3]);
    assert_eq!(x.pad(&[(1, 5)], Padding::Replicate).to_vec(), [1, 1, 2, 3, 3, 3, 3, 3, 3]);
    let empty = Tensor::<f32>::zeros([0, 2]);
    assert_eq!(empty.pad(&[(1, 1), (0, 0)], Padding::Constant(1.0)).to_vec(), [1.0; 4]);
    assert_eq!(empty.pad(&[(0, 0), (1, 1)], Padding::Replicate).shape(), [0, 4].into());
    assert_eq!(Tensor::vector(&[true]).pad(&[(1, 0)], Padding::Constant(false)).to_vec(), [false, true]);
}

#[test]
fn repetition_is_by_whole_tensors_or_by_elements() {
    let mut rng = Rng::new(5);
    for shape in SHAPES.into_iter().chain([&[][..], &[1, 2, 1, 2, 1, 2, 1, 2]]) {
        for lie in LIES {
            let x: Tensor<f32> = generate::tensor(&mut rng, shape, -1.0..1.0, lie);
            for repeats in [[1, 1, 1, 1], [2, 1, 3, 1], [1, 3, 1, 2], [3, 2, 2, 1], [0, 1, 2, 1]] {
                let repeats: Vec<usize> = repeats.iter().copied().cycle().take(shape.len()).collect();
                let tiled: Vec<usize> = shape.iter().zip(&repeats).map(|(n, times)| n * times).collect();
                let expected = tabulate(&tiled, |at| {
                    x.at(&at.iter().zip(shape).map(|(i, n)| i % n).collect::<Vec<_>>())
                });
                assert_same_bits(
                    &x.tile(&repeats),
                    &expected,
                    format_args!("{repeats:?} of {lie:?} {shape:?}"),
                );
            }
            for axis in 0..shape.len() {
                for times in [0, 1, 3] {
                    let repeated = replaced(shape, axis, times * shape[axis]);
                    let expected = tabulate(&repeated, |at| x.at(&replaced(at, axis, at[axis] / times)));
                    let context = format!("{times} along axis {axis} of {lie:?} {shape:?}");
                    assert_same_bits(&x.repeat_interleave(axis, times), &expected, context);
                }
            }
        }
    }
}

#[test]
fn grids_repeat_their_axes_without_copies() {
    let (x, y) = (Tensor::vector(&[1.0, 2.0, 3.0]), Tensor::vector(&[10.0, 20.0]));
    let grids = Tensor::meshgrid(&[&x, &y]);
    assert_eq!(grids[0], Tensor::from_rows([[1.0, 1.0], [2.0, 2.0], [3.0, 3.0]]));
    assert_eq!(grids[1], Tensor::from_rows([[10.0, 20.0], [10.0, 20.0], [10.0, 20.0]]));
    assert!(grids[0].shares_memory(&x) && grids[1].shares_memory(&y));
    assert!(Tensor::<f32>::meshgrid(&[]).is_empty());
    assert_eq!(
        Tensor::meshgrid(&[&Tensor::<f32>::zeros([0]), &Tensor::zeros([2])])[1].shape(),
        [0, 2].into()
    );
}

#[test]
fn threads_change_nothing() {
    for shape in [&[300_000][..], &[700, 400], &[1, 3, 100_000], &[2, 300, 400]] {
        let x: Tensor<f64> = Rng::new(6).normal(shape);
        let context = format!("{shape:?}");
        for (axis, &extent) in shape.iter().enumerate() {
            let twice = same_under_each_setting(&context, || Tensor::concat(&[&x, &x.flip(&[axis])], axis));
            assert_eq!(twice.narrow(axis, 0, extent), x);
            assert_eq!(twice.narrow(axis, extent, extent).flip(&[axis]), x);
        }
        let widths: Vec<_> = (0..shape.len()).map(|i| (i + 1, 2)).collect();
        let padded = same_under_each_setting(&context, || x.pad(&widths, Padding::Constant(0.0)));
        let mut inside = padded.clone();
        for (axis, &n) in shape.iter().enumerate() {
            inside = inside.narrow(axis, axis + 1, n);
        }
        assert_eq!(inside, x);
        let nonzero = |x: &Tensor<f64>| x.to_vec().iter().filter(|&&x| x != 0.0).count();
        assert_eq!(nonzero(&padded), nonzero(&x), "the margins are 0");
    }
}

#[test]
fn what_does_not_fit_is_named() {
    let x = Tensor::<f32>::zeros([2, 3]);
    check(|| Tensor::<f32>::concat(&[], 0), "concat: no tensors");
    check(|| Tensor::<f32>::stack(&[], 0), "stack: no tensors");
    check(|| Tensor::concat(&[&x], 2), "concat: axis 2 is outside shape [2, 3]");
    check(|| Tensor::concat(&[&x, &x.t()], 1), "concat: shapes [2, 3] and [3, 2] differ outside axis 1");
    check(|| Tensor::concat(&[&x, &x.row(0)], 1), "concat: shapes [2, 3] and [3] differ outside axis 1");
    check(|| Tensor::stack(&[&x, &x.t()], 0), "stack: shapes differ: [2, 3] and [3, 2]");
    check(|| Tensor::stack(&[&x], 3), "unsqueeze: no axis 3 in shape [2, 3]");
    let long = Tensor::<f32>::zeros([1]).broadcast_to([1 << 62]);
    check(
        || Tensor::concat(&[&long, &long, &long, &long], 0),
        "shape: [18446744073709551615] exceeds the address space",
    );
    check(|| x.roll(2, 1), "roll: axis 2 is outside shape [2, 3]");

    check(|| x.pad(&[(0, 1)], Padding::Reflect), "pad: 1 pairs of widths for shape [2, 3]");
    check(
        || x.pad(&[(0, 0), (3, 0)], Padding::Reflect),
        "pad: no margins of 3 and 0 by reflection along axis 1 of shape [2, 3]",
    );
    check(
        || x.pad(&[(0, 3), (0, 0)], Padding::Circular),
        "pad: no margins of 0 and 3 by wrapping around along axis 0 of shape [2, 3]",
    );
    check(
        || Tensor::<f32>::zeros([0]).pad(&[(1, 0)], Padding::Replicate),
        "pad: no margins of 1 and 0 by replication along axis 0 of shape [0]",
    );
    check(
        || x.pad(&[(usize::MAX, 0), (0, 0)], Padding::Constant(0.0)),
        "shape: [18446744073709551615, 3] exceeds the address space",
    );
    check(|| x.tile(&[2]), "tile: 1 repeats for shape [2, 3]");
    check(|| x.tile(&[2, usize::MAX]), "shape: [2, 18446744073709551615] exceeds the address space");
    check(|| x.repeat_interleave(2, 1), "repeat_interleave: axis 2 is outside shape [2, 3]");
    check(
        || x.repeat_interleave(0, usize::MAX / 2),
        "shape: [18446744073709551614, 3] exceeds the address space",
    );
    check(|| Tensor::meshgrid(&[&x]), "meshgrid: shape [2, 3] is not that of a vector");
    let point = Tensor::<f32>::zeros([1]);
    check(|| Tensor::meshgrid(&[&point; 9]), "meshgrid: 9 axes, more than 8");
}

//! Picking and moving elements by position: every function against a twin that goes index by index.

use gradus_tensor::{Element, Real, Rng, Tensor};
use gradus_testkit::compare::assert_same_bits;
use gradus_testkit::generate::{self, LIES, Lie};
use gradus_testkit::naive::{self, tabulate};
use gradus_testkit::panics::assert_panic as check;
use gradus_testkit::settings::same_under_each_setting;

const SHAPES: [&[usize]; 9] =
    [&[5], &[1], &[5, 3], &[1, 4], &[3, 1], &[2, 3, 4], &[4, 1, 3], &[2, 0, 3], &[2, 3, 1, 4]];

/// Large enough to be split over threads, with the first axes in turn the only one, the longest, and too short.
const LARGE: [&[usize]; 4] = [&[300_000], &[600, 500], &[1, 3, 100_000], &[2, 400, 400]];

fn replaced(index: &[usize], axis: usize, position: usize) -> Vec<usize> {
    let mut index = index.to_vec();
    index[axis] = position;
    index
}

/// Calls `case` with tensors of all shapes and lies, every axis, and indices along it in several numbers.
fn for_each_case(seed: u64, mut case: impl FnMut(&mut Rng, Tensor<f32>, usize, usize, Lie, String)) {
    let mut rng = Rng::new(seed);
    for shape in SHAPES {
        for axis in 0..shape.len() {
            for count in [0, 1, 2, 7] {
                if shape[axis] == 0 && count > 0 {
                    continue;
                }
                for lie in LIES {
                    let x = generate::tensor(&mut rng, shape, -1.0..1.0, lie);
                    let context = format!("{count} along axis {axis} of {lie:?} {shape:?}");
                    case(&mut rng, x, axis, count, lie, context);
                }
            }
        }
    }
}

#[test]
fn gather_picks_along_the_axis() {
    for_each_case(1, |rng, x, axis, count, lie, context| {
        let extent = x.shape()[axis];
        // As long as the tensor along the other axes, and shorter where there is room.
        for missing in [0, 1] {
            let mut shape: Vec<usize> = x.shape().iter().map(|&n| n.saturating_sub(missing)).collect();
            shape[axis] = count;
            let index = generate::indices(rng, &shape, extent, lie);
            let expected = tabulate(&shape, |at| x.at(&replaced(at, axis, index.at(at))));
            assert_same_bits(&x.gather(axis, &index), &expected, &context);
        }
    });
}

#[test]
fn take_along_broadcasts_the_other_axes() {
    for_each_case(2, |rng, x, axis, count, lie, context| {
        let extent = x.shape()[axis];
        for index_repeats in [true, false] {
            // One of the operands has extent 1 along the other axes.
            let ones = replaced(&vec![1; x.rank()], axis, count);
            let (x, shape) = if index_repeats {
                (x.clone(), ones)
            } else {
                let wide = replaced(&x.shape(), axis, count);
                let (mut x, extents) = (x.clone(), x.shape());
                for other in (0..x.rank()).filter(|&other| other != axis && extents[other] > 0) {
                    x = x.narrow(other, 0, 1);
                }
                (x, wide)
            };
            if x.is_empty() != shape.contains(&0) && extent == 0 {
                continue;
            }
            let index = generate::indices(rng, &shape, extent, lie);
            let joint = naive::broadcast(&replaced(&x.shape(), axis, 1), &shape);
            let expected = tabulate(&joint, |at| {
                let own = |tensor: &[usize]| -> Vec<usize> {
                    at.iter().zip(tensor).map(|(&i, &n)| if n == 1 { 0 } else { i }).collect()
                };
                let picked = index.at(&own(&shape));
                x.at(&replaced(&own(&x.shape()), axis, picked))
            });
            assert_same_bits(&x.take_along(axis, &index), &expected, &context);
        }
    });
}

#[test]
fn index_select_picks_parts() {
    for_each_case(3, |rng, x, axis, count, _, context| {
        let picked: Vec<usize> = (0..count).map(|_| rng.index(x.shape()[axis])).collect();
        let shape = replaced(&x.shape(), axis, count);
        let expected = tabulate(&shape, |at| x.at(&replaced(at, axis, picked[at[axis]])));
        assert_same_bits(&x.index_select(axis, &picked), &expected, &context);
    });
}

/// The twin of writing by position: in row-major order of the indices.
fn put<T: Element>(
    x: &Tensor<T>,
    axis: usize,
    shape: &[usize],
    index: impl Fn(&[usize]) -> usize,
    source: &Tensor<T>,
    combine: impl Fn(T, T) -> T,
) -> Tensor<T> {
    let mut elements = x.to_vec();
    let places = tabulate(&x.shape(), |at| {
        naive::indices(&x.shape()).iter().position(|other| other == at).expect("an index of the shape")
    });
    for at in naive::indices(shape) {
        let place = places.at(&replaced(&at, axis, index(&at)));
        elements[place] = combine(elements[place], naive::at_broadcast(source, &at));
    }
    Tensor::from_slice(x.shape(), &elements).expect("as many as before")
}

#[test]
fn scatter_writes_in_order_and_adds_in_order() {
    for_each_case(4, |rng, x, axis, count, lie, context| {
        for missing in [0, 1] {
            let mut shape: Vec<usize> = x.shape().iter().map(|&n| n.saturating_sub(missing)).collect();
            shape[axis] = count;
            let index = generate::indices(rng, &shape, x.shape()[axis], lie);
            for given in [&shape[..], &[]] {
                let source: Tensor<f32> = generate::tensor(rng, given, -1.0..1.0, Lie::Mixed);
                let (mut written, mut added, before) = (x.clone(), x.clone(), x.to_vec());
                written.scatter(axis, &index, &source);
                let expected = put(&x, axis, &shape, |at| index.at(at), &source, |_, new| new);
                assert_same_bits(&written, &expected, format_args!("scatter {context}"));
                added.scatter_add(axis, &index, &source);
                let expected = put(&x, axis, &shape, |at| index.at(at), &source, |old, new| old + new);
                assert_same_bits(&added, &expected, format_args!("scatter_add {context}"));
                assert_eq!(x.to_vec(), before, "{context}: what shares the elements stays as it was");
            }
        }
    });
}

#[test]
fn index_add_adds_parts_in_order() {
    for_each_case(5, |rng, x, axis, count, lie, context| {
        let picked: Vec<usize> = (0..count).map(|_| rng.index(x.shape()[axis])).collect();
        let shape = replaced(&x.shape(), axis, count);
        let source: Tensor<f32> = generate::tensor(rng, &shape, -1.0..1.0, lie);
        let mut sum = x.clone();
        sum.index_add(axis, &picked, &source);
        let expected = put(&x, axis, &shape, |at| picked[at[axis]], &source, |old, new| old + new);
        assert_same_bits(&sum, &expected, &context);
    });
}

#[test]
fn a_tensor_can_be_added_to_itself() {
    let mut x = Tensor::<f64>::from_rows([[1.0, 2.0], [3.0, 4.0]]);
    let same = x.clone();
    x.index_add(0, &[1, 0], &same);
    assert_eq!(x, Tensor::from_rows([[4.0, 6.0], [4.0, 6.0]]));
    assert_eq!(same, Tensor::from_rows([[1.0, 2.0], [3.0, 4.0]]));
}

#[test]
fn elements_of_any_type_are_moved() {
    let index = Tensor::from_rows([[2_usize, 0], [1, 1]]);
    let labels = Tensor::from_rows([[10_i64, 20, 30], [40, 50, 60]]);
    assert_eq!(labels.gather(1, &index), Tensor::from_rows([[30, 10], [50, 50]]));
    let mut mask = Tensor::<bool>::zeros([2, 3]);
    mask.scatter(1, &index, &Tensor::scalar(true));
    assert_eq!(mask, Tensor::from_rows([[true, false, true], [false, true, false]]));
    assert_eq!(labels.masked_select(&mask).to_vec(), [10, 30, 50]);
    assert_eq!(mask.nonzero(), Tensor::from_rows([[0, 0], [0, 2], [1, 1]]));
    assert_eq!(mask.index_select(1, &[2, 2]), Tensor::from_rows([[true, true], [false, false]]));
    assert_eq!(labels.triu(1), Tensor::from_rows([[0, 20, 30], [0, 0, 60]]));
}

#[test]
fn masks_select_in_row_major_order() {
    let mut rng = Rng::new(6);
    for shape in SHAPES.into_iter().chain([&[][..], &[3, 200], &[150, 2]]) {
        for lie in LIES {
            let x: Tensor<f64> = generate::tensor(&mut rng, shape, -1.0..1.0, lie);
            for threshold in [0, 3, 10] {
                let of = generate::broadcastable(&mut rng, shape);
                let mask = generate::elements(&mut rng, &of, lie, |rng, base| {
                    Tensor::from_fn(base, |_| rng.index(10) < threshold)
                });
                let kept = |at: &Vec<usize>| naive::at_broadcast(&mask, at);
                let expected: Vec<f64> =
                    naive::indices(shape).iter().filter(|&at| kept(at)).map(|at| x.at(at)).collect();
                assert_eq!(x.masked_select(&mask).to_vec(), expected, "{threshold} of {lie:?} {shape:?}");
            }
        }
    }
    let (row, column) = (Tensor::vector(&[1.0, 2.0]), Tensor::from_rows([[true], [false], [true]]));
    assert_eq!(row.masked_select(&column).to_vec(), [1.0, 2.0, 1.0, 2.0], "both broadcast");
}

#[test]
fn nonzero_lists_positions() {
    let mut rng = Rng::new(7);
    for shape in SHAPES {
        for lie in LIES {
            let x: Tensor<f64> = generate::elements(&mut rng, shape, lie, |rng, base| {
                Tensor::from_fn(base, |_| [0.0, -0.0, f64::NAN, 1.0, 5e-324][rng.index(5)])
            });
            let expected: Vec<Vec<usize>> =
                naive::indices(shape).into_iter().filter(|at| x.at(at) != 0.0).collect();
            let found = x.nonzero();
            assert_eq!(found.shape(), [expected.len(), shape.len()].into());
            assert_eq!(found.to_vec(), expected.concat(), "{lie:?} {shape:?}");
        }
    }
    assert_eq!(Tensor::scalar(2.0).nonzero().shape(), [1, 0].into());
    assert_eq!(Tensor::scalar(0.0).nonzero().shape(), [0, 0].into());
}

#[test]
fn one_hot_rows_have_one_one() {
    let labels = Tensor::from_rows([[2, 0], [1, 2]]).t();
    let rows: Tensor<f32> = Tensor::one_hot(&labels, 3);
    assert_eq!(rows, tabulate(&[2, 2, 3], |at| f32::from(u8::from(labels.at(&at[..2]) == at[2]))));
    assert_eq!(Tensor::<bool>::one_hot(&Tensor::scalar(1), 2).to_vec(), [false, true]);
    assert_eq!(Tensor::<i64>::one_hot(&Tensor::zeros([0]), 0).shape(), [0, 0].into());
}

#[test]
fn triangles_are_cut_at_the_diagonal() {
    let mut rng = Rng::new(8);
    for shape in
        [&[3, 3][..], &[2, 5], &[5, 2], &[1, 4], &[4, 1], &[2, 3, 4], &[0, 3], &[3, 0], &[2, 1, 3, 3]]
    {
        for lie in LIES {
            let x: Tensor<f64> = generate::tensor(&mut rng, shape, -1.0..1.0, lie);
            for diagonal in [isize::MIN, -4, -2, -1, 0, 1, 2, 4, isize::MAX] {
                let offset = |at: &[usize]| at[at.len() - 1] as isize - at[at.len() - 2] as isize;
                let context = format!("diagonal {diagonal} of {lie:?} {shape:?}");
                let upper = tabulate(shape, |at| if offset(at) >= diagonal { x.at(at) } else { 0.0 });
                assert_same_bits(&x.triu(diagonal), &upper, &context);
                let lower = tabulate(shape, |at| if offset(at) <= diagonal { x.at(at) } else { 0.0 });
                assert_same_bits(&x.tril(diagonal), &lower, &context);
            }
        }
    }
    let infinite = Tensor::full([2, 2], f64::NAN);
    assert_eq!(infinite.triu(1).at(&[1, 0]), 0.0, "what is cut off is 0, whatever it was");
}

#[test]
fn threads_change_nothing() {
    for shape in LARGE {
        let x: Tensor<f64> = Rng::new(9).normal(shape);
        let context = format!("{shape:?}");
        for axis in 0..shape.len() {
            let mut rng = Rng::new(10);
            let index = generate::indices(&mut rng, shape, shape[axis], Lie::Transposed);
            let picked = index.reshape([x.len()]).to_vec();
            let picked = &picked[..shape[axis].min(1000) + 5];
            let gathered = same_under_each_setting(&context, || x.gather(axis, &index));
            assert_eq!(gathered, x.take_along(axis, &index));
            let selected = same_under_each_setting(&context, || x.index_select(axis, picked));
            let added = same_under_each_setting(&context, || {
                let mut sum = x.clone();
                sum.scatter_add(axis, &index, &x);
                sum.index_add(axis, picked, &selected);
                sum
            });
            // Of every element that is added the sum of all elements shows a trace.
            let total = |x: &Tensor<f64>| x.to_vec().iter().map(|x| x.abs()).sum::<f64>();
            let difference = added.to_vec().iter().sum::<f64>()
                - 2.0 * x.to_vec().iter().sum::<f64>()
                - selected.to_vec().iter().sum::<f64>();
            assert!(difference.abs() <= 1e-12 * (total(&added) + total(&x)), "{context}: {difference}");
            let written = same_under_each_setting(&context, || {
                let mut written = x.clone();
                written.scatter(axis, &index, &gathered);
                written
            });
            assert_eq!(written.gather(axis, &index), gathered, "{context}: equal values meet in each place");
        }
        if shape.len() > 1 {
            let upper = same_under_each_setting(&context, || x.triu(3));
            assert_eq!(upper + x.tril(2), x, "{context}");
        }
    }
}

fn zeros<T: Real>(shape: &[usize]) -> Tensor<T> {
    Tensor::zeros(shape)
}

#[test]
fn what_is_outside_is_named() {
    let x = zeros::<f32>(&[2, 3]);
    let index = |rows: &[usize]| Tensor::<usize>::full(rows, 2);
    check(|| x.gather(0, &index(&[1, 1])), "gather: index 2 along axis 0 is outside shape [2, 3]");
    check(|| x.gather(2, &index(&[1, 1])), "gather: axis 2 is outside shape [2, 3]");
    check(
        || x.gather(1, &index(&[1])),
        "gather: indices of shape [1] and shape [2, 3] have not as many axes",
    );
    check(
        || x.gather(1, &index(&[3, 1])),
        "gather: indices of shape [3, 1] along axis 1 exceed shape [2, 3]",
    );
    check(|| x.take_along(0, &index(&[1, 3])), "take_along: index 2 along axis 0 is outside shape [2, 3]");
    check(
        || x.take_along(0, &index(&[1, 2])),
        "take_along: indices of shape [1, 2] along axis 0 do not broadcast with shape [2, 3]",
    );
    check(
        || x.take_along(0, &index(&[1])),
        "take_along: indices of shape [1] along axis 0 do not broadcast with shape [2, 3]",
    );
    check(|| x.take_along(2, &index(&[1, 1])), "take_along: axis 2 is outside shape [2, 3]");
    check(|| x.index_select(0, &[1, 2]), "index_select: index 2 along axis 0 is outside shape [2, 3]");
    check(|| x.index_select(2, &[]), "index_select: axis 2 is outside shape [2, 3]");
    check(|| zeros::<f32>(&[]).index_select(0, &[]), "index_select: axis 0 is outside shape []");
    check(|| zeros::<f32>(&[0]).gather(0, &index(&[1])), "gather: index 2 along axis 0 is outside shape [0]");

    let scattered = |axis, rows: &[usize], source: &[usize]| {
        zeros::<f32>(&[2, 3]).scatter(axis, &index(rows), &zeros(source));
    };
    check(|| scattered(0, &[1, 1], &[1, 1]), "scatter: index 2 along axis 0 is outside shape [2, 3]");
    check(|| scattered(2, &[1, 1], &[1, 1]), "scatter: axis 2 is outside shape [2, 3]");
    check(
        || scattered(1, &[1, 2], &[1, 3]),
        "scatter: a source of shape [1, 3] does not broadcast to indices of shape [1, 2]",
    );
    check(
        || zeros::<f32>(&[2, 3]).scatter_add(1, &index(&[3, 1]), &zeros(&[])),
        "scatter_add: indices of shape [3, 1] along axis 1 exceed shape [2, 3]",
    );
    let added = |axis, picked: &[usize], source: &[usize]| {
        zeros::<f32>(&[2, 3]).index_add(axis, picked, &zeros(source));
    };
    check(
        || added(0, &[0], &[2, 3]),
        "index_add: 1 indices along axis 0 for a source of shape [2, 3] into shape [2, 3]",
    );
    check(
        || added(1, &[0], &[2, 3]),
        "index_add: 1 indices along axis 1 for a source of shape [2, 3] into shape [2, 3]",
    );
    check(|| added(0, &[2], &[1, 3]), "index_add: index 2 along axis 0 is outside shape [2, 3]");
    check(|| added(2, &[2], &[1, 3]), "index_add: axis 2 is outside shape [2, 3]");

    check(
        || x.masked_select(&Tensor::zeros([2])),
        "masked_select: shapes do not broadcast: tensor [2, 3], mask [2]",
    );
    check(
        || Tensor::<f32>::one_hot(&Tensor::vector(&[1, 3]), 3),
        "one_hot: index 3 along axis 1 is outside shape [2, 3]",
    );
    check(|| zeros::<f32>(&[3]).triu(0), "triu: shape [3] has no matrices");
    check(|| zeros::<f32>(&[]).tril(0), "tril: shape [] has no matrices");
}

//! Slices, parts and windows case by case, in place and as values, and those that are refused.

use gradus_tensor::SliceItem::NewAxis;
use gradus_tensor::{MAX_RANK, Rng, SliceItem, Tensor, s};
use gradus_testkit::generate::{self, LIES};
use gradus_testkit::panics::assert_panic as check;

use crate::random_views::kept;

#[test]
fn a_view_alone_with_its_elements_is_written_in_place_unless_it_repeats_them() {
    type View = fn(Tensor<f64>) -> Tensor<f64>;
    let cases: [(View, bool); 9] = [
        (|x| x.t(), true),
        (|x| x.flip(&[0, 1]), true),
        (|x| x.slice(&s![..; 2, ..; -3]), true),
        (|x| x.diagonal(1, 0, 1), true),
        (|x| x.windows(1, 2, 2), true),
        (|x| x.windows(1, 2, 1), false),
        (|x| x.broadcast_to([2, 4, 6]), false),
        (|x| x.broadcast_to([1, 4, 6]), true),
        (|x| x.narrow(0, 0, 1).broadcast_to([3, 6]), false),
    ];
    for (i, (view, in_place)) in cases.into_iter().enumerate() {
        let mut x = view(Tensor::from_fn([4, 6], |i| i as f64));
        let strides = x.strides().to_vec();
        let written = Tensor::from_fn(x.shape(), |i| -(i as f64));
        x.view_mut().assign(&written);
        assert_eq!(x, written, "case {i}");
        assert_eq!(x.strides() == strides, in_place, "case {i}: a copy lies in row-major order");
    }
}

#[test]
fn parts_of_a_view_are_written_in_turn() {
    let mut x = Tensor::<i32>::zeros([3, 4]);
    let mut view = x.view_mut();
    view.reborrow().slice(&s![.., 0]).fill(1);
    view.reborrow().t().row(3).assign(&Tensor::vector(&[2, 3, 4]));
    view.reborrow().diagonal(0, 0, 1).assign(&Tensor::scalar(5));
    view.slice(&s![-1, 1..3; -1]).assign(&Tensor::vector(&[6, 7]));
    assert_eq!(x, Tensor::from_rows([[5, 0, 0, 2], [1, 5, 0, 3], [1, 7, 6, 4]]));
    let mut shared = x.clone();
    shared.view_mut().fill(0);
    assert_eq!(x.at(&[0, 0]), 5, "what was shared before stays as it was");
}

#[test]
fn slices_keep_what_their_ranges_say() {
    for extent in 0..6_usize {
        let x = Tensor::from_fn([extent], |i| i);
        let n = extent as isize;
        for start in -n..=n {
            for end in (-n..=n).map(Some).chain([None]) {
                for step in [1, 2, 3, 10, isize::MAX, -1, -2, -3, -10, isize::MIN] {
                    let item = SliceItem::Range { start, end, step };
                    let count = |at: isize| if at < 0 { at + n } else { at };
                    let text = format!("{item} of {extent}");
                    if end.map_or(n, count) < count(start) {
                        let panic = format!("slice: {item} along axis 0 is outside shape [{extent}]");
                        check(|| x.slice(&[item]), &panic);
                        continue;
                    }
                    let view = x.slice(&[item]);
                    assert_eq!(view.to_vec(), kept(start, end, step, extent), "{text}");
                    let (a, b) = (view.flip(&[0]).to_vec(), view.to_vec());
                    assert!(a.iter().eq(b.iter().rev()), "{text}");
                }
            }
        }
    }
}

#[test]
fn the_items_of_a_slice_are_written_as_ranges() {
    let range = |start, end, step| SliceItem::Range { start, end, step };
    let (two, five): (usize, i32) = (2, 5);
    assert_eq!(s![..], [range(0, None, 1)]);
    assert_eq!(
        s![two.., ..five, ..=five, ..=-1, 1..=-1],
        [range(2, None, 1), range(0, Some(5), 1), range(0, Some(6), 1), range(0, None, 1), range(1, None, 1),]
    );
    assert_eq!(
        s![-3..-1; -2, 4_isize, NewAxis, -1,],
        [range(-3, Some(-1), -2), SliceItem::Index(4), NewAxis, SliceItem::Index(-1),]
    );
    assert_eq!(s![usize::MAX], [SliceItem::Index(isize::MAX)], "not the last position");
    assert_eq!(s![..=usize::MAX], [range(0, Some(isize::MAX), 1)]);
    assert_eq!(s![usize::MAX..usize::MAX], [range(isize::MAX, Some(isize::MAX), 1)]);
    let texts = s![.., 2.., ..-1; 2, 3..4; -1, -5, NewAxis].map(|item| item.to_string());
    assert_eq!(texts, ["..", "2..", "..-1; 2", "3..4; -1", "-5", "NewAxis"]);
}

#[test]
fn splits_and_chunks_are_consecutive_parts() {
    for lie in LIES {
        let x: Tensor<f64> = generate::tensor(&mut Rng::new(2), &[3, 7], -1.0..1.0, lie);
        for extents in [&[7][..], &[3, 4], &[0, 2, 5, 0], &[1; 7]] {
            let parts = x.split(1, extents);
            assert_eq!(parts.iter().map(|part| part.shape()[1]).collect::<Vec<_>>(), extents);
            assert_eq!(Tensor::concat(&parts.iter().collect::<Vec<_>>(), 1), x);
            assert!(parts.iter().all(|part| part.shares_memory(&x)));
        }
        for (parts, extents) in [
            (1, &[7][..]),
            (2, &[4, 3]),
            (3, &[3, 3, 1]),
            (4, &[2, 2, 2, 1]),
            (6, &[2, 2, 2, 1]),
            (9, &[1; 7]),
        ] {
            let chunks = x.chunk(1, parts);
            assert_eq!(chunks.iter().map(|part| part.shape()[1]).collect::<Vec<_>>(), extents, "{parts}");
            assert_eq!(Tensor::concat(&chunks.iter().collect::<Vec<_>>(), 1), x);
        }
    }
    let empty = Tensor::<f32>::zeros([0, 2]);
    assert_eq!(empty.chunk(0, 3).iter().map(|part| part.shape()).collect::<Vec<_>>(), [[0, 2].into()]);
    assert!(empty.split(0, &[]).is_empty());
}

#[test]
fn views_that_do_not_exist_are_refused_by_tensors_and_mutable_views_alike() {
    let x = Tensor::<f32>::zeros([2, 3]);
    macro_rules! both {
        ($text:expr, $method:ident($($argument:expr),*)) => {
            check(|| x.$method($($argument),*), $text);
            check(|| Tensor::<f32>::zeros([2, 3]).view_mut().$method($($argument),*).shape(), $text);
        };
    }
    both!("permute: [0, 0] is not a permutation of the axes of shape [2, 3]", permute(&[0, 0]));
    both!("transpose: axis 2 is outside shape [2, 3]", transpose(0, 2));
    both!("transpose: axis 3 is outside shape [2, 3]", transpose(3, 0));
    both!("narrow: 2..2+2 along axis 1 is outside shape [2, 3]", narrow(1, 2, 2));
    both!("select: axis 2 is outside shape [2, 3]", select(2, 0));
    both!("select: index 3 along axis 1 is outside shape [2, 3]", select(1, 3));
    both!("row: index 2 is outside shape [2, 3]", row(2));
    both!("slice: [0, 0, 0] has 3 items for shape [2, 3]", slice(&s![0, 0, 0]));
    both!("slice: 3 along axis 1 is outside shape [2, 3]", slice(&s![.., 3]));
    both!("slice: -4 along axis 1 is outside shape [2, 3]", slice(&s![NewAxis, .., -4]));
    both!("slice: 1..3; 2 along axis 0 is outside shape [2, 3]", slice(&s![1..3; 2]));
    both!("slice: 2..1 along axis 1 is outside shape [2, 3]", slice(&s![.., 2..1]));
    both!("slice: -4.. along axis 1 is outside shape [2, 3]", slice(&s![.., -4..]));
    let last = isize::MAX;
    both!(&format!("slice: {last} along axis 0 is outside shape [2, 3]"), slice(&s![usize::MAX]));
    both!(&format!("slice: ..{last} along axis 0 is outside shape [2, 3]"), slice(&s![..=usize::MAX]));
    both!("slice: a view of shape [2, 3] would have more than 8 axes", slice(&[NewAxis; 7]));
    both!("slice: a view of shape [2, 3] would have more than 8 axes", slice(&[NewAxis; 20]));
    both!("unsqueeze: no axis 3 in shape [2, 3]", unsqueeze(3));
    both!("squeeze_axis: axis 2 is outside shape [2, 3]", squeeze_axis(2));
    both!("squeeze_axis: axis 1 of shape [2, 3] has not extent 1", squeeze_axis(1));
    both!("flip: axis 2 is outside shape [2, 3]", flip(&[0, 2]));
    both!("flip: axis 1 of shape [2, 3] is named twice", flip(&[1, 1]));
    both!("diagonal: axis 2 is outside shape [2, 3]", diagonal(0, 0, 2));
    both!("diagonal: axis 2 is outside shape [2, 3]", diagonal(0, 2, 0));
    both!("diagonal: axis 1 is named twice", diagonal(0, 1, 1));
    let scalar = Tensor::<f32>::zeros([]);
    check(|| scalar.t(), "t: shape [] is not a matrix");
    check(|| scalar.row(0), "row: index 0 is outside shape []");
    check(
        || Tensor::<f32>::zeros([1; MAX_RANK]).unsqueeze(0),
        "unsqueeze: a view of shape [1, 1, 1, 1, 1, 1, 1, 1] would have more than 8 axes",
    );
    check(|| s![0].map(|item| item.step(2)), "slice: 0 cannot have step 2");
    check(|| s![..; 0], "slice: .. cannot have step 0");

    check(|| x.windows(2, 1, 1), "windows: axis 2 is outside shape [2, 3]");
    check(|| x.windows(1, 4, 1), "windows: no windows of 4 by steps of 1 along axis 1 of shape [2, 3]");
    check(|| x.windows(1, 0, 1), "windows: no windows of 0 by steps of 1 along axis 1 of shape [2, 3]");
    check(|| x.windows(1, 1, 0), "windows: no windows of 1 by steps of 0 along axis 1 of shape [2, 3]");
    let full = Tensor::<f32>::zeros([1; MAX_RANK]);
    check(
        || full.windows(0, 1, 1),
        "windows: a view of shape [1, 1, 1, 1, 1, 1, 1, 1] would have more than 8 axes",
    );
    check(|| x.split(1, &[1, 1]), "split: parts [1, 1] along axis 1 do not make up shape [2, 3]");
    check(|| x.split(2, &[]), "split: parts [] along axis 2 do not make up shape [2, 3]");
    let wrapping = [usize::MAX, 4];
    check(
        || x.split(1, &wrapping),
        "split: parts [18446744073709551615, 4] along axis 1 do not make up shape [2, 3]",
    );
    check(|| x.chunk(1, 0), "chunk: no 0 parts along axis 1 of shape [2, 3]");
    check(|| x.chunk(2, 1), "chunk: no 1 parts along axis 2 of shape [2, 3]");
}

#[test]
fn extreme_steps_and_offsets_are_no_arithmetic_errors() {
    let x = Tensor::from_fn([3, 4], |i| i);
    let one = x.slice(&s![..; isize::MIN, 1..; isize::MAX]);
    assert_eq!((one.to_vec(), one.shape()), (vec![9], [1, 1].into()));
    for view in [one.flip(&[0, 1]), one.t(), one.diagonal(0, 0, 1), one.windows(1, 1, usize::MAX)] {
        assert_eq!(view.to_vec(), [9]);
    }
    assert_eq!(one.broadcast_to([2, 2]).to_vec(), [9; 4]);
    assert_eq!(one.diagonal(0, 0, 1).flip(&[0]).to_vec(), [9]);
    assert!(x.diagonal(isize::MAX, 0, 1).is_empty() && x.diagonal(isize::MIN, 1, 0).is_empty());
    assert_eq!(x.windows(1, 2, usize::MAX).shape(), [3, 1, 2].into());
    let vast = Tensor::<f32>::zeros([0, 1, 1 << 62]);
    assert!(vast.diagonal(0, 0, 1).is_empty() && vast.flip(&[2, 0]).is_empty());
    assert!(vast.slice(&s![.., .., -1]).is_empty() && vast.windows(2, 5, 1 << 61).is_empty());
}

#[test]
fn windows_do_not_show_more_elements_than_can_be_counted() {
    // 3·M = 2⁶⁴ + 2: a count that wraps would be 2.
    const M: usize = 6_148_914_691_236_517_206;
    let repeated = Tensor::<f64>::zeros([1]).broadcast_to([M + 2]);
    check(
        || repeated.windows(0, M, 1),
        "windows: 3 of 6148914691236517206 elements along axis 0 of shape [6148914691236517208] exceed the address space",
    );
}

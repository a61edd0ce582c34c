//! Views hold the right elements, share them, and never let a write through.

use gradus_tensor::{MAX_RANK, Real, Rng, Shape, Tensor};
use gradus_testkit::generate::{self, LIES, Lie};
use gradus_testkit::naive;
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

fn counting(shape: &[usize]) -> Tensor<f64> {
    Tensor::from_fn(shape, |i| i as f64)
}

fn at_index(x: &Tensor<f64>) -> impl Fn(&[usize]) -> f64 {
    move |index| x.at(index)
}

#[test]
fn views_of_a_small_tensor_by_hand() {
    let x = counting(&[2, 3, 4]);
    assert_eq!(x.permute(&[2, 0, 1]).shape(), [4, 2, 3].into());
    assert_eq!(x.permute(&[2, 0, 1]).at(&[3, 1, 2]), x.at(&[1, 2, 3]));
    assert_eq!(x.narrow(1, 1, 2).row(0).to_vec(), [4.0, 5.0, 6.0, 7.0, 8.0, 9.0, 10.0, 11.0]);
    assert_eq!(x.row(1).row(2).row(3).item(), 23.0);
    assert_eq!(x.row(1).t().at(&[3, 0]), 15.0);
    assert_eq!(x.reshape([6, 4]).row(5).to_vec(), [20.0, 21.0, 22.0, 23.0]);
    assert_eq!(x.row(0).t().reshape([12]).to_vec()[..4], [0.0, 4.0, 8.0, 1.0]);
    assert_eq!(counting(&[3]).broadcast_to([2, 3]).to_vec(), [0.0, 1.0, 2.0, 0.0, 1.0, 2.0]);
    assert_eq!(x.broadcast_to([2, 3, 4]).to_vec(), x.to_vec());
    assert_eq!(counting(&[1, 1]).broadcast_to([0, 5]).shape(), [0, 5].into());
}

#[test]
fn views_share_the_elements() {
    let x = counting(&[4, 6]);
    let start = x.as_slice().unwrap().as_ptr();
    for view in [x.clone(), x.reshape([24]), x.narrow(0, 0, 2), x.row(0), x.contiguous(), x.t().t()] {
        assert_eq!(view.as_slice().unwrap().as_ptr(), start);
    }
    assert_eq!(x.row(2).as_slice().unwrap().as_ptr(), start.wrapping_add(12));
}

#[test]
fn contiguous_means_row_major_without_gaps() {
    let x = counting(&[4, 6]);
    assert!(x.is_contiguous() && x.narrow(0, 1, 2).is_contiguous() && x.row(3).is_contiguous());
    assert!(!x.t().is_contiguous() && !x.narrow(1, 0, 5).is_contiguous());
    assert!(x.narrow(1, 2, 1).narrow(0, 3, 1).is_contiguous(), "one element");
    assert!(!x.row(0).broadcast_to([2, 6]).is_contiguous() && x.row(0).broadcast_to([1, 6]).is_contiguous());
    assert!(x.narrow(1, 2, 0).is_contiguous(), "no element");
    assert!(Tensor::<f32>::zeros([3, 1]).t().is_contiguous(), "an axis of extent 1 may have any stride");
    assert_eq!(x.t().strides(), [1, 6]);
}

#[test]
fn parts_without_elements_can_start_anywhere() {
    let x = counting(&[3, 4]);
    for view in [
        x.narrow(0, 3, 0),
        x.narrow(1, 4, 0),
        x.narrow(0, 3, 0).narrow(1, 3, 1),
        x.narrow(1, 4, 0).narrow(0, 2, 1),
        Tensor::zeros([0, 3]).narrow(1, 2, 1),
        Tensor::zeros([5, 0]).row(4),
        Tensor::zeros([2, 5, 0]).narrow(1, 4, 1).permute(&[2, 0, 1]),
    ] {
        assert!(view.is_empty() && view.is_contiguous());
        assert_eq!(view.as_slice().unwrap(), [0.0; 0]);
        assert_eq!(view.to_vec(), [0.0; 0]);
        assert_eq!(view.clone().make_mut(), [0.0; 0]);
        assert_eq!((&view + &view).sum().item(), 0.0);
        assert_eq!(view.reshape([0, 7]).shape(), [0, 7].into());
    }
}

#[test]
fn writing_through_one_clone_never_changes_another() {
    let mut rng = Rng::new(1);
    for lie in LIES {
        let x: Tensor<f64> = generate::tensor(&mut rng, &[3, 4], -1.0..1.0, lie);
        let before = x.to_vec();
        let mut written = [
            x.clone(),
            x.t(),
            x.narrow(1, 1, 2),
            x.row(1),
            x.broadcast_to([2, 3, 4]),
            x.reshape([12]),
            x.contiguous(),
        ];
        for i in 0..written.len() {
            let others: Vec<Vec<f64>> = written.iter().map(Tensor::to_vec).collect();
            written[i].make_mut().fill(7.0);
            assert!(written[i].to_vec().iter().all(|&x| x == 7.0), "{lie:?}");
            for (j, other) in written.iter().enumerate().filter(|&(j, _)| j != i) {
                assert_eq!(other.to_vec(), others[j], "{lie:?}: writing {i} changed {j}");
            }
            assert_eq!(x.to_vec(), before, "{lie:?}");
        }
    }
}

#[test]
fn the_only_owner_writes_in_place() {
    let mut x = counting(&[5, 3]);
    let start = x.as_slice().unwrap().as_ptr();
    x.make_mut()[0] = -1.0;
    assert_eq!(x.as_slice().unwrap().as_ptr(), start, "unique and contiguous: no copy");

    let mut part = x.narrow(0, 1, 2);
    drop(x);
    let inside = part.as_slice().unwrap().as_ptr();
    assert_eq!(part.make_mut().as_ptr(), inside, "a view whose base is gone is the only owner");
    assert_eq!(part.to_vec(), [3.0, 4.0, 5.0, 6.0, 7.0, 8.0]);

    let other = part.clone();
    assert_ne!(part.make_mut().as_ptr(), inside, "shared: a copy");
    drop(other);
    let transposed = part.t();
    drop(part);
    let mut transposed = transposed;
    assert_eq!(transposed.make_mut(), [3.0, 6.0, 4.0, 7.0, 5.0, 8.0], "strided: a copy in row-major order");
}

#[test]
fn clones_move_between_threads() {
    let x = counting(&[1000]);
    let handles: Vec<_> = (0..4)
        .map(|k| {
            let mut clone = x.clone();
            std::thread::spawn(move || {
                clone.make_mut().iter_mut().for_each(|x| *x += f64::from(k));
                clone
            })
        })
        .collect();
    for (k, handle) in handles.into_iter().enumerate() {
        assert_eq!(handle.join().unwrap(), &x + k as f64);
    }
    assert_eq!(x, counting(&[1000]));
}

#[test]
fn constructors_make_what_they_say() {
    assert_eq!(Tensor::<f32>::eye(2).to_vec(), [1.0, 0.0, 0.0, 1.0]);
    assert!(Tensor::<f32>::eye(0).is_empty());
    assert_eq!(Tensor::from_rows([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]).shape(), [3, 2].into());
    assert_eq!(Tensor::<f64>::from_rows([[0.0; 0]; 3]).shape(), [3, 0].into());
    assert_eq!(Tensor::full([2], 1.5f32).to_vec(), [1.5, 1.5]);
    assert_eq!((Tensor::scalar(2.0).rank(), Tensor::scalar(2.0).item()), (0, 2.0));
    assert_eq!(Tensor::full([1, 1, 1], 3.0).item(), 3.0);
    assert_eq!(Tensor::<f32>::zeros([1; MAX_RANK]).rank(), MAX_RANK);
    let rounded: Tensor<f32> = Tensor::vector(&[0.1, 1e300, f64::NAN]).cast();
    assert_eq!(rounded.to_vec()[..2], [0.1f32, f32::INFINITY]);
    assert!(rounded.at(&[2]).is_nan());
    let exact: Tensor<f64> = Tensor::vector(&[0.1f32]).broadcast_to([2]).cast();
    assert_eq!(exact.to_vec(), [f64::from(0.1f32); 2]);
}

#[test]
fn tensors_are_equal_by_shape_and_elements() {
    let x = counting(&[2, 3]);
    assert_eq!(x, x.t().t());
    assert_eq!(x.t(), x.t().contiguous());
    assert_ne!(x, x.reshape([3, 2]));
    assert_ne!(x, &x + 1.0);
    assert_ne!(Tensor::vector(&[f64::NAN]), Tensor::vector(&[f64::NAN]));
    assert_eq!(Tensor::vector(&[0.0]), Tensor::vector(&[-0.0]));
}

#[test]
fn shapes_broadcast_by_the_rules_of_numpy() {
    let broadcast = |a: &[usize], b: &[usize]| Shape::from(a).broadcast(&Shape::from(b)).map(|s| s.to_vec());
    assert_eq!(broadcast(&[], &[]), Some(vec![]));
    assert_eq!(broadcast(&[3, 1], &[1, 4]), Some(vec![3, 4]));
    assert_eq!(broadcast(&[4], &[2, 3, 1]), Some(vec![2, 3, 4]));
    assert_eq!(broadcast(&[0], &[1]), Some(vec![0]));
    assert_eq!(broadcast(&[1, 0], &[5, 1]), Some(vec![5, 0]));
    assert_eq!(broadcast(&[2], &[3]), None);
    assert_eq!(broadcast(&[0], &[3]), None);
    assert_eq!(broadcast(&[2, 3], &[2]), None);
}

#[test]
fn lengths_of_shapes_do_not_wrap() {
    let checked = |extents: &[usize]| Shape::from(extents).checked_len();
    assert_eq!(checked(&[]), Some(1));
    assert_eq!(checked(&[2, 3]), Some(6));
    assert_eq!(checked(&[2, 0, 3]), Some(0));
    assert_eq!(checked(&[isize::MAX as usize]), Some(isize::MAX as usize));
    assert_eq!(checked(&[isize::MAX as usize + 1]), None);
    assert_eq!(checked(&[usize::MAX, 2]), None);
    assert_eq!(checked(&[1 << 32, 1 << 32]), None, "the product wraps to 0");
    assert_eq!(checked(&[0, 1 << 32, 1 << 32]), None, "the strides would wrap");
    assert!(Shape::from([0, usize::MAX]).is_empty() && !Shape::from([usize::MAX, 2]).is_empty());
}

/// Requires of a view that each element is what `element` says and that all ways to read it agree.
fn check_view<T: Real>(view: &Tensor<T>, shape: &[usize], element: impl Fn(&[usize]) -> T) {
    let expected = naive::tabulate(shape, element);
    assert_eq!(&*view.shape(), shape);
    assert_eq!(view.to_vec(), expected.to_vec());
    assert_eq!(view.contiguous().as_slice(), expected.as_slice());
    assert_eq!(view.is_contiguous(), view.as_slice().is_some());
    assert_eq!(naive::map(view, |x| x), expected);
    assert_eq!(view.clone().make_mut(), expected.to_vec());
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 300, rng_seed: RngSeed::Fixed(4), failure_persistence: None, ..ProptestConfig::default()
    })]

    #[test]
    fn random_views_hold_the_elements_of_their_base(
        shape in prop::collection::vec(0..5usize, 1..6), seed: u64,
    ) {
        let mut rng = Rng::new(seed);
        let x: Tensor<f64> = generate::tensor(&mut rng, &shape, -1.0..1.0, Lie::Mixed);
        check_view(&x, &shape, at_index(&x));

        let order = rng.permutation(shape.len());
        let permuted: Vec<usize> = order.iter().map(|&axis| shape[axis]).collect();
        check_view(&x.permute(&order), &permuted, |index| {
            let mut original = vec![0; index.len()];
            order.iter().zip(index).for_each(|(&axis, &i)| original[axis] = i);
            x.at(&original)
        });

        let axis = rng.index(shape.len());
        let start = rng.index(shape[axis] + 1);
        let len = rng.index(shape[axis] - start + 1);
        let mut narrowed = shape.clone();
        narrowed[axis] = len;
        check_view(&x.narrow(axis, start, len), &narrowed, |index| {
            let mut original = index.to_vec();
            original[axis] += start;
            x.at(&original)
        });

        if shape[0] > 0 {
            let row = rng.index(shape[0]);
            check_view(&x.row(row), &shape[1..], |index| x.at(&[&[row], index].concat()));
        }

        let wide: Vec<usize> =
            [2].into_iter().chain(shape.iter().map(|&n| if n == 1 { 3 } else { n })).collect();
        check_view(&x.broadcast_to(wide.as_slice()), &wide, |index| naive::at_broadcast(&x, index));

        let flat = x.reshape([x.len()]);
        assert_eq!(flat.to_vec(), x.to_vec());
        assert_eq!(flat.reshape(x.shape()), x);
    }
}

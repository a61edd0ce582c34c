//! The places of the first largest and smallest elements.

use gradus_tensor::{Real, Rng, Tensor};
use gradus_testkit::generate::{self, LIES};
use gradus_testkit::naive;
use gradus_testkit::settings::for_each_setting;

fn first_best<T: Real>(run: &[T], better: impl Fn(T, T) -> bool) -> usize {
    let best = (0..run.len()).reduce(|best, i| if better(run[i], run[best]) { i } else { best });
    best.expect("something to choose from")
}

fn check<T: Real>(x: &Tensor<T>, context: &str) {
    let expected: Vec<(usize, Tensor<usize>, Tensor<usize>)> = (0..x.rank())
        .filter(|&axis| x.shape()[axis] > 0)
        .map(|axis| {
            let twin = |better: fn(T, T) -> bool| naive::fold_axes(x, &[axis], |run| first_best(run, better));
            (axis, twin(|a, b| a > b), twin(|a, b| a < b))
        })
        .collect();
    let all = x.to_vec();
    for_each_setting(|setting| {
        for (axis, largest, smallest) in &expected {
            let context = format!("{context}, {} along {axis}, {setting}", T::DTYPE);
            assert_eq!(x.argmax_axis(*axis), *largest, "{context}");
            assert_eq!(x.argmin_axis(*axis), *smallest, "{context}");
            let kept = x.argmax_keepdim(*axis);
            assert_eq!(kept.shape()[*axis], 1, "{context}");
            assert_eq!(kept.to_vec(), largest.to_vec(), "{context}");
        }
        if !all.is_empty() {
            assert_eq!(x.argmax().item(), first_best(&all, |a, b| a > b), "{context}, {setting}");
            assert_eq!(x.argmin().item(), first_best(&all, |a, b| a < b), "{context}, {setting}");
        }
    });
}

fn check_all<T: Real>() {
    let mut rng = Rng::new(9);
    for shape in
        [&[][..], &[1], &[7], &[40], &[0, 3], &[5, 4], &[3, 40], &[40, 3], &[2, 9, 12], &[2, 3, 4, 5]]
    {
        for lie in LIES {
            let x: Tensor<T> = generate::tensor(&mut rng, shape, -2.0..2.0, lie);
            check(&x, &format!("{shape:?}, {lie:?}"));
            // Many ties.
            check(&naive::map(&x, |x| T::constant(x.to_f64().round())), &format!("{shape:?}, rounded"));
        }
    }
    for shape in [&[9000][..], &[3, 9000], &[9000, 3], &[9000, 20], &[300, 1100], &[600_000]] {
        let x: Tensor<T> = rng.uniform(shape, -2.0, 2.0);
        check(&x, &format!("{shape:?}"));
        check(&naive::map(&x, |x| T::constant(x.to_f64().round())), &format!("{shape:?}, rounded"));
    }
}

#[test]
fn positions_are_the_first_ones_f32() {
    check_all::<f32>();
}

#[test]
fn positions_are_the_first_ones_f64() {
    check_all::<f64>();
}

#[test]
fn positions_at_corners() {
    let inf = f64::INFINITY;
    for (elements, largest, smallest) in [
        (&[-inf, -inf][..], 0, 0),
        (&[-inf, inf, inf], 1, 0),
        (&[0.0, -0.0], 0, 0),
        (&[-0.0, 0.0], 0, 0),
        (&[1.0, f64::NAN, 3.0, f64::NAN], 1, 1),
        (&[f64::NAN, inf], 0, 0),
    ] {
        let column = Tensor::from_fn([elements.len(), 10], |i| elements[i / 10]);
        for_each_setting(|setting| {
            let x = Tensor::vector(elements);
            assert_eq!(
                (x.argmax().item(), x.argmin().item()),
                (largest, smallest),
                "{elements:?}, {setting}"
            );
            assert_eq!(column.argmax_axis(0).to_vec(), [largest; 10], "{elements:?}, {setting}");
            assert_eq!(column.argmin_axis(0).to_vec(), [smallest; 10], "{elements:?}, {setting}");
        });
    }
}

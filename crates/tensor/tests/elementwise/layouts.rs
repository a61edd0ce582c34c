//! Tiles, transposes, short rows, pieces of work and streaming stores: sizes and layouts at which the driver changes
//! its way. The elements are small integers, so that a sum of them is exact and a wrong place shows.

use gradus_tensor::{Rng, Shape, Tensor, ops, s};
use gradus_testkit::compare::assert_same_bits;
use gradus_testkit::generate;
use gradus_testkit::naive;
use gradus_testkit::settings::for_each_setting;

fn count(shape: &[usize]) -> Tensor<f32> {
    Tensor::from_fn(shape, |i| (i % 8191) as f32)
}

/// Every view of a base that a driver treats in its own way.
fn views(x: &Tensor<f32>) -> Vec<(&'static str, Tensor<f32>)> {
    vec![
        ("as it is", x.clone()),
        ("transposed", x.t()),
        ("flipped", x.flip(&[1])),
        ("turned", x.flip(&[0, 1]).t()),
        ("stepped", x.slice(&s![.., ..; 3])),
        ("stepped back", x.slice(&s![..; -2, ..; -1])),
        ("narrowed", x.slice(&s![1.., 2..])),
        ("narrowed and transposed", x.slice(&s![1.., 2..]).t()),
        ("stepped and transposed", x.slice(&s![..; 2, ..]).t()),
        ("its diagonal", x.diagonal(0, 0, 1)),
        ("its windows", x.windows(1, 2, 1)),
        ("a row repeated", x.row(0).broadcast_to(&*x.shape())),
        ("a column repeated", x.slice(&s![.., 0..1]).broadcast_to(&*x.shape())),
    ]
}

#[test]
fn views_of_every_kind_equal_their_twin() {
    let shapes = [[3, 5], [9, 8], [17, 300], [300, 17], [64, 256], [65, 259], [1000, 4], [3, 9000]];
    let cases: Vec<_> = shapes
        .iter()
        .flat_map(|shape| {
            let x = count(shape);
            views(&x).into_iter().map(move |(name, view)| (format!("{shape:?} {name}"), view))
        })
        .map(|(name, view)| {
            let other = Tensor::from_fn(view.shape(), |i| (i % 31) as f32);
            let twins = (naive::map(&view, |x| -x), naive::zip(&view, &other, |a, b| a - b));
            (name, view, other, twins)
        })
        .collect();
    for_each_setting(|setting| {
        for (name, view, other, (negative, difference)) in &cases {
            let context = format!("{name}, {setting}");
            assert_same_bits(&-view, negative, &context);
            assert_same_bits(&(view - other), difference, &context);
            assert_same_bits(&view.contiguous(), &-negative, &context);
            let mut target = Tensor::zeros(view.shape());
            target.view_mut().assign(view);
            assert_same_bits(&target, &-negative, &context);
            assert_eq!(
                view.cast::<i32>().to_vec(),
                negative.to_vec().iter().map(|&x| -x as i32).collect::<Vec<_>>()
            );
        }
    });
}

#[test]
fn permutations_of_many_axes_equal_their_twin() {
    let mut rng = Rng::new(41);
    let mut cases = Vec::new();
    for _ in 0..60 {
        let shape = generate::shape(&mut rng, 2..=5, 1..=12);
        let x = Tensor::<f64>::from_fn(shape, |i| i as f64);
        let x = x.permute(&rng.permutation(x.rank()));
        let narrow: Shape = generate::broadcastable(&mut rng, &x.shape());
        let y = Tensor::<f64>::from_fn(narrow, |i| 0.5 * i as f64);
        let y = y.permute(&(0..y.rank()).rev().collect::<Vec<_>>()).contiguous();
        let y = y.permute(&(0..y.rank()).rev().collect::<Vec<_>>());
        let expected = naive::zip(&x, &y, |x, y| x + y);
        cases.push((x, y, expected));
    }
    for_each_setting(|setting| {
        for (x, y, expected) in &cases {
            let context =
                format!("{} {:?} and {} {:?}, {setting}", x.shape(), x.strides(), y.shape(), y.strides());
            assert_same_bits(&(x + y), expected, &context);
            assert_same_bits(&(y + x), expected, &context);
            // A view that is written, permuted as x is.
            let mut base = Tensor::zeros(x.shape());
            let mut view = base.view_mut();
            view += x;
            view += y;
            assert_same_bits(&base, expected, &context);
        }
    });
}

/// Beyond the size from which results are streamed past the caches, in shapes whose first axis cannot be shared out
/// evenly, with rows that begin in the middle of a cache line, and with an odd number of elements.
#[test]
fn streamed_results_have_the_same_bits() {
    const N: usize = (16 << 20) / 4 + 77;
    let shapes: [&[usize]; 4] = [&[N], &[1, N], &[3, N / 3 + 1], &[N / 5 + 1, 5]];
    for_each_setting(|setting| {
        if setting.threads == 1 && setting.level < gradus_tensor::simd::Level::detect() {
            return;
        }
        for shape in shapes {
            let x = count(&[shape.iter().product::<usize>() + 3]);
            let y = x.flip(&[0]).contiguous();
            let odd = |x: &Tensor<f32>| x.narrow(0, 3, x.len() - 3).reshape(shape);
            let (a, b) = (odd(&x), odd(&y));
            let sum = &a + &b;
            let (left, right, found) = (a.to_vec(), b.to_vec(), sum.as_slice().unwrap());
            let wrong = (0..found.len()).find(|&i| found[i] != left[i] + right[i]);
            assert_eq!(wrong, None, "sum of {shape:?}, {setting}");
            let negative = -&a;
            let wrong = (0..left.len()).find(|&i| negative.as_slice().unwrap()[i] != -left[i]);
            assert_eq!(wrong, None, "negative of {shape:?}, {setting}");
            let mut out = Tensor::zeros([left.len() + 1]);
            let mut part = out.view_mut().narrow(0, 1, left.len());
            part.assign(&a.reshape([left.len()]));
            let wrong = (0..left.len()).find(|&i| out.as_slice().unwrap()[i + 1] != left[i]);
            assert_eq!(wrong, None, "copy of {shape:?}, {setting}");
        }
        let x = count(&[2050, 2049]);
        let sum = x.t().zip(&x.reshape([2049, 2050]), ops::Add);
        let (stored, found) = (x.to_vec(), sum.to_vec());
        let twin = |i: usize| stored[(i % 2050) * 2049 + i / 2050] + stored[i];
        assert_eq!((0..found.len()).find(|&i| found[i] != twin(i)), None, "transposed, {setting}");
    });
}

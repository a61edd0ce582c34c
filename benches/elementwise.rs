//! Elementwise ops beside `ndarray` and beside plain loops over slices that exist, which are the limit: the result is
//! written where the last one was, and nothing is allocated.
//!
//!     cargo bench --bench elementwise
//!
//! Alternatives stand beside each other, so that a claim is a ratio from one run.

use divan::Bencher;
use divan::counter::ItemsCount;
use gradus::tensor::{Rng, Tensor, ops};
use ndarray::{Array1, Array2};

const SIZES: [usize; 4] = [10, 1000, 100_000, 10_000_000];

fn main() {
    divan::main();
}

fn vectors(len: usize) -> [Tensor<f32>; 2] {
    [1, 2].map(|seed| Rng::new(seed).uniform([len], -4.0, 4.0))
}

fn arrays(len: usize) -> [Array1<f32>; 2] {
    vectors(len).map(|x| Array1::from(x.to_vec()))
}

mod add {
    use super::*;

    #[divan::bench(args = SIZES)]
    fn gradus(bencher: Bencher, len: usize) {
        let [x, y] = vectors(len);
        bencher.counter(ItemsCount::new(len)).bench_local(|| &x + &y);
    }

    #[divan::bench(args = SIZES)]
    fn gradus_into(bencher: Bencher, len: usize) {
        let [x, y] = vectors(len);
        let mut out = Tensor::zeros([len]);
        bencher.counter(ItemsCount::new(len)).bench_local(|| x.zip_into(&y, ops::Add, &mut out));
    }

    #[divan::bench(args = SIZES)]
    fn gradus_in_place(bencher: Bencher, len: usize) {
        let [mut x, y] = vectors(len);
        bencher.counter(ItemsCount::new(len)).bench_local(|| x += &y);
    }

    #[divan::bench(args = SIZES)]
    fn ndarray(bencher: Bencher, len: usize) {
        let [x, y] = arrays(len);
        bencher.counter(ItemsCount::new(len)).bench_local(|| &x + &y);
    }

    #[divan::bench(args = SIZES)]
    fn hand(bencher: Bencher, len: usize) {
        let [x, y] = vectors(len).map(|x| x.to_vec());
        let mut out = vec![0.0; len];
        bencher.counter(ItemsCount::new(len)).bench_local(|| {
            for ((out, x), y) in out.iter_mut().zip(&x).zip(&y) {
                *out = x + y;
            }
            divan::black_box(&mut out);
        });
    }
}

mod relu {
    use super::*;

    #[divan::bench(args = SIZES)]
    fn gradus(bencher: Bencher, len: usize) {
        let [x, _] = vectors(len);
        bencher.counter(ItemsCount::new(len)).bench_local(|| x.relu());
    }

    #[divan::bench(args = SIZES)]
    fn ndarray(bencher: Bencher, len: usize) {
        let [x, _] = arrays(len);
        bencher.counter(ItemsCount::new(len)).bench_local(|| x.mapv(|x| x.max(0.0)));
    }

    #[divan::bench(args = SIZES)]
    fn hand(bencher: Bencher, len: usize) {
        let x = vectors(len)[0].to_vec();
        let mut out = vec![0.0; len];
        bencher.counter(ItemsCount::new(len)).bench_local(|| {
            for (out, x) in out.iter_mut().zip(&x) {
                *out = x.max(0.0);
            }
            divan::black_box(&mut out);
        });
    }
}

mod exp {
    use super::*;

    #[divan::bench(args = SIZES)]
    fn gradus(bencher: Bencher, len: usize) {
        let [x, _] = vectors(len);
        bencher.counter(ItemsCount::new(len)).bench_local(|| x.exp());
    }

    #[divan::bench(args = SIZES)]
    fn ndarray(bencher: Bencher, len: usize) {
        let [x, _] = arrays(len);
        bencher.counter(ItemsCount::new(len)).bench_local(|| x.exp());
    }
}

/// Sums of matrices: a row to every row, a column to every column, a transpose.
mod add_broadcast {
    use super::*;

    fn operands() -> [Tensor<f32>; 3] {
        let mut rng = Rng::new(3);
        [[10_000, 256], [1, 256], [10_000, 1]].map(|shape| rng.uniform(shape, -4.0, 4.0))
    }

    fn array(x: &Tensor<f32>) -> Array2<f32> {
        Array2::from_shape_vec([x.shape()[0], x.shape()[1]], x.to_vec()).expect("as many elements")
    }

    #[divan::bench]
    fn row_gradus(bencher: Bencher) {
        let [x, row, _] = operands();
        bencher.bench_local(|| &x + &row);
    }

    #[divan::bench]
    fn row_ndarray(bencher: Bencher) {
        let [x, row, _] = operands().map(|x| array(&x));
        bencher.bench_local(|| &x + &row);
    }

    #[divan::bench]
    fn column_gradus(bencher: Bencher) {
        let [x, _, column] = operands();
        bencher.bench_local(|| &x + &column);
    }

    #[divan::bench]
    fn column_ndarray(bencher: Bencher) {
        let [x, _, column] = operands().map(|x| array(&x));
        bencher.bench_local(|| &x + &column);
    }

    fn squares() -> [Tensor<f32>; 2] {
        [1, 2].map(|seed| Rng::new(seed).uniform([2048, 2048], -4.0, 4.0))
    }

    #[divan::bench]
    fn transpose_gradus(bencher: Bencher) {
        let [x, y] = squares();
        bencher.bench_local(|| &x + &y.t());
    }

    #[divan::bench]
    fn transpose_ndarray(bencher: Bencher) {
        let [x, y] = squares().map(|x| array(&x));
        bencher.bench_local(|| &x + &y.t());
    }
}

mod compare {
    use super::*;

    #[divan::bench(args = SIZES)]
    fn gradus(bencher: Bencher, len: usize) {
        let [x, y] = vectors(len);
        bencher.counter(ItemsCount::new(len)).bench_local(|| x.less(&y));
    }

    #[divan::bench(args = SIZES)]
    fn gradus_where(bencher: Bencher, len: usize) {
        let [x, y] = vectors(len);
        let mask = x.less(&y);
        bencher.counter(ItemsCount::new(len)).bench_local(|| mask.where_(&x, &y));
    }

    #[divan::bench(args = SIZES)]
    fn ndarray(bencher: Bencher, len: usize) {
        let [x, y] = arrays(len);
        bencher
            .counter(ItemsCount::new(len))
            .bench_local(|| ndarray::Zip::from(&x).and(&y).map_collect(|x, y| x < y));
    }
}

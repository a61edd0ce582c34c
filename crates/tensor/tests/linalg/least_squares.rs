//! Least squares and pseudo-inverses by the conditions that define them.

use gradus_tensor::linalg::{lstsq, matrix_rank, pinv, svdvals};
use gradus_tensor::{Real, Rng, Tensor};

use crate::matrices::{RESIDUAL, defect, families, from_elements, largest};

const SHAPES: [(usize, usize, usize); 8] =
    [(4, 4, 4), (8, 3, 3), (3, 8, 3), (10, 6, 2), (6, 10, 4), (30, 30, 12), (50, 7, 7), (5, 5, 0)];

fn of_rank(rng: &mut Rng, m: usize, n: usize, rank: usize) -> Tensor<f64> {
    rng.normal::<f64>([m, rank]).matmul(&rng.normal([rank, n]))
}

#[test]
fn residuals_are_orthogonal_to_the_columns_and_solutions_lie_in_the_row_space() {
    let mut rng = Rng::new(1);
    for (m, n, rank) in SHAPES {
        let name = format!("[{m}, {n}] of rank {rank}");
        let a = of_rank(&mut rng, m, n, rank);
        let b: Tensor<f64> = rng.normal([m, 3]);
        let found = lstsq(&a, &b, None).unwrap();
        let x = &found.solution;
        assert_eq!((x.shape(), found.rank.item()), ([n, 3].into(), rank), "{name}");
        assert_eq!(found.singular_values, svdvals(&a).unwrap(), "{name}");
        let size = (largest(&a) * largest(x)).max(1.0) * (m * n) as f64;
        let gradient = a.t().matmul(&(a.matmul(x) - &b)) / (size * largest(&a).max(1.0));
        let residual = defect::<f64>(&gradient, &Tensor::zeros([n, 3]), &[m, n]);
        assert!(residual <= RESIDUAL, "{name}: Aᵀ·(A·x − b) is {residual}");
        // The least norm: x = A⁺·A·x, the projection on the row space.
        let projected = pinv(&a, None).unwrap().matmul(&a).matmul(x);
        assert!(largest(&(&projected - x)) <= 1e-12 * largest(x).max(1.0), "{name}: x leaves the row space");
        let vector = lstsq(&a, &b.select(1, 0), None).unwrap().solution;
        assert!(largest(&(&vector - &x.select(1, 0))) <= 1e-13 * largest(x).max(1.0), "{name}: one column");
    }
}

/// The four conditions of Moore and Penrose, in units of rounding of a matrix with this condition.
fn check_pinv<T: Real>(name: &str, a: &Tensor<T>, p: &Tensor<T>) {
    let (a, p) = (a.cast::<f64>(), p.cast::<f64>());
    let shape = a.shape();
    let size = largest(&a) * largest(&p) * shape.iter().product::<usize>() as f64;
    let (ap, pa) = (a.matmul(&p), p.matmul(&a));
    let condition = |text: &str, left: Tensor<f64>, right: &Tensor<f64>| {
        let scale = size.max(1.0) * largest(right).max(f64::MIN_POSITIVE);
        let residual = defect::<T>(&(left / scale), &(right / scale), &shape);
        assert!(residual <= RESIDUAL, "{name}: {text} fails by {residual}");
    };
    condition("A·P·A = A", ap.matmul(&a), &a);
    condition("P·A·P = P", pa.matmul(&p), &p);
    condition("(A·P)ᵀ = A·P", ap.t(), &ap);
    condition("(P·A)ᵀ = P·A", pa.t(), &pa);
}

#[test]
fn pseudo_inverses_meet_the_conditions_of_moore_and_penrose() {
    let mut rng = Rng::new(2);
    for (m, n, rank) in SHAPES {
        let name = format!("[{m}, {n}] of rank {rank}");
        let a = of_rank(&mut rng, m, n, rank);
        check_pinv(&name, &a, &pinv(&a, None).unwrap());
        let single: Tensor<f32> = a.cast();
        check_pinv(&name, &single, &pinv(&single, None).unwrap());
    }
    for (m, n) in [(3, 3), (5, 3), (3, 5), (8, 8)] {
        for (family, a) in families(m, n) {
            // Where singular values stand near the cut-off, the answer is not the exact pseudo-inverse of A.
            let values = svdvals(&a).unwrap().to_vec();
            let decided = values.iter().all(|&s| s > 1e-8 * values[0] || s <= 1e-18 * values[0]);
            if decided && (1e-100..1e100).contains(&largest(&a)) {
                check_pinv(&format!("{family} [{m}, {n}]"), &a, &pinv(&a, None).unwrap());
            }
        }
    }
}

#[test]
fn exact_answers() {
    let a = Tensor::from_rows([[1.0, 0.0], [0.0, 2.0], [0.0, 0.0]]);
    assert_eq!(pinv(&a, None).unwrap(), Tensor::from_rows([[1.0, 0.0, 0.0], [0.0, 0.5, 0.0]]));
    let b = Tensor::vector(&[3.0, 4.0, 5.0]);
    assert_eq!(lstsq(&a, &b, None).unwrap().solution.to_vec(), [3.0, 2.0]);
    // Of all x with x₁ + x₂ = 2, the shortest.
    let wide = Tensor::from_rows([[1.0, 1.0]]);
    let x = lstsq(&wide, &Tensor::vector(&[2.0]), None).unwrap().solution;
    assert!(largest(&(&x - &Tensor::ones([2]))) < 1e-15, "{x:?}");
}

#[test]
fn the_cut_off_is_relative_to_the_largest_singular_value() {
    let a = from_elements(3, 3, |i, j| if i == j { [8.0, 2.0, 1.0][i] } else { 0.0 });
    for (rcond, rank) in [(None, 3), (Some(0.0), 3), (Some(0.125), 2), (Some(0.25), 1), (Some(1.0), 0)] {
        let found = lstsq(&a, &Tensor::ones([3]), rcond).unwrap();
        assert_eq!(found.rank.item(), rank, "{rcond:?}");
        let kept = |i: usize| i < rank;
        let expected = [0.125, 0.5, 1.0].iter().enumerate().map(|(i, &x)| if kept(i) { x } else { 0.0 });
        assert_eq!(found.solution.to_vec(), expected.collect::<Vec<_>>(), "{rcond:?}");
        assert_eq!(pinv(&a, rcond).unwrap().diagonal(0, 0, 1), found.solution, "{rcond:?}");
        assert_eq!(matrix_rank(&a, rcond).unwrap().item(), rank, "{rcond:?}");
    }
    for scale in [1e-300, 1e-200, 1e200, 1e307] {
        assert_eq!(matrix_rank(&(&a * scale), None).unwrap().item(), 3, "the scale does not matter");
    }
    // The largest singular value, 2.4e308, is out of range.
    let huge = Tensor::<f64>::full([2, 2], 1.2e308);
    let product = (pinv(&huge, None).unwrap() * 1.2e308).to_vec();
    assert!(product.iter().all(|x| (x - 0.25_f64).abs() < 1e-14), "{product:?}");
}

#[test]
fn without_elements_the_shortest_solution_is_0() {
    for (m, n) in [(0, 0), (0, 3), (3, 0)] {
        let empty = Tensor::<f64>::zeros([m, n]);
        let found = lstsq(&empty, &Tensor::ones([m, 2]), None).unwrap();
        assert_eq!((found.solution, found.rank.item()), (Tensor::zeros([n, 2]), 0));
        assert_eq!(pinv(&empty, None).unwrap().shape(), [n, m].into());
    }
}

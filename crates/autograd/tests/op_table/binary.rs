//! Binary ops, broadcast in every position.

use gradus_tensor::{Rng, Shape, for_each_binary_op, ops};
use gradus_testkit::generate::{self, LIES};

use crate::operands::{Domains, OfTwo, VIEWS, check, params_of, reversed, sample};

/// Shapes that broadcast.
const PAIRS: [(&[usize], &[usize]); 18] = [
    (&[], &[]),
    (&[3], &[]),
    (&[], &[3]),
    (&[1], &[3]),
    (&[2, 3], &[2, 3]),
    (&[2, 3], &[3]),
    (&[3], &[2, 3]),
    (&[2, 3], &[2, 1]),
    (&[1, 3], &[2, 3]),
    (&[2, 1], &[1, 3]),
    (&[1, 1], &[2]),
    (&[2, 3, 4], &[3, 1]),
    (&[3, 1], &[2, 1, 4]),
    (&[4, 1, 2], &[1, 3, 1]),
    (&[0], &[1]),
    (&[], &[2, 0]),
    (&[0, 3], &[3]),
    (&[2, 1], &[2, 0]),
];

/// The row of an op: where its operands are drawn from, away from kinks and poles, and where one variable that is
/// both of them.
trait Row {
    const LEFT: Domains;
    const RIGHT: Domains;
    const BOTH: Domains;
}

macro_rules! rows {
    ($($op:ident $left:expr, $right:expr, $both:expr;)*) => {$(
        impl Row for ops::$op {
            const LEFT: Domains = &$left;
            const RIGHT: Domains = &$right;
            const BOTH: Domains = &$both;
        }
    )*};
}
rows! {
    Add [-2.0..2.0], [-2.0..2.0], [-2.0..2.0];
    Sub [-2.0..2.0], [-2.0..2.0], [-2.0..2.0];
    Mul [-2.0..2.0], [-2.0..2.0], [-2.0..2.0];
    Div [-2.0..2.0], [-2.0..-0.5, 0.5..2.0], [-2.0..-0.5, 0.5..2.0];
    // Either operand is the larger one, by 0.1 at least.
    Maximum [-2.0..-1.0, 1.0..2.0], [-0.9..0.9], [-0.9..0.9];
    Minimum [-2.0..-1.0, 1.0..2.0], [-0.9..0.9], [-0.9..0.9];
    Pow [0.3..2.0], [-2.0..2.0], [0.3..2.0];
}

fn check_binary<R: Row>(name: &str, f: OfTwo<'_>) {
    check_in(name, [R::LEFT, R::RIGHT, R::BOTH], f);
}

fn check_in(name: &str, [of_left, of_right, of_both]: [Domains; 3], f: OfTwo<'_>) {
    let mut rng = Rng::new(2).split(name);
    for (left, right) in PAIRS {
        let context = format!("{name} of {left:?} and {right:?}");
        let values = [sample(&mut rng, left, of_left), sample(&mut rng, right, of_right)];
        let (params, [a, b]) = params_of(values.clone());
        check(&context, &params, |p| f(p.get(a), p.get(b)));
        check(format!("{context}, twice"), &params, |p| {
            let (a, b) = (p.get(a), p.get(b));
            f(a, b) + f(a, b)
        });

        // Stored transposed, and repeated to the joint shape.
        let transposed = values.clone().map(|value| {
            let axes: Vec<usize> = (0..value.rank()).rev().collect();
            value.permute(&axes)
        });
        let (stored, [at, bt]) = params_of(transposed);
        let joint = Shape::from(left).broadcast(&Shape::from(right)).expect("they broadcast");
        check(format!("{context}, transposed"), &stored, |p| f(reversed(p.get(at)), reversed(p.get(bt))));
        check(format!("{context}, repeated left"), &params, |p| f(p.get(a).broadcast_to(joint), p.get(b)));
        check(format!("{context}, repeated right"), &params, |p| f(p.get(a), p.get(b).broadcast_to(joint)));

        for (i, lie) in LIES.into_iter().enumerate() {
            let domain = of_left[i % of_left.len()].clone();
            let constant = generate::tensor(&mut rng, left, domain, lie);
            check(format!("{context}, constant left {lie:?}"), &params, |p| {
                f(p.constant(&constant), p.get(b))
            });
            let domain = of_right[i % of_right.len()].clone();
            let constant = generate::tensor(&mut rng, right, domain, lie);
            check(format!("{context}, constant right {lie:?}"), &params, |p| {
                f(p.get(a), p.constant(&constant))
            });
        }
    }
    for shape in [&[][..], &[4], &[3, 3], &[0, 0]] {
        let (params, [x]) = params_of([sample(&mut rng, shape, of_both)]);
        for (view, of) in VIEWS {
            let context = format!("{name} of {shape:?} and itself {view}");
            check(context, &params, |p| f(p.get(x), of(p.get(x))));
        }
    }
}

macro_rules! binary_tests {
    ($($method:ident $op:ident $doc:literal;)*) => {$(
        #[test]
        fn $method() {
            check_binary::<ops::$op>(stringify!($method), &|a, b| a.$method(b));
        }
    )*};
}
for_each_binary_op!(binary_tests);

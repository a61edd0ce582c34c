//! Unary ops without settings.

use gradus_tensor::{Rng, for_each_unary_op, ops};

use crate::operands::{Domains, Function, VIEWS, check, params_of, sample};

const SHAPES: [&[usize]; 7] = [&[], &[1], &[5], &[3, 4], &[1, 3, 1], &[0], &[2, 0, 3]];

/// Checks a function of one variable: of a parameter, of its views, and applied to the same variable twice.
pub(crate) fn check_unary(name: &str, domains: Domains, f: Function<'_>) {
    let mut rng = Rng::new(1).split(name);
    for shape in SHAPES {
        let (params, [x]) = params_of([sample(&mut rng, shape, domains)]);
        for (view, of) in VIEWS {
            let context = format!("{name} of {shape:?} {view}");
            check(&context, &params, |p| f(of(p.get(x))));
            check(format!("{context}, twice"), &params, |p| {
                let x = of(p.get(x));
                f(x) + f(x)
            });
        }
    }
}

/// The row of an op.
trait Row {
    const DOMAINS: Domains;
}

macro_rules! rows {
    ($($op:ident $domains:expr;)*) => {$(
        impl Row for ops::$op {
            const DOMAINS: Domains = &$domains;
        }
    )*};
}
rows! {
    Abs [-3.0..-0.2, 0.2..3.0];
    Cos [-3.0..3.0];
    Erf [-2.0..2.0];
    Exp [-2.0..2.0];
    ExpM1 [-2.0..2.0];
    Gelu [-3.0..3.0];
    GeluTanh [-3.0..3.0];
    Ln [0.5..4.0];
    Ln1p [-0.5..3.0];
    Recip [-3.0..-0.5, 0.5..3.0];
    Relu [-3.0..-0.2, 0.2..3.0];
    Rsqrt [0.5..4.0];
    Selu [-3.0..-0.2, 0.2..3.0];
    Sigmoid [-4.0..4.0];
    Sign [-3.0..-0.2, 0.2..3.0];
    Silu [-4.0..4.0];
    Sin [-3.0..3.0];
    Softplus [-4.0..4.0];
    Sqrt [0.5..4.0];
    Square [-3.0..3.0];
    Tan [-1.0..1.0];
    Tanh [-2.0..2.0];
}

macro_rules! unary_tests {
    ($($method:ident $op:ident $doc:literal;)*) => {$(
        #[test]
        fn $method() {
            check_unary(stringify!($method), <ops::$op as Row>::DOMAINS, &|x| x.$method());
        }
    )*};
}
for_each_unary_op!(unary_tests);

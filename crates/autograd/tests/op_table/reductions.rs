//! Reductions and what runs along an axis.

use gradus_tensor::{Rng, Tensor};

use crate::operands::{
    Domains, Function, OverAxes, check, check_along, check_reduction, check_view, params_of, sample,
};

fn sum_axes() {
    for shape in [&[][..], &[5], &[1], &[0], &[3, 2], &[2, 3, 4], &[1, 3, 1], &[2, 0, 3]] {
        for subset in 0..1 << shape.len() {
            let axes: Vec<usize> = (0..shape.len()).filter(|axis| subset >> axis & 1 == 1).collect();
            check_view(&format!("sum_axes {axes:?}"), shape, &|x| x.sum_axes(&axes));
            let backwards: Vec<usize> = axes.into_iter().rev().collect();
            check_view(&format!("sum_axes {backwards:?}"), shape, &|x| x.sum_axes(&backwards));
        }
    }
}

pub(crate) fn cumsum() {
    check_along("cumsum", &|x, axis| x.cumsum(axis));
}

pub(crate) fn softmax() {
    check_along("softmax", &|x, axis| x.softmax(axis));
}

pub(crate) fn log_softmax() {
    check_along("log_softmax", &|x, axis| x.log_softmax(axis));
}

fn prod() {
    // One factor 0, and two.
    for zeros in [&[1][..], &[0, 2]] {
        let factors = Tensor::from_fn([4], |i| if zeros.contains(&i) { 0.0 } else { 1.5 - i as f64 });
        let (params, [x]) = params_of([factors]);
        check(format!("prod with zeros at {zeros:?}"), &params, |p| p.get(x).prod_axes(&[0]));
    }
}

pub(crate) fn sum_to() {
    for (from, to) in [
        (&[2, 3][..], &[3][..]),
        (&[2, 3], &[2, 1]),
        (&[2, 3], &[]),
        (&[2, 3], &[2, 3]),
        (&[4, 2, 5, 3], &[2, 1, 3]),
        (&[0, 3], &[1, 3]),
    ] {
        check_view(&format!("sum_to {to:?}"), from, &|x| x.sum_to(to));
    }
}

/// A reduction over all elements, over axes that are dropped, and over axes that are kept.
fn check_forms(name: &str, least: usize, all: Function<'_>, [dropped, kept]: [OverAxes<'_>; 2]) {
    for shape in [&[][..], &[5], &[1], &[3, 2], &[1, 3, 1]] {
        if shape.iter().product::<usize>() >= least {
            check_view(name, shape, all);
        }
    }
    check_reduction(&format!("{name}_axes"), least, dropped);
    for shape in [&[5][..], &[3, 2], &[2, 1, 3]] {
        for axes in [&[0][..], &[1, 0]].into_iter().filter(|axes| axes.len() <= shape.len()) {
            if axes.iter().map(|&axis| shape[axis]).product::<usize>() >= least {
                check_view(&format!("{name}_keepdim {axes:?}"), shape, &|x| kept(x, axes) * x);
            }
        }
    }
}

pub(crate) fn sums() {
    sum_axes();
    check_forms("sum", 0, &|x| x.sum(), [&|x, axes| x.sum_axes(axes), &|x, axes| x.sum_keepdim(axes)]);
    check_forms("mean", 1, &|x| x.mean(), [&|x, axes| x.mean_axes(axes), &|x, axes| x.mean_keepdim(axes)]);
}

pub(crate) fn logsumexps() {
    check_forms(
        "logsumexp",
        1,
        &|x| x.logsumexp(),
        [&|x, axes| x.logsumexp_axes(axes), &|x, axes| x.logsumexp_keepdim(axes)],
    );
}

pub(crate) fn maxima() {
    check_forms("max", 1, &|x| x.max(), [&|x, axes| x.max_axes(axes), &|x, axes| x.max_keepdim(axes)]);
}

pub(crate) fn minima() {
    check_forms("min", 1, &|x| x.min(), [&|x, axes| x.min_axes(axes), &|x, axes| x.min_keepdim(axes)]);
}

pub(crate) fn variances() {
    for correction in [0, 1] {
        check_forms(
            "var",
            correction + 1,
            &|x| x.var(correction),
            [&|x, axes| x.var_axes(axes, correction), &|x, axes| x.var_keepdim(axes, correction)],
        );
    }
}

pub(crate) fn deviations() {
    for correction in [0, 1] {
        check_forms(
            "std",
            2,
            &|x| x.std(correction),
            [&|x, axes| x.std_axes(axes, correction), &|x, axes| x.std_keepdim(axes, correction)],
        );
    }
}

pub(crate) fn products() {
    prod();
    check_forms("prod", 0, &|x| x.prod(), [&|x, axes| x.prod_axes(axes), &|x, axes| x.prod_keepdim(axes)]);
}

pub(crate) fn norms() {
    const MAGNITUDES: Domains = &[-2.0..-0.3, 0.3..2.0];
    for order in [0.0, 0.8, 1.0, 1.5, 2.0, 3.0, -1.0, f64::INFINITY, f64::NEG_INFINITY] {
        let name = format!("norm of order {order}");
        let least = usize::from(order < 0.0);
        // Away from the kink of |x|.
        check_reduction(&name, least, &|x, axes| (x + x.sign() * 0.3).norm_axes(axes, order));
        let mut rng = Rng::new(4).split(&name);
        for shape in [&[][..], &[5], &[3, 2]] {
            let (params, [x]) = params_of([sample(&mut rng, shape, MAGNITUDES)]);
            check(&name, &params, |p| p.get(x).norm(order));
            let axes: Vec<usize> = (0..shape.len().min(1)).collect();
            check(format!("{name}, kept"), &params, |p| p.get(x).norm_keepdim(&axes, order) * p.get(x));
        }
    }
}

pub(crate) fn cumprod() {
    check_along("cumprod", &|x, axis| x.cumprod(axis));
    for zeros in [&[0][..], &[1], &[3], &[0, 2], &[1, 2]] {
        let factors = Tensor::from_fn([4], |i| if zeros.contains(&i) { 0.0 } else { 1.5 - i as f64 });
        let (params, [x]) = params_of([factors]);
        check(format!("cumprod with zeros at {zeros:?}"), &params, |p| p.get(x).cumprod(0));
    }
}

//! Unary ops with settings or an operator of their own: negation, powers, arithmetic with plain numbers.

use crate::operands::Domains;
use crate::sources::{TENSOR_OPS, listed};
use crate::unary::check_unary;
use gradus_tensor::{for_each_binary_op, for_each_unary_op};

const ANYWHERE: Domains = &[-2.0..2.0];
const AWAY_FROM_ZERO: Domains = &[-2.0..-0.5, 0.5..2.0];

const POSITIVE: Domains = &[0.5..3.0];

const ROWS: [(&str, fn()); 8] = [
    ("Affine", affine),
    ("Clamp", clamp),
    ("DivBy", div_by),
    ("Elu", elu),
    ("LeakyRelu", leaky_relu),
    ("Neg", neg),
    ("Powf", powf),
    ("Powi", powi),
];

fn affine() {
    check_unary("x + c", ANYWHERE, &|x| x + 0.7);
    check_unary("c + x", ANYWHERE, &|x| 0.7 + x);
    check_unary("x − c", ANYWHERE, &|x| x - 0.7);
    check_unary("c − x", ANYWHERE, &|x| 0.7 - x);
    check_unary("x · c", ANYWHERE, &|x| x * -1.7);
    check_unary("c · x", ANYWHERE, &|x| -1.7 * x);
}

fn div_by() {
    check_unary("x / c", ANYWHERE, &|x| x / -0.3);
    check_unary("c / x", AWAY_FROM_ZERO, &|x| -0.3 / x);
}

fn clamp() {
    check_unary("clamp", &[-2.0..-1.1, -0.9..0.4, 0.6..2.0], &|x| x.clamp(-1.0, 0.5));
}

fn elu() {
    check_unary("elu", AWAY_FROM_ZERO, &|x| x.elu(0.7));
}

fn leaky_relu() {
    check_unary("leaky relu", AWAY_FROM_ZERO, &|x| x.leaky_relu(0.2));
}

fn powf() {
    for exponent in [-1.5, 0.0, 0.5, 1.0, 2.5] {
        check_unary(&format!("x^{exponent}"), POSITIVE, &|x| x.powf(exponent));
    }
    check_unary("x^2.0", AWAY_FROM_ZERO, &|x| x.powf(2.0));
}

fn neg() {
    check_unary("−x", ANYWHERE, &|x| -x);
}

fn powi() {
    for exponent in [0, 1, 2, 3, 6] {
        check_unary(&format!("x^{exponent}"), ANYWHERE, &|x| x.powi(exponent));
    }
    for exponent in [-1, -2, -3] {
        check_unary(&format!("x^{exponent}"), AWAY_FROM_ZERO, &|x| x.powi(exponent));
    }
}

macro_rules! names {
    ($($method:ident $op:ident $doc:literal;)*) => { [$(stringify!($op)),*] };
}

#[test]
fn every_op_with_settings_has_a_row() {
    let by_macro = [&for_each_unary_op!(names)[..], &for_each_binary_op!(names)[..]].concat();
    let mut others = listed(TENSOR_OPS);
    others.retain(|op| !by_macro.contains(op));
    assert_eq!(ROWS.map(|(op, _)| op).to_vec(), others);
}

#[test]
fn ops_with_settings() {
    for (_, check) in ROWS {
        check();
    }
}

//! Shape bugs panic with the op and both shapes, at the line of the caller; what comes from outside is a
//! `Result` with a text.

use gradus_tensor::simd::{Level, SimdError};
use gradus_tensor::{Rng, Shape, Tensor, TensorError, ops, vector};
use gradus_tensor::{
    binary_backward, binary_backward_add, binary_derivative, unary_backward, unary_derivative,
};
use gradus_testkit::panics::{assert_panic as check, panic_of};

fn zeros(shape: &[usize]) -> Tensor<f32> {
    Tensor::zeros(shape)
}

#[test]
fn products_name_both_shapes() {
    check(
        || zeros(&[32, 10]).matmul(&zeros(&[12, 4])),
        "matmul: inner dimensions differ: left [32, 10], right [12, 4] (10 != 12)",
    );
    check(
        || zeros(&[3]).matmul(&zeros(&[4])),
        "matmul: inner dimensions differ: left [3], right [4] (3 != 4)",
    );
    check(
        || zeros(&[3, 2]).matmul(&zeros(&[3])),
        "matmul: inner dimensions differ: left [3, 2], right [3] (2 != 3)",
    );
    check(
        || zeros(&[]).matmul(&zeros(&[3])),
        "matmul: left operand of shape [] is neither a vector nor a matrix",
    );
    check(
        || zeros(&[3]).matmul(&zeros(&[3, 1, 1])),
        "matmul: inner dimensions differ: left [3], right [3, 1, 1] (3 != 1)",
    );
    check(
        || zeros(&[2, 3, 4]).matmul(&zeros(&[3, 4, 5])),
        "matmul: batch axes do not broadcast: left [2, 3, 4], right [3, 4, 5]",
    );
    let (a, b) = (zeros(&[2, 3]), zeros(&[3, 4]));
    check(
        || a.matmul_into(&b, &mut zeros(&[2, 5])),
        "matmul_into: the product of [2, 3] and [3, 4] has shape [2, 4], the result [2, 5]",
    );
    check(
        || zeros(&[2, 1, 4]).add_matmul(&a, &b),
        "add_matmul: the product of [2, 3] and [3, 4] has shape [2, 4], the result [2, 1, 4]",
    );
    check(
        || zeros(&[2, 4]).addmm(1.0, 1.0, &b, &b),
        "addmm: inner dimensions differ: left [3, 4], right [3, 4] (4 != 3)",
    );
    check(|| a.linear(&zeros(&[3]), None), "linear: weight of shape [3] is not a matrix");
    check(|| b.linear(&b, None), "linear: inner dimensions differ: left [3, 4], right [3, 4] (4 != 3)");
    check(|| a.linear(&b, Some(&zeros(&[3]))), "linear: bias of shape [3] for weight [3, 4]: [4] needed");
    check(|| a.dot(&b), "dot: left operand of shape [2, 3] is not a vector");
    check(|| zeros(&[2]).dot(&zeros(&[3])), "dot: inner dimensions differ: left [2], right [3] (2 != 3)");
    check(|| zeros(&[2]).outer(&b), "outer: right operand of shape [3, 4] is not a vector");
}

#[test]
fn elementwise_ops_name_themselves_and_both_shapes() {
    let (a, b) = (zeros(&[2, 3]), zeros(&[4, 3]));
    check(|| a.zip(&b, ops::Maximum), "maximum: shapes do not broadcast: left [2, 3], right [4, 3]");
    check(|| a.minimum(&b), "minimum: shapes do not broadcast: left [2, 3], right [4, 3]");
    check(|| &a + &b, "add: shapes do not broadcast: left [2, 3], right [4, 3]");
    check(|| a.clone() - b.clone(), "sub: shapes do not broadcast: left [2, 3], right [4, 3]");
    check(|| a.clone() * &b, "mul: shapes do not broadcast: left [2, 3], right [4, 3]");
    check(|| &a / b.clone(), "div: shapes do not broadcast: left [2, 3], right [4, 3]");
    let to_side = |side: usize, gy: &Tensor<f32>| binary_backward(ops::Mul, side, &a, &a, gy.clone());
    check(|| to_side(2, &a), "mul: operand 2 of a binary op");
    check(|| to_side(0, &b), "mul: backward of [4, 3] got an operand of shape [2, 3]");
    let add_to = |sum: &Tensor<f32>| binary_backward_add(ops::Mul, 0, &a, &a, &a, &mut sum.clone());
    check(|| add_to(&b), "mul: backward of [2, 3] added to [4, 3]");
    check(|| a.clone().accumulate(&b), "add: shape [4, 3] does not broadcast to [2, 3], in place");
    check(
        || zeros(&[3]).accumulate(&zeros(&[2, 3])),
        "add: shape [2, 3] does not broadcast to [3], in place",
    );
    let add_in_place = || {
        let mut sum = a.clone();
        sum += &b;
    };
    check(add_in_place, "add: shape [4, 3] does not broadcast to [2, 3], in place");
    check(
        || a.clone().zip_assign(&b, ops::Maximum),
        "maximum: shape [4, 3] does not broadcast to [2, 3], in place",
    );
    check(|| a.clone().view_mut().assign(&b), "assign: shape [4, 3] does not broadcast to [2, 3], in place");
    check(
        || a.clone().view_mut().row(0).zip_assign(&a, ops::Sub),
        "sub: shape [2, 3] does not broadcast to [3], in place",
    );
    check(|| a.map_into(ops::Exp, &mut b.clone()), "exp: a result of shape [2, 3] into [4, 3]");
    check(|| a.zip_into(&a, ops::Mul, &mut b.clone()), "mul: a result of shape [2, 3] into [4, 3]");
    check(
        || a.zip_into(&b, ops::Mul, &mut b.clone()),
        "mul: shapes do not broadcast: left [2, 3], right [4, 3]",
    );
    check(|| a.less(&b), "less: shapes do not broadcast: left [2, 3], right [4, 3]");
    check(|| a.less(&a) & b.less(&b), "logical_and: shapes do not broadcast: left [2, 3], right [4, 3]");
    check(|| a.less(&a).where_(&a, &b), "where: shapes do not broadcast: left [2, 3], right [4, 3]");
    check(|| a.masked_fill(&b.is_nan(), 0.0), "where: shapes do not broadcast: left [4, 3], right [2, 3]");
    check(|| unary_backward(ops::Exp, &a, &a, b.clone(), None), "exp: backward of [2, 3] got [4, 3]");
    check(
        || unary_backward(ops::Exp, &a, &a, a.clone(), Some(b.clone())),
        "exp: backward of [2, 3] got [4, 3]",
    );
    let derivative = |order, gy: &Tensor<f32>| unary_derivative(ops::Exp, order, &a, &a, gy.clone());
    check(|| derivative(2, &b), "exp: derivative at [2, 3] times [4, 3]");
    check(|| derivative(0, &a), "exp: derivative of order 0");
    let mixed = |orders, gy: &Tensor<f32>| binary_derivative(ops::Mul, orders, &a, &a, gy.clone());
    check(|| mixed([1, 1], &b), "mul: derivative of shape [4, 3] at an operand of shape [2, 3]");
    check(|| mixed([0, 0], &a), "mul: derivative of order 0");
}

#[test]
fn views_name_their_arguments_and_the_shape() {
    let x = zeros(&[2, 3]);
    check(|| x.reshape([4]), "reshape: [2, 3] has 6 elements, [4] has 4");
    for axes in [&[0][..], &[0, 0], &[0, 2], &[0, 1, 2]] {
        let text = format!("permute: {axes:?} is not a permutation of the axes of shape [2, 3]");
        check(|| x.permute(axes), &text);
    }
    check(|| zeros(&[3]).t(), "t: shape [3] is not a matrix");
    check(|| x.broadcast_to([3, 3]), "broadcast_to: shape [2, 3] does not broadcast to [3, 3]");
    check(|| x.broadcast_to([3]), "broadcast_to: shape [2, 3] does not broadcast to [3]");
    check(|| x.narrow(1, 2, 2), "narrow: 2..2+2 along axis 1 is outside shape [2, 3]");
    check(|| x.narrow(2, 0, 0), "narrow: 0..0+0 along axis 2 is outside shape [2, 3]");
    check(
        || x.narrow(0, 1, usize::MAX),
        "narrow: 1..1+18446744073709551615 along axis 0 is outside shape [2, 3]",
    );
    check(|| x.row(2), "row: index 2 is outside shape [2, 3]");
    check(|| zeros(&[]).row(0), "row: index 0 is outside shape []");
    check(|| x.at(&[1, 3]), "at: index [1, 3] is outside shape [2, 3]");
    check(|| x.at(&[1]), "at: index [1] is outside shape [2, 3]");
    check(|| x.item(), "item: a tensor of shape [2, 3] has 6 elements, not 1");
    check(|| zeros(&[0]).item(), "item: a tensor of shape [0] has 0 elements, not 1");
}

#[test]
fn reductions_name_the_axis() {
    let x = zeros(&[2, 0, 3]);
    check(|| x.sum_axes(&[0, 3]), "sum_axes: axis 3 is outside shape [2, 0, 3]");
    check(|| x.sum_axes(&[1, 0, 1]), "sum_axes: axis 1 is named twice");
    check(|| x.max_axes(&[3]), "max_axes: axis 3 is outside shape [2, 0, 3]");
    check(|| x.max_axes(&[1, 2]), "max_axes: no elements along axes [1, 2] of shape [2, 0, 3]");
    check(|| x.min_axes(&[1]), "min_axes: no elements along axes [1] of shape [2, 0, 3]");
    check(|| zeros(&[2, 3]).sum_to([2].into()), "sum_to: [2] does not broadcast to [2, 3]");
    check(|| vector::dot(&[1.0], &[1.0, 2.0]), "dot: lengths differ: left 1, right 2");
    check(|| vector::axpy(1.0, &[1.0], &mut [1.0, 2.0]), "axpy: lengths differ: x 1, y 2");
}

#[test]
fn random_numbers_name_their_arguments() {
    check(|| Rng::new(1).index(0), "index: there is no integer in 0..0");
    check(|| Rng::new(1).uniform::<f32>([1], 1.0, -1.0), "uniform: no interval [1, -1)");
    check(|| Rng::new(1).uniform::<f32>([1], 0.0, f64::INFINITY), "uniform: no interval [0, inf)");
    check(|| Rng::new(1).uniform::<f32>([1], f64::NAN, 1.0), "uniform: no interval [NaN, 1)");
}

#[test]
fn sizes_beyond_the_address_space_are_refused() {
    let text = "shape: [18446744073709551615, 2] exceeds the address space";
    check(|| Shape::from([usize::MAX, 2]).len(), text);
    check(|| Tensor::<f32>::zeros([usize::MAX, 2]), text);
    check(|| Tensor::<f32>::from_fn([usize::MAX, 2], |_| 0.0), text);
    check(|| zeros(&[0]).reshape([usize::MAX, 2]), text);
    check(
        || Tensor::<f32>::ones([1 << 32, 1 << 32]),
        "shape: [4294967296, 4294967296] exceeds the address space",
    );
    check(
        || Tensor::<f64>::full([1 << 61], 0.0),
        "tensor: 2305843009213693952 elements of float64 exceed the address space",
    );
    check(
        || zeros(&[1]).broadcast_to([1 << 32, 1 << 32]),
        "broadcast_to: [4294967296, 4294967296] exceeds the address space",
    );
    let (column, row) = (zeros(&[1]).broadcast_to([1 << 32, 1]), zeros(&[1]).broadcast_to([1, 1 << 32]));
    check(|| &column + &row, "shape: [4294967296, 4294967296] exceeds the address space");
    let report = panic_of(|| column.matmul(&row));
    assert_eq!(report.text, "shape: [4294967296, 4294967296] exceeds the address space");
}

#[test]
fn more_axes_than_a_tensor_can_have_are_refused() {
    check(|| Shape::from([1; 9]), "shape: more than 8 axes");
    check(|| Shape::from(&[1; 9][..]), "shape: more than 8 axes");
}

#[test]
fn elements_from_outside_are_errors() {
    let error = Tensor::<f32>::from_slice([2, 3], &[1.0; 5]).unwrap_err();
    assert_eq!(error, TensorError::ElementCount { shape: [2, 3].into(), elements: 5 });
    assert_eq!(error.to_string(), "shape [2, 3] needs 6 elements, got 5");
    for shape in [[usize::MAX, 2], [1 << 32, 1 << 32]] {
        let error = Tensor::<f32>::from_slice(shape, &[]).unwrap_err();
        assert_eq!(error.to_string(), format!("shape {shape:?} exceeds the address space"));
    }
}

#[test]
fn errors_of_simd_levels_say_what_there_is() {
    assert_eq!(
        SimdError::UnknownLevel("sse".to_owned()).to_string(),
        "GRADUS_SIMD=\"sse\" is not a SIMD level; use baseline, avx2 or avx512"
    );
    assert_eq!(
        SimdError::Unavailable { asked: Level::Avx512, best: Level::Avx2 }.to_string(),
        "SIMD level Avx512 is not available on this processor, which has up to Avx2"
    );
}

//! Shape bugs panic with the op and both shapes, at the line of the caller.

use gradus_autograd::{Bound, Var, einsum, live_nodes, value, value_and_grad, value_and_grad_into};
use gradus_tensor::{Padding, ParamId, Params, Tensor, s};
use gradus_testkit::panics::panic_of;

fn params() -> (Params<f32>, [ParamId; 4]) {
    let mut params = Params::new();
    let ids = [("scalar", &[][..]), ("vector", &[3]), ("matrix", &[2, 3]), ("other", &[4, 3])]
        .map(|(name, shape)| params.add(name, &Tensor::zeros(shape)).expect("different names"));
    (params, ids)
}

/// Requires that `f` panics with exactly this text and in this file, and leaves nothing on a tape.
#[track_caller]
fn check<F>(expected: &str, f: F)
where
    F: for<'t> Fn([Var<'t, f32>; 4]) -> Var<'t, f32>,
{
    let (params, ids) = params();
    let report = panic_of(|| value_and_grad(&params, |p| f(ids.map(|id| p.get(id)))));
    assert_eq!(report.text, expected);
    assert!(report.file == file!(), "{expected}: reported at {}, not at the caller", report.file);
    assert_eq!(live_nodes(), 0, "{expected}");
}

#[test]
fn products_name_both_shapes() {
    check("matmul: inner dimensions differ: left [2, 3], right [2, 3] (3 != 2)", |[_, _, x, _]| x.matmul(x));
    check("matmul: inner dimensions differ: left [3], right [4, 3] (3 != 4)", |[_, v, _, y]| v.matmul(y));
    check("matmul: left operand of shape [] is neither a vector nor a matrix", |[s, v, ..]| s.matmul(v));
    check("linear: inner dimensions differ: left [2, 3], right [4, 3] (3 != 4)", |[_, _, x, y]| {
        x.linear(y, None)
    });
    check("linear: weight of shape [3] is not a matrix", |[_, v, x, _]| x.linear(v, None));
    check("linear: bias of shape [2, 3] for weight [3, 4]: [4] needed", |[_, _, x, y]| {
        x.linear(y.t(), Some(x))
    });
}

#[test]
fn einsums_name_the_letter_and_all_shapes() {
    check(
        "einsum: \"ij,jk\" of [2, 3], [4, 3]: 'j' has extent 3 in operand 0 and 4 in operand 1",
        |[_, _, x, y]| einsum("ij,jk", &[x, y]),
    );
    check("einsum: \"i\" of no operands: 1 operands are named, 0 given", |_| einsum("i", &[]));
}

#[test]
fn elementwise_ops_name_themselves_and_both_shapes() {
    check("add: shapes do not broadcast: left [2, 3], right [4, 3]", |[_, _, x, y]| x + y);
    check("sub: shapes do not broadcast: left [2, 3], right [4, 3]", |[_, _, x, y]| x - y);
    check("mul: shapes do not broadcast: left [2, 3], right [4, 3]", |[_, _, x, y]| x * y);
    check("div: shapes do not broadcast: left [4, 3], right [2, 3]", |[_, _, x, y]| y / x);
    check("mul: shapes do not broadcast: left [2, 3], right [4, 3]", |[_, _, x, y]| x.mul(y));
    check("maximum: shapes do not broadcast: left [2, 3], right [4, 3]", |[_, _, x, y]| x.maximum(y));
    check("minimum: shapes do not broadcast: left [2, 3], right [4, 3]", |[_, _, x, y]| x.minimum(y));
}

#[test]
fn views_and_sums_name_their_arguments_and_the_shape() {
    check("reshape: [2, 3] has 6 elements, [4] has 4", |[_, _, x, _]| x.reshape([4]));
    check("permute: [0, 0] is not a permutation of the axes of shape [2, 3]", |[_, _, x, _]| {
        x.permute(&[0, 0])
    });
    check("t: shape [3] is not a matrix", |[_, v, ..]| v.t());
    check("diagonal: axis 2 is outside shape [2, 3]", |[_, _, x, _]| x.diagonal(0, 0, 2));
    check("broadcast_to: shape [2, 3] does not broadcast to [3]", |[_, _, x, _]| x.broadcast_to([3]));
    check("index_select: index 2 along axis 0 is outside shape [2, 3]", |[_, _, x, _]| {
        x.index_select(0, &[1, 2])
    });
    check("index_select: axis 0 is outside shape []", |[s, ..]| s.index_select(0, &[]));
    check("gather: axis 2 is outside shape [2, 3]", |[_, _, x, _]| x.gather(2, &Tensor::zeros([1, 1])));
    check("sort: axis 2 is outside shape [2, 3]", |[_, _, x, _]| x.sort(2, false));
    check("topk: no 4 elements along axis 1 of shape [2, 3]", |[_, _, x, _]| x.topk(4, 1, true).0);
    check("narrow: 2..2+2 along axis 1 is outside shape [2, 3]", |[_, _, x, _]| x.narrow(1, 2, 2));
    check("select: index 2 along axis 0 is outside shape [2, 3]", |[_, _, x, _]| x.select(0, 2));
    check("slice: 3 along axis 1 is outside shape [2, 3]", |[_, _, x, _]| x.slice(&s![.., 3]));
    check("flip: axis 1 of shape [2, 3] is named twice", |[_, _, x, _]| x.flip(&[1, 1]));
    check("diagonal: axis 0 is named twice", |[_, _, x, _]| x.diagonal(0, 0, 0));
    check("unsqueeze: no axis 3 in shape [2, 3]", |[_, _, x, _]| x.unsqueeze(3));
    check("squeeze_axis: axis 1 of shape [2, 3] has not extent 1", |[_, _, x, _]| x.squeeze_axis(1));
    check("transpose: axis 2 is outside shape [2, 3]", |[_, _, x, _]| x.transpose(0, 2));
    check("triu: shape [3] has no matrices", |[_, v, ..]| v.triu(0));
    check("pad: 1 pairs of widths for shape [2, 3]", |[_, _, x, _]| x.pad(&[(1, 1)], Padding::Constant(0.0)));
    check("concat: shapes [2, 3] and [3] differ outside axis 0", |[_, v, x, _]| Var::concat(&[x, v], 0));
    check("stack: shapes differ: [2, 3] and [3]", |[_, v, x, _]| Var::stack(&[x, v], 0));
    check("concat: no tensors", |_| Var::concat(&[], 0));
    check("sum_axes: axis 2 is outside shape [2, 3]", |[_, _, x, _]| x.sum_axes(&[2]));
    check("sum_axes: axis 0 is named twice", |[_, _, x, _]| x.sum_axes(&[0, 0]));
}

#[test]
fn choices_and_rearrangements_name_their_arguments_and_the_shapes() {
    let mask = Tensor::full([4], true);
    check("where: shapes do not broadcast: left [2, 3], right [4, 3]", |[_, _, x, y]| x.where_(&mask, y));
    check("where: shapes do not broadcast: left [4], right [2, 3]", |[_, v, x, _]| x.where_(&mask, v));
    check("where: shapes do not broadcast: left [4], right [2, 3]", |[_, _, x, _]| x.masked_fill(&mask, 1.0));
    check("masked_select: shapes do not broadcast: tensor [2, 3], mask [4]", |[_, _, x, _]| {
        x.masked_select(&mask)
    });
    check("tile: 1 repeats for shape [2, 3]", |[_, _, x, _]| x.tile(&[2]));
    check("repeat_interleave: axis 2 is outside shape [2, 3]", |[_, _, x, _]| x.repeat_interleave(2, 2));
    check("roll: axis 2 is outside shape [2, 3]", |[_, _, x, _]| x.roll(2, 1));
    check("windows: no windows of 4 by steps of 1 along axis 1 of shape [2, 3]", |[_, _, x, _]| {
        x.windows(1, 4, 1)
    });
    check("split: parts [1] along axis 1 do not make up shape [2, 3]", |[_, _, x, _]| x.split(1, &[1])[0]);
    check("chunk: no 0 parts along axis 0 of shape [2, 3]", |[_, _, x, _]| x.chunk(0, 0)[0]);
    let index = Tensor::zeros([2, 1]);
    check(
        "scatter: a source of shape [4, 3] does not broadcast to indices of shape [2, 1]",
        |[_, _, x, y]| x.scatter(1, &index, y),
    );
    check(
        "scatter_add: a source of shape [4, 3] does not broadcast to indices of shape [2, 1]",
        |[_, _, x, y]| x.scatter_add(1, &index, y),
    );
    check("dot: right operand of shape [2, 3] is not a vector", |[_, v, x, _]| v.dot(x));
    check("outer: left operand of shape [2, 3] is not a vector", |[_, v, x, _]| x.outer(v));
    check("addmm: the product has shape [2, 4], what it is added to [4, 3]", |[_, _, x, y]| {
        y.addmm(1.0, 1.0, x, y.t())
    });
    check("meshgrid: shape [2, 3] is not that of a vector", |[_, v, x, _]| Var::meshgrid(&[v, x])[0]);
    check("norm_axes: the order is NaN", |[_, _, x, _]| x.norm(f64::NAN));
    check("std_axes: axis 0 is named twice", |[_, _, x, _]| x.std_axes(&[0, 0], 1));
    check("cumprod: axis 2 is outside shape [2, 3]", |[_, _, x, _]| x.cumprod(2));
}

#[test]
fn the_reported_line_is_that_of_the_formula() {
    let (params, [_, _, x, y]) = params();
    let line = line!() + 2;
    let report = panic_of(|| {
        value(&params, |p| (p.get(x) + p.get(y)).sum()) //
    });
    assert_eq!((report.file.as_str(), report.line), (file!(), line));
}

#[test]
fn a_loss_that_is_not_a_single_element_is_refused_at_the_call() {
    fn loss<'t>(p: &Bound<'t, f32>) -> Var<'t, f32> {
        p.constant(&Tensor::zeros([2, 3]))
    }
    let (params, _) = params();
    let mut gradient = vec![7.0; params.len()];
    let line = line!() + 2;
    let reports = [
        panic_of(|| value(&params, loss)),
        panic_of(|| value_and_grad(&params, loss)),
        panic_of(|| value_and_grad_into(&params, &mut gradient, loss)),
    ];
    for (i, (report, name)) in reports.iter().zip(["value", "value_and_grad", "value_and_grad"]).enumerate() {
        assert_eq!(report.text, format!("{name}: the loss has shape [2, 3], not a single element"));
        assert_eq!((report.file.as_str(), report.line), (file!(), line + i as u32));
    }
    let empty = panic_of(|| value(&params, |p| p.constant(&Tensor::zeros([0]))));
    assert_eq!(empty.text, "value: the loss has shape [0], not a single element");
    assert_eq!(gradient, vec![7.0; params.len()], "nothing is half-written");
}

#[test]
fn a_gradient_of_another_length_is_refused_at_the_call() {
    let (params, [scalar, ..]) = params();
    let report = panic_of(|| value_and_grad_into(&params, &mut [0.0; 5], |p| p.get(scalar)));
    assert_eq!(report.text, "value_and_grad_into: 22 parameters, but room for 5");
    assert_eq!(report.file, file!());
}

#[test]
fn an_id_of_larger_params_is_refused() {
    let (_, [.., last]) = params();
    let small = Params::single("x", &Tensor::scalar(1.0_f32));
    let report = panic_of(|| value(&small, |p| p.get(last)));
    assert_eq!(report.text, "Bound::get: ParamId(3) is not one of the 1 parameters");
    assert_eq!(report.file, file!());
}

#[test]
fn an_operand_of_another_tape_is_refused() {
    let params = Params::single("x", &Tensor::scalar(1.0_f32));
    let id = params.ids().next().expect("one parameter");
    let report = panic_of(|| {
        value_and_grad(&params, |outer| {
            let x = outer.get(id);
            value_and_grad(&params, |inner| {
                let _mixed = inner.get(id) + x;
                inner.get(id)
            });
            x
        })
    });
    assert_eq!(report.text, "add: an operand belongs to another tape");
    assert_eq!(report.file, file!());
    assert_eq!(live_nodes(), 0);
}

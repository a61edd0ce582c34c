//! Tapes as texts.

use gradus_autograd::{Bound, Tape, checkpoint, evaluate, value_and_grad};
use gradus_tensor::{ParamId, Params, Tensor};

fn layer_params() -> (Params<f32>, [ParamId; 2]) {
    let mut params = Params::new();
    let weight = params.add("layer.weight", &Tensor::zeros([2, 3])).expect("a new name");
    let bias = params.add("layer.\"bias\"", &Tensor::zeros([3])).expect("a new name");
    (params, [weight, bias])
}

/// A layer on a constant and on a variable, on a tape.
fn record(p: &Bound<'_, f32>, [weight, bias]: [ParamId; 2]) {
    let x = p.constant(&Tensor::ones([4, 2]));
    let scale = p.variable(&Tensor::scalar(2.0)) * p.constant(&Tensor::scalar(3.0)).exp();
    let y = x.linear(p.get(weight), Some(p.get(bias))) * scale;
    checkpoint(&[y.stop_gradient(), y], |v| v[0] * v[1]).sum();
}

#[test]
fn a_line_per_node() {
    let (params, ids) = layer_params();
    value_and_grad(&params, |p| {
        record(p, ids);
        let lines = [
            " #0  layer.weight        [2, 3]  24 B",
            " #1  layer.\"bias\"        [3]     12 B",
            " #2  constant            [4, 2]  32 B  no gradient",
            " #3  variable            []       4 B",
            " #4  constant            []       4 B  no gradient",
            " #5  exp(#4)             []       4 B  no gradient",
            " #6  mul(#3, #5)         []       4 B",
            " #7  linear(#2, #0, #1)  [4, 3]  48 B",
            " #8  mul(#7, #6)         [4, 3]  48 B",
            " #9  constant            [4, 3]  48 B  no gradient",
            "#10  checkpoint(#9, #8)  [4, 3]  48 B",
            "#11  sum_axes(#10)       []       4 B",
            "12 nodes, 280 bytes of values",
        ];
        assert_eq!(p.to_string(), lines.join("\n"));
        // The tape itself knows parameters by their position.
        let own = p.tape().to_string();
        assert!(own.starts_with(" #0  parameter 0 "), "{own}");
        assert!(own.ends_with("\n12 nodes, 280 bytes of values"), "{own}");
        p.get(ids[1]).sum()
    });
}

#[test]
fn a_graph_for_graphviz() {
    let (params, [_, bias]) = layer_params();
    evaluate(&params, |p| p.get(bias));
    value_and_grad(&params, |p| {
        let y = p.get(bias) * p.constant(&Tensor::ones([2, 1]));
        let graph = r#"digraph tape {
  rankdir=BT;
  node [shape=box];
  n0 [label="layer.weight\n[2, 3]"];
  n1 [label="layer.\"bias\"\n[3]"];
  n2 [label="constant\n[2, 1]", style=dashed];
  n3 [label="mul\n[2, 3]"];
  n1 -> n3;
  n2 -> n3;
}
"#;
        assert_eq!(p.to_dot(), graph);
        let own = graph.replace("layer.weight", "parameter 0").replace(r#"layer.\"bias\""#, "parameter 1");
        assert_eq!(p.tape().to_dot(), own);
        y.sum()
    });
}

#[test]
fn an_empty_tape() {
    let tape = Tape::<f64>::default();
    assert_eq!(tape.to_string(), "0 nodes, 0 bytes of values");
    assert_eq!(tape.to_dot(), "digraph tape {\n  rankdir=BT;\n  node [shape=box];\n}\n");
}

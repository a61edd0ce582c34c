//! Tapes as texts: a table for reading, and a graph for Graphviz.

use std::fmt;

use gradus_tensor::{Params, Real};

use crate::bound::Bound;
use crate::tape::{Kind, Node, Tape};

fn bytes<T: Real>(node: &Node<T>) -> usize {
    node.value.len() * size_of::<T>()
}

fn label<T: Real>(node: &Node<T>, params: Option<&Params<T>>) -> String {
    let parameter = |position: u32| {
        let params = params?;
        params.ids().nth(position as usize).map(|id| params.name(id).to_owned())
    };
    match node.kind {
        Kind::Parameter(position) => parameter(position).unwrap_or_else(|| format!("parameter {position}")),
        Kind::Variable => "variable".to_owned(),
        Kind::Constant => "constant".to_owned(),
        Kind::Computed(name) => name.to_owned(),
    }
}

/// One line per node: position, op or name, inputs, shape, bytes, and whether a gradient flows through it.
fn table<T: Real>(f: &mut fmt::Formatter<'_>, nodes: &[Node<T>], params: Option<&Params<T>>) -> fmt::Result {
    let rows: Vec<[String; 5]> = nodes
        .iter()
        .enumerate()
        .map(|(index, node)| {
            let inputs: Vec<String> = node.inputs.indices().iter().map(|input| format!("#{input}")).collect();
            let flow = if node.tracked { "" } else { "no gradient" };
            [
                format!("#{index}"),
                format!("{}({})", label(node, params), inputs.join(", ")).replace("()", ""),
                node.value.shape().to_string(),
                format!("{} B", bytes(node)),
                flow.to_owned(),
            ]
        })
        .collect();
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let widths: [usize; 4] = std::array::from_fn(width);
    for [index, op, shape, bytes, flow] in &rows {
        let [w0, w1, w2, w3] = widths;
        let line = format!("{index:>w0$}  {op:<w1$}  {shape:<w2$}  {bytes:>w3$}  {flow}");
        writeln!(f, "{}", line.trim_end())?;
    }
    let total: usize = nodes.iter().map(bytes).sum();
    write!(f, "{} nodes, {total} bytes of values", nodes.len())
}

/// A node per value and an edge per use; what no gradient flows through is dashed.
fn graph<T: Real>(nodes: &[Node<T>], params: Option<&Params<T>>) -> String {
    let mut text = String::from("digraph tape {\n  rankdir=BT;\n  node [shape=box];\n");
    for (index, node) in nodes.iter().enumerate() {
        let label = label(node, params).replace('\\', "\\\\").replace('"', "\\\"");
        let style = if node.tracked { "" } else { ", style=dashed" };
        text += &format!("  n{index} [label=\"{label}\\n{}\"{style}];\n", node.value.shape());
        for input in node.inputs.indices() {
            text += &format!("  n{input} -> n{index};\n");
        }
    }
    text + "}\n"
}

/// One line per node: position, op, inputs, shape, bytes.
impl<T: Real> fmt::Display for Tape<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        table(f, &self.nodes(), None)
    }
}

/// The tape with the names of the parameters.
///
/// ```
/// use gradus_autograd::value_and_grad;
/// use gradus_tensor::{Params, Tensor};
/// let params = Params::single("w", &Tensor::vector(&[1.0, 2.0]));
/// let w = params.ids().next().unwrap();
/// value_and_grad(&params, |p| {
///     let loss = (p.get(w) * p.constant(&Tensor::vector(&[3.0, 4.0]))).sum();
///     let lines = [
///         "#0  w             [2]  16 B",
///         "#1  constant      [2]  16 B  no gradient",
///         "#2  mul(#0, #1)   [2]  16 B",
///         "#3  sum_axes(#2)  []    8 B",
///         "4 nodes, 56 bytes of values",
///     ];
///     assert_eq!(p.to_string(), lines.join("\n"));
///     loss
/// });
/// ```
impl<T: Real> fmt::Display for Bound<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        table(f, &self.tape.nodes(), Some(self.params))
    }
}

impl<T: Real> Tape<T> {
    /// The tape as a graph in the DOT language of Graphviz.
    pub fn to_dot(&self) -> String {
        graph(&self.nodes(), None)
    }
}

impl<T: Real> Bound<'_, T> {
    /// The tape as a graph in the DOT language of Graphviz, with the names of the parameters.
    pub fn to_dot(&self) -> String {
        graph(&self.tape.nodes(), Some(self.params))
    }
}

//! The lists of ops in the source, against which the tables are compared.

pub(crate) const TENSOR_OPS: &str = include_str!("../../../tensor/src/ops/mod.rs");
pub(crate) const AUTOGRAD_OPS: &str = include_str!("../../src/ops/mod.rs");

/// The names in the `pub use self::{…};` of a source, sorted.
pub(crate) fn listed(source: &str) -> Vec<&str> {
    let (_, list) = source.split_once("pub use self::{").expect("a list of ops");
    let (list, _) = list.split_once("};").expect("the end of the list");
    let mut names: Vec<&str> = list
        .split(',')
        .filter_map(|entry| entry.rsplit("::").next())
        .map(|name| name.trim_matches(|c: char| c.is_whitespace() || "{}".contains(c)))
        .filter(|name| !name.is_empty())
        .collect();
    names.sort_unstable();
    names
}

#[test]
fn the_list_is_read_with_and_without_braces() {
    let source = "mod x;\npub use self::{\n    b::B,\n    x::{Y, Z},\n    a::A,\n};\nfn f() {}";
    assert_eq!(listed(source), ["A", "B", "Y", "Z"]);
}

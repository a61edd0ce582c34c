//! What `Tensor` computes, `Var` differentiates: every method of a tensor that depends smoothly on its elements has a
//! method of the same name and a row, or stands in the list of those that have none, with the reason.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use gradus_tensor::{for_each_binary_op, for_each_unary_op};

const TENSOR: &str = "../tensor/src";

/// Methods of `Tensor` without a counterpart.
const NOT_DIFFERENTIABLE: [(&str, &str); 34] = [
    ("accumulate", "in place; `+` of variables"),
    ("adaptive_avg_pool1d_backward", "the op `AdaptiveAvgPooling1dSpread`"),
    ("adaptive_avg_pool2d_backward", "the op `AdaptiveAvgPooling2dSpread`"),
    ("add_matmul", "in place; `addmm`"),
    ("arange", "makes a constant"),
    ("avg_pool1d_backward", "the op `AvgPooling1dSpread`"),
    ("avg_pool2d_backward", "the op `AvgPooling2dSpread`"),
    ("contiguous", "the layout of a value is not part of a formula"),
    ("conv1d_backward_input", "the op `Convolve1dInput`"),
    ("conv1d_backward_weight", "the op `Convolve1dWeight`"),
    ("conv1d_backward_weight_each", "one gradient per sample, of `Convolve1d`"),
    ("conv2d_backward_input", "the op `Convolve2dInput`, `conv_transpose2d`"),
    ("conv2d_backward_weight", "the op `Convolve2dWeight`"),
    ("conv2d_backward_weight_each", "one gradient per sample, of `Convolve2d`"),
    ("eye", "makes a constant"),
    ("from_fn", "makes a constant"),
    ("from_rows", "makes a constant"),
    ("from_slice", "makes a constant"),
    ("full", "makes a constant"),
    ("linspace", "makes a constant"),
    ("map_assign", "in place; `map`"),
    ("map_into", "in place; `map`"),
    ("matmul_into", "in place; `matmul`"),
    ("max_pool1d_backward", "the op `MaxPooling1dSpread`"),
    ("max_pool2d_backward", "the op `MaxPooling2dSpread`"),
    ("one_hot", "makes a constant"),
    ("ones", "makes a constant"),
    ("read_npy", "makes a constant"),
    ("read_npy_from", "makes a constant"),
    ("scalar", "makes a constant"),
    ("vector", "makes a constant"),
    ("zeros", "makes a constant"),
    ("zip_assign", "in place; `zip`"),
    ("zip_into", "in place; `zip`"),
];

fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).expect("a folder of sources") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            found.extend(sources(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    found
}

fn text_of(folder: &str) -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    sources(&folder).iter().map(|path| fs::read_to_string(path).expect("a source")).collect()
}

/// The word that a text begins with.
fn word(text: &str) -> &str {
    text.split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap_or_default()
}

/// The names that a macro of methods is given in a block `name! { … }`: functions, or the forms of a reduction.
fn in_macros(source: &str, names: &mut BTreeSet<String>) {
    for opening in ["views! {", "reductions! {"] {
        for block in source.split(opening).skip(1) {
            let end =
                ["\n}", "\n    }\n"].iter().filter_map(|end| block.find(end)).min().unwrap_or(block.len());
            for line in block[..end].lines().map(str::trim).filter(|line| !line.starts_with("//")) {
                if let Some(name) = line.strip_prefix("fn ") {
                    names.insert(word(name).to_owned());
                    continue;
                }
                // Three forms of one reduction; of those of tensors only the ones that give elements.
                let forms = line.split(['=', '(']).next().unwrap_or_default();
                let forms: Vec<&str> = forms.split_whitespace().collect();
                if forms.len() == 3 && line.split("->").nth(1).is_none_or(|result| result.trim() == "T,") {
                    names.extend(forms.into_iter().map(str::to_owned));
                }
            }
        }
    }
}

/// The public methods of `Tensor<T>` that give tensors of the same elements or change one: those that answer with
/// something else have no derivative.
fn tensor_methods() -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for source in text_of(TENSOR) {
        in_macros(&source, &mut names);
        for block in source.split("\nimpl<").skip(1) {
            let header = block.lines().next().unwrap_or_default();
            let is_tensor = header.contains("> Tensor<T>") && !header.contains(" for ");
            let block = &block[..block.find("\n}").unwrap_or(block.len())];
            for method in block.split("pub fn ").skip(1).filter(|_| is_tensor) {
                let signature = method.split(" {\n").next().unwrap_or_default();
                let result = signature.split_once("->").map(|(_, result)| result);
                let gives_elements =
                    result.map_or(signature.contains("&mut "), |result| result.contains("Self"));
                if gives_elements && !word(method).is_empty() {
                    names.insert(word(method).to_owned());
                }
            }
        }
    }
    names.extend(elementwise());
    names
}

macro_rules! names {
    ($($method:ident $op:ident $doc:literal;)*) => { [$(stringify!($method)),*] };
}

fn elementwise() -> impl Iterator<Item = String> {
    let names = [&for_each_unary_op!(names)[..], &for_each_binary_op!(names)[..]].concat();
    names.into_iter().map(str::to_owned)
}

/// The public functions of a folder, and what its macros make.
fn functions(folder: &str) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for source in text_of(folder) {
        in_macros(&source, &mut names);
        names.extend(source.split("pub fn ").skip(1).map(|name| word(name).to_owned()));
    }
    names
}

#[test]
fn every_differentiable_method_of_a_tensor_has_a_rule() {
    let methods = tensor_methods();
    for known in ["sum_axes", "narrow", "matmul", "tanh", "pad", "cumprod", "max_pool2d", "split", "addmm"] {
        assert!(methods.contains(known), "{known} was not found in the sources");
    }
    let of_variables: BTreeSet<String> = functions("src").into_iter().chain(elementwise()).collect();
    let exceptions: BTreeSet<String> =
        NOT_DIFFERENTIABLE.into_iter().map(|(name, _)| name.to_owned()).collect();
    let missing: Vec<&String> =
        methods.iter().filter(|&name| !of_variables.contains(name) && !exceptions.contains(name)).collect();
    assert!(missing.is_empty(), "methods of Tensor without a rule or a reason: {missing:?}");
    let stale: Vec<&String> =
        exceptions.iter().filter(|&name| !methods.contains(name) || of_variables.contains(name)).collect();
    assert!(stale.is_empty(), "exceptions that are none: {stale:?}");
}

#[test]
fn every_method_of_a_variable_has_a_row() {
    let rows = text_of("tests/op_table").concat();
    let by_macro: BTreeSet<String> = elementwise().collect();
    let unchecked: Vec<String> = tensor_methods()
        .into_iter()
        .filter(|name| functions("src").contains(name) && !by_macro.contains(name))
        .filter(|name| !rows.contains(&format!(".{name}(")) && !rows.contains(&format!("Var::{name}(")))
        .collect();
    assert!(unchecked.is_empty(), "methods of Var without a row: {unchecked:?}");
}

/// Routines of linear algebra without a rule.
const NO_LINALG_RULE: [(&str, &str); 3] = [
    ("matrix_rank", "counts"),
    ("orthonormal_rows", "draws initial values"),
    ("qr_complete", "the added columns are arbitrary"),
];

#[test]
fn every_routine_of_linear_algebra_has_a_rule() {
    let routines: BTreeSet<String> = text_of("../tensor/src/linalg")
        .iter()
        .flat_map(|source| {
            source.split("\npub fn ").skip(1).map(|name| word(name).to_owned()).collect::<Vec<_>>()
        })
        .collect();
    let rules = functions("src/linalg");
    let expected: Vec<&str> = NO_LINALG_RULE.iter().map(|&(name, _)| name).collect();
    assert_eq!(routines.difference(&rules).collect::<Vec<_>>(), expected);
}

//! Tables of numbers: every fault is named with its place.

use std::path::PathBuf;

use gradus_train::{DataError, Table};

fn refusal(text: &str, target: &str) -> String {
    Table::parse(text, target).map(drop).expect_err(text).to_string()
}

/// A file of this test run, removed when dropped.
struct Scratch(PathBuf);

impl Scratch {
    fn new(name: &str, bytes: &[u8]) -> Self {
        let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
        std::fs::write(&path, bytes).expect("a writable folder");
        Self(path)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // A file that is left behind is overwritten by the next run.
        let _ = std::fs::remove_file(&self.0);
    }
}

#[test]
fn the_target_is_taken_out_and_the_order_kept() {
    for (target, columns, features, labels) in [
        ("a", ["b", "c"], [2.0, 3.0, -5.0, 6e-3], [1.0, 4.0]),
        ("b", ["a", "c"], [1.0, 3.0, 4.0, 6e-3], [2.0, -5.0]),
        ("c", ["a", "b"], [1.0, 2.0, 4.0, -5.0], [3.0, 6e-3]),
    ] {
        let table = Table::parse("a,b,c\n1,2,3\n4,-5,6e-3\n", target).expect("a table");
        assert_eq!(table.columns(), columns);
        assert_eq!(table.features().shape()[..], [2, 2]);
        assert_eq!(table.features().to_vec(), features);
        assert_eq!(table.target().shape()[..], [2]);
        assert_eq!(table.target().to_vec(), labels);
    }
}

#[test]
fn spellings_of_the_same_table() {
    let expected = Table::parse("x,y\n1,2\n3,4\n", "y").expect("a table");
    for text in [
        "x,y\n1,2\n3,4",
        "x,y\r\n1,2\r\n3,4\r\n",
        " x , y \n 1 ,\t2\n3, 4\n",
        "\"x\",\"y\"\n\"1\",2\n3,\"4\"\n",
        "\u{feff}x,y\n1,2\n3,4\n",
        "x,y\n1.0,2e0\n\n+3,4.\n\n",
    ] {
        let table = Table::parse(text, "y").unwrap_or_else(|error| panic!("{text:?}: {error}"));
        assert_eq!(table.columns(), expected.columns(), "{text:?}");
        assert_eq!(table.features(), expected.features(), "{text:?}");
        assert_eq!(table.target(), expected.target(), "{text:?}");
    }
}

#[test]
fn a_target_alone_has_no_features() {
    let table = Table::parse("y\n1\n2\n", "y").expect("a table");
    assert_eq!(table.features().shape()[..], [2, 0]);
    assert!(table.columns().is_empty());
}

#[test]
fn faults_are_named_with_line_and_column() {
    let table = [
        ("x,y\n1,2\n", "z", "text: there is no column \"z\"; there are: x, y"),
        ("x,y\n1,2\n", "X", "text: there is no column \"X\"; there are: x, y"),
        ("y,x,y\n1,2,3\n", "y", "text, line 1: there is more than one column \"y\""),
        ("x,y\n1,2\n3\n", "y", "text, line 3: 1 cells below a header of 2"),
        ("x,y\n1,2,3\n", "y", "text, line 2: 3 cells below a header of 2"),
        ("x,y\n1,2\n3,four\n", "y", "text, line 3: column \"y\" holds \"four\", not a finite number"),
        ("x,y\n1,2\n1;5,2\n", "y", "text, line 3: column \"x\" holds \"1;5\", not a finite number"),
        ("x,y\n,2\n", "y", "text, line 2: column \"x\" holds \"\", not a finite number"),
        ("x,y\nNaN,2\n", "y", "text, line 2: column \"x\" holds \"NaN\", not a finite number"),
        ("x,y\n1,-inf\n", "y", "text, line 2: column \"y\" holds \"-inf\", not a finite number"),
        ("x,y\n1,1e999\n", "y", "text, line 2: column \"y\" holds \"1e999\", not a finite number"),
        ("x,y\r\n1,2\r\n3,?\r\n", "y", "text, line 3: column \"y\" holds \"?\", not a finite number"),
        ("x,y\n1,2\n\n\n3,?\n", "y", "text, line 5: column \"y\" holds \"?\", not a finite number"),
        ("x,y\n1,2\n\n\n3\n", "y", "text, line 5: 1 cells below a header of 2"),
        ("x,y\n", "y", "text, line 1: there are no rows below the header"),
        ("x,y", "y", "text, line 1: there are no rows below the header"),
        ("", "y", "text, line 1: there is no header"),
        ("\n\n", "y", "text, line 1: there is no header"),
    ];
    for (text, target, expected) in table {
        assert_eq!(refusal(text, target), expected, "{text:?}");
    }
}

#[test]
fn faults_in_a_file_name_the_file() {
    let file = Scratch::new("fault.csv", b"x,y\n1,2\n3,z\n");
    let path = file.0.display();
    let read = |target| Table::read_csv(&file.0, target).map(drop).expect_err("a fault").to_string();
    assert_eq!(read("y"), format!("{path}, line 3: column \"y\" holds \"z\", not a finite number"));
    assert_eq!(read("t"), format!("{path}: there is no column \"t\"; there are: x, y"));
}

#[test]
fn files_that_cannot_be_read_name_the_file() {
    let missing = PathBuf::from("no/such/file.csv");
    let error = Table::read_csv(&missing, "y").map(drop).expect_err("no file");
    assert!(matches!(error, DataError::Io { .. }), "{error:?}");
    assert!(error.to_string().starts_with("no/such/file.csv: "), "{error}");
    let binary = Scratch::new("binary.csv", b"x,y\n1,\xff\xfe\n");
    let error = Table::read_csv(&binary.0, "y").map(drop).expect_err("not UTF-8");
    assert!(error.to_string().starts_with(&format!("{}: ", binary.0.display())), "{error}");
}

#[test]
fn the_vendored_data_can_be_read() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/data/diabetes.csv");
    let table = Table::read_csv(path, "progression").expect("the vendored file");
    assert_eq!(table.features().shape()[..], [442, 10]);
    assert_eq!(table.target().shape()[..], [442]);
    assert_eq!(table.columns(), ["age", "sex", "bmi", "bp", "s1", "s2", "s3", "s4", "s5", "s6"]);
    let first = [59.0, 2.0, 32.1, 101.0, 157.0, 93.2, 38.0, 4.0, 4.8598, 87.0];
    assert_eq!(table.features().row(0).to_vec(), first);
    assert_eq!(table.target().at(&[0]), 151.0);
    // The mean progression of the published data set.
    assert!((table.target().mean().item() - 152.133_484).abs() < 1e-6);
}

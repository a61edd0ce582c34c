//! What is refused: with the errors of the tensor routines, and nothing recorded.

use gradus_autograd::{Tape, linalg, live_nodes};
use gradus_tensor::{LinalgError, Tensor};
use gradus_testkit::panics::panic_of;

#[test]
fn errors_are_those_of_tensors() {
    let tape = Tape::<f64>::default();
    let singular = tape.variable(&Tensor::zeros([2, 2]));
    let wide = tape.variable(&Tensor::ones([2, 3]));
    let nan = tape.variable(&Tensor::full([2, 2], f64::NAN));
    let before = live_nodes();
    let errors: [(&str, Option<LinalgError>); 8] = [
        ("cholesky: ", linalg::cholesky(singular).err()),
        ("solve: ", linalg::solve(singular, singular).err()),
        ("inv: ", linalg::inv(singular).err()),
        ("det: ", linalg::det(wide).err()),
        ("eigh: ", linalg::eigh(nan).err()),
        ("svd: ", linalg::svd(nan).err()),
        ("qr: ", linalg::qr(nan).err()),
        ("pinv: ", linalg::pinv(wide, Some(-1.0)).err()),
    ];
    for (start, error) in errors {
        let text = error.unwrap_or_else(|| panic!("{start}no error")).to_string();
        assert!(text.starts_with(start), "{text}");
    }
    assert_eq!(live_nodes(), before, "what is refused leaves nothing on the tape");
}

#[test]
fn shapes_that_do_not_fit_panic_at_the_caller() {
    let tape = Tape::<f64>::default();
    let (a, b) = (tape.variable(&Tensor::eye(3)), tape.variable(&Tensor::ones([2])));
    let columns = b.unsqueeze(1);
    let line = line!() + 1;
    let panic = panic_of(|| linalg::solve(a, columns).is_ok());
    assert_eq!(panic.text, "solve: matrix [3, 3] and right-hand side [2, 1] do not fit");
    assert_eq!((panic.file.as_str(), panic.line), (file!(), line));
    let line = line!() + 1;
    let panic = panic_of(|| linalg::lstsq(a, b, None).is_ok());
    assert_eq!((panic.file.as_str(), panic.line), (file!(), line));
}

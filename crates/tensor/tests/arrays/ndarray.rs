//! Conversions from and to `ndarray`.

use gradus_tensor::{MAX_RANK, Rng, Tensor};
use gradus_testkit::generate::{LIES, shape, tensor};
use gradus_testkit::naive::indices;
use ndarray::{Array0, Array1, Array2, Array3, ArrayD, ArrayViewD, Axis, IxDyn, arr2, array, s};

#[track_caller]
fn assert_equal(x: &Tensor<f64>, array: &ArrayViewD<'_, f64>) {
    assert_eq!(array.shape(), &*x.shape());
    for index in indices(&x.shape()) {
        assert_eq!(array[index.as_slice()], x.at(&index), "{index:?}");
    }
}

#[test]
fn views_borrow_tensors_however_their_elements_lie() {
    let mut rng = Rng::new(1);
    for _ in 0..40 {
        for lie in LIES {
            let shape = shape(&mut rng, 0..=5, 0..=4);
            let x = tensor::<f64>(&mut rng, &shape, -1.0..1.0, lie);
            assert_equal(&x, &x.as_array_view());
            let axes: Vec<usize> = (0..x.rank()).filter(|_| rng.index(2) == 0).collect();
            let flipped = x.flip(&axes);
            assert_equal(&flipped, &flipped.as_array_view());
            assert_equal(&flipped, &ArrayD::from(&flipped).view());
            assert_eq!(Tensor::try_from(flipped.as_array_view()).unwrap(), flipped);
        }
    }
    let x = Tensor::<f64>::from_rows([[1.0, 2.0], [3.0, 4.0]]);
    assert_eq!(x.as_array_view().as_ptr(), x.as_slice().unwrap().as_ptr(), "borrowed");
    assert_equal(
        &Tensor::zeros([1, 1, 2, 1, 1, 1, 1, 3]),
        &ArrayD::zeros(vec![1, 1, 2, 1, 1, 1, 1, 3]).view(),
    );
    assert_eq!(Tensor::<u8>::zeros([1 << 40, 0]).as_array_view().shape(), [1 << 40, 0]);
}

#[test]
fn arrays_become_tensors() {
    let x = arr2(&[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]);
    assert_eq!(Tensor::from(&x), Tensor::from_rows([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]));
    assert_eq!(Tensor::from(x.t()), Tensor::from_rows([[1.0, 4.0], [2.0, 5.0], [3.0, 6.0]]));
    assert_eq!(Tensor::from(x.slice(s![.., ..;-2])), Tensor::from_rows([[3.0, 1.0], [6.0, 4.0]]));
    assert_eq!(Tensor::from(x.index_axis(Axis(0), 1)), Tensor::vector(&[4.0, 5.0, 6.0]));
    assert_eq!(Tensor::from(array![true, false]), Tensor::vector(&[true, false]));
    assert_eq!(Tensor::from(Array0::from_elem((), 3_i64)), Tensor::scalar(3));
    assert_eq!(Tensor::try_from(x.into_dyn()).unwrap().shape(), [2, 3].into());
    let deep = ArrayD::<f32>::zeros(IxDyn(&[1; MAX_RANK + 1]));
    assert!(Tensor::try_from(&deep).is_err());
}

#[test]
fn tensors_become_arrays_of_their_rank() {
    let x = Tensor::<f32>::from_fn([2, 3], |i| i as f32);
    assert_eq!(Array2::try_from(&x).unwrap(), arr2(&[[0.0, 1.0, 2.0], [3.0, 4.0, 5.0]]));
    let transposed = Array2::try_from(x.t()).unwrap();
    assert_eq!(transposed, arr2(&[[0.0, 3.0], [1.0, 4.0], [2.0, 5.0]]));
    assert!(transposed.is_standard_layout());
    assert_eq!(Array1::try_from(x.row(1)).unwrap(), array![3.0, 4.0, 5.0]);
    assert!(Array0::try_from(Tensor::scalar(true)).unwrap().into_scalar());
    assert!(Array3::try_from(&x).is_err());
}

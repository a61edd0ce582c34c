//! The slab: packed, named, shared with its views, unharmed by errors.

use gradus_tensor::{Params, Rng, Tensor, TensorError};

fn model() -> Params<f64> {
    let mut params = Params::new();
    for (name, value) in [
        ("layer.weight", Tensor::from_rows([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])),
        ("layer.bias", Tensor::vector(&[7.0, 8.0])),
        ("empty", Tensor::zeros([0, 4])),
        ("scale", Tensor::scalar(9.0)),
    ] {
        params.add(name, &value).expect("unique names");
    }
    params
}

#[test]
fn the_slab_is_packed_in_order() {
    let params = model();
    assert_eq!(params.as_slice(), [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0]);
    assert_eq!((params.len(), params.is_empty()), (9, false));
    let ranges: Vec<_> = params.ids().map(|id| params.range(id)).collect();
    assert_eq!(ranges, [0..6, 6..8, 8..8, 8..9]);
    let names: Vec<_> = params.ids().map(|id| params.name(id)).collect();
    assert_eq!(names, ["layer.weight", "layer.bias", "empty", "scale"]);
    assert_eq!(params.as_slice().as_ptr() as usize % gradus_tensor::memory::ALIGNMENT, 0);
    assert_eq!(params.to_vector().to_vec(), params.as_slice());
    assert!(Params::<f32>::default().is_empty());
}

#[test]
fn strided_values_are_stored_in_row_major_order() {
    let matrix = Tensor::from_rows([[1.0, 2.0], [3.0, 4.0]]);
    let params = Params::single("w", &matrix.t());
    assert_eq!(params.as_slice(), [1.0, 3.0, 2.0, 4.0]);
    let repeated = Params::single("w", &Tensor::scalar(2.0).broadcast_to([3]));
    assert_eq!(repeated.as_slice(), [2.0; 3]);
}

#[test]
fn parameters_are_views_into_the_slab() {
    let mut params = model();
    let weight = params.id("layer.weight").unwrap();
    let view = params.get(weight);
    assert_eq!(view.shape(), [3, 2].into());
    assert_eq!(view.as_slice().unwrap().as_ptr(), params.as_slice().as_ptr(), "shared, not copied");
    assert!(params.get(params.id("empty").unwrap()).to_vec().is_empty());
    assert_eq!(params.get(params.id("scale").unwrap()).item(), 9.0);

    params.as_mut_slice()[0] = -1.0;
    assert_eq!(view.at(&[0, 0]), 1.0, "a living view keeps the old values");
    assert_eq!(params.get(weight).at(&[0, 0]), -1.0);
    drop(view);
    let start = params.as_slice().as_ptr();
    params.as_mut_slice()[1] = -2.0;
    assert_eq!(params.as_slice().as_ptr(), start, "without views, in place");

    let mut written = params.get(weight);
    written.make_mut().fill(0.0);
    assert_eq!(params.get(weight).at(&[0, 0]), -1.0, "writing to a view leaves the slab alone");
}

#[test]
fn clones_are_independent_points() {
    let params = model();
    let mut moved = params.clone();
    moved.as_mut_slice().fill(0.0);
    assert_eq!(params.as_slice()[0], 1.0);
    let vector = params.to_vector();
    assert_eq!(vector.matmul(&vector).item(), params.as_slice().iter().map(|x| x * x).sum::<f64>());
}

#[test]
fn a_name_is_taken_once() {
    let mut params = model();
    let error = params.add("layer.bias", &Tensor::scalar(0.0)).unwrap_err();
    assert_eq!(error, TensorError::DuplicateParameter("layer.bias".to_owned()));
    assert_eq!(
        error.to_string(),
        "parameter \"layer.bias\" exists already; names are paths and must be unique"
    );
    assert_eq!((params.len(), params.ids().count()), (9, 4), "nothing changed");
}

#[test]
fn an_unknown_name_is_told_the_known_ones() {
    assert_eq!(
        model().id("layer.wieght").unwrap_err().to_string(),
        "no parameter is named \"layer.wieght\"; there are: layer.weight, layer.bias, empty, scale"
    );
}

#[test]
fn a_value_of_another_shape_changes_nothing() {
    let mut params = model();
    let weight = params.id("layer.weight").unwrap();
    for wrong in [Tensor::zeros([2, 3]), Tensor::zeros([6]), Tensor::zeros([3, 3])] {
        let error = params.set(weight, &wrong).unwrap_err();
        let text = format!("parameter \"layer.weight\": shape {} given, [3, 2] expected", wrong.shape());
        assert_eq!(error.to_string(), text);
        assert_eq!(params.as_slice(), model().as_slice());
    }
    params.set(weight, &Tensor::ones([2, 3]).t()).unwrap();
    assert_eq!(params.as_slice(), [1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 7.0, 8.0, 9.0]);
}

#[test]
fn a_parameter_can_be_set_to_a_view_of_itself() {
    let mut params = Params::single("w", &Tensor::from_rows([[1.0, 2.0], [3.0, 4.0]]));
    let id = params.id("w").unwrap();
    params.set(id, &params.get(id).t()).unwrap();
    assert_eq!(params.as_slice(), [1.0, 3.0, 2.0, 4.0]);
}

#[test]
fn coordinates_know_their_parameter() {
    let params = model();
    let names: Vec<_> = (0..10).map(|i| params.name_at(i)).collect();
    let (weight, bias) = (Some("layer.weight"), Some("layer.bias"));
    let expected = [weight, weight, weight, weight, weight, weight, bias, bias, Some("scale"), None];
    assert_eq!(names, expected);
}

#[test]
fn many_parameters_keep_their_values() {
    let mut rng = Rng::new(1);
    let mut params = Params::<f32>::new();
    let values: Vec<Tensor<f32>> = (0..50).map(|i| rng.normal([i % 7, 3])).collect();
    let ids: Vec<_> =
        values.iter().enumerate().map(|(i, value)| params.add(&format!("p{i}"), value).unwrap()).collect();
    for (&id, value) in ids.iter().zip(&values) {
        assert_eq!(params.get(id), *value);
        assert_eq!(params.id(params.name(id)).unwrap(), id);
    }
}

//! Constants with their provenance: their helpers, their levels, their JSON.

use gradus_losses::{Constant, Constants, Objective, Quartic, SineCurve};
use gradus_tensor::Tensor;

const TABLE: [(Constant, Option<f64>, f64, &str); 4] = [
    (Constant::Exact { value: 2.0 }, Some(2.0), f64::INFINITY, r#"{"provenance":"exact","value":2.0}"#),
    (Constant::Bound { value: 0.5 }, Some(0.5), f64::INFINITY, r#"{"provenance":"bound","value":0.5}"#),
    (
        Constant::Local { value: 4.0, level: 2.0 },
        Some(4.0),
        2.0,
        r#"{"provenance":"local","value":4.0,"level":2.0}"#,
    ),
    (Constant::Unknown, None, 0.0, r#"{"provenance":"unknown"}"#),
];

#[test]
fn values_levels_and_json() {
    for (constant, value, level, json) in TABLE {
        assert_eq!(constant.value(), value);
        assert_eq!(constant.level(), level);
        assert_eq!(serde_json::to_string(&constant).expect("JSON"), json);
    }
}

#[test]
fn another_value_keeps_the_provenance() {
    for (constant, _, level, _) in TABLE {
        let other = constant.with_value(7.0);
        assert_eq!(other.value(), Some(7.0));
        match constant {
            Constant::Unknown => assert_eq!(other, Constant::Bound { value: 7.0 }),
            _ => {
                assert_eq!(other.level(), level);
                assert_eq!(std::mem::discriminant(&other), std::mem::discriminant(&constant));
            }
        }
    }
}

#[test]
fn all_constants_of_an_objective_in_json() {
    let constants = Constants {
        mu: Constant::Exact { value: 1.0 },
        smoothness: Constant::Local { value: 3.0, level: 9.0 },
        infimum: Constant::Exact { value: 0.0 },
        sample_smoothness: Constant::Unknown,
        interpolation: true,
    };
    let json = [
        r#"{"mu":{"provenance":"exact","value":1.0},"#,
        r#""smoothness":{"provenance":"local","value":3.0,"level":9.0},"#,
        r#""infimum":{"provenance":"exact","value":0.0},"#,
        r#""sample_smoothness":{"provenance":"unknown"},"interpolation":true}"#,
    ]
    .concat();
    assert_eq!(serde_json::to_string(&constants).expect("JSON"), json);
    assert_eq!(constants.condition_number(), Some(3.0));
    assert_eq!(constants.level(), 9.0);
    let without = Constants { mu: Constant::Unknown, ..constants };
    assert_eq!((without.condition_number(), without.level()), (None, 0.0));
}

#[test]
fn local_constants_name_the_level_they_hold_to() {
    // u = 3 − sin 0 = 3, f = 4.5, slack 4: level 18, L = 2 + √36.
    let curve = SineCurve::<f64>::new(0.0, 3.0, 4.0).constants();
    assert_eq!(curve.smoothness, Constant::Local { value: 8.0, level: 18.0 });
    assert_eq!(curve.mu, Constant::Exact { value: 1.0 });
    assert_eq!(curve.level(), 18.0);
    // f = 1 + 16, L = 12·√17.
    let quartic = Quartic::new(&Tensor::vector(&[1.0, -2.0])).constants();
    assert_eq!(quartic.smoothness, Constant::Local { value: 12.0 * 17f64.sqrt(), level: 17.0 });
    assert_eq!(quartic.level(), 0.0);
}

/// A slack that makes no sense leaves a level at which nothing is claimed.
#[test]
fn senseless_levels_claim_nothing() {
    for slack in [0.0, -1.0, f64::NAN] {
        let constants = SineCurve::<f64>::new(0.0, 3.0, slack).constants();
        assert_eq!(constants.smoothness, Constant::Local { value: 2.0, level: 0.0 }, "slack {slack}");
    }
    assert_eq!(SineCurve::<f64>::new(f64::INFINITY, 3.0, 2.0).constants().level(), 0.0);
}

//! `einsum` against one loop over all letters, its order of products against all orders, and its complaints.

use std::collections::BTreeSet;

use gradus_tensor::{Real, Rng, Shape, Tensor, einsum, einsum_path, try_einsum};
use gradus_testkit::compare::{assert_same_bits, assert_within};
use gradus_testkit::generate::{self, LIES, Lie};
use gradus_testkit::panics::panic_of;
use gradus_testkit::{naive, settings};

/// Two sums of n products of p factors differ by at most (n + p)·ε·Σ|products| in any order; a margin of two for the
/// factors that are sums themselves.
fn check<T: Real>(expression: &str, explicit: &str, operands: &[&Tensor<T>]) {
    let context = || {
        let shapes: Vec<Shape> = operands.iter().map(|x| x.shape()).collect();
        format!("{expression:?} of {shapes:?}, {}", T::DTYPE)
    };
    let found = try_einsum(expression, operands).unwrap_or_else(|error| panic!("{}: {error}", context()));
    let expected = naive::einsum(explicit, operands);
    let of = |x: fn(&Tensor<T>) -> Tensor<T>| {
        let operands: Vec<Tensor<T>> = operands.iter().map(|&operand| x(operand)).collect();
        naive::einsum(explicit, &operands.iter().collect::<Vec<_>>())
    };
    let (sums, terms) = (of(Tensor::abs), of(|x| Tensor::ones(x.shape())));
    let roundings = (terms + T::constant(operands.len() as f64)) * (T::constant(2.0) * T::EPSILON);
    assert_within(&found, &expected, &(sums * roundings), context());
}

fn check_shapes(expression: &str, explicit: &str, shapes: &[&[usize]]) {
    let mut rng = Rng::new(1).split(expression);
    for lie in LIES {
        let operands: Vec<Tensor<f64>> =
            shapes.iter().map(|shape| generate::tensor(&mut rng, shape, -1.0..1.0, lie)).collect();
        check(expression, explicit, &operands.iter().collect::<Vec<_>>());
        let single: Vec<Tensor<f32>> = operands.iter().map(Tensor::cast).collect();
        check(expression, explicit, &single.iter().collect::<Vec<_>>());
    }
}

/// Expressions that have a letter for every axis and an arrow.
const EXPLICIT: &[(&str, &[&[usize]])] = &[
    // One operand.
    ("->", &[&[]]),
    ("i->i", &[&[4]]),
    ("i->", &[&[4]]),
    ("ij->ji", &[&[2, 3]]),
    ("ij->j", &[&[2, 3]]),
    ("ij->", &[&[2, 3]]),
    ("ii->i", &[&[3, 3]]),
    ("ii->", &[&[3, 3]]),
    ("iii->i", &[&[3, 3, 3]]),
    ("iji->ji", &[&[3, 2, 3]]),
    ("ijij->ij", &[&[2, 3, 2, 3]]),
    ("iijj->", &[&[2, 2, 3, 3]]),
    ("abcd->dbca", &[&[2, 3, 1, 4]]),
    ("abcdefgh->hgfedcba", &[&[2, 1, 2, 1, 2, 1, 2, 1]]),
    // Two operands.
    (",->", &[&[], &[]]),
    (",ij->ij", &[&[], &[2, 3]]),
    ("i,i->", &[&[5], &[5]]),
    ("i,i->i", &[&[5], &[5]]),
    ("i,j->ij", &[&[3], &[4]]),
    ("i,j->ji", &[&[3], &[4]]),
    ("i,j->", &[&[3], &[4]]),
    ("ij,j->i", &[&[3, 4], &[4]]),
    ("i,ij->j", &[&[3], &[3, 4]]),
    ("ij,jk->ik", &[&[2, 3], &[3, 4]]),
    ("ij,jk->ki", &[&[2, 3], &[3, 4]]),
    ("ji,jk->ik", &[&[3, 2], &[3, 4]]),
    ("ij,kj->ik", &[&[2, 3], &[4, 3]]),
    ("ij,ij->", &[&[2, 3], &[2, 3]]),
    ("ij,ji->", &[&[2, 3], &[3, 2]]),
    ("ij,ij->i", &[&[2, 3], &[2, 3]]),
    ("ij,ij->ij", &[&[2, 3], &[2, 3]]),
    ("ij,k->", &[&[2, 3], &[4]]),
    ("ij,jk->j", &[&[2, 3], &[3, 4]]),
    ("bij,bjk->bik", &[&[2, 3, 4], &[2, 4, 5]]),
    ("ibj,jkb->kbi", &[&[3, 2, 4], &[4, 5, 2]]),
    ("bij,jk->bik", &[&[2, 3, 4], &[4, 5]]),
    ("bhqd,bhkd->bhqk", &[&[2, 2, 3, 4], &[2, 2, 5, 4]]),
    ("bqhd,bkhd->bhqk", &[&[2, 3, 2, 4], &[2, 5, 2, 4]]),
    ("abcd,cbe->dea", &[&[2, 3, 4, 2], &[4, 3, 5]]),
    ("ii,ij->j", &[&[3, 3], &[3, 4]]),
    ("iij,jkk->ik", &[&[3, 3, 2], &[2, 4, 4]]),
    ("abab,bcbc->", &[&[2, 3, 2, 3], &[3, 2, 3, 2]]),
    // More.
    ("i,ij,j->", &[&[3], &[3, 4], &[4]]),
    ("ij,jk,kl->il", &[&[2, 3], &[3, 4], &[4, 5]]),
    ("ij,jk,ki->", &[&[2, 3], &[3, 4], &[4, 2]]),
    ("ia,ib,ic->iabc", &[&[2, 3], &[2, 4], &[2, 1]]),
    ("ia,ja,ka->ijk", &[&[2, 3], &[4, 3], &[1, 3]]),
    ("abc,ai,bj,ck->ijk", &[&[2, 3, 2], &[2, 3], &[3, 2], &[2, 4]]),
    ("ab,bc,cd,de,ef->af", &[&[2, 3], &[3, 1], &[1, 4], &[4, 2], &[2, 3]]),
    ("a,b,c,d,e,f,g,h->hgfedcba", &[&[2], &[1], &[2], &[1], &[2], &[1], &[2], &[1]]),
    // Extents of 1 against others, and none at all.
    ("ij,jk->ik", &[&[2, 1], &[3, 4]]),
    ("ij,ij->ij", &[&[1, 3], &[2, 1]]),
    ("ij,ij->", &[&[1, 3], &[2, 1]]),
    ("ii,i->i", &[&[1, 1], &[3]]),
    ("i,i,i->", &[&[1], &[3], &[1]]),
    ("ij,jk->ik", &[&[2, 0], &[0, 4]]),
    ("ij,jk->ik", &[&[0, 3], &[3, 4]]),
    ("ij,jk->ik", &[&[2, 0], &[1, 4]]),
    ("bij,bjk->bik", &[&[0, 3, 4], &[0, 4, 5]]),
    ("ij->i", &[&[2, 0]]),
    ("ii->", &[&[0, 0]]),
];

#[test]
fn explicit_expressions_agree_with_one_loop() {
    for (expression, shapes) in EXPLICIT {
        check_shapes(expression, expression, shapes);
    }
}

#[test]
fn notation_is_that_of_numpy() {
    // The expression, and what it means with a letter for every axis.
    let meanings: &[(&str, &str, &[&[usize]])] = &[
        ("ij,jk", "ij,jk->ik", &[&[2, 3], &[3, 4]]),
        ("kj,ji", "kj,ji->ik", &[&[2, 3], &[3, 4]]),
        ("ba", "ba->ab", &[&[2, 3]]),
        ("bA", "bA->Ab", &[&[2, 3]]),
        ("ii", "ii->", &[&[3, 3]]),
        ("i,i", "i,i->", &[&[3], &[3]]),
        ("", "->", &[&[]]),
        (" i j , j k -> i k ", "ij,jk->ik", &[&[2, 3], &[3, 4]]),
        ("...", "ij->ij", &[&[2, 3]]),
        ("...->...", "ij->ij", &[&[2, 3]]),
        ("...->", "ij->", &[&[2, 3]]),
        ("i...->...", "ij->j", &[&[2, 3]]),
        ("i...->...i", "ijk->jki", &[&[2, 3, 4]]),
        ("...i", "jki->jki", &[&[2, 3, 4]]),
        ("i...", "ijk->jki", &[&[2, 3, 4]]),
        ("ij...,jk...->ik...", "ijx,jkx->ikx", &[&[2, 3, 2], &[3, 4, 2]]),
        ("...ij,...jk->...ik", "abij,abjk->abik", &[&[2, 3, 2, 4], &[2, 3, 4, 2]]),
        ("...ij,...jk->...ik", "abij,bjk->abik", &[&[2, 3, 2, 4], &[3, 4, 2]]),
        ("...ij,...jk->...ik", "abij,jk->abik", &[&[2, 3, 2, 4], &[4, 2]]),
        ("...ij,...jk->...ik", "abij,abjk->abik", &[&[1, 3, 2, 4], &[2, 1, 4, 2]]),
        ("...ij,...jk", "abij,bjk->abik", &[&[2, 3, 2, 4], &[3, 4, 2]]),
        ("i...i->...", "iji->j", &[&[3, 2, 3]]),
        ("...,...->...", "abc,c->abc", &[&[2, 3, 4], &[4]]),
        ("...,...", "ab,ab->ab", &[&[2, 1], &[1, 3]]),
        ("...i,i->...", "i,i->", &[&[3], &[3]]),
        ("ij->...ij", "ij->ij", &[&[2, 3]]),
        ("...ab,...b,c...->c...", "xab,b,cx->cx", &[&[2, 3, 4], &[4], &[5, 2]]),
    ];
    for (expression, explicit, shapes) in meanings {
        check_shapes(expression, explicit, shapes);
    }
}

/// A random expression with extents: letters may repeat within operands and be summed at once.
fn random_case(rng: &mut Rng) -> (String, Vec<Vec<usize>>) {
    let letters: Vec<char> = "abcdef".chars().collect();
    let extents: Vec<usize> = letters.iter().map(|_| [1, 2, 2, 3, 3, 0][rng.index(6)]).collect();
    let terms: Vec<Vec<usize>> =
        (0..=rng.index(5)).map(|_| (0..rng.index(4)).map(|_| rng.index(letters.len())).collect()).collect();
    let mut output: Vec<usize> = terms.concat();
    output.sort_unstable();
    output.dedup();
    let order = rng.permutation(output.len());
    let kept = rng.index(output.len() + 1);
    let text = |term: &[usize]| term.iter().map(|&letter| letters[letter]).collect::<String>();
    let result: Vec<usize> = order[..kept].iter().map(|&i| output[i]).collect();
    let inputs = terms.iter().map(|term| text(term)).collect::<Vec<_>>().join(",");
    let shapes = terms.iter().map(|term| term.iter().map(|&letter| extents[letter]).collect()).collect();
    (format!("{inputs}->{}", text(&result)), shapes)
}

#[test]
fn random_expressions_agree_with_one_loop() {
    let mut rng = Rng::new(2);
    for _ in 0..1500 {
        let (expression, shapes) = random_case(&mut rng);
        let operands: Vec<Tensor<f64>> =
            shapes.iter().map(|shape| generate::tensor(&mut rng, shape, -1.0..1.0, Lie::Mixed)).collect();
        check(&expression, &expression, &operands.iter().collect::<Vec<_>>());
    }
}

/// The least multiply–adds of all orders of pairwise products.
fn least(operands: &[BTreeSet<char>], output: &BTreeSet<char>, extent: &dyn Fn(char) -> u128) -> u128 {
    let mut best = if operands.len() == 1 { 0 } else { u128::MAX };
    for second in 0..operands.len() {
        for first in 0..second {
            let union: BTreeSet<char> = operands[first].union(&operands[second]).copied().collect();
            let mut rest = operands.to_vec();
            rest.remove(second);
            rest.remove(first);
            let needed: BTreeSet<char> = rest.iter().flatten().chain(output).copied().collect();
            rest.push(union.intersection(&needed).copied().collect());
            let product: u128 = union.iter().map(|&letter| extent(letter)).product();
            best = best.min(product + least(&rest, output, extent));
        }
    }
    best
}

#[test]
fn no_order_takes_fewer_multiply_adds() {
    let mut rng = Rng::new(3);
    for _ in 0..300 {
        let (expression, _) = random_case(&mut rng);
        let extent = |letter: char| [2, 7, 3, 11, 5, 4][letter as usize - 'a' as usize];
        let (inputs, output) = expression.split_once("->").unwrap();
        let terms: Vec<&str> = inputs.split(',').collect();
        let shapes: Vec<Shape> = terms.iter().map(|term| term.chars().map(extent).collect()).collect();
        let output: BTreeSet<char> = output.chars().collect();
        let sets: Vec<BTreeSet<char>> = (0..terms.len())
            .map(|i| {
                let elsewhere = |letter: &char| {
                    let others = terms.iter().enumerate().filter(|&(other, _)| other != i);
                    output.contains(letter) || others.into_iter().any(|(_, term)| term.contains(*letter))
                };
                terms[i].chars().filter(elsewhere).collect()
            })
            .collect();
        let path = einsum_path(&expression, &shapes).unwrap();
        let expected = least(&sets, &output, &|letter| extent(letter) as u128);
        assert_eq!(path.multiply_adds(), expected, "{path}");
        assert_eq!(path.steps().len(), terms.len() - 1, "{path}");
    }
}

#[test]
fn many_operands_are_multiplied_in_a_good_order() {
    // A chain of matrices of alternating extents, the middle letters of which must not meet in one product.
    let chain: Vec<String> = (b'a'..b'a' + 14).map(|c| format!("{}{}", c as char, (c + 1) as char)).collect();
    let expression = format!("{}->ao", chain.join(","));
    let extents: Vec<usize> = (0..15).map(|i| [30, 2, 25][i % 3]).collect();
    let shapes: Vec<Shape> = extents.windows(2).map(Shape::from).collect();
    let path = einsum_path(&expression, &shapes).unwrap();
    assert!(path.multiply_adds() < 20_000, "{path}");
    let mut rng = Rng::new(4);
    let operands: Vec<Tensor<f64>> = shapes.iter().map(|&shape| rng.normal(shape)).collect();
    let expected = operands[1..].iter().fold(operands[0].clone(), |product, next| product.matmul(next));
    let found = einsum(&expression, &operands.iter().collect::<Vec<_>>());
    let scale = expected.abs().max_axes(&[0, 1]).item();
    assert_within(&found, &expected, &Tensor::full(expected.shape(), 1e-12 * scale), "chain");
}

#[test]
fn a_path_is_evaluated_many_times_and_shows_itself() {
    let path = einsum_path("...ij, ...jk, k->...i", &[[5, 2, 3].into(), [3, 4].into(), [4].into()]).unwrap();
    assert_eq!(
        path.to_string(),
        "einsum \"...ij, ...jk, k->...i\" of [5, 2, 3], [3, 4], [4]\n\
         step  product    operands  multiply-adds\n   \
         3  jk,k->j    1, 2                 12\n   \
         4  θij,j->θi  0, 3                 30\n\
         42 multiply-adds, 240 in one loop over all letters"
    );
    let mut rng = Rng::new(5);
    for _ in 0..2 {
        let [a, b, c]: [Tensor<f64>; 3] = [rng.normal([5, 2, 3]), rng.normal([3, 4]), rng.normal([4])];
        let expected = einsum("...ij,...jk,k->...i", &[&a, &b, &c]);
        assert_same_bits(&path.evaluate(vec![a, b, c]), &expected, "path");
    }
    let single = einsum_path("iij->j", &[[3, 3, 2].into()]).unwrap();
    assert_eq!(
        single.to_string(),
        "einsum \"iij->j\" of [3, 3, 2]\n0 multiply-adds, 6 in one loop over all letters"
    );
    let report = panic_of(|| path.evaluate(vec![Tensor::<f64>::zeros([2])]));
    assert_eq!(report.text, "einsum: \"...ij, ...jk, k->...i\" needs 3 operands, got 1");
    let report = panic_of(|| path.evaluate(vec![Tensor::<f64>::zeros([2, 2, 2]); 3]));
    assert!(report.text.starts_with("einsum: jk,k->j does not fit shapes"), "{}", report.text);
}

#[test]
fn single_operands_are_views() {
    let x: Tensor<f64> = Rng::new(6).normal([3, 4, 3]);
    for expression in ["abc->cab", "aba->ab", "...->..."] {
        assert!(einsum(expression, &[&x]).shares_memory(&x), "{expression}");
    }
}

#[test]
fn the_number_of_threads_does_not_change_a_bit() {
    let mut rng = Rng::new(7);
    let a: Tensor<f32> = rng.normal([3, 200, 90]);
    let b: Tensor<f32> = rng.normal([3, 90, 150]);
    let c: Tensor<f32> = rng.normal([150, 40]);
    let results = settings::under_each_setting(|| einsum("bij,bjk,kl->li", &[&a, &b, &c]));
    for (setting, found) in &results {
        let (_, expected) = results.iter().find(|(other, _)| other.level == setting.level).expect("itself");
        assert_same_bits(found, expected, setting);
    }
}

#[test]
fn faults_are_named_with_expression_and_shapes() {
    let cases: &[(&str, &[&[usize]], &str)] = &[
        ("ij,jk->ik", &[&[2, 3], &[4, 5]], "'j' has extent 3 in operand 0 and 4 in operand 1"),
        ("ij,jk,j->ik", &[&[2, 1], &[4, 5], &[3]], "'j' has extent 4 in operand 1 and 3 in operand 2"),
        ("ii->i", &[&[2, 3]], "'i' has extents 2 and 3 in operand 0"),
        ("ii->i", &[&[1, 3]], "'i' has extents 1 and 3 in operand 0"),
        ("...i,...i", &[&[2, 3], &[4, 3]], "'...' has extent 2 in operand 0 and 4 in operand 1"),
        ("ij->k", &[&[2, 3]], "'k' stands in the result, but in no operand"),
        ("ij->ii", &[&[2, 3]], "'i' stands twice in the result"),
        ("ij", &[&[2]], "operand 0 has 1 axes and 2 letters"),
        ("i,ij", &[&[2], &[2, 3, 4]], "operand 1 has 3 axes and 2 letters"),
        ("ij...", &[&[2]], "operand 0 has 1 axes, fewer than its 2 letters"),
        ("i,j", &[&[2]], "2 operands are named, 1 given"),
        ("i", &[], "1 operands are named, 0 given"),
        ("i1->i", &[&[2, 2]], "'1' is not a letter"),
        ("i..->i", &[&[2, 2]], "'.' is not a letter"),
        ("......", &[&[2]], "'.' is not a letter"),
        ("i->i->i", &[&[2]], "'-' is not a letter"),
        ("ij->i,j", &[&[2, 3]], "',' is not a letter"),
        ("ä", &[&[2]], "'ä' is not a letter"),
        ("abcde,fghij->abcdefghij", &[&[1; 5], &[1; 5]], "the result has 10 axes, more than 8"),
        (
            "abcdefgh,abijklmn,cdijopqr,efklopst,ghmnqrst->",
            &[&[2; 8], &[2; 8], &[2; 8], &[2; 8], &[2; 8]],
            "in every order, an intermediate result has more than 8 axes",
        ),
    ];
    for (expression, shapes, fault) in cases {
        let operands: Vec<Tensor<f32>> = shapes.iter().map(|&shape| Tensor::zeros(shape)).collect();
        let operands: Vec<&Tensor<f32>> = operands.iter().collect();
        let listed = shapes.iter().map(|shape| format!("{shape:?}")).collect::<Vec<_>>().join(", ");
        let listed = if shapes.is_empty() { "no operands".to_owned() } else { listed };
        let expected = format!("einsum: {expression:?} of {listed}: {fault}");
        let error = try_einsum(expression, &operands).expect_err(expression);
        assert_eq!(error.to_string(), expected);
        let (report, line) = (panic_of(|| einsum(expression, &operands)), line!());
        assert_eq!((report.text, report.file.as_str(), report.line), (expected, file!(), line));
    }
}

//! The evaluation of an expression as a list of steps.

use std::fmt;

use super::Contraction;
use super::operand::{EinsumOperand, Preparation};
use super::parse::{EinsumError, Expression, list, parse};
use super::path::{Set, order, size};
use crate::Shape;
use crate::shape::MAX_RANK;

/// How an expression is evaluated on operands of given shapes.
///
/// First each operand is reduced on its own: to diagonals, and to sums over letters that stand nowhere else. Then pairs
/// are multiplied in the order of [`steps`](Self::steps). Up to eight operands, no order takes fewer multiply–adds; with
/// more, the pair whose product adds the fewest elements comes first until eight are left.
///
/// ```
/// use gradus_tensor::einsum_path;
/// let path = einsum_path("ij,jk,kl->il", &[[10, 20].into(), [20, 30].into(), [30, 5].into()])?;
/// assert_eq!(
///     path.to_string(),
///     "einsum \"ij,jk,kl->il\" of [10, 20], [20, 30], [30, 5]
/// step  product    operands  multiply-adds
///    3  jk,kl->jl  1, 2               3000
///    4  ij,jl->il  0, 3               1000
/// 4000 multiply-adds, 60000 in one loop over all letters"
/// );
/// # Ok::<(), gradus_tensor::EinsumError>(())
/// ```
#[derive(Clone, Debug)]
pub struct EinsumPath {
    expression: String,
    shapes: Vec<Shape>,
    preparations: Vec<Preparation>,
    steps: Vec<EinsumStep>,
    /// The order of axes of the result, where the last step does not give it.
    arrangement: Option<Vec<usize>>,
    naive: u128,
}

/// One product of two operands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EinsumStep {
    /// The numbers of the operands: first those of the expression from 0, then the products in their order.
    pub operands: [usize; 2],
    /// What is multiplied and summed.
    pub contraction: Contraction,
    /// The multiply–adds of the product.
    pub multiply_adds: u128,
}

impl EinsumPath {
    pub(super) fn new(text: &str, shapes: &[Shape]) -> Result<Self, EinsumError> {
        let fail = |fault| EinsumError::new(text, shapes, fault);
        let expression = parse(text, shapes).map_err(fail)?;
        let extents: Vec<usize> = expression.letters.iter().map(|known| known.1).collect();
        let (preparations, mut letters): (Vec<_>, Vec<_>) = prepare(&expression, shapes).into_iter().unzip();
        let set = |letters: &[char]| -> Set {
            let known = expression.letters.iter().enumerate();
            known.filter(|(_, known)| letters.contains(&known.0)).fold(0, |set, (bit, _)| set | 1 << bit)
        };
        let mut sets: Vec<Set> = letters.iter().map(|letters| set(letters)).collect();
        let output = set(&expression.output);
        let pairs = order(&sets, output, &extents).ok_or_else(|| {
            fail(format!("in every order, an intermediate result has more than {MAX_RANK} axes"))
        })?;
        let mut pending: Vec<bool> = vec![true; sets.len()];
        let mut steps = Vec::new();
        for (step, &[left, right]) in pairs.iter().enumerate() {
            (pending[left], pending[right]) = (false, false);
            let others = sets.iter().zip(&pending).filter(|&(_, &pending)| pending);
            let needed = others.fold(output, |needed, (set, _)| needed | set);
            let product = if step + 1 == pairs.len() {
                expression.output.clone()
            } else {
                let both =
                    letters[left].iter().chain(letters[right].iter().filter(|l| !letters[left].contains(l)));
                both.copied().filter(|&letter| set(&[letter]) & needed != 0).collect()
            };
            let multiply_adds = size(sets[left] | sets[right], &extents);
            let contraction =
                Contraction::new(letters[left].clone(), letters[right].clone(), product.clone());
            steps.push(EinsumStep { operands: [left, right], contraction, multiply_adds });
            sets.push(set(&product));
            letters.push(product);
            pending.push(true);
        }
        let last = letters.last().map_or(&[][..], |letters| letters);
        let axes: Vec<usize> = expression
            .output
            .iter()
            .filter_map(|letter| last.iter().position(|other| other == letter))
            .collect();
        let arrangement = (!axes.iter().copied().eq(0..axes.len())).then_some(axes);
        let everything = expression.letters.iter().map(|known| known.0).collect::<Vec<_>>();
        let products = shapes.len().saturating_sub(1).max(1) as u128;
        let naive = size(set(&everything), &extents).saturating_mul(products);
        Ok(Self {
            expression: text.to_owned(),
            shapes: shapes.to_vec(),
            preparations,
            steps,
            arrangement,
            naive,
        })
    }

    /// The products in order. There are none for a single operand.
    pub fn steps(&self) -> &[EinsumStep] {
        &self.steps
    }

    /// The multiply–adds of all products.
    pub fn multiply_adds(&self) -> u128 {
        self.steps.iter().fold(0, |sum, step| sum.saturating_add(step.multiply_adds))
    }

    /// The multiply–adds of one loop over all letters that multiplies all operands at once.
    pub fn naive_multiply_adds(&self) -> u128 {
        self.naive
    }

    /// The value on operands of the shapes that the path was made for.
    ///
    /// # Panics
    /// When there are more or fewer of them.
    #[track_caller]
    pub fn evaluate<X: EinsumOperand>(&self, operands: Vec<X>) -> X {
        assert!(
            operands.len() == self.shapes.len(),
            "einsum: {:?} needs {} operands, got {}",
            self.expression,
            self.shapes.len(),
            operands.len()
        );
        let prepared = operands.into_iter().zip(&self.preparations);
        let mut values: Vec<Option<X>> =
            prepared.map(|(x, preparation)| Some(preparation.apply(x))).collect();
        let take = |values: &mut Vec<Option<X>>, i: usize| {
            values[i].take().expect("each operand and product is used once")
        };
        for step in &self.steps {
            let [left, right] = step.operands.map(|i| take(&mut values, i));
            values.push(Some(left.contract(&right, &step.contraction)));
        }
        let last = values.len() - 1;
        let result = take(&mut values, last);
        match &self.arrangement {
            Some(axes) => result.permute(axes),
            None => result,
        }
    }
}

fn prepare(expression: &Expression, shapes: &[Shape]) -> Vec<(Preparation, Vec<char>)> {
    let holds = |operand: usize, letter: char| {
        // An axis that broadcasts does not need its letter from others.
        let axes = expression.operands[operand].iter().zip(shapes[operand].iter());
        axes.into_iter().any(|(&other, &extent)| other == letter && extent == expression.extent(letter))
    };
    (0..shapes.len())
        .map(|operand| {
            let needed = |letter: char| {
                let others = (0..shapes.len()).filter(|&other| other != operand);
                expression.output.contains(&letter) || others.into_iter().any(|other| holds(other, letter))
            };
            Preparation::new(expression, operand, &shapes[operand], needed)
        })
        .collect()
}

impl fmt::Display for EinsumPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "einsum {:?} of {}", self.expression, list(&self.shapes))?;
        let products: Vec<String> = self.steps.iter().map(|step| step.contraction.to_string()).collect();
        let width = products.iter().map(|product| product.chars().count()).max().unwrap_or(0).max(7);
        if !self.steps.is_empty() {
            writeln!(f, "step  {:width$}  operands  multiply-adds", "product")?;
        }
        for (i, (step, product)) in self.steps.iter().zip(products).enumerate() {
            let [left, right] = step.operands;
            let operands = format!("{left}, {right}");
            let number = self.shapes.len() + i;
            writeln!(f, "{number:4}  {product:width$}  {operands:8}  {:13}", step.multiply_adds)?;
        }
        write!(f, "{} multiply-adds, {} in one loop over all letters", self.multiply_adds(), self.naive)
    }
}

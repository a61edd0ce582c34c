//! The words of claims match their levels.

use gradus_convergence::{Claim, Level};

fn all() -> Vec<Claim> {
    vec![
        Claim::ProvedAPriori { theorem: "A2".into() },
        Claim::CertifiedOnThisRun { theorem: "A1'".into() },
        Claim::ConsistentWithSamples {
            smallest_ratio: 0.012_345,
            points: 321,
            because: "A2 needs gamma > 0".into(),
        },
        Claim::Refuted { witness: "PL ratio 0.1 at step 3 is below the claimed mu = 0.2".into() },
        Claim::NoClaim { because: "B1 needs q <= 1, but q = 4.2".into() },
    ]
}

#[test]
fn samples_say_that_they_prove_nothing() {
    let text = all()[2].to_string();
    let sentence = "0.01235 is the smallest PL ratio seen at 321 points; the true constant can be smaller or \
                    zero; this is not a proof of PL";
    assert!(text.contains(sentence), "{text}");
    assert!(text.contains("A2 needs gamma > 0"), "{text}");
}

#[test]
fn only_a_proof_is_called_one() {
    for claim in all() {
        let text = claim.to_string().to_lowercase();
        let proved = claim.level() == Some(Level::ProvedAPriori);
        assert_eq!(text.contains("proved"), proved, "{text}");
        assert_eq!(claim.short().contains("proved"), proved, "{text}");
        assert!(!text.contains("pl holds"), "{text}");
        assert_eq!(text.contains("certified on this run"), claim.level() == Some(Level::CertifiedOnThisRun));
        assert!(!text.contains("rate"), "{text}");
    }
}

#[test]
fn a_certified_run_says_nothing_of_other_starts() {
    let text = all()[1].to_string();
    assert!(text.contains("certified on this run by A1'"), "{text}");
    assert!(text.contains("this says nothing about other starts"), "{text}");
}

#[test]
fn a_refutation_blames_the_constants_or_a_bug_and_keeps_its_witness() {
    let text = all()[3].to_string();
    assert!(
        text.contains("at step 3") && text.contains("the claimed constants are wrong, or there is a bug")
    );
    assert!(all()[4].to_string().contains("q = 4.2"));
}

#[test]
fn levels_and_short_words_are_distinct_and_ordered() {
    let levels: Vec<Option<Level>> = all().iter().map(Claim::level).collect();
    assert_eq!(
        levels,
        [
            Some(Level::ProvedAPriori),
            Some(Level::CertifiedOnThisRun),
            Some(Level::ConsistentWithSamples),
            Some(Level::Refuted),
            None
        ]
    );
    let mut words: Vec<&str> = all().iter().map(Claim::short).collect();
    words.sort_unstable();
    words.dedup();
    assert_eq!(words.len(), 5);
}

/// Reports carry claims as their sentence.
#[test]
fn claims_are_serialised_as_their_text() {
    for claim in all() {
        let json = serde_json::to_value(&claim).unwrap();
        assert_eq!(json.as_str(), Some(claim.to_string().as_str()));
    }
    assert_eq!(serde_json::to_value(Level::ProvedAPriori).unwrap(), "proved_a_priori");
}

//! Motions, classes and consent, from tables.

use crate::samples::{outcome, share};
use icn_tally::{
    Abstention, Base, ClassMotion, ClassVotes, Consent, ConsentRule, Count, CountSheet, Motion, MotionRule, Objection,
    ObjectionRule, Position, Quorum, Share, TallyError, Threshold, Verdict, Voice, Votes,
};

const HALF: Threshold = Threshold::Majority(Share::HALF);

fn rule(quorum: Quorum, threshold: Threshold) -> MotionRule {
    MotionRule { quorum, threshold, of: Base::OfCast, abstain: Abstention::CountsQuorum }
}

fn votes(yes: u64, no: u64, abstain: u64, eligible: u64) -> Votes {
    Votes { yes, no, abstain, eligible }
}

fn passes(votes: Votes, rule: MotionRule) -> bool {
    outcome(&Motion { votes, rule })
}

#[test]
fn a_majority_is_more_than_its_share() {
    let rule = rule(Quorum::Count(1), HALF);
    for (yes, no, passed) in [(1, 0, true), (1, 1, false), (2, 1, true), (50, 50, false), (51, 50, true), (0, 3, false)]
    {
        assert_eq!(passes(votes(yes, no, 0, 101), rule), passed, "{yes} to {no}");
    }
}

#[test]
fn a_supermajority_is_its_share_or_more() {
    let rule = rule(Quorum::Count(1), Threshold::Supermajority(share(2, 3)));
    for (yes, no, passed) in [(2, 1, true), (199, 100, false), (200, 100, true), (1, 0, true), (0, 1, false)] {
        assert_eq!(passes(votes(yes, no, 0, 300), rule), passed, "{yes} to {no}");
    }
}

#[test]
fn a_share_of_the_eligible_counts_those_who_stayed_away() {
    let of_eligible = |threshold| MotionRule { of: Base::OfEligible, ..rule(Quorum::Count(1), threshold) };
    assert!(!passes(votes(50, 0, 0, 100), of_eligible(HALF)));
    assert!(passes(votes(51, 0, 0, 100), of_eligible(HALF)));
    assert!(passes(votes(75, 25, 0, 100), of_eligible(Threshold::Supermajority(share(3, 4)))));
    assert!(!passes(votes(74, 0, 26, 100), of_eligible(Threshold::Supermajority(share(3, 4)))));
    assert!(!passes(votes(99, 0, 0, 100), of_eligible(Threshold::Unanimous)));
    assert!(passes(votes(100, 0, 0, 100), of_eligible(Threshold::Unanimous)));
}

#[test]
fn unanimous_is_nobody_against_and_the_quorum_in_favour() {
    let rule = rule(Quorum::Share(Share::HALF), Threshold::Unanimous);
    assert!(passes(votes(5, 0, 0, 10), rule));
    assert!(!passes(votes(9, 1, 0, 10), rule));
    assert!(!passes(votes(4, 0, 6, 10), rule));
    assert!(passes(votes(5, 0, 0, 9), rule));
    assert!(!passes(votes(4, 0, 0, 9), rule));
}

#[test]
fn abstentions_count_for_the_quorum_or_for_nothing() {
    let counting = rule(Quorum::Share(Share::HALF), HALF);
    let ignoring = MotionRule { abstain: Abstention::Ignored, ..counting };
    assert!(passes(votes(1, 0, 4, 10), counting));
    assert!(!passes(votes(1, 0, 4, 10), ignoring));
    assert!(!passes(votes(0, 0, 10, 10), counting));
}

#[test]
fn nothing_passes_with_nobody() {
    let nobody = votes(0, 0, 0, 0);
    for threshold in [HALF, Threshold::Supermajority(Share::HALF), Threshold::Unanimous] {
        for of in [Base::OfCast, Base::OfEligible] {
            for quorum in [Quorum::Share(share(0, 1)), Quorum::Count(1)] {
                assert!(!passes(nobody, MotionRule { of, ..rule(quorum, threshold) }));
            }
        }
    }
    let unanimous = rule(Quorum::Share(share(0, 1)), Threshold::Unanimous);
    assert!(!passes(votes(0, 0, 0, 10), unanimous) && passes(votes(1, 0, 0, 10), unanimous));
    assert!(!passes(votes(0, 0, 0, 10), rule(Quorum::Share(share(0, 1)), Threshold::Supermajority(share(0, 1)))));
}

#[test]
fn the_quorum_is_a_share_or_a_count() {
    for (cast, eligible, reached) in [(33, 100, false), (34, 100, true), (1, 3, true), (0, 3, false)] {
        assert_eq!(passes(votes(cast, 0, 0, eligible), rule(Quorum::Share(share(1, 3)), HALF)), reached, "{cast}");
    }
    assert!(!passes(votes(4, 0, 0, 100), rule(Quorum::Count(5), HALF)));
    assert!(passes(votes(5, 0, 0, 100), rule(Quorum::Count(5), HALF)));
}

#[test]
fn more_votes_than_eligible_are_refused() {
    let votes = votes(u64::MAX, u64::MAX, 1, 10);
    let refused = Motion { votes, rule: rule(Quorum::Count(1), HALF) }.count();
    assert_eq!(refused, Err(TallyError::MoreThanEligible { cast: u64::MAX, eligible: 10 }));
    assert!(Motion { votes: Votes::default(), rule: rule(Quorum::Count(0), HALF) }.count().is_err());
}

#[test]
fn no_share_is_more_than_the_whole_or_of_nothing() {
    assert!(Share::new(1, 0).is_err() && Share::new(3, 2).is_err() && Share::new(0, 1).is_ok());
    assert!(serde_json::from_str::<Share>("[3,2]").is_err());
}

fn class(class: u64, yes: u64, no: u64) -> ClassVotes {
    ClassVotes { class, votes: votes(yes, no, 0, 10), rule: rule(Quorum::Share(Share::HALF), HALF) }
}

#[test]
fn every_class_passes_by_itself() {
    let all = |classes: &[ClassVotes]| outcome(&ClassMotion { classes: classes.to_vec(), required: None });
    assert!(all(&[class(2, 6, 4), class(1, 3, 2)]));
    assert!(!all(&[class(1, 10, 0), class(2, 5, 5)]));
    assert!(!all(&[class(1, 10, 0), class(2, 4, 0)]), "the second class has no quorum");
    assert!(!all(&[]));
}

#[test]
fn only_required_classes_stop_a_motion() {
    let classes = vec![class(1, 10, 0), class(2, 0, 10)];
    assert!(outcome(&ClassMotion { classes: classes.clone(), required: Some(vec![1]) }));
    assert!(!outcome(&ClassMotion { classes: classes.clone(), required: Some(vec![1, 2]) }));
    assert!(!outcome(&ClassMotion { classes: classes.clone(), required: Some(vec![]) }));
    let unknown = ClassMotion { classes, required: Some(vec![3]) }.count();
    assert_eq!(unknown, Err(TallyError::Unknown { id: 3 }));
    let twice = ClassMotion { classes: vec![class(1, 1, 0), class(1, 1, 0)], required: None }.count();
    assert_eq!(twice, Err(TallyError::Repeated { id: 1 }));
}

const GOOD: Objection = Objection { paramount: true, reason: true, alternative: true, earlier: 0 };

fn consent(rule: ConsentRule, eligible: u64, positions: &[Position]) -> Consent {
    let voice =
        |(member, position): (usize, &Position)| Voice { member: member as u64, delegated: false, position: *position };
    let objections = ObjectionRule { alternative_required: true, max_per_period: Some(2) };
    Consent { voices: positions.iter().enumerate().map(voice).collect(), eligible, rule, objections }
}

#[test]
fn one_valid_objection_stops_consent() {
    let half = ConsentRule::Consent(Quorum::Share(Share::HALF));
    let positions = [Position::Consent, Position::StandAside, Position::Object(GOOD)];
    assert!(!outcome(&consent(half, 6, &positions)));
    assert!(outcome(&consent(half, 4, &positions[..2])));
    assert!(!outcome(&consent(half, 5, &positions[..2])), "no quorum");
    assert!(!outcome(&consent(ConsentRule::Consent(Quorum::Share(share(0, 1))), 5, &[])));
}

#[test]
fn objections_are_judged_by_their_form() {
    let table = [
        (GOOD, Verdict::Valid),
        (Objection { paramount: false, ..GOOD }, Verdict::NotParamount),
        (Objection { reason: false, ..GOOD }, Verdict::NoReason),
        (Objection { alternative: false, ..GOOD }, Verdict::NoAlternative),
        (Objection { earlier: 1, ..GOOD }, Verdict::Valid),
        (Objection { earlier: 2, ..GOOD }, Verdict::OverLimit),
    ];
    for (objection, verdict) in table {
        let half = ConsentRule::Consent(Quorum::Share(Share::HALF));
        let sheet = consent(half, 2, &[Position::Object(objection)]).count().unwrap();
        assert_eq!(sheet.objections[0].verdict, verdict);
        assert_eq!(sheet.cast(), 1, "an objection that does not count is cast all the same");
        assert_eq!(sheet.outcome(), verdict != Verdict::Valid);
    }
}

#[test]
fn delegates_never_object() {
    let mut consent = consent(ConsentRule::Lazy, 1, &[Position::Object(GOOD)]);
    assert!(!outcome(&consent));
    consent.voices[0].delegated = true;
    assert_eq!(consent.count().unwrap().objections[0].verdict, Verdict::Delegated);
    assert!(outcome(&consent));
}

#[test]
fn lazy_consent_passes_when_nobody_speaks() {
    assert!(outcome(&consent(ConsentRule::Lazy, 10, &[])));
    assert!(!outcome(&consent(ConsentRule::Lazy, 10, &[Position::Object(GOOD)])));
}

#[test]
fn consensus_is_a_share_of_those_who_agree_or_object() {
    let rule = ConsentRule::Consensus(Quorum::Count(2), share(3, 4));
    let idle = Position::Object(Objection { paramount: false, ..GOOD });
    let agree = Position::Consent;
    assert!(outcome(&consent(rule, 10, &[agree, agree, agree, idle, Position::StandAside])));
    assert!(!outcome(&consent(rule, 10, &[agree, agree, idle, Position::StandAside])));
    assert!(!outcome(&consent(rule, 10, &[agree])), "no quorum");
    assert!(!outcome(&consent(rule, 10, &[Position::StandAside, Position::StandAside])), "nobody agrees or objects");
}

#[test]
fn a_member_speaks_once() {
    let mut twice = consent(ConsentRule::Lazy, 10, &[Position::Consent, Position::Consent]);
    twice.voices[1].member = 0;
    assert_eq!(twice.count(), Err(TallyError::Repeated { id: 0 }));
    let crowd = consent(ConsentRule::Lazy, 1, &[Position::Consent, Position::Consent]).count();
    assert_eq!(crowd, Err(TallyError::MoreThanEligible { cast: 2, eligible: 1 }));
}

use crate::{mock::*, Event, Parameters, Timeouts};
use frame_support::{assert_noop, assert_ok};

fn set(parameters: Parameters) {
    assert_ok!(Validators::set_parameters(RuntimeOrigin::root(), parameters));
}

#[test]
fn parameters_are_set_whole() {
    run(|| {
        assert_eq!(Validators::parameters(), parameters());
        let timeouts_ms = Timeouts { propose: 3_000, ..Default::default() };
        let others = Parameters { timeouts_ms, minimum_interval_ms: 0, ..parameters() };
        block_with(|| set(others));
        assert_eq!(Validators::parameters(), others);
        assert_eq!(events(), [Event::ParametersSet { parameters: others }]);
    });
}

#[test]
fn a_parameter_out_of_range_is_refused() {
    run(|| {
        let others = Parameters { minimum_interval_ms: 600_001, ..parameters() };
        assert_noop!(Validators::set_parameters(RuntimeOrigin::root(), others), Error::ParametersOutOfRange);
    });
}

#[test]
fn a_shorter_age_forgets_and_a_longer_one_does_not_bring_back() {
    run(|| {
        block_with(|| set_power(1, 11));
        run_to(AGE_BLOCKS);
        assert!(Validators::set_at(2).is_some());
        let short = Parameters { evidence_max_age_blocks: 5, evidence_max_age_ms: 1_000, ..parameters() };
        block_with(|| set(short));
        block_at(now() + 10_000, record(), || {});
        assert!(Validators::set_at(2).is_none());
        assert_eq!(Validators::check_evidence(&evidence(1, 2)), Err(Error::EvidenceTooOld));
        let long = Parameters { evidence_max_age_ms: 1_000_000, ..parameters() };
        block_with(|| set(long));
        // Its set is gone, so nobody can be convicted by it.
        assert_eq!(Validators::check_evidence(&evidence(1, 2)), Err(Error::OffenderUnknown));
        block();
    });
}

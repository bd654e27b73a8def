//! How deep calls nest in calls. Execution recurses, and a stack overflow cannot be caught, so depth is bounded in the pool,
//! in blocks and again at every dispatch.

use crate::RuntimeCall;
use frame_support::traits::Contains;
use icn_primitives::limits::CALL_NESTING_MAX;

/// Whether `call` nests at most [`CALL_NESTING_MAX`] deep, itself counted. Looks no deeper than that.
pub fn is_within_limit(call: &RuntimeCall) -> bool {
    fits(call, CALL_NESTING_MAX)
}

fn fits(call: &RuntimeCall, left: u32) -> bool {
    let Some(left) = left.checked_sub(1) else { return false };
    inner(call).into_iter().all(|call| fits(call, left))
}

/// The calls that `call` carries and dispatches, now or later.
fn inner(call: &RuntimeCall) -> Vec<&RuntimeCall> {
    use pallet_agenda::Call as Agenda;
    use pallet_multisig::Call as Multisig;
    use pallet_proxy::Call as Proxy;
    use pallet_scheduler::Call as Scheduler;
    use pallet_sudo::Call as Sudo;
    use pallet_utility::Call as Utility;

    match call {
        RuntimeCall::Utility(
            Utility::batch { calls } | Utility::batch_all { calls } | Utility::force_batch { calls },
        ) => calls.iter().collect(),
        RuntimeCall::Utility(
            Utility::as_derivative { call, .. }
            | Utility::dispatch_as { call, .. }
            | Utility::dispatch_as_fallible { call, .. }
            | Utility::with_weight { call, .. },
        ) => vec![call.as_ref()],
        RuntimeCall::Utility(Utility::if_else { main, fallback }) => vec![main.as_ref(), fallback.as_ref()],
        RuntimeCall::Multisig(Multisig::as_multi_threshold_1 { call, .. } | Multisig::as_multi { call, .. }) => {
            vec![call.as_ref()]
        }
        RuntimeCall::Proxy(Proxy::proxy { call, .. } | Proxy::proxy_announced { call, .. }) => vec![call.as_ref()],
        RuntimeCall::Scheduler(
            Scheduler::schedule { call, .. }
            | Scheduler::schedule_named { call, .. }
            | Scheduler::schedule_after { call, .. }
            | Scheduler::schedule_named_after { call, .. },
        ) => vec![call.as_ref()],
        RuntimeCall::Agenda(Agenda::schedule { call, .. } | Agenda::schedule_after { call, .. }) => vec![call.as_ref()],
        RuntimeCall::Sudo(
            Sudo::sudo { call } | Sudo::sudo_unchecked_weight { call, .. } | Sudo::sudo_as { call, .. },
        ) => vec![call.as_ref()],
        _ => Vec::new(),
    }
}

/// Refuses calls that nest too deep, and those that are meant to change `:code`, wherever they come from but root.
pub struct CallFilter;

impl Contains<RuntimeCall> for CallFilter {
    fn contains(call: &RuntimeCall) -> bool {
        let touches_code = matches!(call, RuntimeCall::System(call) if pallet_upgrade::touches_code(call));
        is_within_limit(call) && !touches_code
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Runtime;

    fn nested(depth: u32) -> RuntimeCall {
        let remark = frame_system::Call::<Runtime>::remark { remark: vec![] }.into();
        (1..depth).fold(remark, |call, level| match level % 3 {
            0 => pallet_utility::Call::batch { calls: vec![call] }.into(),
            1 => pallet_sudo::Call::sudo { call: Box::new(call) }.into(),
            _ => pallet_multisig::Call::as_multi_threshold_1 { other_signatories: vec![], call: Box::new(call) }.into(),
        })
    }

    #[test]
    fn calls_nest_up_to_the_limit_and_no_deeper() {
        assert!(is_within_limit(&nested(1)));
        assert!(is_within_limit(&nested(CALL_NESTING_MAX)));
        assert!(!is_within_limit(&nested(CALL_NESTING_MAX + 1)));
    }

    #[test]
    fn the_deepest_branch_counts() {
        let batch = pallet_utility::Call::batch { calls: vec![nested(1), nested(CALL_NESTING_MAX)] }.into();
        assert!(!is_within_limit(&batch));
    }
}

//! What the node and its clients may ask.

use crate::{MemberInfo, Parameters};
use icn_primitives::{BlockNumber, ValidatorSet};

sp_api::decl_runtime_apis! {
    /// The validators, in the state after a block.
    pub trait ValidatorsApi {
        /// The validators of the next block; `None` on a chain without validators.
        fn validators() -> Option<ValidatorSet>;

        /// The validators that sign `height`, without priorities; `None` when the height is past what is known or older
        /// than evidence may be.
        fn validators_at(height: BlockNumber) -> Option<ValidatorSet>;

        /// The validators of the next block with what is known of each, in the order of the set.
        fn members() -> Vec<MemberInfo>;

        /// The parameters of consensus.
        fn parameters() -> Parameters;
    }
}

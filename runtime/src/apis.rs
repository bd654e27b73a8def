//! What the node and its clients may call. `dispatch` answers every `state_call` natively.

use crate::{
    AccountId, Balance, Block, BlockNumber, Executive, Federation, Header, Nonce, Runtime, RuntimeGenesisConfig,
    TransactionPayment, Trust, Validators,
};
use icn_primitives::ValidatorSet;
use sp_core::OpaqueMetadata;
use sp_runtime::{
    traits::Block as BlockT,
    transaction_validity::{TransactionSource, TransactionValidity},
    ExtrinsicInclusionMode,
};
use sp_version::RuntimeVersion;

pub use api::dispatch;

sp_api::impl_runtime_apis! {
    impl sp_api::Core<Block> for Runtime {
        fn version() -> RuntimeVersion {
            crate::current_version()
        }

        fn execute_block(block: <Block as BlockT>::LazyBlock) {
            Executive::execute_block(block);
        }

        fn initialize_block(header: &Header) -> ExtrinsicInclusionMode {
            Executive::initialize_block(header)
        }
    }

    impl sp_api::Metadata<Block> for Runtime {
        fn metadata() -> OpaqueMetadata {
            OpaqueMetadata::new(Runtime::metadata().into())
        }

        fn metadata_at_version(version: u32) -> Option<OpaqueMetadata> {
            Runtime::metadata_at_version(version)
        }

        fn metadata_versions() -> Vec<u32> {
            Runtime::metadata_versions()
        }
    }

    impl sp_transaction_pool::runtime_api::TaggedTransactionQueue<Block> for Runtime {
        fn validate_transaction(
            source: TransactionSource,
            tx: <Block as BlockT>::Extrinsic,
            block_hash: <Block as BlockT>::Hash,
        ) -> TransactionValidity {
            Executive::validate_transaction(source, tx, block_hash)
        }
    }

    impl frame_system_rpc_runtime_api::AccountNonceApi<Block, AccountId, Nonce> for Runtime {
        fn account_nonce(account: AccountId) -> Nonce {
            crate::System::account_nonce(account)
        }
    }

    impl pallet_transaction_payment_rpc_runtime_api::TransactionPaymentApi<Block, Balance> for Runtime {
        fn query_info(
            uxt: <Block as BlockT>::Extrinsic,
            len: u32,
        ) -> pallet_transaction_payment_rpc_runtime_api::RuntimeDispatchInfo<Balance> {
            TransactionPayment::query_info(uxt, len)
        }

        fn query_fee_details(
            uxt: <Block as BlockT>::Extrinsic,
            len: u32,
        ) -> pallet_transaction_payment::FeeDetails<Balance> {
            TransactionPayment::query_fee_details(uxt, len)
        }

        fn query_weight_to_fee(weight: frame_support::weights::Weight) -> Balance {
            TransactionPayment::weight_to_fee(weight)
        }

        fn query_length_to_fee(length: u32) -> Balance {
            TransactionPayment::length_to_fee(length)
        }
    }

    impl pallet_validators::ValidatorsApi<Block> for Runtime {
        fn validators() -> Option<ValidatorSet> {
            Validators::current()
        }

        fn validators_at(height: BlockNumber) -> Option<ValidatorSet> {
            Validators::set_at(height)
        }

        fn members() -> Vec<pallet_validators::MemberInfo> {
            Validators::members()
        }

        fn parameters() -> pallet_validators::Parameters {
            Validators::parameters()
        }
    }

    impl pallet_trust::TrustApi<Block> for Runtime {
        fn epoch_status() -> pallet_trust::EpochStatus {
            Trust::status()
        }

        fn closing_bundle(header: Header) -> Option<(icn_trust::bundle::Bundle, icn_trust::bundle::Signers)> {
            Trust::closing_bundle(&header)
        }

        fn sealed_epoch(epoch: u64) -> Option<pallet_trust::SealedEpoch> {
            pallet_trust::Bundles::<Runtime>::get(epoch)
        }
    }

    impl pallet_federation::FederationApi<Block> for Runtime {
        fn peers() -> Vec<pallet_federation::PeerInfo> {
            Federation::peer_infos()
        }
    }

    impl sp_genesis_builder::GenesisBuilder<Block> for Runtime {
        fn build_state(config: Vec<u8>) -> sp_genesis_builder::Result {
            frame_support::genesis_builder_helper::build_state::<RuntimeGenesisConfig>(config)
        }

        fn get_preset(id: &Option<sp_genesis_builder::PresetId>) -> Option<Vec<u8>> {
            frame_support::genesis_builder_helper::get_preset::<RuntimeGenesisConfig>(id, crate::genesis::preset_bytes)
        }

        fn preset_names() -> Vec<sp_genesis_builder::PresetId> {
            crate::genesis::preset_names().into_iter().map(Into::into).collect()
        }
    }
}

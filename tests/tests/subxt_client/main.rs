//! subxt, as wallets and indexers written in Rust use it, against the real binary: over the new RPC alone and over the legacy
//! one alone, so that nothing is served by the other unseen.

mod failures;
mod flows;
mod network;
mod upgrade;
mod wallet;

/// One test for each flow and face of the RPC.
macro_rules! over_both {
    ($($module:ident::$flow:ident),* $(,)?) => {
        mod new {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $flow() {
                crate::$module::$flow(crate::wallet::Wallet::connect(crate::wallet::Face::New).await).await;
            })*
        }
        mod legacy {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $flow() {
                crate::$module::$flow(crate::wallet::Wallet::connect(crate::wallet::Face::Legacy).await).await;
            })*
        }
    };
}

over_both! {
    flows::metadata_describes_the_runtime,
    flows::storage_is_read_and_maps_are_iterated,
    flows::blocks_and_what_they_change_are_followed,
    flows::the_fee_is_what_was_estimated,
    flows::a_mortal_transfer_is_final,
    flows::a_batch_is_all_or_nothing,
    flows::two_of_three_act_together,
    flows::a_proxy_acts_for_another,
    flows::a_call_runs_at_its_height,
    flows::a_call_runs_at_its_time,
    failures::each_refusal_has_its_words,
    failures::a_future_transaction_waits_for_the_one_before,
    upgrade::old_blocks_stay_readable_across_an_upgrade,
}

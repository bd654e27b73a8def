//! Many accounts, and signed transfers between them.

use codec::{Decode, Encode};
use icn_chain_spec::Genesis;
use icn_primitives::{AccountId, Balance, Extrinsic, Hash, Hashing, Nonce};
use icn_runtime::{genesis, Runtime, RuntimeCall};
use icn_tests::account::{Account, Terms};
use pallet_balances::AccountData;
use rayon::prelude::*;
use sp_core::crypto::AccountId32;
use sp_runtime::traits::Hash as _;

type Info = frame_system::AccountInfo<Nonce, AccountData<Balance>>;

/// What each account starts with.
pub(crate) const BALANCE: Balance = 1_000 * genesis::TOKEN;

/// What is transferred: above the existential deposit.
const AMOUNT: Balance = genesis::TOKEN / 100;

/// Accounts of which the first can sign; the others only receive.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Accounts {
    /// All of them.
    pub(crate) count: u32,
    /// Those that sign.
    pub(crate) signers: u32,
}

impl Accounts {
    /// `count` accounts, as many of them signers as `transactions` need when each signs once.
    pub(crate) fn new(count: u32, transactions: u32) -> Self {
        Self { count, signers: count.min(transactions) }
    }

    /// The id of an account.
    pub(crate) fn id(&self, number: u32) -> AccountId {
        if number < self.signers {
            return Account::numbered(number).id();
        }
        AccountId32::new(Hashing::hash_of(&(b"icn bench account", number)).0)
    }

    /// The development chain's beginning with these accounts in it, made without a JSON document.
    pub(crate) fn genesis(&self) -> Genesis {
        let mut begin = icn_tests::chain::dev_genesis();
        let state = &mut begin.state;
        let data = AccountData { free: BALANCE, ..Default::default() };
        let info = Info { providers: 1, data, ..Default::default() }.encode();
        let numbers: Vec<u32> = (0..self.count).collect();
        let keys =
            numbers.into_par_iter().map(|number| frame_system::Account::<Runtime>::hashed_key_for(self.id(number)));
        state.extend(keys.collect::<Vec<_>>().into_iter().map(|key| (key, info.clone())));
        let issued = pallet_balances::TotalIssuance::<Runtime>::hashed_key().to_vec();
        let issuance = state.get(&issued).and_then(|value| Balance::decode(&mut &value[..]).ok()).unwrap_or(0);
        state.insert(issued, (issuance + Balance::from(self.count) * BALANCE).encode());
        begin
    }

    /// Transfers to accounts spread over all: each signer's turn comes again when all had theirs.
    pub(crate) fn transfers(&self, count: u32, genesis: Hash) -> Vec<Extrinsic> {
        let signers: Vec<Account> = (0..self.signers).into_par_iter().map(Account::numbered).collect();
        let sign = |number: u32| {
            let from = number % self.signers;
            // Nobody pays themselves: that moves nothing and has no event.
            let to = (from + 1 + spread(number) % (self.count - 1)) % self.count;
            let call = RuntimeCall::Balances(pallet_balances::Call::transfer_keep_alive {
                dest: self.id(to).into(),
                value: AMOUNT,
            });
            let terms = Terms { nonce: number / self.signers, tip: 0, era: None, genesis };
            signers[from as usize].sign(call, terms)
        };
        (0..count).into_par_iter().map(sign).collect()
    }
}

/// A number that says nothing of the one it was made of.
fn spread(number: u32) -> u32 {
    let mixed = u64::from(number).wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    ((mixed ^ (mixed >> 29)).wrapping_mul(0xBF58_476D_1CE4_E5B9) >> 32) as u32
}

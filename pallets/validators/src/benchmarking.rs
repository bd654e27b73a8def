//! What the work of validators costs, with as many of them as there can be.

use crate::{
    history::PRUNED_PER_BLOCK, Call, Changes, Config, Current, GenesisConfig, GenesisValidator, History, Key, Members,
    Moniker, Pallet, Parameters, Past, PeerId, Since, Successor, Successors, Tombstones, TEXT_BYTES_MAX,
};
use frame_benchmarking::v2::*;
use frame_support::{
    traits::{BuildGenesisConfig, EnsureOrigin, Hooks, Time},
    BoundedBTreeMap,
};
use frame_system::RawOrigin;
use icn_primitives::{
    tendermint::ValidatorAddress,
    validators::{address_of, VALIDATORS_MAX},
    votes::{SignedTarget, VoteKind},
    BlockNumber, Commit, ConsensusRecord, DuplicateVote,
};
use sp_core::Pair;
use std::collections::BTreeMap;

/// The height of the block that is measured: late enough for it to look for what is too old.
const HEIGHT: BlockNumber = 200_000;

fn key(number: u32) -> Key {
    let mut seed = [7; 32];
    for (byte, part) in seed.iter_mut().zip(number.to_be_bytes()) {
        *byte = part;
    }
    sp_core::ed25519::Pair::from_seed(&seed).public().0
}

fn address(number: u32) -> ValidatorAddress {
    address_of(&key(number))
}

/// A peer id that nobody else has, as long as one can be.
fn peer_id(number: u32) -> PeerId {
    PeerId::truncate_from(format!("{number:0>64}").into_bytes())
}

fn moniker() -> Moniker {
    Moniker::truncate_from(vec![b'm'; TEXT_BYTES_MAX as usize])
}

fn origin<T: Config>() -> Result<T::RuntimeOrigin, BenchmarkError> {
    T::AdminOrigin::try_successful_origin().map_err(|()| BenchmarkError::Weightless)
}

/// A chain of `count` equal validators at [`HEIGHT`], whose set is as old as it.
fn begin<T: Config>(count: u32) {
    for key in Members::<T>::iter_keys().collect::<Vec<_>>() {
        Members::<T>::remove(key);
    }
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap_or_default();
    let validator = |number| GenesisValidator {
        key: key(number),
        power: 10,
        peer_id: text(peer_id(number).into_inner()),
        moniker: text(moniker().into_inner()),
    };
    let validators = (0..count).map(validator).collect();
    GenesisConfig::<T> { validators, ..Default::default() }.build();
    Since::<T>::put(1);
    frame_system::Pallet::<T>::set_block_number(HEIGHT.into());
}

fn signed(entries: u32) -> ConsensusRecord {
    let signatures = vec![Some([1; 64]); entries as usize].try_into().unwrap_or_default();
    ConsensusRecord { commit: Some(Commit { round: 0, signatures }), evidence: Default::default() }
}

fn duplicate_vote(number: u32) -> DuplicateVote {
    let vote = |byte| SignedTarget { target: None, signature: [byte; 64] };
    let (first, second) = (vote(1), vote(2));
    DuplicateVote { address: address(number), height: HEIGHT - 1, round: 0, kind: VoteKind::Prevote, first, second }
}

#[benchmarks]
mod benchmarks {
    use super::*;

    #[benchmark]
    fn record(v: Linear<1, VALIDATORS_MAX>) -> Result<(), BenchmarkError> {
        begin::<T>(v);
        let signed = signed(v);
        #[extrinsic_call]
        consensus(RawOrigin::None, signed);
        assert_eq!(Pallet::<T>::missed(&address(0)), 0);
        Ok(())
    }

    #[benchmark]
    fn evidence() -> Result<(), BenchmarkError> {
        begin::<T>(VALIDATORS_MAX);
        // The offender was rotated a few times.
        for number in 1_000..1_003 {
            let from = if number == 1_000 { key(0) } else { key(number - 1) };
            Successors::<T>::insert(from, Successor { key: key(number), height: HEIGHT - 1 });
        }
        let proof = duplicate_vote(0);
        let time = T::Time::now();
        #[block]
        {
            let offender = Pallet::<T>::offender(&proof, HEIGHT, time)
                .map_err(|_| BenchmarkError::Stop("the evidence is good"))?;
            Pallet::<T>::convict(&proof, offender).map_err(|_| BenchmarkError::Stop("the offender is convicted"))?;
        }
        assert!(Tombstones::<T>::contains_key(address(0)));
        Ok(())
    }

    #[benchmark]
    fn join() -> Result<(), BenchmarkError> {
        begin::<T>(VALIDATORS_MAX - 1);
        let origin = origin::<T>()?;
        let newcomer = key(1_000);
        #[extrinsic_call]
        _(origin as T::RuntimeOrigin, newcomer, 10, peer_id(1_000), moniker());
        assert!(Members::<T>::contains_key(newcomer));
        Ok(())
    }

    #[benchmark]
    fn leave() -> Result<(), BenchmarkError> {
        begin::<T>(VALIDATORS_MAX);
        let origin = origin::<T>()?;
        #[extrinsic_call]
        _(origin as T::RuntimeOrigin, key(0));
        assert!(!Members::<T>::contains_key(key(0)));
        Ok(())
    }

    #[benchmark]
    fn set_power() -> Result<(), BenchmarkError> {
        begin::<T>(VALIDATORS_MAX);
        let origin = origin::<T>()?;
        #[extrinsic_call]
        _(origin as T::RuntimeOrigin, key(0), 1_000);
        assert!(!Changes::<T>::get().is_empty());
        Ok(())
    }

    #[benchmark]
    fn rotate() -> Result<(), BenchmarkError> {
        begin::<T>(VALIDATORS_MAX);
        let origin = origin::<T>()?;
        #[extrinsic_call]
        _(origin as T::RuntimeOrigin, key(0), key(1_000), peer_id(1_000));
        assert!(Members::<T>::contains_key(key(1_000)));
        Ok(())
    }

    #[benchmark]
    fn set_parameters() -> Result<(), BenchmarkError> {
        let origin = origin::<T>()?;
        let parameters = Parameters { minimum_interval_ms: 0, ..Default::default() };
        #[extrinsic_call]
        _(origin as T::RuntimeOrigin, parameters);
        assert_eq!(Pallet::<T>::parameters(), parameters);
        Ok(())
    }

    #[benchmark]
    fn hooks() -> Result<(), BenchmarkError> {
        begin::<T>(VALIDATORS_MAX);
        let set = Current::<T>::get().ok_or(BenchmarkError::Stop("there are validators"))?;
        // Each gets another power.
        let changes: BTreeMap<_, _> = set.validators().iter().map(|validator| (validator.key, 11)).collect();
        Changes::<T>::put(BoundedBTreeMap::try_from(changes).map_err(|()| BenchmarkError::Weightless)?);
        // Sets to be forgotten, in each of which a key was rotated; rotations pay for that.
        let old: Vec<BlockNumber> = (1..).take(PRUNED_PER_BLOCK).collect();
        for (last, validator) in old.iter().zip(set.validators()) {
            History::<T>::insert(last.to_be_bytes(), Past { first: *last, set: set.without_priorities() });
            Successors::<T>::insert(validator.key, Successor { key: key(1_000), height: *last });
        }
        let now = HEIGHT.into();
        #[block]
        {
            Pallet::<T>::on_initialize(now);
            Pallet::<T>::on_finalize(now);
            // The harness has no clock, so that nothing is too old by itself.
            for last in &old {
                Pallet::<T>::forget(*last, &set);
            }
        }
        assert_eq!(History::<T>::iter_keys().collect::<Vec<_>>(), [HEIGHT.to_be_bytes()]);
        assert_eq!(Successors::<T>::count(), 0);
        Ok(())
    }

    impl_benchmark_test_suite!(Pallet, crate::mock::externalities(), crate::mock::Test);
}

//! Records that the chain emits into the DAG of its federation.

use crate::{All, Config, Created, Dags, Emitted, EmittedRecord, Event, Logs, Own, OwnLog, Pallet, EMITTED_MAX};
use frame_support::{
    traits::{Get, Time},
    PalletId,
};
use icn_dag::{
    Cid, Did, Draft, Emit, Ipld, Kind, Node, Parents, Payload, Reference, References, Scope, ScopeKind, Visibility,
};
use icn_merkle::leaf_hash;
use sp_runtime::{traits::AccountIdConversion as _, SaturatedConversion};

/// Behind the account that owns the federation's DAG; nobody has its key.
const OWNER: PalletId = PalletId(*b"icn/dag0");

impl<T: Config> Emit for Pallet<T> {
    // SPEC-DAG-40
    fn emit(kind: Kind, refs: Vec<Reference>, payload: Ipld) -> Option<Cid> {
        let dag = T::Federation::get()?;
        let own = Own::<T>::get();
        // The first of all takes two places.
        if Emitted::<T>::get().len().saturating_add(2) > EMITTED_MAX as usize {
            return None;
        }
        let first = match own.last {
            Some(_) => None,
            None => Some(Self::node(&dag, &own, Kind::Genesis, Vec::new(), Ipld::Map(Default::default()))?),
        };
        let own = first.as_ref().map_or(own, |first| OwnLog { count: 1, last: Some(first.cid()) });
        let node = Self::node(&dag, &own, kind, refs, payload)?;
        // Nothing fails from here on but what would fail for every record of the chain.
        if first.is_some() {
            let owner: T::AccountId = OWNER.into_account_truncating();
            Dags::<T>::insert(&dag, owner);
            Created::<T>::mutate(|count| *count = count.saturating_add(1));
        }
        first.iter().chain([&node]).try_for_each(|node| Self::add_emitted(&dag, node))?;
        Some(node.cid())
    }
}

impl<T: Config> Pallet<T> {
    fn node(dag: &Did, own: &OwnLog, kind: Kind, refs: Vec<Reference>, payload: Ipld) -> Option<Node> {
        let draft = Draft {
            dag: dag.clone(),
            parents: Parents::sorted(own.last).ok()?,
            issuer: dag.clone(),
            seq: own.count,
            epoch: T::Epoch::get(),
            time: T::Time::now(),
            kind,
            scope: Scope { kind: ScopeKind::Federation, id: dag.clone() },
            visibility: Visibility::Public,
            refs: References::sorted(refs).ok()?,
            payload: Payload::new(payload).ok()?,
        };
        let height = frame_system::Pallet::<T>::block_number().saturated_into();
        let node = Node::emit(draft, height).ok()?;
        EmittedRecord::try_from(node.bytes().to_vec()).ok().map(|_| node)
    }

    fn add_emitted(dag: &Did, node: &Node) -> Option<()> {
        let leaf = leaf_hash(node.cid().as_bytes());
        let (mut log, mut all) = (Logs::<T>::get(dag).unwrap_or_default(), All::<T>::get());
        log.append(leaf).ok()?;
        all.append(leaf).ok()?;
        let bytes = EmittedRecord::try_from(node.bytes().to_vec()).ok()?;
        Emitted::<T>::try_append(bytes).ok()?;
        Logs::<T>::insert(dag, log);
        All::<T>::put(all);
        Own::<T>::mutate(|own| {
            own.count = own.count.saturating_add(1);
            own.last = Some(node.cid());
        });
        Self::deposit_event(Event::Emitted { dag: dag.clone(), cid: node.cid() });
        Some(())
    }
}

//! Who may write what.

use crate::{Bars, Config, Pallet, WriterKeys};
use icn_dag::{Did, Epoch, Key, KeyStatus, Kind, Scope};

/// Says who may make which records. All answers are of the state of the current block.
pub trait Rights {
    /// Whether a key signs for an issuer in an epoch.
    fn key(dag: &Did, issuer: &Did, key: &Key, epoch: Epoch) -> KeyStatus;

    /// Whether an issuer may make records of a kind for a scope in a DAG.
    fn may_write(dag: &Did, issuer: &Did, scope: &Scope, kind: Kind) -> bool;
}

/// The lists that the owners of DAGs keep: a writer makes all kinds of records, in the name of the DAG's owner and in its own.
pub struct OwnerList<T>(core::marker::PhantomData<T>);

impl<T: Config> OwnerList<T> {
    fn is_listed(dag: &Did, issuer: &Did) -> bool {
        WriterKeys::<T>::iter_key_prefix((dag, issuer)).next().is_some()
    }
}

impl<T: Config> Rights for OwnerList<T> {
    fn key(dag: &Did, issuer: &Did, key: &Key, _: Epoch) -> KeyStatus {
        if WriterKeys::<T>::contains_key((dag, issuer, key)) {
            KeyStatus::Valid
        } else if Self::is_listed(dag, issuer) {
            KeyStatus::UnknownKey
        } else {
            KeyStatus::UnknownIssuer
        }
    }

    fn may_write(dag: &Did, issuer: &Did, scope: &Scope, _: Kind) -> bool {
        (scope.id == *dag || scope.id == *issuer) && Self::is_listed(dag, issuer)
    }
}

impl<T: Config> Pallet<T> {
    /// Whether a key signs for an issuer in a DAG in an epoch. One that is barred there does not.
    // SPEC-DAG-18
    pub fn key_status(dag: &Did, issuer: &Did, key: &Key, epoch: Epoch) -> KeyStatus {
        match T::Rights::key(dag, issuer, key, epoch) {
            KeyStatus::Valid if Bars::<T>::contains_key((dag, key)) => KeyStatus::Revoked,
            status => status,
        }
    }

    /// Whether an issuer may make records of a kind for a scope in a DAG.
    // SPEC-DAG-19
    pub fn may_write(dag: &Did, issuer: &Did, scope: &Scope, kind: Kind) -> bool {
        T::Rights::may_write(dag, issuer, scope, kind)
    }
}

//! What code shares: constants, types by number, the imports and helpers that it uses.

use super::arithmetic::Shared;
use crate::{
    abi::Import,
    types::{Type, Types},
    value::{encode, Value},
};
use std::collections::{BTreeMap, BTreeSet};

pub(super) struct Pool {
    types: Types,
    imports: BTreeSet<Import>,
    shared: BTreeSet<Shared>,
    numbered: Vec<Type>,
    constants: Vec<(u32, Vec<u8>)>,
    known: BTreeMap<(u32, Vec<u8>), u32>,
}

impl Pool {
    pub(super) fn new(types: &Types) -> Self {
        Self {
            types: types.clone(),
            imports: BTreeSet::new(),
            shared: BTreeSet::new(),
            numbered: Vec::new(),
            constants: Vec::new(),
            known: BTreeMap::new(),
        }
    }

    pub(super) fn use_import(&mut self, import: Import) {
        self.imports.insert(import);
    }

    pub(super) fn use_shared(&mut self, shared: Shared) {
        if self.shared.insert(shared) {
            shared.needs().iter().for_each(|import| self.use_import(*import));
        }
    }

    pub(super) fn imports(&self) -> impl Iterator<Item = Import> + '_ {
        // In the order of the interface.
        Import::all().filter(|import| self.imports.contains(import))
    }

    pub(super) fn shared(&self) -> impl Iterator<Item = Shared> + '_ {
        self.shared.iter().copied()
    }

    /// The number of a type.
    pub(super) fn ty(&mut self, ty: &Type) -> u32 {
        let at = self.numbered.iter().position(|known| known == ty).unwrap_or_else(|| {
            self.numbered.push(ty.clone());
            self.numbered.len() - 1
        });
        super::number(at)
    }

    /// The number of a constant.
    pub(super) fn constant(&mut self, value: &Value, ty: &Type) -> u32 {
        let of = self.ty(ty);
        // A value of a program that compiles is of its type.
        let bytes = encode(value, ty, &self.types).unwrap_or_default();
        if let Some(known) = self.known.get(&(of, bytes.clone())) {
            return *known;
        }
        let at = super::number(self.constants.len());
        self.constants.push((of, bytes.clone()));
        self.known.insert((of, bytes), at);
        at
    }

    pub(super) fn constants(self) -> (Vec<Type>, Vec<(u32, serde_bytes::ByteBuf)>) {
        (self.numbered, self.constants.into_iter().map(|(of, bytes)| (of, bytes.into())).collect())
    }
}

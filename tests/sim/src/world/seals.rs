//! Signatures of bundles: judged when honest nodes tell them, and spoiled by the others.

use super::World;
use crate::{message::Message, notary::Finding, process::Stop};
use codec::{DecodeAll as _, Encode as _};
use icn_dag::{Cid, Codec};
use icn_runtime::version::simulate;
use icn_tests::signers::numbered_seed;
use icn_trust::{bls::SecretKey, bundle::message, Partial};

impl World {
    /// An honest node tells signatures; its own are judged.
    pub(super) fn send_seals(&mut self, from: usize, seals: Vec<Vec<u8>>) -> Result<(), String> {
        let key = SecretKey::derive(&numbered_seed(self.nodes[from].key_number)).map(|key| key.public());
        for seal in &seals {
            let partial = Partial::decode_all(&mut &seal[..]).map_err(|error| error.to_string())?;
            if Some(partial.key) != key {
                continue;
            }
            self.counts.seal_signatures += 1;
            let (version, notary) = (self.nodes[from].spec_version, &mut self.notary);
            let Some(process) = &self.nodes[from].process else { return Ok(()) };
            match simulate(version, || notary.signed(&partial, process.shell())) {
                Ok(()) => {}
                Err(Finding::Disk(words)) => return self.stopped(from, Stop::Disk(words)),
                Err(Finding::Never(words)) => return Err(format!("node {from}: {words}")),
            }
        }
        self.transmit(from, None, Message::Seals(seals));
        Ok(())
    }

    /// A validator that does as it likes keeps its signature, spoils it, signs something else, or tells it.
    pub(super) fn send_bad_seals(&mut self, from: usize, seals: Vec<Vec<u8>>) {
        for mut seal in seals {
            match self.random.below(4) {
                0 => continue,
                1 => {
                    let place = self.random.below(seal.len().max(1) as u64) as usize;
                    seal.iter_mut().skip(place).take(1).for_each(|byte| *byte ^= 1);
                }
                2 => seal = self.other_bundle(from, &seal).unwrap_or(seal),
                _ => {}
            }
            self.counts.bad_seals += 1;
            self.transmit(from, None, Message::Seals(vec![seal]));
        }
    }

    /// A good signature of a bundle that nobody made.
    fn other_bundle(&mut self, from: usize, seal: &[u8]) -> Option<Vec<u8>> {
        let partial = Partial::decode_all(&mut &seal[..]).ok()?;
        let key = SecretKey::derive(&numbered_seed(self.nodes[from].key_number))?;
        let bundle = Cid::of(Codec::DagCbor, &self.random.any().to_be_bytes());
        let genesis = self.beginning.genesis_hash.0;
        let federation = icn_trust::bundle::federation("local", &genesis)?;
        let signature = key.sign(&message(&genesis, &federation, partial.epoch, &bundle));
        Some(Partial { bundle, key: key.public(), signature, ..partial }.encode())
    }
}

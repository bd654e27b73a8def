//! What users and operators do.

use super::{Event, World, ACCOUNTS};
use crate::message::Message;
use icn_chain_spec::{ChainSpec, Sealing, Validator};
use icn_primitives::{Extrinsic, Nonce};
use icn_runtime::{genesis, version::simulate, RuntimeCall};
use icn_tests::{
    account::{Account, Terms},
    signers::{numbered_key, numbered_seed, public},
};

/// Power of each validator at the start.
const POWER: u64 = 10;

impl World {
    /// Somebody sends a transaction.
    pub(super) fn traffic(&mut self) -> Result<(), String> {
        let next = self.random.between(50_000, 2_000_000);
        self.after(next, Event::Traffic);
        let account = 1 + self.random.below(u64::from(ACCOUNTS) - 1) as usize;
        let to = self.accounts[self.random.below(self.accounts.len() as u64) as usize].id();
        let value = 1_000_000 + u128::from(self.random.below(1_000));
        let call = pallet_balances::Call::transfer_allow_death { dest: to.into(), value };
        self.submit(account, call.into())
    }

    pub(super) fn submit(&mut self, account: usize, call: RuntimeCall) -> Result<(), String> {
        let node = self.random.below(self.nodes.len() as u64) as usize;
        self.submit_to(node, account, call)
    }

    pub(super) fn submit_to(&mut self, node: usize, account: usize, call: RuntimeCall) -> Result<(), String> {
        let Some(process) = &self.nodes[node].process else { return Ok(()) };
        let pool = &process.shell().parts().pool;
        let sender = &self.accounts[account];
        // A disk that fails stops the node at its next step.
        let Ok(nonce): Result<Nonce, _> = pool.next_nonce(&sender.id()) else { return Ok(()) };
        let genesis = self.beginning.genesis_hash;
        let terms = Terms { nonce, tip: 0, era: None, genesis };
        let (transaction, taken): (Extrinsic, _) = simulate(self.nodes[node].spec_version, || {
            let transaction = sender.sign(call, terms);
            (transaction.clone(), pool.submit(transaction))
        });
        self.note(8, node, u64::from(taken.is_ok()));
        if taken.is_ok() {
            self.send(node, None, Message::Transactions(vec![transaction]))?;
            self.act(node, |process, now, around| process.wake(now, around))?;
        }
        Ok(())
    }

    /// Whoever may plans another binary, which is refused while one is planned.
    pub(super) fn plan_upgrade(&mut self) -> Result<(), String> {
        let head = self.judge.height();
        let height = head + self.random.between(6, 20);
        let version = self.nodes.iter().map(|node| node.spec_version).max().unwrap_or(0) + 1;
        let plan =
            pallet_upgrade::Call::plan { height: height as u32, spec_version: version, info: Default::default() };
        let call = pallet_sudo::Call::sudo { call: Box::new(plan.into()) }.into();
        let node = self.nodes.iter().position(|node| node.honest && node.process.is_some());
        node.map_or(Ok(()), |node| self.submit_to(node, 0, call))
    }

    /// Whoever may names a sealing key, or lets others seal an epoch that nobody seals.
    fn look_after_seals(&mut self) -> Result<(), String> {
        let node = self.random.below(self.nodes.len() as u64) as usize;
        let Some(process) = &self.nodes[node].process else { return Ok(()) };
        let chain = &process.shell().parts().chain;
        let Ok(status) = chain.executor().epoch_status(&*chain.store().latest()) else { return Ok(()) };
        let number = self.nodes[node].key_number;
        let call: RuntimeCall = match (status.closing.is_some_and(|closing| closing.overdue), number) {
            (true, _) => pallet_trust::Call::renew_signers {}.into(),
            (false, number) => {
                let Some(Sealing { key, proof }) = Sealing::of_seed(&numbered_seed(number)) else { return Ok(()) };
                let validator = public(&numbered_key(number));
                pallet_trust::Call::set_key { validator, key, proof }.into()
            }
        };
        self.submit(0, pallet_sudo::Call::sudo { call: Box::new(call) }.into())
    }

    /// Whoever may changes the set of validators.
    pub(super) fn operate(&mut self) -> Result<(), String> {
        let next = self.random.between(3_000_000, 30_000_000);
        self.after(next, Event::Operator);
        let set = self.set.clone();
        if self.healed {
            return Ok(());
        }
        if self.random.permille(120) {
            return self.plan_upgrade();
        }
        if self.random.permille(250) {
            return self.look_after_seals();
        }
        let node = self.random.below(self.nodes.len() as u64) as usize;
        let key = public(&numbered_key(self.nodes[node].key_number));
        let own = set.validators().iter().find(|one| one.key == key);
        let (bad, total) = self.powers(&set);
        // What is decided meanwhile may have changed the set once more.
        let safe = |total: u64| bad * 3 + 2 * POWER < total || bad == 0;
        let call: RuntimeCall = match own {
            None if self.nodes[node].honest => {
                let moniker = format!("node {node}").into_bytes().try_into().unwrap_or_default();
                pallet_validators::Call::join { key, power: POWER, peer_id: Default::default(), moniker }.into()
            }
            Some(own) if self.random.permille(300) && self.nodes[node].honest => {
                if !safe(total - own.power) || set.validators().len() < 4 {
                    return Ok(());
                }
                pallet_validators::Call::leave { key }.into()
            }
            Some(own) if self.nodes[node].honest => {
                let power = self.random.between(POWER - 2, POWER + 4);
                if power == own.power || (power < own.power && !safe(total - own.power + power)) {
                    return Ok(());
                }
                pallet_validators::Call::set_power { key, power }.into()
            }
            _ => return Ok(()),
        };
        self.submit(0, pallet_sudo::Call::sudo { call: Box::new(call) }.into())
    }
}

/// The document of a chain with so many validators, on which the first account may do everything.
pub(super) fn document(validators: usize, accounts: &[Account]) -> ChainSpec {
    let validator = |number: u32| Validator {
        name: Some(format!("node {number}")),
        key: hex::encode(public(&numbered_key(number))),
        power: POWER,
        peer_id: None,
        sealing: Sealing::of_seed(numbered_key(number).as_bytes()),
    };
    let mut spec = icn_chain_spec::builtin("dev").expect("it is built in");
    spec.validators = (0..validators as u32).map(validator).collect();
    let amount = 1_000_000 * genesis::TOKEN as u64;
    let balances: Vec<_> = accounts.iter().map(|account| serde_json::json!([account.id(), amount])).collect();
    let epochs =
        serde_json::json!({ "blocks": 6, "duration_ms": 60_000, "validity_ms": 86_400_000, "deadline_ms": 20_000 });
    spec.genesis.patch = serde_json::json!({
        "balances": { "balances": balances },
        "sudo": { "key": accounts[0].id() },
        "trust": { "parameters": epochs },
    });
    spec
}

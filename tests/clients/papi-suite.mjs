// polkadot-api as a wallet uses it, by its dynamic API, so that no code is generated. The same tests run over the new RPC and
// over the legacy one, which polkadot-api emulates the new one with when the node does not offer it.

import { Keyring } from '@polkadot/keyring';
import { createKeyMulti, encodeAddress, sortAddresses } from '@polkadot/util-crypto';
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { Enum, InvalidTxError } from 'polkadot-api';
import { getPolkadotSigner } from 'polkadot-api/signer';
import { createWsClient } from 'polkadot-api/ws';
import { WebSocket } from 'ws';
import { alone, NAMES } from './places.mjs';
import { all, first, within } from './waiting.mjs';

const TOKEN = 1_000_000_000_000n;
const limit = { timeout: 60_000 };

/** The node offers the new RPC alone. */
export const MODERN = {
    env: { ICN_RPC_LEGACY: 'false' },
    group: /^chainHead_v1_follow$/,
    other: /^(author|chain|state)_/,
    watchesEntries: true,
};

/** The node offers the legacy RPC alone. */
export const LEGACY = {
    env: { ICN_RPC_MODERN: 'false' },
    group: /^chain_subscribeAllHeads$/,
    other: /^(chainHead|archive|transaction)_v1_/,
    watchesEntries: false,
};

/**
 * Declares the suite. In `face`, `env` is the node's; `group` matches the methods by which the client must have reached the node,
 * `other` those that it must not have used. `watchesEntries` is whether it can watch a map: emulated over the legacy RPC, that
 * needs a proof of a Patricia trie, which this chain does not have. For `place`, see `places.mjs`.
 */
export function papiSuite(title, face, place = alone(face.env)) {
    const { group, other, watchesEntries } = face;
    let node, client, api;
    const sent = new Set();
    const keys = new Keyring({ type: 'sr25519' });
    const account = (uri) => {
        const pair = keys.addFromUri(uri);
        return { address: pair.address, id: Enum('Id', pair.address), signer: getPolkadotSigner(pair.publicKey, 'Sr25519', (bytes) => pair.sign(bytes)) };
    };
    const [alice, bob, charlie, dave, eve, ferdie, one] = NAMES.map((name) => account(`//${name}${place.path}`));
    const root = account('//Alice');

    const connect = async () => {
        node = await place.start();
        client = createWsClient(node.url, {
            websocketClass: WebSocket,
            logger: ({ type, msg }) => type === 'OUT' && [JSON.parse(msg)].flat().forEach(({ method }) => sent.add(method)),
        });
        api = client.getUnsafeApi();
    };
    const disconnect = async () => {
        client?.destroy();
        if (node) assert.equal(await place.stop(node), 0, 'the node stops cleanly on SIGTERM');
    };

    const remark = () => succeed(api.tx.System.remark({ remark: new Uint8Array() }), one);
    const newBlock = async () => (place.alone ? client._request('dev_newBlock', []) : (await remark()).block);
    const free = async (of, options = { at: 'best' }) => (await api.query.System.Account.getValue(of.address, options)).data.free;
    const nonceOf = (of) => api.apis.AccountNonceApi.account_nonce(of.address);
    const transfer = (to, value = TOKEN) => api.tx.Balances.transfer_keep_alive({ dest: to.id, value });
    const sudo = (call) => api.tx.Sudo.sudo({ call: call.decodedCall });
    const payEve = () => api.tx.Balances.force_transfer({ source: alice.id, dest: eve.id, value: TOKEN });
    const waitForBlock = (hash) => first(client.finalizedBlock$, (block) => block.hash === hash, `block ${hash}`);

    /** Makes blocks until the client has seen one of at least this height; the last. */
    async function reach(height) {
        let made;
        do made = await newBlock();
        while (made.number < height);
        return waitForBlock(made.hash);
    }

    /** Signs, sends and waits until it is final. */
    async function succeed(tx, from, options) {
        const result = await within('a transaction to be final', (resolve, reject) => tx.signAndSubmit(from.signer, options).then(resolve, reject));
        assert.ok(result.ok, JSON.stringify(result.dispatchError, (_, value) => (typeof value === 'bigint' ? `${value}` : value)));
        return result;
    }

    /** The values of the events of one kind. */
    const eventsOf = (events, pallet, name) => events.filter(({ type, value }) => type === pallet && value.type === name).map(({ value }) => value.value);
    const eventsAt = async (hash, pallet, name) => eventsOf((await api.query.System.Events.getValue({ at: hash })).map(({ event }) => event), pallet, name);

    /** Sends bytes that the chain must find invalid for this reason. */
    async function assertInvalid(bytes, reason) {
        const refused = within('the refusal', (resolve, reject) => client.submit(bytes).then(resolve, reject));
        await assert.rejects(refused, (error) => {
            assert.ok(error instanceof InvalidTxError, `${error}`);
            assert.equal(error.error.type, 'Invalid');
            assert.equal(error.error.value.type, reason);
            return true;
        });
    }

    describe(title, () => {
        before(connect, limit);
        after(disconnect, limit);

        it('connects and decodes the metadata', limit, async () => {
            const [chain, block] = await Promise.all([client.getChainSpecData(), client.getFinalizedBlock()]);
            assert.match(chain.genesisHash, /^0x[0-9a-f]{64}$/);
            assert.equal(chain.properties.ss58Format, 42);
            assert.ok((await client.getMetadata(block.hash)).length > 10_000);
            assert.equal((await api.constants.System.Version()).spec_name, 'icn');
            assert.equal(await api.constants.System.SS58Prefix(), 42);
        });

        it('reads values', limit, async () => {
            assert.ok((await free(alice)) > 0n);
            const accounts = await api.query.System.Account.getValues([[bob.address], [charlie.address]]);
            assert.ok(accounts.every(({ data }) => data.free > 0n));
            assert.equal(await nonceOf(alice), 0);
            assert.ok(await client.rawQuery(':code'), 'a client keys its metadata on this value');
        });

        it('iterates a map', limit, async () => {
            const entries = await api.query.System.Account.getEntries();
            const names = entries.map(({ keyArgs }) => keyArgs[0]);
            for (const { address } of [alice, bob, charlie, dave, eve, ferdie]) assert.ok(names.includes(address));
        });

        it('subscribes to storage', limit, async () => {
            const earlier = await free(ferdie);
            const changed = first(api.query.System.Account.watchValue(ferdie.address), ({ value }) => value.data.free > earlier, 'the transfer to show');
            await succeed(transfer(ferdie), eve);
            assert.equal((await changed).value.data.free - earlier, TOKEN);
        });

        it(watchesEntries ? 'subscribes to the entries of a map' : 'is told that entries of a map cannot be watched', limit, async () => {
            const entries = api.query.System.Account.watchEntries();
            if (!watchesEntries) return assert.rejects(first(entries, () => true, 'the entries'), /Method not found/);
            const created = account(`//Newcomer${place.path}`);
            const upserted = ({ deltas }) => deltas?.upserted.some(({ args }) => args[0] === created.address);
            let started;
            const ready = within('the first entries', (resolve) => (started = resolve));
            const seen = first(entries, (change) => (started(), upserted(change)), 'the new account to show');
            await ready;
            await succeed(transfer(created), eve);
            const change = await seen;
            assert.equal(change.entries.find(({ args }) => args[0] === created.address).value.data.free, TOKEN);
        });

        it('estimates the fee that is then paid', limit, async () => {
            const fee = await transfer(bob).getEstimatedFees(alice.address);
            const { events } = await succeed(transfer(bob), alice);
            assert.ok(fee > 0n);
            assert.equal(eventsOf(events, 'TransactionPayment', 'TransactionFeePaid')[0].actual_fee, fee);
        });

        it('sends a mortal transfer to finalised', limit, async () => {
            const earlier = await free(bob);
            const steps = await all(transfer(bob, 5n * TOKEN).signSubmitAndWatch(alice.signer), 'the transfer to be final');
            assert.deepEqual(steps.map(({ type }) => type), ['signed', 'broadcasted', 'txBestBlocksState', 'finalized']);
            assert.equal(eventsOf(steps.at(-1).events, 'Balances', 'Transfer').length, 1);
            assert.equal((await free(bob)) - earlier, 5n * TOKEN);
        });

        it('sends a batch', limit, async () => {
            const calls = [bob, charlie].map((to) => transfer(to).decodedCall);
            const { events } = await succeed(api.tx.Utility.batch_all({ calls }), alice);
            assert.equal(eventsOf(events, 'Utility', 'ItemCompleted').length, 2);

            const tooMuch = transfer(bob, 2_000_000n * TOKEN).decodedCall;
            const failed = await api.tx.Utility.batch_all({ calls: [calls[0], tooMuch] }).signAndSubmit(alice.signer);
            assert.equal(failed.ok, false);
            assert.deepEqual(failed.dispatchError, { type: 'Token', value: { type: 'FundsUnavailable', value: undefined } });
        });

        it('sends a multisig', limit, async () => {
            const signatories = [alice, bob, charlie].map(({ address }) => address);
            const address = encodeAddress(createKeyMulti(signatories, 2), 42);
            await succeed(transfer({ id: Enum('Id', address) }, 100n * TOKEN), alice);
            const call = transfer(dave, 7n * TOKEN);
            const { weight } = await call.getPaymentInfo(alice.address);
            const others = (from) => sortAddresses(signatories.filter((other) => other !== from.address), 42);
            const earlier = await free(dave);
            const step = (from, maybe_timepoint) =>
                api.tx.Multisig.as_multi({ threshold: 2, other_signatories: others(from), maybe_timepoint, call: call.decodedCall, max_weight: weight });

            await succeed(step(alice, undefined), alice);
            const [{ value: open }] = await api.query.Multisig.Multisigs.getEntries(address);
            const { events } = await succeed(step(bob, open.when), bob);

            assert.ok(eventsOf(events, 'Multisig', 'MultisigExecuted')[0].result.success);
            assert.equal((await free(dave)) - earlier, 7n * TOKEN);
        });

        it('sends a proxied call', limit, async () => {
            await succeed(api.tx.Proxy.add_proxy({ delegate: bob.id, proxy_type: Enum('Any'), delay: 0 }), alice);
            const earlier = await free(charlie);
            const call = transfer(charlie, 3n * TOKEN).decodedCall;
            const { events } = await succeed(api.tx.Proxy.proxy({ real: alice.id, force_proxy_type: undefined, call }), bob);
            assert.ok(eventsOf(events, 'Proxy', 'ProxyExecuted')[0].result.success);
            assert.equal((await free(charlie)) - earlier, 3n * TOKEN);
        });

        it('schedules a call by height that fires', limit, async () => {
            const when = (await client.getFinalizedBlock()).number + 3;
            await succeed(sudo(api.tx.Scheduler.schedule({ when, maybe_periodic: undefined, priority: 0, call: payEve().decodedCall })), root);
            const earlier = await free(eve);
            const block = await reach(when);
            assert.ok((await eventsAt(block.hash, 'Scheduler', 'Dispatched'))[0].result.success);
            assert.equal((await free(eve)) - earlier, TOKEN);
        });

        if (place.alone) it('schedules a call by time that fires', limit, async () => {
            const earlier = await free(eve);
            const due = (await api.query.Timestamp.Now.getValue()) + 86_400_000n;
            await succeed(sudo(api.tx.Agenda.schedule({ due, retry: undefined, call: payEve().decodedCall })), root);
            const { hash } = await client._request('dev_advanceTime', [86_400_000]);
            await waitForBlock(hash);
            assert.ok((await eventsAt(hash, 'Agenda', 'Dispatched'))[0].result.success);
            assert.equal((await free(eve)) - earlier, TOKEN);
        });

        it('reads state and metadata at an old block', limit, async () => {
            const old = await client.getFinalizedBlock();
            const earlier = await free(bob, { at: old.hash });
            for (let made = 0; made < 3; made++) await succeed(transfer(bob), alice);
            assert.equal(await free(bob, { at: old.hash }), earlier);
            assert.equal(await free(bob), earlier + 3n * TOKEN);
            assert.deepEqual(await client.getMetadata(old.hash), await client.getMetadata((await client.getFinalizedBlock()).hash));

            // Block 1 was never pinned by a client that connected later.
            const late = createWsClient(node.url, { websocketClass: WebSocket });
            try {
                const hash = await api.query.System.BlockHash.getValue(1);
                const { data } = await late.getUnsafeApi().query.System.Account.getValue(bob.address, { at: hash });
                assert.ok(data.free > 0n && data.free < earlier);
                assert.equal((await late.getBlockHeader(hash)).number, 1);
            } finally {
                late.destroy();
            }
        });

        describe('a transaction that is refused', () => {
            it('has a bad signature', limit, async () => {
                const bytes = await transfer(bob).sign(alice.signer);
                // Length prefix, version, address with its kind, kind of signature; then the signature.
                bytes[2 + 1 + 33 + 1 + 10] ^= 1;
                await assertInvalid(bytes, 'BadProof');
            });

            it('has a stale nonce', limit, async () => {
                await assertInvalid(await transfer(bob).sign(alice.signer, { nonce: 0 }), 'Stale');
            });

            it('was signed for another chain', limit, async () => {
                const customSignedExtensions = { CheckGenesis: { additionalSigned: new Uint8Array(32).fill(0x11) } };
                await assertInvalid(await transfer(bob).sign(alice.signer, { customSignedExtensions }), 'BadProof');
            });

            it('cannot pay its fee', limit, async () => {
                await assertInvalid(await transfer(bob).sign(account('//Poor').signer), 'Payment');
            });

            it('outlived its era', limit, async () => {
                const { number } = await client.getFinalizedBlock();
                const bytes = await transfer(bob).sign(dave.signer, { mortality: { mortal: true, period: 4 } });
                await reach(number + 5);
                // The era now begins at another block, whose hash was not signed.
                await assertInvalid(bytes, 'BadProof');
            });

            it('does not decode', limit, async () => {
                const refused = within('the refusal', (resolve, reject) => client.submit(new Uint8Array([0xde, 0xad, 0xbe, 0xef])).then(resolve, reject));
                await assert.rejects(refused);
            });

            it('is too large', limit, async () => {
                const bytes = await api.tx.System.remark({ remark: new Uint8Array(512 * 1024) }).sign(alice.signer);
                await assertInvalid(bytes, 'ExhaustsResources');
            });

            it('nests too deep', limit, async () => {
                const nested = (depth) => {
                    let call = api.tx.System.remark({ remark: new Uint8Array() });
                    for (let level = 1; level < depth; level++) call = api.tx.Utility.batch({ calls: [call.decodedCall] });
                    return call;
                };
                await assertInvalid(await nested(33).sign(alice.signer), 'Call');
                await succeed(nested(32), alice);
            });
        });

        it('holds a transaction with a future nonce until its turn', limit, async () => {
            const nonce = await nonceOf(ferdie);
            const later = await transfer(bob).sign(ferdie.signer, { nonce: nonce + 1 });
            const both = client.submit(later);
            await succeed(transfer(bob), ferdie, { nonce });
            assert.ok((await both).ok);
        });

        it('gets the error of a call that fails', limit, async () => {
            const { ok, dispatchError } = await api.tx.Sudo.sudo({ call: transfer(bob).decodedCall }).signAndSubmit(bob.signer);
            assert.equal(ok, false);
            assert.deepEqual(dispatchError, { type: 'Module', value: { type: 'Sudo', value: { type: 'RequireSudo', value: undefined } } });
        });

        it('reached the node by the methods that it is meant to', () => {
            assert.ok([...sent].some((method) => group.test(method)), [...sent].join(' '));
            assert.deepEqual([...sent].filter((method) => other.test(method)), []);
        });
    });
}

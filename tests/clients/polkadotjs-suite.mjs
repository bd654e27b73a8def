// @polkadot/api as a wallet uses it. One node serves the whole suite; the tests run in order.

import { ApiPromise, Keyring, WsProvider } from '@polkadot/api';
import { blake2AsHex, createKeyMulti, sortAddresses } from '@polkadot/util-crypto';
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { alone, NAMES } from './places.mjs';
import { within } from './waiting.mjs';

const TOKEN = 1_000_000_000_000n;
const INVALID_TRANSACTION = 1010;
const BAD_FORMAT = 1001;
const limit = { timeout: 60_000 };

/** Declares the suite. For `place`, see `places.mjs`. */
export function polkadotjsSuite(title, place = alone()) {
    let node, provider, api;
    let alice, bob, charlie, dave, eve, ferdie, one, root;

    const connect = async () => {
        node = await place.start();
        provider = new WsProvider(node.url);
        api = await within('polkadot.js to connect', (resolve, reject) => {
            ApiPromise.create({ provider, throwOnConnect: true }).then(resolve, reject);
        });
        const keys = new Keyring({ type: 'sr25519' });
        [alice, bob, charlie, dave, eve, ferdie, one] = NAMES.map((name) =>
            keys.addFromUri(`//${name}${place.path}`),
        );
        root = keys.addFromUri('//Alice');
    };

    const disconnect = async () => {
        await api?.disconnect();
        if (node) assert.equal(await place.stop(node), 0, 'the node stops cleanly on SIGTERM');
    };

    const newBlock = () => (place.alone ? provider.send('dev_newBlock', []) : succeed(api.tx.system.remark('0x'), one));
    const height = async () => (await api.rpc.chain.getHeader()).number.toNumber();
    const free = async (account) => (await api.query.system.account(account.address)).data.free.toBigInt();
    const nonceOf = async (pair) => (await api.rpc.system.accountNextIndex(pair.address)).toNumber();

    /** Signs, sends and follows a transaction until it is final: its statuses, events, error and block. */
    async function send(tx, pair, options = {}) {
        const statuses = [];
        let unsubscribe;
        const result = await within(`${tx.method.section}.${tx.method.method} to be final`, async (resolve, reject) => {
            unsubscribe = await tx.signAndSend(pair, options, (update) => {
                statuses.push(update.status.type);
                if (update.status.isFinalized) resolve(update);
                if (update.isError) reject(new Error(`the transaction ended as ${update.status.type}`));
            });
        });
        unsubscribe();
        return { statuses, events: result.events, error: result.dispatchError, block: result.status.asFinalized };
    }

    /** As `send`; fails when the transaction does. */
    async function succeed(tx, pair, options) {
        const sent = await send(tx, pair, options);
        assert.equal(sent.error, undefined, sent.error && nameOf(sent.error));
        return sent;
    }

    const nameOf = (error) => {
        if (error.isToken) return error.asToken.type;
        if (!error.isModule) return error.type;
        const { section, name } = api.registry.findMetaError(error.asModule);
        return `${section}.${name}`;
    };

    /** The events of one kind in a list of records. */
    const eventsOf = (records, kind) => records.map(({ event }) => event).filter((event) => kind.is(event));

    /** The events of one kind in a block. */
    const eventsAt = async (hash, kind) => eventsOf(await (await api.at(hash)).query.system.events(), kind);

    /** What the node answers to bytes that it refuses. */
    async function refusal(extrinsic) {
        const bytes = typeof extrinsic === 'string' ? extrinsic : extrinsic.toHex();
        let answer;
        await assert.rejects(provider.send('author_submitExtrinsic', [bytes]), (error) => {
            answer = error;
            return true;
        });
        return { code: answer.code, message: `${answer.message} ${answer.data ?? ''}` };
    }

    async function assertRefused(extrinsic, code, words) {
        const { code: found, message } = await refusal(extrinsic);
        assert.equal(found, code, message);
        assert.match(message, words);
    }

    /** What a transaction's signature covers, unless `changes` says otherwise. */
    async function signing(pair, changes = {}) {
        return {
            blockHash: api.genesisHash,
            genesisHash: api.genesisHash,
            era: 0,
            nonce: await nonceOf(pair),
            runtimeVersion: api.runtimeVersion,
            ...changes,
        };
    }

    describe(title, () => {
        before(connect, limit);
        after(disconnect, limit);

        it('connects and decodes the metadata', limit, async () => {
            assert.equal(api.runtimeVersion.specName.toString(), 'icn');
            assert.ok(api.runtimeMetadata.version >= 14);
            for (const pallet of ['system', 'balances', 'utility', 'multisig', 'proxy', 'scheduler', 'sudo', 'agenda', 'upgrade']) {
                assert.ok(api.tx[pallet], `no pallet ${pallet}`);
            }
            assert.equal(api.genesisHash.toHex(), (await api.rpc.chain.getBlockHash(0)).toHex());
            assert.equal((await api.rpc.system.chainType()).toString(), 'Development');
            assert.equal(api.consts.system.ss58Prefix.toNumber(), 42);
            assert.equal(api.registry.chainTokens.length, 1);
            assert.deepEqual(api.registry.chainDecimals, [12]);
        });

        it('computes the hashes that the node computes', limit, async () => {
            await newBlock();
            const header = await api.rpc.chain.getHeader();
            assert.equal(header.hash.toHex(), (await api.rpc.chain.getBlockHash(header.number.toNumber())).toHex());
            const { block } = await api.rpc.chain.getBlock(header.hash);
            assert.equal(block.header.hash.toHex(), header.hash.toHex());
            assert.ok(block.extrinsics.length > 0, 'a block has its inherent');
        });

        it('reads values', limit, async () => {
            assert.ok((await free(alice)) > 0n);
            const accounts = await api.query.system.account.multi([bob.address, charlie.address]);
            assert.deepEqual(accounts.map((account) => account.data.free.gtn(0)), [true, true]);
            const [size, hash] = await Promise.all([api.query.system.account.size(bob.address), api.query.system.account.hash(bob.address)]);
            assert.equal(size.toNumber(), accounts[0].encodedLength);
            assert.equal(hash.toHex(), blake2AsHex(accounts[0].toU8a()));
            assert.equal((await api.call.accountNonceApi.accountNonce(alice.address)).toNumber(), await nonceOf(alice));
        });

        it('iterates a map, whole and by pages', limit, async () => {
            const entries = await api.query.system.account.entries();
            const names = entries.map(([key]) => key.args[0].toString());
            for (const pair of [alice, bob, charlie, dave, eve, ferdie]) assert.ok(names.includes(pair.address));
            const paged = [];
            for (let startKey = '', page; ; startKey = page.at(-1).toHex()) {
                page = await api.query.system.account.keysPaged({ args: [], pageSize: 3, startKey });
                if (page.length === 0) break;
                paged.push(...page);
            }
            assert.deepEqual(paged.map((key) => key.toHex()), entries.map(([key]) => key.toHex()));
        });

        it('subscribes to storage', limit, async () => {
            const seen = [];
            let changed;
            const change = within('the subscription to report the transfer', (resolve) => (changed = resolve));
            const unsubscribe = await api.query.system.account(ferdie.address, (account) => {
                seen.push(account.data.free.toBigInt());
                if (seen.length === 2) changed();
            });
            await succeed(api.tx.balances.transferKeepAlive(ferdie.address, TOKEN), eve);
            await change;
            unsubscribe();
            assert.equal(seen[1] - seen[0], TOKEN);
        });

        it('subscribes to heads', limit, async () => {
            for (const kind of ['subscribeNewHeads', 'subscribeFinalizedHeads', 'subscribeAllHeads']) {
                const from = await height();
                let unsubscribe;
                const reached = within(`${kind} to reach the new block`, async (resolve) => {
                    unsubscribe = await api.rpc.chain[kind]((header) => header.number.toNumber() > from && resolve(header));
                    await newBlock();
                });
                const header = await reached;
                unsubscribe();
                assert.equal(header.hash.toHex(), (await api.rpc.chain.getBlockHash(header.number.toNumber())).toHex());
            }
        });

        it('estimates the fee that is then paid', limit, async () => {
            const tx = api.tx.balances.transferKeepAlive(bob.address, TOKEN);
            const { partialFee } = await tx.paymentInfo(alice);
            const { events } = await succeed(tx, alice);
            const [paid] = eventsOf(events, api.events.transactionPayment.TransactionFeePaid);
            assert.ok(partialFee.gtn(0));
            assert.equal(paid.data.actualFee.toString(), partialFee.toString());
        });

        it('sends a mortal transfer to finalised', limit, async () => {
            const earlier = await free(bob);
            const tx = api.tx.balances.transferKeepAlive(bob.address, 5n * TOKEN);
            const { statuses, events, block } = await succeed(tx, alice);
            assert.ok(tx.era.isMortalEra, 'polkadot.js signs mortal transactions unless told otherwise');
            // polkadot.js leaves out a status that the next one overtakes while it reads the block's events.
            assert.deepEqual(statuses.filter((status) => status !== 'InBlock'), ['Ready', 'Finalized']);
            assert.equal(eventsOf(events, api.events.balances.Transfer).length, 1);
            assert.equal((await free(bob)) - earlier, 5n * TOKEN);
            assert.equal((await api.rpc.chain.getFinalizedHead()).toHex(), block.toHex());
        });

        it('hears of every step of a transaction', limit, async () => {
            const signed = api.tx.balances.transferKeepAlive(bob.address, TOKEN).sign(alice, await signing(alice));
            const steps = [];
            await within('the transaction to be final', (resolve, reject) => {
                const heard = (error, step) => {
                    if (error) return reject(error);
                    steps.push(typeof step === 'string' ? step : Object.keys(step)[0]);
                    if (steps.at(-1) === 'finalized') resolve();
                };
                return provider.subscribe('author_extrinsicUpdate', 'author_submitAndWatchExtrinsic', [signed.toHex()], heard);
            });
            assert.deepEqual(steps, ['ready', 'inBlock', 'finalized']);
        });

        it('sends a batch', limit, async () => {
            const calls = [bob, charlie].map((to) => api.tx.balances.transferKeepAlive(to.address, TOKEN));
            const { events } = await succeed(api.tx.utility.batchAll(calls), alice);
            assert.equal(eventsOf(events, api.events.utility.ItemCompleted).length, 2);

            const tooMuch = api.tx.balances.transferKeepAlive(bob.address, 2_000_000n * TOKEN);
            const failed = await send(api.tx.utility.batchAll([calls[0], tooMuch]), alice);
            assert.equal(nameOf(failed.error), 'FundsUnavailable');
        });

        it('sends a multisig', limit, async () => {
            const signatories = [alice, bob, charlie];
            const multisig = { address: api.registry.createType('AccountId', createKeyMulti(signatories.map((pair) => pair.address), 2)).toString() };
            await succeed(api.tx.balances.transferKeepAlive(multisig.address, 100n * TOKEN), alice);
            const call = api.tx.balances.transferKeepAlive(dave.address, 7n * TOKEN);
            const { weight } = await call.paymentInfo(alice);
            const others = (pair) => sortAddresses(signatories.filter((other) => other !== pair).map((other) => other.address), 42);
            const earlier = await free(dave);

            await succeed(api.tx.multisig.approveAsMulti(2, others(alice), null, call.method.hash, weight), alice);
            const open = await api.query.multisig.multisigs(multisig.address, call.method.hash);
            const { events } = await succeed(api.tx.multisig.asMulti(2, others(bob), open.unwrap().when, call, weight), bob);

            const [executed] = eventsOf(events, api.events.multisig.MultisigExecuted);
            assert.ok(executed.data.result.isOk);
            assert.equal((await free(dave)) - earlier, 7n * TOKEN);
        });

        it('sends a proxied call', limit, async () => {
            await succeed(api.tx.proxy.addProxy(bob.address, 'Any', 0), alice);
            const earlier = await free(charlie);
            const call = api.tx.balances.transferKeepAlive(charlie.address, 3n * TOKEN);
            const { events } = await succeed(api.tx.proxy.proxy(alice.address, null, call), bob);
            const [executed] = eventsOf(events, api.events.proxy.ProxyExecuted);
            assert.ok(executed.data.result.isOk);
            assert.equal((await free(charlie)) - earlier, 3n * TOKEN);
        });

        it('schedules a call by height that fires', limit, async () => {
            const due = (await height()) + 3;
            const call = api.tx.balances.forceTransfer(alice.address, eve.address, TOKEN);
            await succeed(api.tx.sudo.sudo(api.tx.scheduler.schedule(due, null, 0, call)), root);
            const earlier = await free(eve);
            while ((await height()) < due) await newBlock();
            const [dispatched] = await eventsAt(await api.rpc.chain.getBlockHash(due), api.events.scheduler.Dispatched);
            assert.ok(dispatched.data.result.isOk);
            assert.equal((await free(eve)) - earlier, TOKEN);
        });

        if (place.alone) it('schedules a call by time that fires when time is advanced', limit, async () => {
            const earlier = await free(eve);
            const due = (await api.query.timestamp.now()).toNumber() + 86_400_000;
            const call = api.tx.balances.forceTransfer(alice.address, eve.address, TOKEN);
            await succeed(api.tx.sudo.sudo(api.tx.agenda.schedule(due, null, call)), root);
            await newBlock();
            assert.equal(await free(eve), earlier, 'nothing runs before its time');
            const { hash } = await provider.send('dev_advanceTime', [86_400_000]);
            const [dispatched] = await eventsAt(hash, api.events.agenda.Dispatched);
            assert.ok(dispatched.data.result.isOk);
            assert.equal((await free(eve)) - earlier, TOKEN);
        });

        it('is woken by a call that falls due on an idle chain', limit, async () => {
            const call = api.tx.balances.forceTransfer(alice.address, eve.address, TOKEN);
            const { events, block } = await succeed(api.tx.sudo.sudo(api.tx.agenda.scheduleAfter(1_000, null, call)), root);
            const [scheduled] = eventsOf(events, api.events.agenda.Scheduled);
            assert.equal((await api.rpc.chain.getHeader()).hash.toHex(), block.toHex(), 'the chain is idle');
            let unsubscribe;
            const dispatched = await within('the agenda to wake the chain', async (resolve) => {
                unsubscribe = await api.query.system.events((records) => {
                    const ran = eventsOf(records, api.events.agenda.Dispatched).find(({ data }) => data.id.eq(scheduled.data.id));
                    if (ran) resolve(ran);
                });
            });
            unsubscribe();
            assert.ok(dispatched.data.result.isOk);
        });

        it('reads state and metadata at an old block', limit, async () => {
            const old = await api.rpc.chain.getBlockHash(1);
            const then = await api.at(old);
            const now = await free(bob);
            await succeed(api.tx.balances.transferKeepAlive(bob.address, TOKEN), alice);
            const genesis = await api.at(api.genesisHash);
            assert.equal((await then.query.system.number()).toNumber(), 1);
            assert.notEqual((await then.query.system.account(bob.address)).data.free.toBigInt(), now + TOKEN);
            assert.equal((await genesis.query.system.account.entries()).length, (await then.query.system.account.entries()).length);
            assert.equal((await api.rpc.state.getMetadata(old)).toHex(), (await api.rpc.state.getMetadata()).toHex());
            assert.equal((await api.rpc.state.getRuntimeVersion(old)).specVersion.toNumber(), api.runtimeVersion.specVersion.toNumber());
        });

        describe('a transaction that is refused', () => {
            const transfer = () => api.tx.balances.transferKeepAlive(bob.address, TOKEN);

            it('has a bad signature', limit, async () => {
                const signed = transfer().sign(alice, await signing(alice));
                const bytes = signed.toU8a();
                // Length prefix, version, address with its kind, kind of signature; then the signature.
                bytes[2 + 1 + 33 + 1 + 10] ^= 1;
                await assertRefused(`0x${Buffer.from(bytes).toString('hex')}`, INVALID_TRANSACTION, /bad signature/);
            });

            it('has a stale nonce', limit, async () => {
                await assertRefused(transfer().sign(alice, await signing(alice, { nonce: 0 })), INVALID_TRANSACTION, /outdated/);
            });

            it('was signed for another chain', limit, async () => {
                const foreign = `0x${'11'.repeat(32)}`;
                const signed = transfer().sign(alice, await signing(alice, { genesisHash: foreign, blockHash: foreign }));
                await assertRefused(signed, INVALID_TRANSACTION, /bad signature/);
            });

            it('cannot pay its fee', limit, async () => {
                const poor = new Keyring({ type: 'sr25519' }).addFromUri('//Poor');
                await assertRefused(transfer().sign(poor, await signing(poor)), INVALID_TRANSACTION, /[Ii]nability to pay some fees/);
            });

            it('names a block that is not there, or outlived its era', limit, async () => {
                const current = await height();
                const header = await api.rpc.chain.getHeader();
                const era = (at) => api.registry.createType('ExtrinsicEra', { current: at, period: 4 });
                const mortal = { blockHash: header.hash, era: era(current) };
                const signed = transfer().sign(dave, await signing(dave, mortal));
                for (let made = 0; made < 5; made++) await newBlock();
                // The era now begins at another block, whose hash was not signed.
                await assertRefused(signed, INVALID_TRANSACTION, /bad signature/);

                const early = api.registry.createType('ExtrinsicEra', { current: current + 1_000, period: 4_096 });
                const ahead = transfer().sign(dave, await signing(dave, { blockHash: header.hash, era: early }));
                await assertRefused(ahead, INVALID_TRANSACTION, /ancient birth block/);
            });

            it('does not decode', limit, async () => {
                await assertRefused('0xdeadbeef', BAD_FORMAT, /invalid format/);
                await assertRefused('0x', BAD_FORMAT, /invalid format/);
                // A well-formed length prefix around nothing that is an extrinsic.
                await assertRefused('0x1c84ffffffffffff', BAD_FORMAT, /invalid format/);
            });

            it('is too large', limit, async () => {
                const signed = api.tx.system.remark(`0x${'00'.repeat(512 * 1024)}`).sign(alice, await signing(alice));
                await assertRefused(signed, BAD_FORMAT, /invalid format/);
            });

            it('nests too deep', limit, async () => {
                const nested = (depth) => {
                    let call = api.tx.system.remark('0x');
                    for (let level = 1; level < depth; level++) call = api.tx.utility.batch([call]);
                    return call;
                };
                const { code } = await refusal(nested(33).sign(alice, await signing(alice)));
                assert.ok([BAD_FORMAT, INVALID_TRANSACTION].includes(code), `code ${code}`);
                await assertRefused(nested(200).sign(alice, await signing(alice)), BAD_FORMAT, /invalid format/);
                await succeed(nested(32), alice);
            });
        });

        it('holds a transaction with a future nonce until its turn', limit, async () => {
            const nonce = await nonceOf(ferdie);
            const later = [];
            let unsubscribe, held;
            const future = within('the second transaction to wait', (resolve) => (held = resolve));
            const both = within('both transactions to be final', async (resolve) => {
                unsubscribe = await api.tx.balances.transferKeepAlive(bob.address, TOKEN).signAndSend(ferdie, { nonce: nonce + 1 }, ({ status }) => {
                    later.push(status.type);
                    if (status.isFuture) held();
                    if (status.isFinalized) resolve();
                });
            });
            await future;
            await succeed(api.tx.balances.transferKeepAlive(bob.address, TOKEN), ferdie, { nonce });
            await both;
            unsubscribe();
            assert.deepEqual(later.filter((status) => status !== 'InBlock'), ['Future', 'Ready', 'Finalized']);
        });

        it('gets the error of a call that fails', limit, async () => {
            const { error } = await send(api.tx.sudo.sudo(api.tx.system.remark('0x')), bob);
            assert.equal(nameOf(error), 'sudo.RequireSudo');
        });

        it('cannot change the code', limit, async () => {
            const code = (await api.rpc.state.getStorage(':code')).toString();
            const { events } = await send(api.tx.sudo.sudo(api.tx.system.setCode('0x00')), root);
            for (const done of eventsOf(events, api.events.sudo.Sudid)) assert.ok(done.data[0].isErr);
            assert.equal((await api.rpc.state.getStorage(':code')).toString(), code);
        });
    });
}

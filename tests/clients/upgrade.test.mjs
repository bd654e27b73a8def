// Wallets that stay connected while the chain changes to another runtime: planned, halted, continued by the next binary, here
// the same one that rehearses the next spec version.

import { ApiPromise, Keyring, WsProvider } from '@polkadot/api';
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { Enum } from 'polkadot-api';
import { getPolkadotSigner } from 'polkadot-api/signer';
import { createWsClient } from 'polkadot-api/ws';
import { WebSocket } from 'ws';
import { startNode } from './node-process.mjs';
import { first, within } from './waiting.mjs';

const TOKEN = 1_000_000_000_000n;
const limit = { timeout: 120_000 };

describe('an upgrade', () => {
    let home, node, provider, api, client, alice, bob;
    const earlier = {};

    const newBlock = () => provider.send('dev_newBlock', []);
    const signer = (pair) => getPolkadotSigner(pair.publicKey, 'Sr25519', (bytes) => pair.sign(bytes));
    const free = async (at) => (await at.query.system.account(bob.address)).data.free.toBigInt();

    const finalised = (tx) =>
        within('a transaction to be final', (resolve, reject) =>
            tx.signAndSend(alice, { nonce: -1 }, ({ status, dispatchError }) => {
                if (dispatchError) reject(new Error(dispatchError.toString()));
                if (status.isFinalized) resolve(status.asFinalized);
            }),
        );

    before(async () => {
        home = await mkdtemp(join(tmpdir(), 'icn-upgrade-'));
        node = await startNode({ home: join(home, 'chain') });
        provider = new WsProvider(node.url, 500);
        api = await ApiPromise.create({ provider, throwOnConnect: true });
        client = createWsClient(node.url, { websocketClass: WebSocket });
        [alice, bob] = ['//Alice', '//Bob'].map((uri) => new Keyring({ type: 'sr25519' }).addFromUri(uri));
    }, limit);

    after(async () => {
        client?.destroy();
        await api?.disconnect();
        await node?.stop();
        await rm(home, { recursive: true, force: true });
    }, limit);

    it('halts the old binary before the planned height', limit, async () => {
        earlier.version = api.runtimeVersion.specVersion.toNumber();
        earlier.metadata = (await api.rpc.state.getMetadata()).toHex();
        earlier.hash = await finalised(api.tx.balances.transferKeepAlive(bob.address, TOKEN));
        earlier.free = await free(api);
        earlier.papi = await client.getFinalizedBlock();

        const planned = (await api.rpc.chain.getHeader()).number.toNumber() + 4;
        await finalised(api.tx.sudo.sudo(api.tx.upgrade.plan(planned, earlier.version + 1, 'rehearsal')));
        await assert.rejects(async () => {
            for (let made = 0; made < 10; made++) await newBlock();
        }, /halted for the upgrade/);
        assert.equal((await api.rpc.chain.getHeader()).number.toNumber(), planned - 1);
        assert.equal(await free(api), earlier.free, 'a halted node still answers');
        earlier.planned = planned;
    });

    it('is continued by the new binary, and wallets follow', limit, async () => {
        const { port } = new URL(node.url);
        assert.equal(await node.stop(), 0);
        node = await startNode({
            home: join(home, 'chain'),
            port,
            flags: ['--rehearse-spec-version', `${earlier.version + 1}`],
        });
        const upgraded = within('polkadot.js to learn of the new version', async (resolve) => {
            await api.rpc.state.subscribeRuntimeVersion(({ specVersion }) => {
                if (specVersion.toNumber() === earlier.version + 1) resolve();
            });
        });
        await within('polkadot.js to reconnect', async (resolve) => (await api.isConnected) ? resolve() : provider.on('connected', resolve));
        const made = await newBlock();
        // The new binary made its first block when it started, so that wallets can sign for it.
        assert.equal(made.number, earlier.planned + 1);
        await upgraded;
        await first(client.finalizedBlock$, ({ hash }) => hash === made.hash, 'polkadot-api to reconnect and reach the first new block');

        await finalised(api.tx.balances.transferKeepAlive(bob.address, TOKEN));
        const dest = Enum('Id', bob.address);
        const { ok } = await client.getUnsafeApi().tx.Balances.transfer_keep_alive({ dest, value: TOKEN }).signAndSubmit(signer(alice));
        assert.ok(ok);
        assert.equal((await client.getUnsafeApi().constants.System.Version()).spec_version, earlier.version + 1);
        assert.equal(await free(api), earlier.free + 2n * TOKEN);
    });

    it('leaves state and metadata before it readable', limit, async () => {
        // Another connection: polkadot.js keeps the registry of a block that it has read before the upgrade, and replaces its types.
        const later = await ApiPromise.create({ provider: new WsProvider(node.url), throwOnConnect: true });
        try {
            assert.equal((await later.rpc.state.getRuntimeVersion(earlier.hash)).specVersion.toNumber(), earlier.version);
            assert.equal((await later.rpc.state.getMetadata(earlier.hash)).toHex(), earlier.metadata);
            const old = await later.at(earlier.hash);
            assert.equal(await free(old), earlier.free);
            assert.equal(old.consts.system.version.specVersion.toNumber(), earlier.version);
            assert.equal(later.consts.system.version.specVersion.toNumber(), earlier.version + 1);
        } finally {
            await later.disconnect();
        }

        const old = earlier.papi.hash;
        assert.notDeepEqual(await client.getMetadata(old), await client.getMetadata((await client.getFinalizedBlock()).hash));
        const { data } = await client.getUnsafeApi().query.System.Account.getValue(bob.address, { at: old });
        assert.equal(data.free, earlier.free);
    });
});

// The same suites at each of four validators of a network, one after the other, each with people of its own.

import assert from 'node:assert/strict';
import { after, before, describe } from 'node:test';
import { startNetwork } from './node-process.mjs';
import { LEGACY, MODERN, papiSuite } from './papi-suite.mjs';
import { among, people } from './places.mjs';
import { polkadotjsSuite } from './polkadotjs-suite.mjs';

const limit = { timeout: 60_000 };
const papi = (face) => (title, place) => papiSuite(`polkadot-api ${title}`, face, place);
const polkadotjs = (title, place) => polkadotjsSuite(`polkadot.js ${title}`, place);

const networks = [
    { title: 'a network over the new RPC', env: MODERN.env, suites: [papi(MODERN)] },
    { title: 'a network over the legacy RPC', env: LEGACY.env, suites: [papi(LEGACY), polkadotjs] },
];

for (const { title, env, suites } of networks) {
    const visits = suites.flatMap((declare, suite) => [0, 1, 2, 3].map((index) => ({ declare, index, path: `//${suite}//${index}` })));

    describe(title, () => {
        let network;

        before(async () => {
            network = await startNetwork({ env, rich: ['//Alice', ...visits.flatMap(({ path }) => people(path))] });
        }, limit);

        after(async () => assert.deepEqual(await network?.stop(), [0, 0, 0, 0], 'the nodes stop cleanly on SIGTERM'), limit);

        for (const { declare, index, path } of visits) {
            declare(`at the validator ${index}`, among(path, () => network.nodes[index]));
        }
    });
}

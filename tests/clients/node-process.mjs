// Starts the real binary and stops it: as a development chain of its own, or as a network of four validators.

import { Keyring } from '@polkadot/keyring';
import { execFile, spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

// The node refuses variables that look like its settings and are none.
const { ICN_BIN, ...environment } = process.env;
const BIN = ICN_BIN ?? fileURLToPath(new URL('../../target/debug/icn', import.meta.url));
const START_MS = 60_000;
const STOP_MS = 30_000;
const VALIDATORS = 4;
// Where the ports of consensus are looked for: below those that the system gives away by itself.
const PORTS = { first: 16_000, last: 19_900 };

// The tests do not wait between blocks.
const settings = (env) => ({ ...environment, ICN_BLOCKS_MINIMUM_INTERVAL_MS: '0', ...env });

/**
 * Starts `icn dev` on `port`, by default a free one, and waits for the URL that it prints. The chain is temporary, unless
 * `home` says where it is kept; `env` adds to the environment.
 *
 * `stop` asks it to stop and answers its exit code; `output` is all that it has printed.
 */
export function startNode({ home, port = 0, flags = [], env = {} } = {}) {
    const place = home ? ['--home', home] : ['--tmp'];
    return run(['dev', ...place, '--rpc-port', `${port}`, ...flags], env);
}

/**
 * Makes and starts a network of validators, on which the accounts of the secret URIs `rich` have a million tokens each and `//Alice` holds
 * the sudo key. `env` adds to the environment of each.
 *
 * `nodes` are as from `startNode`; `stop` stops all and answers their exit codes.
 */
export async function startNetwork({ rich, env = {} }) {
    const directory = await mkdtemp(join(tmpdir(), 'icn-network-'));
    const keys = new Keyring({ type: 'sr25519' });
    const balances = rich.map((uri) => `["${keys.addFromUri(uri).address}", 1000000000000000000]`);
    const patch = join(directory, 'patch.json');
    await writeFile(patch, `{"balances": {"balances": [${balances}]}}`);
    const out = join(directory, 'net');
    const ports = ['--p2p-port-base', `${await freePorts(2 * VALIDATORS)}`];
    const flags = ['--validators', `${VALIDATORS}`, '--minimum-interval-ms', '0', '--patch', patch, '--out', out, ...ports];
    await promisify(execFile)(BIN, ['testnet', 'init', ...flags], { env: settings(env) });
    const homes = Array.from({ length: VALIDATORS }, (_, index) => join(out, `node${index}`));
    const nodes = await Promise.all(homes.map((home) => run(['start', '--home', home, '--rpc-port', '0'], env)));
    return {
        nodes,
        async stop() {
            const codes = await Promise.all(nodes.map((node) => node.stop()));
            await rm(directory, { recursive: true, force: true });
            return codes;
        },
    };
}

/** The first of so many ports in a row that nobody uses. */
async function freePorts(count) {
    const isFree = (port) =>
        new Promise((resolve) => {
            const server = createServer().once('error', () => resolve(false));
            server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
        });
    // Tests that run at the same time start their search at different places.
    const steps = Math.floor((PORTS.last - PORTS.first) / count);
    for (let step = 0; step < steps; step++) {
        const first = PORTS.first + ((process.pid + step) % steps) * count;
        const free = await Promise.all(Array.from({ length: count }, (_, index) => isFree(first + index)));
        if (free.every(Boolean)) return first;
    }
    throw new Error('no ports are free');
}

/** Runs a command that prints the URL of a node, and waits for it. */
async function run(command, env) {
    const child = spawn(BIN, command, { env: settings(env), stdio: ['ignore', 'pipe', 'pipe'] });
    const killed = () => child.kill('SIGKILL');
    process.once('exit', killed);
    let output = '';
    const exited = new Promise((resolve) => child.once('exit', (code, signal) => resolve({ code, signal })));
    const url = await new Promise((resolve, reject) => {
        const fail = (why) => reject(new Error(`${BIN} ${why}:\n${output}`));
        const timer = setTimeout(() => (killed(), fail('printed no URL in time')), START_MS);
        const read = (chunk) => {
            output += chunk;
            const found = /ws:\/\/127\.0\.0\.1:\d+/.exec(output);
            if (found) (clearTimeout(timer), resolve(found[0]));
        };
        child.stdout.setEncoding('utf8').on('data', read);
        child.stderr.setEncoding('utf8').on('data', read);
        child.once('error', (error) => (clearTimeout(timer), fail(error.message)));
        exited.then(({ code, signal }) => (clearTimeout(timer), fail(`ended early (${signal ?? code})`)));
    });
    return {
        url,
        output: () => output,
        async stop() {
            const timer = setTimeout(killed, STOP_MS);
            child.kill('SIGTERM');
            const { code, signal } = await exited;
            clearTimeout(timer);
            process.off('exit', killed);
            return signal ?? code;
        },
    };
}

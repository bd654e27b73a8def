// Starts the real binary as a development chain of its own and stops it.

import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

// The node refuses variables that look like its settings and are none.
const { ICN_BIN, ...environment } = process.env;
const BIN = ICN_BIN ?? fileURLToPath(new URL('../../target/debug/icn', import.meta.url));
const START_MS = 60_000;
const STOP_MS = 30_000;

/**
 * Starts `icn dev` on `port`, by default a free one, and waits for the URL that it prints. The chain is temporary, unless
 * `home` says where it is kept; `env` adds to the environment.
 *
 * `stop` asks it to stop and answers its exit code; `output` is all that it has printed.
 */
export async function startNode({ home, port = 0, flags = [], env = {} } = {}) {
    const place = home ? ['--home', home] : ['--tmp'];
    const child = spawn(BIN, ['dev', ...place, '--rpc-port', `${port}`, ...flags], {
        // The tests do not wait between blocks.
        env: { ...environment, ICN_BLOCKS_MINIMUM_INTERVAL_MS: '0', ...env },
        stdio: ['ignore', 'pipe', 'pipe'],
    });
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

// Accounts between `icn keys` and the keyring of polkadot.js, both ways.

import { Keyring } from '@polkadot/keyring';
import { cryptoWaitReady, mnemonicGenerate, signatureVerify } from '@polkadot/util-crypto';
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

// The node refuses variables that look like its settings and are none.
const { ICN_BIN, ...env } = process.env;
const BIN = ICN_BIN ?? fileURLToPath(new URL('../../target/debug/icn', import.meta.url));
const TYPES = ['sr25519', 'ed25519', 'ecdsa'];
const PASSWORD = 'for the wallet';
const limit = { timeout: 60_000 };

let directory, passwordFile;

before(async () => {
    await cryptoWaitReady();
    directory = await mkdtemp(join(tmpdir(), 'icn-keys-'));
    passwordFile = await secretFile('password', PASSWORD);
}, limit);

after(() => rm(directory, { recursive: true, force: true }), limit);

/** A file that only its owner can read. */
async function secretFile(name, content) {
    const path = join(directory, name);
    await writeFile(path, content, { mode: 0o600 });
    return path;
}

/** What `icn keys` prints. */
async function keys(...flags) {
    const home = ['--home', join(directory, 'home'), '--passphrase-file', passwordFile];
    const { stdout } = await promisify(execFile)(BIN, ['keys', ...flags, ...home], { env });
    return stdout;
}

describe('the keyring of polkadot.js', () => {
    for (const type of TYPES) {
        it(`exports an ${type} account that icn keys imports`, limit, async () => {
            const pair = new Keyring({ type }).addFromMnemonic(mnemonicGenerate(), { name: type });
            const file = await secretFile(`${type}-in.json`, JSON.stringify(pair.toJson(PASSWORD)));
            const from = ['--polkadot-json', file, '--json-password-file', passwordFile];
            const key = JSON.parse(await keys('import', 'account', '--name', `${type}-in`, ...from, '--output', 'json'));
            assert.deepEqual([key.scheme, key.address, key.encrypted], [type, pair.address, true]);
        });

        it(`imports an ${type} account that icn keys exports`, limit, async () => {
            const words = mnemonicGenerate();
            const from = ['--mnemonic-file', await secretFile(`${type}-words`, words), '--scheme', type];
            const key = JSON.parse(await keys('import', 'account', '--name', `${type}-out`, ...from, '--output', 'json'));
            const file = join(directory, `${type}-out.json`);
            await keys('export', `${type}-out`, '--polkadot-json', file, '--json-password-file', passwordFile);

            const pair = new Keyring().createFromJson(JSON.parse(await readFile(file, 'utf8')));
            assert.throws(() => pair.decodePkcs8('another'), /decode/);
            pair.decodePkcs8(PASSWORD);
            assert.deepEqual([pair.type, pair.meta.name, pair.address], [type, `${type}-out`, key.address]);
            assert.equal(pair.address, new Keyring({ type }).addFromMnemonic(words).address);
            assert.ok(signatureVerify('hello', pair.sign('hello'), key.address).isValid);
        });
    }
});

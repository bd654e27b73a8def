import { papiSuite } from './papi-suite.mjs';

papiSuite('polkadot-api over the new RPC', {
    env: { ICN_RPC_LEGACY: 'false' },
    group: /^chainHead_v1_follow$/,
    other: /^(author|chain|state)_/,
    watchesEntries: true,
});

import { papiSuite } from './papi-suite.mjs';

papiSuite('polkadot-api over the legacy RPC', {
    env: { ICN_RPC_MODERN: 'false' },
    group: /^chain_subscribeAllHeads$/,
    other: /^(chainHead|archive|transaction)_v1_/,
    watchesEntries: false,
});

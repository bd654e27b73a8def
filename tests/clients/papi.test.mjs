import { MODERN, papiSuite } from './papi-suite.mjs';

papiSuite('polkadot-api over the new RPC', MODERN);

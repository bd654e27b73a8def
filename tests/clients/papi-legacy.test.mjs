import { LEGACY, papiSuite } from './papi-suite.mjs';

papiSuite('polkadot-api over the legacy RPC', LEGACY);

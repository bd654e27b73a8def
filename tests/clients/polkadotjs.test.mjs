import { polkadotjsSuite } from './polkadotjs-suite.mjs';

polkadotjsSuite('polkadot.js');

// Where a suite runs: at a node of its own, or at one of four validators that several suites share.
//
// `start` gives the node and `stop` ends what the suite needs of it, with its exit code; `alone` is whether the node is the only validator, so
// that blocks and time can be made by hand. The suite's people are `//Alice`, `//Bob` and so on, followed by `path`; the last of them sends
// what makes a block where none can be asked for.

import { startNode } from './node-process.mjs';

/** The names of a suite's people. */
export const NAMES = ['Alice', 'Bob', 'Charlie', 'Dave', 'Eve', 'Ferdie', 'One'];

/** A development chain of one validator. */
export const alone = (env = {}) => ({ path: '', alone: true, start: () => startNode({ env }), stop: (node) => node.stop() });

/** A validator of a network; `node` gives it once it runs. */
export const among = (path, node) => ({ path, alone: false, start: node, stop: () => 0 });

/** The secret URIs of a suite's people. */
export const people = (path) => NAMES.map((name) => `//${name}${path}`);

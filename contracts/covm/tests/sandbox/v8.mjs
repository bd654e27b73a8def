// Runs a module, read from standard input, in V8 and prints all that is left of the run; `v8.rs` reads it.
//
//   node v8.mjs metered|plain FUEL SLOTS ENTRY_IN_HEX i32:1 i64:2 … < module.wasm
import { readFileSync } from "node:fs";

const [form, fuel, slots, entry, ...args] = process.argv.slice(2);
const metered = form === "metered";
const hex = (bytes) => Buffer.from(bytes).toString("hex");
const unsigned = (value) => (typeof value === "bigint" ? BigInt.asUintN(64, value) : BigInt(value >>> 0));
const typed = (type, value) => (type === "i32" ? Number(BigInt.asIntN(32, value)) : BigInt.asIntN(64, value));

/** What the host ends a run with. */
class Stop extends Error {}

const notes = [];
let exports = {};
const memory = () => Object.values(exports).find((value) => value instanceof WebAssembly.Memory);

function slice(start, length) {
  const buffer = memory()?.buffer;
  if (buffer === undefined || start + length > BigInt(buffer.byteLength)) throw new Stop("trapped OutOfBounds");
  return new Uint8Array(buffer, Number(start), Number(length));
}

function charge(amount) {
  if (!metered) return;
  const left = unsigned(exports["icn:fuel"].value);
  if (left < amount) throw new Stop("trapped OutOfFuel");
  exports["icn:fuel"].value = BigInt.asIntN(64, left - amount);
}

// The interface of `samples.rs`; its metered form has 64-bit values only.
const host = {
  add: { results: ["i64"], call: (a, b) => [a + b] },
  note: {
    results: [],
    call: (start, length) => {
      const bytes = slice(start, length);
      charge(length);
      notes.push(hex(bytes));
      return [];
    },
  },
  fill: {
    results: ["i32"],
    call: (start, length, byte) => {
      charge(length);
      slice(start, length).fill(Number(byte & 0xffn));
      return [(0xffffffffn << 32n) | length];
    },
  },
  fail: {
    results: [],
    call: (code) => {
      throw new Stop(`failed ${code}`);
    },
  },
  pair: { results: ["i64", "i32"], call: (a, b) => [b, a] },
  many: { results: ["i64"], call: (...all) => [all.reduce((sum, arg) => sum * 31n + arg, 0n)] },
};

const imports = {};
for (const [name, { results, call }] of Object.entries(host)) {
  imports[name] = (...given) => {
    const answers = call(...given.map(unsigned)).map((answer, place) => typed(metered ? "i64" : results[place], answer));
    return answers.length > 1 ? answers : answers[0];
  };
}

const below = (name) => exports[name] !== undefined && exports[name].value < 0;

function unreachable() {
  if (below("icn:fuel")) return "OutOfFuel";
  return below("icn:stack") ? "TooDeep" : "Unreachable";
}

function reason(error) {
  if (error instanceof Stop) return error.message;
  if (!(error instanceof WebAssembly.RuntimeError)) throw error;
  const reasons = [
    [/^unreachable$/, unreachable()],
    [/divide by zero|remainder by zero/, "DivisionByZero"],
    [/divide result unrepresentable/, "Overflow"],
    [/null function|signature mismatch/, "NoFunction"],
    [/out of bounds/, "OutOfBounds"],
  ];
  const found = reasons.find(([message]) => message.test(error.message));
  if (found === undefined) throw error;
  return `trapped ${found[1]}`;
}

function run() {
  const module = new WebAssembly.Module(readFileSync(0));
  try {
    exports = new WebAssembly.Instance(module, { icn1: imports }).exports;
  } catch (error) {
    return reason(error);
  }
  if (metered) {
    exports["icn:fuel"].value = BigInt(fuel);
    exports["icn:stack"].value = Number(slots);
  }
  const given = args.map((arg) => arg.split(":")).map(([type, value]) => typed(type, BigInt(value)));
  try {
    const results = exports[Buffer.from(entry, "hex").toString()](...given);
    return ["results", ...[results ?? []].flat().map(unsigned)].join(" ");
  } catch (error) {
    return reason(error);
  }
}

const lines = [run(), ...notes.map((note) => `note ${note}`)];
for (const [name, value] of Object.entries(exports)) {
  if (value instanceof WebAssembly.Global) lines.push(`global ${hex(name)} ${unsigned(value.value)}`);
}
if (memory() !== undefined) lines.push(`memory ${hex(memory().buffer)}`);
console.log(lines.join("\n"));

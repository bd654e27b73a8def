import assert from "node:assert/strict";
import { test } from "node:test";
import { read, scopesOf, tokens } from "./grammar.mjs";

const examples = ["bakery", "neighbourhood"].map((name) => [name, read(`../../../library/examples/${name}.ccl`)]);

for (const [name, source] of examples) {
  test(`every word of ${name}.ccl has a colour and none is wrong`, () => {
    for (const token of tokens(source)) {
      const where = `${name}.ccl:${token.line}: ${token.text}`;
      assert.ok(!token.scopes.some((scope) => scope.startsWith("invalid")), where);
      assert.ok(token.text.trim() === "" || token.scopes.length > 1, where);
    }
  });
}

test("what the examples declare is coloured as declared", () => {
  const declared = (source, scope) => tokens(source).filter((token) => token.scope === scope).map((token) => token.text);
  const [[, bakery], [, neighbourhood]] = examples;
  const names = declared(bakery, "entity.name.type.declaration");
  for (const name of ["bakery", "hours", "worker", "staff", "steward", "assembly", "ordinary", "stewards", "conflicts", "till", "running"]) {
    assert.ok(names.includes(name), name);
  }
  assert.deepEqual(declared(bakery, "entity.name.function"), ["hand_out_card"]);
  assert.deepEqual(declared(bakery, "entity.name.section.rule"), ["one_worker_one_vote", "solvent"]);
  assert.deepEqual(declared(bakery, "entity.other.inherited-class"), ["member", "member"]);
  assert.deepEqual(declared(neighbourhood, "entity.name.tag.permission"), ["assess", "advance", "submit", "assess", "cast", "advance", "advance"]);
  assert.deepEqual(declared(neighbourhood, "entity.name.type.signature"), [
    "Submitted", "Funded", "WrongPhase", "TooMany", "BadProject", "Overdrawn",
  ]);
});

/** Lines, and words of them with the scope that they must have. */
const lines = [
  ['constitution "Bakery" version 1.0.0 for cooperative;', {
    constitution: "keyword.other.document", Bakery: "string.quoted.double", version: "keyword.other.version",
    "1.0.0": "constant.numeric.version", for: "keyword.other.for", cooperative: "constant.language.scope", ";": "punctuation.terminator",
  }],
  ['policy "P" version 1.0.0 for community extends "base@1";', { policy: "keyword.other.document", extends: "keyword.other.extends" }],
  ['import "core/civic@1" as civic;', {
    import: "keyword.control.import", as: "keyword.control.import.as", civic: "entity.name.namespace",
  }],
  ["role steward extends member { can: [convene]; seats: 3; }", {
    role: "storage.type.declaration", steward: "entity.name.type.declaration", extends: "keyword.other.extends",
    member: "entity.other.inherited-class", can: "support.type.property-name", convene: "variable.other", 3: "constant.numeric.integer",
  }],
  ["proposal Amend(next: Cid) {", {
    proposal: "storage.type.declaration", Amend: "entity.name.type.declaration", next: "support.type.property-name", Cid: "support.type",
  }],
  ["  quorum: 50%; threshold: 2/3; dues: 12.50 eur; voting: 7d12h;", {
    quorum: "support.type.property-name", "50%": "constant.numeric.percent", "/": "keyword.operator.arithmetic",
    "12.50": "constant.numeric.amount", eur: "keyword.other.unit", "7d12h": "constant.numeric.duration",
  }],
  ["  objections { allowed: true; }", { objections: "support.type.property-name", true: "constant.language.boolean" }],
  ["  category wages { share: 60%; }", { category: "support.type.property-name", wages: "entity.name.section" }],
  ["  band 0 eur .. 500 eur { approvers: 1; }", {
    band: "support.type.property-name.band", "..": "keyword.operator.range", approvers: "support.type.property-name",
  }],
  ["action pay(id: Int, amount: Amount<eur>) -> Int requires advance {", {
    action: "storage.type.function", pay: "entity.name.function", Amount: "support.type", "->": "storage.type.arrow",
    requires: "keyword.other.requires", advance: "entity.name.tag.permission",
  }],
  ["action register() requires anyone {", { register: "entity.name.function", requires: "keyword.other.requires", anyone: "constant.language.anyone" }],
  ["  require n < 9 else TooMany(9);", {
    require: "keyword.control", else: "keyword.control", TooMany: "entity.name.type", "<": "keyword.operator.comparison",
  }],
  ["  requires: a == b and not c;", {
    requires: "support.type.property-name", "==": "keyword.operator.comparison", and: "keyword.operator.word", not: "keyword.operator.word",
  }],
  ["entrench [process.amendment] requires 9/10;", { entrench: "storage.type.rule", requires: "keyword.other.requires" }],
  ["entrench [invariant.one] forever;", { forever: "keyword.other.forever" }],
  ["const MAX_PER_PERSON: Int = 3;", { const: "storage.type.state", MAX_PER_PERSON: "variable.other.state", Int: "support.type" }],
  ["@max(1000) state projects: Map<Int, Text> = {};", {
    "@": "punctuation.definition.annotation", max: "storage.modifier.annotation", state: "storage.type.state", projects: "variable.other.state",
  }],
  ["drop state old;", { drop: "keyword.other.drop", state: "storage.type.state", old: "variable.other.state" }],
  ["param size: Int in 3 .. 9 = 5;", { param: "storage.type.state", in: "keyword.operator.word" }],
  ['permission cast "may cast";', { permission: "storage.type.permission", cast: "entity.name.tag.permission" }],
  ["  if id in projects { emit Done(id); } else { delete m[k]; }", {
    if: "keyword.control", in: "keyword.operator.word", emit: "keyword.control", Done: "entity.name.type", delete: "keyword.control.delete",
  }],
  ["  let n = if a then none else some(1);", {
    let: "storage.type.let", then: "keyword.control", none: "constant.language.none", some: "entity.name.function.call",
  }],
  ["  match phase { Phase.Vote => { } _ => 1, }", {
    match: "keyword.control", Phase: "entity.name.type", "=>": "storage.type.arrow", _: "variable.language.any",
  }],
  ["invariant fair: all(w in law.weights(assembly) where w > 0: w == 1);", {
    fair: "entity.name.section.rule", all: "support.function.walk", where: "keyword.other.where", weights: "entity.name.function.call",
  }],
  ['let t = time"2027-01-01T00:00:00Z" - now;', { time: "storage.type.string", now: "variable.language", "-": "keyword.operator.arithmetic" }],
  ['x = "a \\"quoted\\" \\u{20AC} \\q";', {
    '\\"': "constant.character.escape", "\\u{20AC}": "constant.character.escape", "\\q": "invalid.illegal.escape",
  }],
  ["class worker { dues: 500hours; }", { "500hours": "invalid.illegal.number" }],
  ["let x = a && b;", { "&": "invalid.illegal.character" }],
  ["/// kept", { kept: "comment.line.documentation", "///": "punctuation.definition.comment" }],
  ["x = 1; // not kept", { "not kept": "comment.line.double-slash" }],
];

for (const [line, wanted] of lines) {
  test(line, () => {
    const found = scopesOf(line);
    for (const [text, scope] of Object.entries(wanted)) {
      assert.deepEqual(found.find((token) => token[0] === text), [text, scope], JSON.stringify(found));
    }
  });
}

test("a text ends at its line, a block comment does not", () => {
  assert.equal(scopesOf('name: "open;\nseats: 3;').find(([text]) => text === "seats")[1], "support.type.property-name");
  assert.equal(scopesOf("/* a\nseats: 3;").at(-1)[1], "comment.block");
  assert.equal(scopesOf("/* a\n*/ seats: 3;").find(([text]) => text === "seats")[1], "support.type.property-name");
});

test("the words are those of the compiler", () => {
  const source = read("../../src/syntax/words.rs");
  const words = (name) => {
    const list = new RegExp(`const ${name}: \\[&str; \\d+\\] =\\s*\\[([^\\]]*)\\]`).exec(source);
    return [...list[1].matchAll(/"(\w+)"/g)].map((found) => found[1]);
  };
  const first = (text, word) => scopesOf(text).find((token) => token[0] === word)[1];
  for (const word of words("KINDS")) assert.equal(first(`${word} a {`, word), "storage.type.declaration");
  for (const word of words("DOCUMENTS")) assert.equal(first(`${word} "T" version 1.0.0 for node;`, word), "keyword.other.document");
  for (const word of words("SCOPES")) assert.equal(first(`policy "T" version 1.0.0 for ${word};`, word), "constant.language.scope");
  for (const word of words("WALKS")) assert.equal(first(`x = ${word}(a in b: c);`, word), "support.function.walk");
  for (const word of words("RESERVED")) assert.doesNotMatch(first(`x = ${word} ;`, word), /^(variable\.other|entity)/);
  const tails = ["a: Int;", "a(b: Int) {", "a {", 'a "b";', '"a";', "{", "[a] forever;", "state a;"];
  for (const word of words("ITEMS")) {
    assert.ok(tails.some((tail) => /^(storage|keyword)/.test(first(`${word} ${tail}`, word))), word);
  }
});

test("snippets hold no wrong word", () => {
  for (const [name, { body }] of Object.entries(JSON.parse(read("snippets/ccl.json")))) {
    const text = body.join("\n").replace(/\$\{\d+\|([^,|]*)[^}]*\}/g, "$1").replace(/\$\{\d+:([^}]*)\}/g, "$1").replace(/\$\d/g, "");
    assert.ok(!tokens(text).some((token) => token.scope.startsWith("invalid")), name);
  }
});

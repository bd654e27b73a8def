// The grammar in the engine of VS Code.
import fs from "node:fs";
import { createRequire } from "node:module";

const require = createRequire(import.meta.url);
const oniguruma = require("vscode-oniguruma");
const textmate = require("vscode-textmate");

const root = new URL("../", import.meta.url);
export const read = (path) => fs.readFileSync(new URL(path, root), "utf8");

await oniguruma.loadWASM(fs.readFileSync(require.resolve("vscode-oniguruma/release/onig.wasm")).buffer);
const registry = new textmate.Registry({
  onigLib: Promise.resolve({
    createOnigScanner: (patterns) => new oniguruma.OnigScanner(patterns),
    createOnigString: (text) => new oniguruma.OnigString(text),
  }),
  loadGrammar: async (scope) =>
    scope === "source.ccl" ? textmate.parseRawGrammar(read("syntaxes/ccl.tmLanguage.json"), "ccl.tmLanguage.json") : null,
});
const grammar = await registry.loadGrammar("source.ccl");

/** Tokens of a text: what it is, its innermost scope without `.ccl`, and all of its scopes. */
export function tokens(text) {
  let stack = textmate.INITIAL;
  return text.split("\n").flatMap((line, number) => {
    const read = grammar.tokenizeLine(line, stack);
    stack = read.ruleStack;
    return read.tokens.map(({ startIndex, endIndex, scopes }) => ({
      text: line.slice(startIndex, endIndex),
      scope: scopes.at(-1).replace(/\.ccl$/, ""),
      scopes,
      line: number + 1,
    }));
  });
}

/** Each word of a text that is no blank, with its scope. */
export const scopesOf = (text) =>
  tokens(text)
    .filter((token) => token.text.trim() !== "")
    .map((token) => [token.text.trim(), token.scope]);

// The extension with stand-ins for the editor and the client.
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import Module from "node:module";
import { test } from "node:test";
import { read } from "./grammar.mjs";

const require = createRequire(import.meta.url);

/** Loads the extension into an editor with these settings; `log` holds what it does. */
function editor(settings, fails = false) {
  const log = [];
  const seen = { commands: {}, warnings: [] };
  const vscode = {
    commands: { registerCommand: (name, run) => (seen.commands[name] = run) },
    window: { showWarningMessage: (text) => seen.warnings.push(text) },
    workspace: {
      getConfiguration: (section) => ({ get: (key, otherwise) => settings[`${section}.${key}`] ?? otherwise }),
      onDidChangeConfiguration: (run) => (seen.changed = run),
    },
  };
  class LanguageClient {
    constructor(id, name, server, options) {
      Object.assign(this, { id, name, server, options });
    }
    async start() {
      if (fails) throw new Error("no such program");
      log.push(["start", this.server.command, ...this.server.args, this.options.documentSelector[0].language]);
    }
    async stop() {
      log.push(["stop"]);
    }
  }
  const stand = { vscode, "vscode-languageclient/node": { LanguageClient } };
  const load = Module._load;
  Module._load = (name, ...rest) => stand[name] ?? load(name, ...rest);
  const path = require.resolve("../extension.js");
  delete require.cache[path];
  try {
    return { extension: require(path), log, seen, context: { subscriptions: [] } };
  } finally {
    Module._load = load;
  }
}

const started = (command) => ["start", command, "ccl", "lsp", "ccl"];

test("the server is started, restarted and stopped", async () => {
  const { extension, log, seen, context } = editor({});
  await extension.activate(context);
  await seen.commands["ccl.restart"]();
  await seen.changed({ affectsConfiguration: (section) => section === "ccl.server" });
  await seen.changed({ affectsConfiguration: () => false });
  await extension.deactivate();
  const icn = started("icn");
  assert.deepEqual(log, [icn, ["stop"], icn, ["stop"], icn, ["stop"]]);
  assert.equal(context.subscriptions.length, 2);
});

test("the server is the one of the settings, or none", async () => {
  const other = editor({ "ccl.server.path": "/opt/icn" });
  await other.extension.activate(other.context);
  assert.deepEqual(other.log, [started("/opt/icn")]);
  const none = editor({ "ccl.server.enabled": false });
  await none.extension.activate(none.context);
  assert.deepEqual(none.log, []);
});

test("a server that does not start is told, and nothing else fails", async () => {
  const { extension, seen, context } = editor({}, true);
  await extension.activate(context);
  await extension.deactivate();
  assert.match(seen.warnings[0], /no such program.*ccl\.server\.path/);
});

test("what the package names is there", () => {
  const { contributes, main } = JSON.parse(read("package.json"));
  const paths = [...contributes.grammars, ...contributes.snippets].map((entry) => entry.path);
  for (const path of [main, ...paths, contributes.languages[0].configuration]) assert.ok(read(path).length > 0, path);
  const configuration = JSON.parse(read("language-configuration.json"));
  for (const pattern of Object.values(configuration.indentationRules)) new RegExp(pattern);
  const words = "quorum: 12.50 eur; 50% 7d12h".match(new RegExp(configuration.wordPattern, "g"));
  assert.deepEqual(words, ["quorum", "12.50", "eur", "50%", "7d12h"]);
});

// Starts `icn ccl lsp` and connects the editor with it over the standard streams.
"use strict";

const { commands, window, workspace } = require("vscode");
const { LanguageClient } = require("vscode-languageclient/node");

let client;

/** A client as the settings have it, or none. */
function configured() {
  const settings = workspace.getConfiguration("ccl");
  if (!settings.get("server.enabled", true)) return undefined;
  const server = { command: settings.get("server.path", "icn"), args: ["ccl", "lsp"] };
  const documents = { documentSelector: [{ language: "ccl" }] };
  return new LanguageClient("ccl", "CCL", server, documents);
}

async function start() {
  client = configured();
  try {
    await client?.start();
  } catch (error) {
    client = undefined;
    const help = "Set `ccl.server.path`, or turn `ccl.server.enabled` off.";
    window.showWarningMessage(`The CCL language server did not start: ${error.message ?? error}. ${help}`);
  }
}

async function stop() {
  const running = client;
  client = undefined;
  await running?.stop();
}

async function restart() {
  await stop();
  await start();
}

async function activate(context) {
  const changed = (event) => (event.affectsConfiguration("ccl.server") ? restart() : undefined);
  context.subscriptions.push(commands.registerCommand("ccl.restart", restart), workspace.onDidChangeConfiguration(changed));
  await start();
}

module.exports = { activate, deactivate: stop };

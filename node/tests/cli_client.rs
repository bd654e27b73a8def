//! Client commands against a running node.

mod program;

use program::{icn, Node};
use serde_json::{json, Value};
use std::{fs, io::Write as _, path::PathBuf};

const BOB: &str = "5FHneW46xGXgs5mUiveU4sbTyGBzmstUspZC92UhjJM694ty";

fn transfer<'a>(value: &'a str, signer: &'a str) -> Vec<&'a str> {
    vec!["tx", "Balances.transfer_keep_alive", "dest=//Bob", value, "--signer", signer]
}

fn free(node: &Node, account: &str) -> u128 {
    let account = node.json(&["query", "System.Account", account]);
    account["data"]["free"].as_str().expect("a string").parse().expect("a number")
}

#[test]
fn a_transfer_is_sent_to_finality_and_read_back() {
    let node = Node::temporary();
    let before = free(&node, "//Bob");
    let sent = node.json(&transfer("value=1_000_000_000_000", "//Alice"));
    assert_eq!((&sent["success"], &sent["error"], &sent["block"]["number"]), (&json!(true), &Value::Null, &json!("1")));
    let events = sent["events"].as_array().expect("events");
    let transferred = events.iter().find_map(|event| event.get("Balances.Transfer")).expect("a transfer");
    assert_eq!((&transferred["to"], &transferred["amount"]), (&json!(BOB), &json!("1000000000000")));

    assert_eq!(free(&node, "//Bob"), before + 1_000_000_000_000);
    let at_genesis = node.json(&["query", "System.Account", "//Bob", "--at", "0"]);
    assert_eq!(at_genesis["data"]["free"], before.to_string());

    let block = node.json(&["block", sent["block"]["hash"].as_str().expect("a hash")]);
    let extrinsic = block["extrinsics"].as_array().expect("extrinsics").last().expect("the transfer").clone();
    assert_eq!(extrinsic["hash"], sent["transaction"]);
    assert_eq!(extrinsic["call"]["Balances.transfer_keep_alive"]["dest"], BOB);
    assert_eq!(extrinsic["events"], sent["events"]);
    assert_eq!(block["number"], "1");
    assert!(block["time"].as_str().is_some_and(|time| time.ends_with('Z')), "{block}");
}

#[test]
fn progress_is_told_as_it_happens() {
    let node = Node::temporary();
    let said = node.icn(&transfer("value=1_000_000_000_000", "//Alice"));
    for step in ["fee_estimate: ", "in block 0x", "finalized in block 0x"] {
        assert!(said.err.contains(step), "{step}: {said:?}");
    }
    assert!(said.ok().starts_with("success: true\n"));
}

#[test]
fn a_failing_call_has_its_name_and_a_failing_exit_code() {
    let node = Node::temporary();
    node.icn(&["tx", "Sudo.sudo", "call=System.remark{remark: 0x00}", "--signer", "//Bob"])
        .fails_with(&["the call failed in block 1", "Sudo.RequireSudo"]);
    node.icn(&transfer("value=2_000_000_000_000_000_000", "//Alice"))
        .fails_with(&["the call failed", "Funds are unavailable"]);
}

#[test]
fn a_failing_call_inside_a_call_is_told_and_fails() {
    let node = Node::temporary();
    let theft = "call=Balances.force_transfer{source: //Eve, dest: //Bob, value: 2_000_000_000_000_000_000}";
    let sudo = ["tx", "Sudo.sudo", theft, "--signer", "//Alice"];
    node.icn(&sudo).fails_with(&["succeeded in block 1", "Sudo.Sudid", "FundsUnavailable"]);
    let batch = "calls=[System.remark{remark: 0x00}, Sudo.sudo{call: System.remark{remark: 0x01}}]";
    let batch = ["tx", "Utility.batch", batch, "--signer", "//Bob"];
    node.icn(&batch).fails_with(&["succeeded in block 2", "Utility.BatchInterrupted", "Sudo.RequireSudo"]);
    node.icn(&["tx", "Sudo.sudo", "call=System.remark{remark: 0x00}", "--signer", "//Alice"]).ok();
}

#[test]
fn what_the_pool_refuses_is_said_in_its_words() {
    let node = Node::temporary();
    node.icn(&transfer("value=1_000_000_000_000", "//Alice")).ok();
    let stale = [transfer("value=1", "//Alice"), vec!["--nonce", "0"]].concat();
    node.icn(&stale).fails_with(&["outdated"]);
    let dry = [stale, vec!["--dry-run"]].concat();
    node.icn(&dry).fails_with(&["not valid", "the nonce was used already"]);
    node.icn(&transfer("value=1", "//Nobody")).fails_with(&["nability to pay"]);
}

#[test]
fn a_dry_run_estimates_and_sends_nothing() {
    let node = Node::temporary();
    let dry = node.json(&[transfer("value=5", "//Alice"), vec!["--tip", "1_000", "--dry-run"]].concat());
    let fee: u128 = dry["fee_estimate"].as_str().expect("a fee").parse().expect("a number");
    assert!(fee > 1_000, "{dry}");
    assert_eq!(node.json(&["query", "System.Number"]), 0);
}

#[test]
fn nested_calls_are_written_in_text() {
    let node = Node::temporary();
    let calls = format!(
        "calls=[System.remark{{remark: \"hello, world\"}}, Balances.transfer_keep_alive{{dest: {BOB}, value: 7_000_000_000_000}}]"
    );
    let sent = node.json(&["tx", "Utility.batch_all", &calls, "--signer", "//Alice"]);
    assert_eq!(sent["success"], true);
    let inner = &sent["call"]["Utility.batch_all"]["calls"];
    assert_eq!(inner[0]["System.remark"]["remark"], format!("0x{}", hex::encode("hello, world")));
    assert_eq!(inner[1]["Balances.transfer_keep_alive"]["value"], "7000000000000");
}

#[test]
fn mistakes_in_names_and_arguments_are_explained() {
    let node = Node::temporary();
    let cases: [(&[&str], &[&str]); 10] = [
        (&["query", "System.Acount"], &["System has nothing to query named Acount", "did you mean Account?"]),
        (&["query", "Sistem.Account"], &["no pallet or runtime API Sistem", "did you mean System?"]),
        (&["query", "System"], &["Pallet.Item"]),
        (&["query", "System.Account", "//Alice", "1"], &["System.Account takes at most one key, got 2"]),
        (&["query", "System.Account", "Alice"], &["Alice is not an account", "//Alice"]),
        (&["query", "System.Number", "--at", "99"], &["no block 99", "icn block latest"]),
        (&["tx", "Balances.transfer", "--signer", "//Alice"], &["Balances has no call transfer"]),
        (&["tx", "System.remark", "remark", "--signer", "//Alice"], &["NAME=VALUE"]),
        (&["tx", "System.remark", "text=0x", "--signer", "//Alice"], &["has no field text", "remark: Vec<u8>"]),
        (&["tx", "System.remark", "remark=0x", "--signer", "Alice"], &["//Alice"]),
    ];
    for (arguments, parts) in cases {
        node.icn(arguments).fails_with(parts);
    }
    node.icn(&["tx", "System.remark", "remark=0x"]).fails_with(&["nobody signs", "--signer //Alice"]);
}

#[test]
fn maps_constants_and_runtime_apis_are_queried() {
    let node = Node::temporary();
    let accounts = node.json(&["query", "System.Account", "--limit", "3"]);
    assert_eq!(accounts.as_array().map(Vec::len), Some(3));
    assert!(accounts[0]["key"].as_str().is_some_and(|key| key.starts_with('5')), "{accounts}");
    let all = node.json(&["query", "System.Account", "--limit", "0"]);
    assert!(all.as_array().is_some_and(|all| all.iter().any(|entry| entry["key"] == BOB)), "{all}");
    assert!(node.json(&["query", "Balances.ExistentialDeposit"]).is_string());
    assert_eq!(node.json(&["query", "AccountNonceApi.account_nonce", "//Alice"]), 0);
    assert_eq!(node.json(&["query", "Core.version"])["spec_name"], "icn");
    let text = node.icn(&["query", "System.Account", "//Alice"]).ok();
    assert!(text.starts_with("nonce: 0\n") && text.contains("\n  free: 1_000_000_000_000_000_000\n"), "{text}");
}

#[test]
fn what_exists_is_listed_with_its_documentation() {
    let node = Node::temporary();
    let all = node.icn(&["query", "--list"]).ok();
    for name in ["Balances", "TotalIssuance", "AccountNonceApi"] {
        assert!(all.contains(name), "{name}: {all}");
    }
    let system = node.json(&["query", "--list", "System"]);
    assert_eq!(
        system["storage"]["System.Account"]["type"].as_str().map(|ty| ty.starts_with("(AccountId32) -> ")),
        Some(true)
    );
    assert!(system["storage"]["System.Account"]["docs"].as_str().is_some_and(|docs| !docs.is_empty()));
    let calls = node.json(&["tx", "--list", "Balances"]);
    assert_eq!(calls["Balances.transfer_keep_alive"]["arguments"]["value"], "Compact<u128>");
}

#[test]
fn a_key_file_signs_when_only_its_owner_can_read_it() {
    use std::os::unix::fs::PermissionsExt as _;
    let node = Node::temporary();
    let directory = tempfile::tempdir().expect("a directory");
    let file: PathBuf = directory.path().join("key");
    let mut writer = fs::File::create(&file).expect("created");
    writeln!(writer, "bottom drive obey lake curtain smoke basket hold race lonely fit walk//Alice").expect("written");
    let name = file.to_str().expect("UTF-8");
    let command = ["tx", "System.remark", "remark=0x00", "--key-file", name];
    fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).expect("mode");
    node.icn(&command).fails_with(&["chmod 600", name]);
    fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).expect("mode");
    assert_eq!(node.json(&command)["success"], true);
}

#[test]
fn the_environment_names_the_node() {
    let node = Node::temporary();
    let mut command = program::program();
    let said = program::said(command.args(["query", "System.Number"]).env("ICN_URL", &node.url));
    assert_eq!(said.ok(), "0\n");
}

#[test]
fn no_node_is_said_with_what_to_do() {
    for command in [&["query", "System.Number"][..], &["block"], &["tx", "--list"]] {
        let command = command.iter().copied().chain(["--url", "ws://127.0.0.1:1"]);
        icn(command).fails_with(&["no node answers at ws://127.0.0.1:1", "icn dev", "--url"]);
    }
    let said = icn(["block", "--url", "ws://127.0.0.1:1"]);
    assert_eq!(said.err.matches("RPC error").count(), 1, "{said:?}");
    icn(["block", "--url", "http://127.0.0.1:1"]).fails_with(&["ws://"]);
}

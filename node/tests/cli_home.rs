//! Homes and chain specifications.

mod program;

use program::icn;
use std::fs;

const BOB: &str = "5FHneW46xGXgs5mUiveU4sbTyGBzmstUspZC92UhjJM694ty";

fn path(path: &std::path::Path) -> &str {
    path.to_str().expect("UTF-8")
}

#[test]
fn init_makes_a_home_once() {
    let directory = tempfile::tempdir().expect("a directory");
    let home = directory.path().join("home");
    let said = icn(["init", "--home", path(&home)]).ok();
    assert!(said.contains(&format!("icn start --home {}", home.display())), "{said}");
    let config = fs::read_to_string(home.join("icn.toml")).expect("a configuration");
    assert!(config.contains("#port = 9944"));
    let spec = fs::read_to_string(home.join("chain-spec.json")).expect("a specification");

    icn(["init", "--home", path(&home)]).fails_with(&["exists already", "icn start", "--home"]);
    assert_eq!(fs::read_to_string(home.join("chain-spec.json")).expect("still there"), spec);
}

#[test]
fn init_takes_a_specification_and_refuses_what_is_none() {
    let directory = tempfile::tempdir().expect("a directory");
    let [spec, broken, home] = ["spec.json", "broken.json", "home"].map(|name| directory.path().join(name));
    fs::write(&spec, icn(["chain-spec", "build"]).ok()).expect("written");
    fs::write(&broken, "{}").expect("written");

    icn(["init", "--home", path(&home), "--chain", path(&broken)]).fails_with(&["broken.json"]);
    icn(["init", "--home", path(&home), "--chain", "nowhere.json"]).fails_with(&["nowhere.json"]);
    assert!(!home.exists(), "nothing is made of a broken specification");
    icn(["init", "--home", path(&home), "--chain", path(&spec)]).ok();
}

#[test]
fn a_specification_is_built_checked_and_shown() {
    let directory = tempfile::tempdir().expect("a directory");
    let spec = directory.path().join("spec.json");
    fs::write(&spec, icn(["chain-spec", "build"]).ok()).expect("written");
    assert!(icn(["chain-spec", "check", path(&spec)]).ok().contains("0x"), "the genesis hash is shown");
    let shown = icn(["chain-spec", "show", path(&spec), "--output", "json"]).json();
    assert_eq!(shown["chain_type"], "Development");
    assert_eq!(shown["genesis_hash"], icn(["chain-spec", "show", "dev", "--output", "json"]).json()["genesis_hash"]);

    let text = fs::read_to_string(&spec).expect("readable");
    fs::write(&spec, text.replacen('{', "{\"unknown_key\": 1,", 1)).expect("written");
    icn(["chain-spec", "check", path(&spec)]).fails_with(&["unknown_key"]);
    fs::write(&spec, &text[..text.len() / 2]).expect("written");
    icn(["chain-spec", "check", path(&spec)]).fails_with(&["spec.json"]);
}

#[test]
fn start_and_check_want_a_home() {
    let directory = tempfile::tempdir().expect("a directory");
    for command in ["start", "check"] {
        icn([command, "--home", path(directory.path())]).fails_with(&["is not a home", "icn init"]);
    }
}

#[test]
fn a_chain_of_your_own_is_built_from_flags() {
    let directory = tempfile::tempdir().expect("a directory");
    let [spec, patch] = ["valley.json", "patch.json"].map(|name| directory.path().join(name));
    fs::write(&patch, format!(r#"{{"balances": {{"balances": [["{BOB}", 5000000000000]]}}}}"#)).expect("written");
    let build = |flags: &[&str]| {
        let common = ["chain-spec", "build", "--id", "valley", "--genesis-time-ms", "1800000000000"];
        icn(common.iter().chain(flags))
    };
    let development = ["--name", "Valley", "--token", "MILL", "--patch", path(&patch)];
    let text = build(&development).ok();
    assert_eq!(text, build(&development).ok(), "the same flags give the same document");
    fs::write(&spec, &text).expect("written");
    let shown = icn(["chain-spec", "show", path(&spec), "--output", "json"]).json();
    assert_eq!((&shown["name"], &shown["chain_type"]), (&"Valley".into(), &"Development".into()));
    assert!(shown["chain_id"].as_str().is_some_and(|id| id.starts_with("valley-")), "{shown}");
    assert!(text.contains("MILL"));

    build(&["--type", "live"]).fails_with(&["validators"]);
    let alice = "--validator=88dc3417d5058ec4b4503e0c12ea1a0a89be200fe98922423d4334014fa6b0ee=10";
    build(&["--type", "live", alice]).fails_with(&["//Alice", "Development"]);
    build(&["--patch", path(&spec), "--token", "mill"]).fails_with(&["tokenSymbol"]);
    assert_eq!(icn(["chain-spec", "build", "--name", "x"]).code, Some(2), "a name needs an id");
}

#[test]
fn a_node_of_a_chain_with_users_needs_an_identity_to_start() {
    use sp_core::Pair as _;
    let directory = tempfile::tempdir().expect("a directory");
    let [spec, home] = ["spec.json", "home"].map(|name| directory.path().join(name));
    let key = hex::encode(sp_core::ed25519::Pair::from_seed(&[9; 32]).public());
    let validator = format!("--validator={key}=10=Mill");
    fs::write(&spec, icn(["chain-spec", "build", "--id", "valley", "--type", "live", &validator]).ok())
        .expect("written");
    icn(["init", "--home", path(&home), "--chain", path(&spec)]).ok();
    icn(["start", "--home", path(&home), "--rpc-port", "0"]).fails_with(&["no key node", "icn keys new node"]);
}

#[test]
fn a_network_of_any_pace_is_made() {
    let directory = tempfile::tempdir().expect("a directory");
    let out = directory.path().join("net");
    icn(["testnet", "init", "--validators", "2", "--time-scale", "0.5", "--out", path(&out)]).ok();
    let spec = fs::read_to_string(out.join("node1/chain-spec.json")).expect("a specification");
    let spec: serde_json::Value = serde_json::from_str(&spec).expect("JSON");
    let parameters = &spec["genesis"]["patch"]["validators"]["parameters"];
    assert_eq!((&parameters["timeouts_ms"]["propose"], &parameters["minimum_interval_ms"]), (&250.into(), &500.into()));
    let refused = icn(["testnet", "init", "--time-scale", "0", "--out", path(&directory.path().join("none"))]);
    assert!(refused.err.contains("--time-scale") && refused.err.contains("from 0.02 to 40"), "{refused:?}");
}

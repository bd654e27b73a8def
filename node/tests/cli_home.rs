//! Homes and chain specifications.

mod program;

use program::icn;
use std::fs;

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

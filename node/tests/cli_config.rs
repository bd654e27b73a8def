//! Layers of the configuration: defaults < file < environment < flags.

mod program;

use program::{icn, program, said, Said};
use std::{fs, path::Path};

fn show(home: &Path, variables: &[(&str, &str)], flags: &[&str]) -> Said {
    let mut command = program();
    command.args(["config", "show", "--output", "json", "--home"]).arg(home).args(flags);
    said(command.envs(variables.iter().copied()))
}

fn home(config: &str) -> tempfile::TempDir {
    let home = tempfile::tempdir().expect("a directory");
    fs::write(home.path().join("icn.toml"), config).expect("written");
    home
}

#[test]
fn each_layer_overrides_those_below() {
    let home = home("[rpc]\nport = 1001\nconnections = 7\n[history]\nstate = 100\n[log]\nformat = \"json\"");
    let variables = [("ICN_RPC_PORT", "1002"), ("ICN_HISTORY_BLOCKS", "12h"), ("ICN_RPC_HOSTS", "a.example,b.example")];

    let file = show(home.path(), &[], &[]).json();
    assert_eq!(file["rpc"]["port"], 1001);
    assert_eq!(file["rpc"]["address"], "127.0.0.1");
    assert_eq!((&file["history"]["state"], &file["history"]["blocks"]), (&"100".into(), &"all".into()));

    let environment = show(home.path(), &variables, &[]).json();
    assert_eq!(environment["rpc"]["port"], 1002);
    assert_eq!(environment["rpc"]["connections"], 7);
    assert_eq!(environment["history"]["blocks"], "12h");
    assert_eq!(environment["rpc"]["hosts"], serde_json::json!(["a.example", "b.example"]));

    let flags = ["--rpc-port", "1003", "--block", "interval=250", "--log-format", "text"];
    let flags = show(home.path(), &variables, &flags).json();
    assert_eq!(flags["rpc"]["port"], 1003);
    assert_eq!(flags["blocks"]["production"], "interval=250");
    assert_eq!(flags["log"]["format"], "text");
}

#[test]
fn the_home_comes_from_the_flag_the_variable_or_the_usual_places() {
    let shown = |variables: &[(&str, &str)]| {
        let mut command = program();
        said(command.args(["config", "show", "--output", "json"]).envs(variables.iter().copied())).json()["home"]
            .clone()
    };
    assert_eq!(shown(&[("HOME", "/h")]), "/h/.icn");
    assert_eq!(shown(&[("HOME", "/h"), ("XDG_DATA_HOME", "/x")]), "/x/icn");
    assert_eq!(shown(&[("HOME", "/h"), ("XDG_DATA_HOME", "/x"), ("ICN_HOME", "/i")]), "/i");
    icn(["config", "show"]).fails_with(&["neither ICN_HOME, XDG_DATA_HOME nor HOME is set", "--home"]);
}

#[test]
fn unknown_keys_are_named_with_their_file() {
    let home = home("[rpc]\nprot = 1001");
    show(home.path(), &[], &[]).fails_with(&["icn.toml", "line 2", "prot", "expected one of", "icn config template"]);
}

#[test]
fn unknown_variables_are_named_with_the_nearest() {
    let home = home("");
    show(home.path(), &[("ICN_RPC_PROT", "1")], &[]).fails_with(&["ICN_RPC_PROT", "did you mean ICN_RPC_PORT?"]);
}

#[test]
fn values_out_of_range_are_refused_wherever_they_stand() {
    show(home("[rpc]\nport = 70000").path(), &[], &[]).fails_with(&["icn.toml", "70000"]);
    show(home("[blocks]\nproduction = \"daily\"").path(), &[], &[]).fails_with(&["on-demand, interval"]);
    show(home("[history]\nstate = 0").path(), &[], &[]).fails_with(&["30d"]);
    show(home("rpc").path(), &[], &[]).fails_with(&["icn.toml"]);
    show(home("").path(), &[("ICN_RPC_PORT", "x")], &[]).fails_with(&["ICN_RPC_PORT"]);
}

#[test]
fn the_template_is_a_valid_file_of_comments() {
    let template = icn(["config", "template"]).ok();
    assert!(
        template.lines().all(|line| line.is_empty() || line.starts_with('#') || line.starts_with('[')),
        "{template}"
    );
    for setting in ["#port = 9944", "#production = \"on-demand\"", "ICN_LOG_FILTER", "[history]"] {
        assert!(template.contains(setting), "{setting} is not in\n{template}");
    }
    assert_eq!(show(home(&template).path(), &[], &[]).json()["rpc"]["port"], 9944);
}

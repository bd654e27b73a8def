//! Nodes that the program runs: where they listen, what they keep, how they stop.

mod program;

use program::{icn, program, Node};
use std::{
    fs,
    io::Write as _,
    net::{TcpListener, TcpStream},
    path::Path,
    process::Stdio,
};

fn path(path: &Path) -> &str {
    path.to_str().expect("UTF-8")
}

#[test]
fn a_temporary_chain_is_forgotten() {
    let node = Node::temporary();
    let home = node.home.strip_suffix(" (removed at the end)").expect("said").to_owned();
    assert_eq!(node.json(&["query", "System.Number"]), 0);
    assert!(Path::new(&home).is_dir());
    node.send("TERM");
    let (status, exists) = node.ended(|| Path::new(&home).exists());
    assert!(status.success() && !exists);
}

#[test]
fn a_second_interrupt_does_not_wait_for_clients() {
    let directory = tempfile::tempdir().expect("a directory");
    let mut command = program();
    command.args(["dev", "--rpc-port", "0", "--log", "warn", "--home"]).arg(directory.path());
    let mut node = Node::run(command.stderr(Stdio::piped()));
    // Half a request, for which a stopping node waits some seconds.
    let mut client = TcpStream::connect(node.url.strip_prefix("ws://").expect("an address")).expect("connected");
    client.write_all(b"GET / HTTP/1.1\r\n").expect("sent");
    node.icn(&["query", "System.Number"]).ok();
    node.send("INT");
    node.wait_for_note("Ctrl-C again");
    assert_eq!(node.signal("INT").code(), Some(130));
}

#[test]
fn a_development_chain_has_its_place_under_the_home() {
    let directory = tempfile::tempdir().expect("a directory");
    let mut command = program();
    command.args(["dev", "--log", "warn"]).env("HOME", directory.path()).env("ICN_RPC_PORT", "0");
    let node = Node::run(&mut command);
    assert_eq!(node.home, path(&directory.path().join(".icn/dev")));
    assert!(directory.path().join(".icn/dev/icn.toml").is_file());
}

#[test]
fn logs_are_json_lines_when_asked() {
    let directory = tempfile::tempdir().expect("a directory");
    let log = directory.path().join("log");
    let mut command = program();
    command.args(["dev", "--tmp", "--rpc-port", "0", "--log", "debug", "--log-format", "json"]);
    command.env("TMPDIR", directory.path());
    let node = Node::run(command.stderr(fs::File::create(&log).expect("created")));
    node.icn(&["tx", "System.remark", "remark=0x00", "--signer", "//Alice"]).ok();
    assert!(node.signal("TERM").success());
    let text = fs::read_to_string(&log).expect("UTF-8");
    let said = "stopping; Ctrl-C again to stop at once";
    let lines: Vec<serde_json::Value> = text
        .lines()
        .filter(|line| *line != said)
        .map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}")))
        .collect();
    assert!(lines.iter().any(|line| line["target"].as_str().is_some_and(|target| target.starts_with("icn"))), "{text}");
}

#[test]
fn a_home_keeps_its_chain_over_a_clean_stop_and_is_sound() {
    for signal in ["TERM", "INT"] {
        let directory = tempfile::tempdir().expect("a directory");
        let home = path(directory.path());
        let dev = ["dev", "--home", home, "--rpc-port", "0", "--log", "warn"];
        let node = Node::start(&dev);
        let remark = ["tx", "System.remark", "remark=0x00", "--signer", "//Alice"];
        let sent = node.json(&remark);
        assert!(node.signal(signal).success(), "{signal}");
        let checked = icn(["check", "--home", home]).ok();
        assert!(checked.contains("sound"), "{checked}");

        let node = Node::start(&["start", "--home", home, "--rpc-port", "0", "--log", "warn"]);
        let block = node.json(&["block", "1"]);
        assert_eq!(block["hash"], sent["block"]["hash"]);
    }
}

#[test]
fn a_home_in_use_is_refused() {
    let directory = tempfile::tempdir().expect("a directory");
    let home = path(directory.path());
    let _node = Node::start(&["dev", "--home", home, "--rpc-port", "0", "--log", "warn"]);
    icn(["dev", "--home", home, "--rpc-port", "0"]).fails_with(&["in use"]);
    icn(["check", "--home", home]).fails_with(&["in use"]);
}

#[test]
fn a_port_in_use_is_named_with_the_flag() {
    let taken = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = taken.local_addr().expect("bound").port().to_string();
    icn(["dev", "--tmp", "--rpc-port", &port]).fails_with(&[&port, "in use", "--rpc-port"]);
}

#[test]
fn a_file_configures_the_node_and_a_broken_one_stops_it() {
    let directory = tempfile::tempdir().expect("a directory");
    let home = path(directory.path());
    icn(["init", "--home", home, "--chain", "dev"]).ok();
    let config = directory.path().join("icn.toml");
    fs::write(&config, "[rpc]\nport = 0\nmodern = false\n[log]\nfilter = \"warn\"").expect("written");
    let node = Node::start(&["start", "--home", home]);
    assert_eq!(node.json(&["query", "System.Number"]), 0);
    drop(node);
    fs::write(&config, "[rpc]\nprot = 0").expect("written");
    icn(["start", "--home", home]).fails_with(&["icn.toml", "line 2", "prot"]);
}

#[test]
fn a_malformed_log_filter_is_refused() {
    icn(["dev", "--tmp", "--rpc-port", "0", "--log", "icn=loud"]).fails_with(&["log filter", "icn=loud"]);
}

#[test]
fn blocks_come_by_themselves_at_an_interval() {
    let node = Node::temporary_with(&["--block", "interval=20", "--log", "warn"]);
    let number = || node.json(&["query", "System.Number"]).as_u64().expect("a number");
    let first = number();
    // Each query takes some milliseconds; an interval that does not run would never end this.
    while number() <= first + 1 {}
}

#[test]
fn a_damaged_store_fails_the_check() {
    let directory = tempfile::tempdir().expect("a directory");
    let home = path(directory.path());
    let node = Node::start(&["dev", "--home", home, "--rpc-port", "0", "--log", "warn"]);
    node.icn(&["tx", "System.remark", "remark=0x00", "--signer", "//Alice"]).ok();
    assert!(node.signal("TERM").success());
    let files: Vec<_> = fs::read_dir(directory.path().join("db")).expect("the store").flatten().collect();
    let logs =
        files.iter().map(|file| file.path()).filter(|path| path.extension().is_some_and(|e| e == "sst" || e == "log"));
    let largest = logs.max_by_key(|path| fs::metadata(path).map_or(0, |data| data.len())).expect("a file with records");
    let mut bytes = fs::read(&largest).expect("readable");
    let middle = bytes.len() / 2;
    bytes[middle] ^= 0xff;
    fs::write(&largest, bytes).expect("written");
    let said = icn(["check", "--home", home]);
    assert_eq!(said.code, Some(1), "{said:?}");
}

//! What the program says of itself.

mod program;

use program::icn;

const COMMANDS: [&[&str]; 88] = [
    &[],
    &["dev"],
    &["init"],
    &["start"],
    &["testnet"],
    &["testnet", "init"],
    &["testnet", "start"],
    &["chain-spec"],
    &["chain-spec", "build"],
    &["chain-spec", "check"],
    &["chain-spec", "show"],
    &["keys"],
    &["keys", "new"],
    &["keys", "list"],
    &["keys", "show"],
    &["keys", "import"],
    &["keys", "export"],
    &["validator"],
    &["validator", "list"],
    &["validator", "add"],
    &["validator", "remove"],
    &["validator", "power"],
    &["validator", "rotate"],
    &["status"],
    &["query"],
    &["tx"],
    &["block"],
    &["dag"],
    &["dag", "create"],
    &["dag", "writers"],
    &["dag", "put"],
    &["dag", "get"],
    &["dag", "log"],
    &["dag", "prove"],
    &["dag", "verify"],
    &["dag", "find"],
    &["dag", "ancestors"],
    &["dag", "descendants"],
    &["dag", "children"],
    &["dag", "path"],
    &["dag", "common"],
    &["dag", "order"],
    &["dag", "evidence"],
    &["dag", "report"],
    &["dag", "status"],
    &["blob"],
    &["blob", "add"],
    &["blob", "get"],
    &["blob", "info"],
    &["blob", "list"],
    &["blob", "pin"],
    &["blob", "unpin"],
    &["blob", "gc"],
    &["trust"],
    &["trust", "block"],
    &["trust", "verify"],
    &["check"],
    &["config"],
    &["completions"],
    &["keys", "sealing"],
    &["validator", "sealing"],
    &["trust", "show"],
    &["trust", "bundle"],
    &["trust", "chain"],
    &["trust", "value"],
    &["federation"],
    &["federation", "peer"],
    &["federation", "peer", "list"],
    &["federation", "peer", "add"],
    &["federation", "peer", "freeze"],
    &["federation", "peer", "thaw"],
    &["federation", "peer", "remove"],
    &["federation", "follow"],
    &["federation", "accept"],
    &["federation", "report"],
    &["relay"],
    &["ccl"],
    &["ccl", "check"],
    &["ccl", "fmt"],
    &["ccl", "compile"],
    &["ccl", "test"],
    &["ccl", "run"],
    &["ccl", "diff"],
    &["ccl", "explain"],
    &["ccl", "who-can"],
    &["ccl", "doc"],
    &["ccl", "new"],
    &["ccl", "lsp"],
];

#[test]
fn every_command_has_help_with_an_example_of_itself() {
    for command in COMMANDS {
        let help = icn(command.iter().copied().chain(["--help"])).ok();
        let (_, examples) =
            help.split_once("Example").unwrap_or_else(|| panic!("{command:?} has no examples:\n{help}"));
        let line = ["icn"].iter().chain(command).copied().collect::<Vec<_>>().join(" ");
        assert!(examples.contains(&line), "{command:?}:\n{examples}");
    }
}

#[test]
fn every_command_is_tested_here() {
    let help = icn(["--help"]).ok();
    let commands = help.lines().skip_while(|line| *line != "Commands:").skip(1).take_while(|line| !line.is_empty());
    // A description that goes on in the next line is indented further.
    let commands = commands.filter_map(|line| line.strip_prefix("  ")).filter(|line| !line.starts_with(' '));
    for command in commands.filter_map(|line| line.split_whitespace().next()).filter(|command| *command != "help") {
        assert!(COMMANDS.iter().any(|known| known.first() == Some(&command)), "{command}");
    }
}

#[test]
fn wrong_flags_and_commands_end_with_code_2_and_a_hint() {
    for (arguments, hint) in [
        (&["devv"][..], "dev"),
        (&["dev", "--rpc-prot", "1"], "--rpc-port"),
        (&["dev", "--rpc-port", "65536"], "65536"),
        (&["dev", "--block", "sometimes"], "interval=MS"),
        (&["dev", "--tmp", "--home", "/x"], "cannot be used with"),
        (&["dev", "--state-history", "0"], "30d"),
        (&["query"], "NAME"),
        (&["block", "best"], "latest"),
        (&["tx", "A.b", "--signer", "//Alice", "--key-file", "x"], "cannot be used with"),
        (&["tx", "A.b", "--tip", "much"], "--tip"),
        (&["tx", "A.b", "--mortal", "4097"], "4096"),
        (&["completions", "cmd"], "bash"),
    ] {
        let said = icn(arguments);
        assert_eq!(said.code, Some(2), "{said:?}");
        assert!(said.err.contains(hint), "{hint}: {said:?}");
    }
}

#[test]
fn completions_name_the_commands_for_each_shell() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = icn(["completions", shell]).ok();
        for word in ["chain-spec", "key-file", "rpc-port"] {
            assert!(script.contains(word), "{shell} lacks {word}");
        }
    }
}

#[test]
fn the_version_is_printed() {
    assert_eq!(icn(["--version"]).ok(), format!("icn {}\n", env!("CARGO_PKG_VERSION")));
}

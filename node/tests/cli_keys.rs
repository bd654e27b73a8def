//! Keys of a home: made, shown, exchanged, and used to sign.

#![cfg(unix)]

mod program;

use program::{icn, program, said, Node, Said};
use serde_json::{json, Value};
use std::{
    fs,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    process::Command,
};

const PASSPHRASE: &str = "open sesame";

const ALICE: &str = "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY";

/// A directory with a home, a passphrase, and whatever a test writes beside them.
struct Desk {
    directory: tempfile::TempDir,
}

impl Desk {
    /// Without a chain.
    fn new() -> Self {
        let desk = Self { directory: tempfile::tempdir().expect("a directory") };
        desk.write("passphrase", &format!("{PASSPHRASE}\n"));
        desk
    }

    /// With a home of the Development chain.
    fn development() -> Self {
        let desk = Self::new();
        icn(["init", "--home", &desk.at("home")]).ok();
        desk
    }

    /// With a home of a chain of one owner.
    fn local() -> Self {
        use sp_core::Pair as _;
        let desk = Self::new();
        let key = hex::encode(sp_core::ed25519::Pair::from_seed(&[9; 32]).public());
        let validator = format!("--validator={key}=10=Mill");
        let spec = icn(["chain-spec", "build", "--id", "valley", "--type", "local", &validator]).ok();
        let spec = desk.write("valley.json", &spec);
        icn(["init", "--home", &desk.at("home"), "--chain", &spec]).ok();
        desk
    }

    fn at(&self, name: &str) -> String {
        self.directory.path().join(name).to_str().expect("UTF-8").to_owned()
    }

    /// A file that only its owner can read.
    fn write(&self, name: &str, content: &str) -> String {
        let path = self.at(name);
        fs::write(&path, content).expect("written");
        set_mode(Path::new(&path), 0o600);
        path
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.at(name)).expect("readable")
    }

    /// `icn keys` on this home, with nobody to ask.
    fn keys(&self, arguments: &[&str]) -> Said {
        icn(["keys"].iter().chain(arguments).copied().chain(["--home", &self.at("home")]))
    }

    /// As [`Self::keys`], with the passphrase in a file.
    fn unlocked(&self, arguments: &[&str]) -> Said {
        self.keys(&[arguments, &["--passphrase-file", &self.at("passphrase")]].concat())
    }

    fn key_file(&self, name: &str) -> PathBuf {
        self.directory.path().join(format!("home/keys/{name}.json"))
    }
}

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("mode set");
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).expect("there").permissions().mode() & 0o777
}

#[test]
fn keys_are_made_listed_and_shown() {
    let desk = Desk::new();
    let made = desk.unlocked(&["new", "consensus", "--output", "json"]).json();
    let file = desk.key_file("consensus");
    assert_eq!((mode(&file), mode(file.parent().expect("a folder"))), (0o600, 0o700));
    let text = |value: &Value| value.as_str().expect("text").to_owned();
    let address = text(&made["address"]);
    assert!(address.len() == 40 && address == address.to_uppercase(), "{made}");
    let public_key = text(&made["public_key"]);
    assert_eq!(
        made,
        json!({
            "name": "consensus", "kind": "consensus", "scheme": "ed25519", "public_key": public_key,
            "address": address, "encrypted": true, "file": file.to_str(),
        })
    );
    let node = desk.unlocked(&["new", "node", "--name", "mill", "--output", "json"]).json();
    assert!(text(&node["peer_id"]).starts_with("12D3KooW"), "{node}");
    assert_eq!((&node["name"], &node["kind"]), (&json!("mill"), &json!("node")));

    assert_eq!(desk.keys(&["list", "--output", "json"]).json(), json!([made, node]));
    assert_eq!(desk.keys(&["show", "mill", "--output", "json"]).json(), node);
    let shown = desk.keys(&["show", "consensus"]).ok();
    assert!(shown.contains(&format!("address: {address}\nencrypted: true\n")), "{shown}");
}

#[test]
fn a_home_is_made_around_the_keys_of_its_validator() {
    let desk = Desk::new();
    let key = desk.unlocked(&["new", "consensus", "--output", "json"]).json()["public_key"].clone();
    let validator = format!("--validator={}=10=Mill", key.as_str().expect("hex"));
    let spec = icn(["chain-spec", "build", "--id", "valley", "--type", "live", &validator]).ok();
    icn(["init", "--home", &desk.at("home"), "--chain", &desk.write("valley.json", &spec)]).ok();
    assert_eq!(desk.keys(&["show", "consensus", "--output", "json"]).json()["public_key"], key);
}

#[test]
fn a_key_is_kept_unless_force_is_said() {
    let desk = Desk::new();
    let public = |said: Said| said.json()["public_key"].clone();
    let first = public(desk.unlocked(&["new", "node", "--output", "json"]));
    desk.unlocked(&["new", "node"]).fails_with(&["node.json", "exists already", "--force"]);
    let seed = desk.write("seed", &"07".repeat(32));
    desk.unlocked(&["import", "node", "--secret-file", &seed]).fails_with(&["exists already"]);
    assert_eq!(public(desk.keys(&["show", "node", "--output", "json"])), first);
    let second = public(desk.unlocked(&["new", "node", "--force", "--output", "json"]));
    assert_ne!(first, second);
}

#[test]
fn a_missing_key_is_said_with_the_command_that_makes_one() {
    let desk = Desk::new();
    desk.keys(&["show", "consensus"]).fails_with(&["no key consensus", "icn keys new consensus --name consensus"]);
    desk.keys(&["show", "../consensus"]).fails_with(&["cannot name a key"]);
    assert_eq!(desk.keys(&["list", "--output", "json"]).json(), json!([]));
    assert!(desk.keys(&["list"]).err.contains("there are no keys in"));
}

#[test]
fn the_passphrase_comes_from_a_flag_a_credential_or_the_configuration() {
    let desk = Desk::development();
    desk.unlocked(&["new", "node"]).ok();
    let export = |variables: &[(&str, &str)], name: &str| {
        let mut command = program();
        command.args(["keys", "export", "node", "--yes", "--secret-file", &desk.at(name), "--home", &desk.at("home")]);
        said(command.envs(variables.iter().copied()))
    };
    let ways = ["--passphrase-file", "icn-passphrase", "keys.passphrase_file"];
    export(&[], "none").fails_with(&[&["no passphrase for the key node"][..], &ways].concat());

    fs::create_dir(desk.at("credentials")).expect("made");
    desk.write("credentials/icn-passphrase", PASSPHRASE);
    let credentials = desk.at("credentials");
    let credentials = [("CREDENTIALS_DIRECTORY", credentials.as_str())];
    export(&credentials, "by-credential").ok();
    fs::write(desk.at("home/icn.toml"), "[keys]\npassphrase_file = \"../passphrase\"\n").expect("written");
    export(&[], "by-configuration").ok();
    assert_eq!(desk.read("by-credential"), desk.read("by-configuration"));

    desk.write("credentials/icn-passphrase", "open barley");
    export(&credentials, "wrong").fails_with(&["does not open the key node"]);
    assert!(!Path::new(&desk.at("wrong")).exists());
}

#[test]
fn a_passphrase_that_others_can_read_and_an_empty_one_are_refused() {
    let desk = Desk::new();
    set_mode(Path::new(&desk.at("passphrase")), 0o640);
    desk.unlocked(&["new", "node"]).fails_with(&["may be read by others", "chmod 600"]);
    desk.write("passphrase", "\n");
    desk.unlocked(&["new", "node"]).fails_with(&["the passphrase is empty"]);
    desk.keys(&["new", "node"]).fails_with(&["no passphrase for the key node", "--passphrase-file"]);
    assert!(!desk.key_file("node").exists());
}

#[test]
fn the_environment_holds_no_passphrase() {
    for variable in ["ICN_PASSPHRASE", "ICN_KEYS_PASSPHRASE"] {
        let desk = Desk::new();
        let mut command = program();
        command.args(["keys", "new", "node", "--home", &desk.at("home")]).env(variable, PASSPHRASE);
        said(&mut command).fails_with(&[variable, "is not known"]);
    }
}

#[test]
fn a_file_that_others_can_read_or_that_is_damaged_is_not_used() {
    let desk = Desk::new();
    desk.unlocked(&["new", "node"]).ok();
    desk.unlocked(&["new", "consensus"]).ok();
    let export = || desk.unlocked(&["export", "node", "--yes", "--secret-file", &desk.at("seed")]);
    set_mode(&desk.key_file("node"), 0o644);
    export().fails_with(&["node.json", "may be read by others", "chmod 600"]);
    set_mode(&desk.key_file("node"), 0o600);

    let whole = desk.read("home/keys/node.json");
    for broken in [&whole[..whole.len() / 2], &whole.replacen("\\n", "\\n!", 3)] {
        fs::write(desk.key_file("node"), broken).expect("written");
        export().fails_with(&["node.json is damaged", "restore a copy"]);
    }
    fs::write(desk.key_file("node"), &whole[..whole.len() / 2]).expect("written");
    let listed = desk.keys(&["list", "--output", "json"]);
    assert!(listed.out.contains("consensus.json"), "others are listed: {listed:?}");
    listed.fails_with(&["node.json is damaged"]);
    fs::write(desk.key_file("node"), whole.replacen("\"version\": 1", "\"version\": 9", 1)).expect("written");
    export().fails_with(&["format 9", "newer than this program"]);
}

#[test]
fn a_seed_goes_in_and_out() {
    let desk = Desk::new();
    for kind in ["consensus", "node", "account"] {
        let seed = "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60";
        let file = desk.write("seed", &format!("0x{seed}\n"));
        desk.unlocked(&["import", kind, "--secret-file", &file]).ok();
        let out = desk.at(&format!("{kind}.hex"));
        assert_eq!(desk.unlocked(&["export", kind, "--secret-file", &out]).code, Some(2), "it wants --yes");
        desk.unlocked(&["export", kind, "--secret-file", &out, "--yes"]).ok();
        assert_eq!((desk.read(&format!("{kind}.hex")), mode(Path::new(&out))), (format!("{seed}\n"), 0o600));
        desk.unlocked(&["export", kind, "--secret-file", &out, "--yes"]).fails_with(&["exists already"]);
    }
    let address = desk.keys(&["show", "consensus", "--output", "json"]).json()["address"].clone();
    assert_eq!(address, "21FE31DFA154A261626BF854046FD2271B7BED4B");
}

#[test]
fn secrets_in_files_that_are_none_or_that_others_can_read_are_refused() {
    let desk = Desk::new();
    let import = |kind: &str, flag: &str, content: &str| {
        let file = desk.write("secret", content);
        desk.unlocked(&["import", kind, flag, &file])
    };
    let secret = "legal winner thank year wave sausage worth useful legal winner thank yellowish";
    let said = import("account", "--mnemonic-file", secret);
    assert!(!said.err.contains("sausage"), "{said:?}");
    said.fails_with(&["secret cannot be imported", "12 to 24 English words"]);
    import("node", "--secret-file", "0707").fails_with(&["secret cannot be imported", "64 hex digits"]);
    import("node", "--polkadot-json", "{}").fails_with(&["--polkadot-json is for accounts only"]);
    import("account", "--mnemonic-file", &"a ".repeat(600)).fails_with(&["larger than 1024 bytes"]);
    set_mode(Path::new(&desk.at("secret")), 0o644);
    desk.unlocked(&["import", "account", "--secret-file", &desk.at("secret")]).fails_with(&["may be read by others"]);
    assert_eq!(desk.unlocked(&["import", "account"]).code, Some(2), "one of three ways is needed");
    assert_eq!(desk.keys(&["list", "--output", "json"]).json(), json!([]));
}

#[test]
fn an_account_comes_back_from_its_words() {
    let desk = Desk::new();
    for (words, count) in [("12", 12), ("24", 24)] {
        let file = desk.at(&format!("words-{words}"));
        let new = ["new", "account", "--name", words, "--words", words, "--phrase-file", &file, "--output", "json"];
        let made = desk.unlocked(&new).json();
        assert_eq!(
            (desk.read(&format!("words-{words}")).split_whitespace().count(), mode(Path::new(&file))),
            (count, 0o600)
        );
        let again = ["import", "account", "--name", "again", "--force", "--mnemonic-file", &file, "--output", "json"];
        assert_eq!(desk.unlocked(&again).json()["address"], made["address"]);
    }
    for (scheme, prefix) in [("ed25519", "0x"), ("ecdsa", "0x0")] {
        let file = desk.at("words-12");
        let import =
            ["import", "account", "--name", scheme, "--scheme", scheme, "--mnemonic-file", &file, "--output", "json"];
        let key = desk.unlocked(&import).json();
        assert_eq!(key["scheme"], scheme);
        assert!(key["public_key"].as_str().is_some_and(|key| key.starts_with(prefix)), "{key}");
    }
}

#[test]
fn words_are_shown_on_a_terminal_only() {
    let desk = Desk::new();
    desk.unlocked(&["new", "account"]).fails_with(&["no terminal", "--phrase-file"]);
    assert!(!desk.key_file("account").exists(), "no key without its words");
    desk.unlocked(&["new", "node", "--words", "12"]).fails_with(&["--words is for accounts only"]);
    desk.unlocked(&["new", "consensus", "--scheme", "ecdsa"]).fails_with(&["--scheme is for accounts only"]);
}

#[test]
fn keys_without_a_passphrase_are_for_test_networks() {
    for desk in [Desk::development(), Desk::local()] {
        let said = desk.keys(&["new", "consensus", "--insecure-no-passphrase", "--output", "json"]);
        assert!(said.err.contains("not encrypted"), "{said:?}");
        assert_eq!(said.json()["encrypted"], false);
        desk.keys(&["export", "consensus", "--secret-file", &desk.at("seed"), "--yes"]).ok();
        assert!(desk.read("home/keys/consensus.json").contains(desk.read("seed").trim()));
    }
    let desk = Desk::new();
    desk.keys(&["new", "consensus", "--insecure-no-passphrase"]).fails_with(&["only a home of a Development or Local"]);
    assert!(!desk.key_file("consensus").exists());
}

#[test]
fn keys_that_everyone_knows_are_for_development_chains() {
    for desk in [Desk::local(), Desk::new()] {
        for text in ["//Alice", "bottom drive obey lake curtain smoke basket hold race lonely fit walk//mine"] {
            let file = desk.write("words", text);
            for kind in ["consensus", "node", "account"] {
                let said = desk.unlocked(&["import", kind, "--mnemonic-file", &file]);
                said.fails_with(&["everyone knows its secret", "Development chains"]);
            }
        }
        assert_eq!(desk.keys(&["list", "--output", "json"]).json(), json!([]));
    }
    let desk = Desk::development();
    let file = desk.write("words", "//Alice");
    let key = desk.unlocked(&["import", "account", "--mnemonic-file", &file, "--output", "json"]).json();
    assert_eq!(key["address"], ALICE);
}

#[test]
fn accounts_go_to_wallets_and_come_back() {
    let desk = Desk::new();
    desk.unlocked(&["new", "node"]).ok();
    let password = desk.write("password", "for the wallet");
    for scheme in ["sr25519", "ed25519", "ecdsa"] {
        let [words, file] = ["words", "json"].map(|end| desk.at(&format!("{scheme}.{end}")));
        let new = ["new", "account", "--name", scheme, "--scheme", scheme, "--phrase-file", &words, "--output", "json"];
        let made = desk.unlocked(&new).json();
        let export = ["export", scheme, "--polkadot-json", &file];
        desk.unlocked(&export).fails_with(&["no password for", "--json-password-file"]);
        desk.unlocked(&[&export[..], &["--json-password-file", &password]].concat()).ok();
        assert_eq!(mode(Path::new(&file)), 0o600);
        let json: Value = serde_json::from_str(&desk.read(&format!("{scheme}.json"))).expect("JSON");
        assert_eq!(json["meta"]["name"], scheme);
        assert_eq!(json["encoding"]["content"], json!(["pkcs8", scheme]));

        let import = ["import", "account", "--name", "back", "--force", "--polkadot-json", &file, "--output", "json"];
        let wrong = desk.at("passphrase");
        let wrong = [&import[..], &["--json-password-file", &wrong]].concat();
        desk.unlocked(&wrong).fails_with(&[file.as_str(), "the password does not open it"]);
        let back = desk.unlocked(&[&import[..], &["--json-password-file", &password]].concat()).json();
        assert_eq!((&back["address"], &back["scheme"]), (&made["address"], &made["scheme"]));
    }
    let export = ["export", "node", "--polkadot-json", &desk.at("node.json"), "--json-password-file", &password];
    desk.unlocked(&export).fails_with(&["a key for node cannot serve as one for account"]);
}

#[test]
fn a_key_of_a_home_signs_a_transaction() {
    let desk = Desk::development();
    let file = desk.write("words", "//Alice");
    desk.unlocked(&["import", "account", "--name", "treasurer", "--mnemonic-file", &file]).ok();
    let node = Node::temporary();
    let home = desk.at("home");
    let transact = |signer: &str, more: &[&str]| {
        let transfer =
            ["tx", "Balances.transfer_keep_alive", "dest=//Bob", "value=1_000_000_000_000", "--signer", signer];
        node.icn(&[&transfer[..], &["--home", &home, "--output", "json"], more].concat())
    };
    let passphrase = desk.at("passphrase");
    let unlocked = ["--passphrase-file", passphrase.as_str()];
    let sent = transact("key:treasurer", &unlocked).json();
    assert_eq!((&sent["success"], &sent["signer"]), (&json!(true), &json!(ALICE)));

    transact("key:treasurer", &[]).fails_with(&["no passphrase for the key treasurer"]);
    transact("key:nobody", &unlocked).fails_with(&["no key nobody", "icn keys new account --name nobody"]);
    desk.unlocked(&["new", "node"]).ok();
    transact("key:node", &unlocked).fails_with(&["a key for node cannot serve as one for account"]);
}

#[test]
fn accounts_of_each_scheme_sign_transactions() {
    let desk = Desk::development();
    let node = Node::temporary();
    for scheme in ["sr25519", "ed25519", "ecdsa"] {
        let words = desk.at(scheme);
        let new = ["new", "account", "--name", scheme, "--scheme", scheme, "--phrase-file", &words, "--output", "json"];
        let key = desk.keys(&[&new[..], &["--insecure-no-passphrase"]].concat()).json();
        let dest = format!("dest={}", key["address"].as_str().expect("an address"));
        let fund = ["tx", "Balances.transfer_keep_alive", &dest, "value=9_000_000_000_000", "--signer", "//Alice"];
        node.icn(&fund).ok();
        let signer = format!("key:{scheme}");
        let sent = node.json(&["tx", "System.remark", "remark=0x00", "--signer", &signer, "--home", &desk.at("home")]);
        assert_eq!((&sent["success"], &sent["signer"]), (&json!(true), &key["address"]));
    }
}

/// Runs the program on a terminal of its own and types `lines` one after another, each when the program asks for it: when it
/// has printed a colon and a blank and the terminal shows no more what is typed. Returns what the terminal showed.
fn on_a_terminal(arguments: &[&str], lines: &[&str]) -> (Option<i32>, String) {
    const TYPIST: &str = r#"
import os, pty, sys, termios, time
lines = sys.argv[1].split("\n")
child, terminal = pty.fork()
if child == 0:
    os.execv(sys.argv[2], sys.argv[2:])
shown = b""
while True:
    try:
        read = os.read(terminal, 4096)
    except OSError:
        break
    if not read:
        break
    shown += read
    if lines and shown.endswith(b": "):
        deadline = time.monotonic() + 60
        while termios.tcgetattr(terminal)[3] & termios.ECHO:
            if time.monotonic() > deadline:
                sys.exit("the terminal shows what is typed")
            os.sched_yield()
        os.write(terminal, lines.pop(0).encode() + b"\n")
sys.stdout.buffer.write(shown)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"#;
    let mut typist = Command::new("python3");
    typist.args(["-c", TYPIST, &lines.join("\n"), env!("CARGO_BIN_EXE_icn")]).args(arguments);
    let Said { code, out, err } = said(&mut typist);
    assert!(err.is_empty(), "the typist failed: {err}");
    (code, out)
}

#[test]
fn a_terminal_asks_for_the_passphrase_without_showing_it() {
    let desk = Desk::new();
    let home = desk.at("home");
    let (code, shown) = on_a_terminal(&["keys", "new", "account", "--home", &home], &[PASSPHRASE, PASSPHRASE]);
    assert_eq!(code, Some(0), "{shown}");
    assert!(shown.contains("New passphrase for the key account: ") && !shown.contains(PASSPHRASE), "{shown}");
    let words = shown.lines().map(str::trim).find(|line| line.split(' ').count() == 12).expect("the words");
    let file = desk.write("words", words);
    let import = ["import", "account", "--name", "again", "--mnemonic-file", &file, "--output", "json"];
    let address = desk.unlocked(&import).json()["address"].clone();
    assert_eq!(desk.keys(&["show", "account", "--output", "json"]).json()["address"], address);

    let export =
        |name: &str| ["keys", "export", "account", "--yes", "--secret-file", name, "--home", &home].map(String::from);
    let run = |name: &str, typed: &str| {
        let export = export(&desk.at(name));
        on_a_terminal(&export.iter().map(String::as_str).collect::<Vec<_>>(), &[typed])
    };
    let (code, shown) = run("seed", PASSPHRASE);
    assert!(code == Some(0) && shown.contains("Passphrase of the key account: "), "{shown}");
    let (code, shown) = run("other", "open barley");
    assert!(code == Some(1) && shown.contains("does not open the key account"), "{shown}");
}

#[test]
fn a_new_passphrase_is_typed_twice() {
    let desk = Desk::new();
    for (typed, words) in [(&["open sesame", "open sesam"][..], "the two passphrases differ"), (&[""], "is empty")] {
        let (code, shown) = on_a_terminal(&["keys", "new", "node", "--home", &desk.at("home")], typed);
        assert!(code == Some(1) && shown.contains(words), "{shown}");
    }
    assert!(!desk.key_file("node").exists());
}

//! Running the real binary.

#![allow(dead_code, unreachable_pub)] // Each test file is a crate that uses its part of this one.

use std::{
    ffi::OsStr,
    io::{BufRead as _, BufReader},
    process::{Child, Command, ExitStatus, Stdio},
};

/// What a finished command said.
#[derive(Debug)]
pub struct Said {
    pub code: Option<i32>,
    pub out: String,
    pub err: String,
}

impl Said {
    /// Standard output of a command that must have succeeded.
    #[track_caller]
    pub fn ok(self) -> String {
        assert_eq!(self.code, Some(0), "{self:?}");
        self.out
    }

    /// Standard output as JSON.
    #[track_caller]
    pub fn json(self) -> serde_json::Value {
        let out = self.ok();
        serde_json::from_str(&out).unwrap_or_else(|error| panic!("{error}: {out}"))
    }

    /// Standard error of a command that must have failed with exit code 1, in one line that holds each of `parts`.
    #[track_caller]
    pub fn fails_with(self, parts: &[&str]) {
        assert_eq!(self.code, Some(1), "{self:?}");
        let sentence = self.err.lines().last().unwrap_or_default();
        assert!(sentence.starts_with("error: "), "{self:?}");
        for part in parts {
            assert!(sentence.contains(part), "{part:?} is not in {self:?}");
        }
    }
}

/// The program with nothing of the tester's own environment but the path.
pub fn program() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_icn"));
    command.env_clear().envs(std::env::var_os("PATH").map(|path| ("PATH", path)));
    command
}

/// Runs the program with arguments to its end.
pub fn icn<A: AsRef<OsStr>>(arguments: impl IntoIterator<Item = A>) -> Said {
    said(program().args(arguments))
}

/// Runs a command to its end.
pub fn said(command: &mut Command) -> Said {
    let output = command.stdin(Stdio::null()).output().expect("the program starts");
    Said {
        code: output.status.code(),
        out: String::from_utf8(output.stdout).expect("UTF-8"),
        err: String::from_utf8(output.stderr).expect("UTF-8"),
    }
}

/// A node in a process of its own, killed when it is dropped.
pub struct Node {
    child: Child,
    /// Holds the temporary home, also when the node is killed.
    temporary: Option<tempfile::TempDir>,
    pub url: String,
    pub home: String,
}

impl Node {
    /// Starts `icn` with arguments, and waits until it prints where it answers.
    #[track_caller]
    pub fn start(arguments: &[&str]) -> Self {
        Self::run(program().args(arguments))
    }

    /// As [`Self::start`], with the command prepared.
    #[track_caller]
    pub fn run(command: &mut Command) -> Self {
        command.stdout(Stdio::piped()).stdin(Stdio::null());
        let mut child = command.spawn().expect("the program starts");
        let mut lines = BufReader::new(child.stdout.take().expect("piped")).lines();
        let mut after = |label: &str| {
            let mut lines = lines.by_ref().map(|line| line.expect("UTF-8"));
            lines.find_map(|line| line.strip_prefix(label).map(str::to_owned))
        };
        let (Some(url), Some(home)) = (after("JSON-RPC: "), after("Home: ")) else {
            panic!("the node ended: {:?}", child.wait());
        };
        // Nothing reads on; the node prints no more than a pipe holds.
        Self { child, temporary: None, url, home }
    }

    /// A development chain that is forgotten.
    #[track_caller]
    pub fn temporary() -> Self {
        Self::temporary_with(&["--log", "warn"])
    }

    /// A development chain that is forgotten, with more flags.
    #[track_caller]
    pub fn temporary_with(flags: &[&str]) -> Self {
        let directory = tempfile::tempdir().expect("a directory");
        let mut command = program();
        command.args(["dev", "--tmp", "--rpc-port", "0"]).args(flags).env("TMPDIR", directory.path());
        let mut node = Self::run(&mut command);
        node.temporary = Some(directory);
        node
    }

    /// Runs a client command against this node.
    pub fn icn(&self, arguments: &[&str]) -> Said {
        icn(arguments.iter().copied().chain(["--url", &self.url]))
    }

    /// As [`Self::icn`], as JSON.
    #[track_caller]
    pub fn json(&self, arguments: &[&str]) -> serde_json::Value {
        self.icn(&[arguments, &["--output", "json"]].concat()).json()
    }

    /// Waits for the end, then looks.
    pub fn ended<T>(mut self, look: impl FnOnce() -> T) -> (ExitStatus, T) {
        (self.child.wait().expect("the node ends"), look())
    }

    /// Sends a signal, and waits for the end.
    pub fn signal(mut self, name: &str) -> ExitStatus {
        self.send(name);
        self.child.wait().expect("the node ends")
    }

    /// Sends a signal.
    pub fn send(&self, name: &str) {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args(["-s", name, &id]).status().expect("kill runs").success());
    }

    /// Waits until the node says `text` in a line of standard error, which the command must have piped.
    #[track_caller]
    pub fn wait_for_note(&mut self, text: &str) {
        let notes = BufReader::new(self.child.stderr.take().expect("piped"));
        assert!(notes.lines().any(|line| line.expect("UTF-8").contains(text)), "the node ended without {text:?}");
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

//! A node as a process: the real binary, stopped by its id.
//!
//! [`icn`] is the program with nothing of the tester's environment; [`NodeProcess`] a running node that is killed when it is
//! dropped, so that no test leaves one behind. Nothing here sleeps: a start waits for the line that says where the node
//! answers, an end for the process.

use std::{
    ffi::OsStr,
    fs::File,
    io::{BufRead as _, BufReader},
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
    sync::mpsc,
    time::Duration,
};

/// How long a node may take to say where it answers.
const START_TIME_MAX: Duration = Duration::from_secs(60);

/// What a finished program said.
#[derive(Debug)]
pub struct Said {
    /// How it ended.
    pub status: ExitStatus,
    /// Standard output.
    pub out: String,
    /// Standard error.
    pub err: String,
}

impl Said {
    /// Standard output of a program that must have succeeded.
    #[track_caller]
    pub fn ok(self) -> String {
        assert!(self.status.success(), "{self:?}");
        self.out
    }

    /// The one sentence of a program that must have refused: its last line on standard error, without `error: `. It ended by
    /// itself, with another exit code than 0.
    #[track_caller]
    pub fn refusal(&self) -> &str {
        assert!(self.status.code().is_some_and(|code| code != 0), "{self:?}");
        let sentence = self.err.lines().last().unwrap_or_default();
        sentence.strip_prefix("error: ").unwrap_or_else(|| panic!("no error: {self:?}"))
    }
}

/// Where the program is: `$ICN_BIN`, else where the workspace builds it, beside the tests.
pub fn binary() -> PathBuf {
    if let Some(path) = std::env::var_os("ICN_BIN") {
        return path.into();
    }
    let test = std::env::current_exe().expect("a test is a file");
    let directory = test.parent().and_then(Path::parent).expect("tests are in target/PROFILE/deps");
    let path = directory.join(format!("icn{}", std::env::consts::EXE_SUFFIX));
    assert!(path.is_file(), "{} is not built: run cargo build -p icn-node", path.display());
    path
}

/// `icn` with nothing of the tester's own environment but the path.
pub fn icn<A: AsRef<OsStr>>(arguments: impl IntoIterator<Item = A>) -> Command {
    clean(&binary(), arguments)
}

/// As [`icn`], another program that takes its settings.
pub fn clean<A: AsRef<OsStr>>(program: &Path, arguments: impl IntoIterator<Item = A>) -> Command {
    let mut command = Command::new(program);
    command.env_clear().envs(std::env::var_os("PATH").map(|path| ("PATH", path))).args(arguments);
    // The tests do not wait between blocks.
    command.env("ICN_BLOCKS_MINIMUM_INTERVAL_MS", "0");
    command
}

/// Runs a program to its end.
pub fn run(command: &mut Command) -> Said {
    let output = command.stdin(Stdio::null()).output().expect("the program starts");
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    Said { status: output.status, out: text(output.stdout), err: text(output.stderr) }
}

/// `icn check` of a home.
pub fn check(home: &Path) -> Said {
    run(icn(["check", "--home"]).arg(home))
}

/// A directory for homes, removed at the end.
pub fn directory() -> tempfile::TempDir {
    tempfile::Builder::new().prefix("icn-test-").tempdir().expect("a directory")
}

/// A node that runs, killed when it is dropped.
pub struct NodeProcess {
    child: Child,
    /// Where it answers, `ws://…`.
    pub url: String,
    log: PathBuf,
}

impl NodeProcess {
    /// Starts a development chain in `home`, which may hold one already.
    #[track_caller]
    pub fn start(home: &Path) -> Self {
        Self::start_with(home, &[], &[])
    }

    /// As [`Self::start`], with further arguments and variables.
    #[track_caller]
    pub fn start_with(home: &Path, arguments: &[&str], variables: &[(&str, &str)]) -> Self {
        let mut command = dev(home);
        command.args(arguments).envs(variables.iter().copied());
        Self::try_start(command, home).unwrap_or_else(|said| panic!("the node ended: {said:?}"))
    }

    /// Runs a command that starts a node in `home`; what it said when it ended instead.
    ///
    /// # Errors
    /// When it ended before it said where it answers.
    pub fn try_start(mut command: Command, home: &Path) -> Result<Self, Said> {
        let log = home.with_extension("log");
        let errors = File::options().append(true).create(true).open(&log).expect("the log is writable");
        let length = errors.metadata().expect("it is a file").len() as usize;
        let mut child =
            command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(errors).spawn().expect("the program starts");
        let lines = lines_of(&mut child);
        let mut out = String::new();
        loop {
            match lines.recv_timeout(START_TIME_MAX) {
                Ok(line) => match line.strip_prefix("JSON-RPC: ") {
                    Some(url) => return Ok(Self { child, url: url.into(), log }),
                    None => out = out + &line + "\n",
                },
                Err(mpsc::RecvTimeoutError::Disconnected) => {
                    let status = child.wait().expect("it is a child");
                    let err = std::fs::read_to_string(&log).expect("logs are text").split_off(length);
                    return Err(Said { status, out, err });
                }
                Err(mpsc::RecvTimeoutError::Timeout) => {
                    child.kill().expect("it is a child");
                    panic!("the node said nothing for {START_TIME_MAX:?}: {out}");
                }
            }
        }
    }

    /// Where it answers.
    pub fn address(&self) -> SocketAddr {
        self.url.strip_prefix("ws://").and_then(|address| address.parse().ok()).expect("it prints an address")
    }

    /// What it has logged so far, and the nodes before it in the same home.
    pub fn log(&self) -> String {
        std::fs::read_to_string(&self.log).expect("logs are text")
    }

    /// Its number among the processes.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Memory that it holds, in bytes.
    pub fn resident_bytes(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).expect("it runs");
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("Linux says so");
        let kilobytes: u64 = line.trim().trim_end_matches(" kB").parse().expect("a number");
        kilobytes * 1024
    }

    /// Whether it still runs.
    pub fn runs(&mut self) -> bool {
        self.child.try_wait().expect("it is a child").is_none()
    }

    /// Ends it as a power cut does (SIGKILL), and waits until it is gone.
    pub fn kill(mut self) {
        self.child.kill().expect("it is a child");
        self.child.wait().expect("it is a child");
    }

    /// Asks it to stop (SIGTERM), and waits until it has.
    pub fn stop(mut self) -> ExitStatus {
        self.signal("TERM");
        self.child.wait().expect("it is a child")
    }

    /// Sends it a signal: `STOP` holds it still, as if it were cut off, until `CONT`.
    #[track_caller]
    pub fn signal(&self, name: &str) {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args(["-s", name, &id]).status().expect("kill runs").success());
    }

    /// Waits until it ends by itself; how, and its last words on standard error.
    pub fn ended(mut self) -> (ExitStatus, String) {
        let status = self.child.wait().expect("it is a child");
        (status, self.log().lines().last().unwrap_or_default().into())
    }
}

impl Drop for NodeProcess {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// `icn dev` in a home, on any free port.
pub fn dev(home: &Path) -> Command {
    let mut command = icn(["dev", "--rpc-port", "0", "--log", "warn", "--home"]);
    command.arg(home);
    command
}

/// The lines a child prints, read to the end so that it never waits for a reader.
fn lines_of(child: &mut Child) -> mpsc::Receiver<String> {
    let lines = BufReader::new(child.stdout.take().expect("it is piped")).lines();
    let (sender, receiver) = mpsc::channel();
    std::thread::spawn(move || {
        for line in lines.map_while(Result::ok) {
            // Whoever waited for the first lines may not want the rest.
            let _ = sender.send(line);
        }
    });
    receiver
}

//! Where a node does not start, or cannot go on: one sentence that says what is wrong and what to do, an exit code that is
//! not 0, and every record as it was.

use codec::Encode as _;
use icn_storage::{
    layout::{FORMAT, META_FORMAT},
    Batch, Family, OrderedStore as _, Reads as _, RocksStore,
};
use icn_tests::node::{check, dev, directory, icn, run, NodeProcess, Said};
use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

/// Every record of a store: family, key, value.
type Records = Vec<(&'static str, Vec<u8>, Vec<u8>)>;

/// All that is stored in a home.
fn records(home: &Path) -> Records {
    let store = RocksStore::open(home.join("db")).expect("the store is in order");
    let of = |family: Family| {
        let entries = store.iterate(family, &[]).map(|entry| entry.expect("readable"));
        entries.map(|(key, value)| (family.name(), key, value)).collect::<Records>()
    };
    Family::ALL.into_iter().flat_map(of).collect()
}

/// A home with a few blocks in it, and its node stopped.
fn home_with_blocks(directory: &Path) -> PathBuf {
    let home = directory.join("home");
    let node = NodeProcess::start(&home);
    for number in 0..3 {
        send_remark(&node, number);
    }
    assert!(node.stop().success());
    home
}

/// Sends a remark and waits until it is final.
fn send_remark(node: &NodeProcess, number: u32) {
    let remark = format!("remark=0x{:08x}", number);
    run(&mut icn(["tx", "System.remark", &remark, "--signer", "//Alice", "--url", &node.url])).ok();
}

/// Starts a node that must refuse.
#[track_caller]
fn refused(mut command: Command) -> Said {
    let said = run(&mut command);
    expect_sentence(&said);
    said
}

/// That a program ended with one sentence for people, and no more noise than that.
#[track_caller]
fn expect_sentence(said: &Said) {
    let sentence = said.refusal();
    assert!(!said.err.contains("panicked"), "{said:?}");
    assert_eq!(said.err.lines().filter(|line| line.starts_with("error: ")).count(), 1, "{said:?}");
    assert!(sentence.len() < 500, "{said:?}");
}

#[track_caller]
fn expect_words(said: &Said, words: &[&str]) {
    for part in words {
        assert!(said.refusal().contains(part), "{part:?} is not in {said:?}");
    }
}

#[test]
fn a_home_in_use_is_refused() {
    let directory = directory();
    let home = home_with_blocks(directory.path());
    let before = records(&home);
    let node = NodeProcess::start(&home);
    for command in [dev(&home), {
        let mut check = icn(["check", "--home"]);
        check.arg(&home);
        check
    }] {
        expect_words(&refused(command), &["is in use by another process", "stop that process, or choose another home"]);
    }
    send_remark(&node, 9);
    assert!(node.stop().success());
    assert!(head_of(&records(&home)) > head_of(&before), "the first process goes on");
    assert!(before.iter().filter(|record| record.0 == "bodies").all(|record| records(&home).contains(record)));
}

fn head_of(records: &Records) -> usize {
    records.iter().filter(|record| record.0 == "headers").count() - 1
}

#[test]
fn a_port_in_use_is_refused() {
    let directory = directory();
    let home = home_with_blocks(directory.path());
    let before = records(&home);
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = taken.local_addr().expect("bound").port().to_string();
    // Consensus runs by then, and must have let go of the store before the process ends: not every process that does not wait dies
    // of it.
    for _ in 0..20 {
        let mut command = icn(["dev", "--rpc-port", &port, "--home"]);
        command.arg(&home);
        expect_words(
            &refused(command),
            &[&port, "in use", "stop the other program, or choose another port with --rpc-port"],
        );
    }
    assert!(records(&home) == before, "a record changed");
}

#[test]
fn a_newer_format_is_refused() {
    let directory = directory();
    let home = home_with_blocks(directory.path());
    claim_format(&home, FORMAT + 1);
    let before = records(&home);
    let words = [format!("format {}", FORMAT + 1), format!("reads formats up to {FORMAT}")];
    expect_words(&refused(dev(&home)), &[&words[0], &words[1], "install a newer version"]);
    expect_sentence(&check(&home));
    assert!(records(&home) == before, "a record changed");
}

/// Writes into a store that it has a format.
fn claim_format(home: &Path, format: u32) {
    let mut batch = Batch::new();
    batch.put(Family::Meta, META_FORMAT, format.encode());
    RocksStore::open(home.join("db")).expect("in order").write(&batch, true).expect("written");
}

#[test]
fn a_format_of_before_the_first_release_is_refused() {
    let directory = directory();
    let home = home_with_blocks(directory.path());
    claim_format(&home, 1);
    let before = records(&home);
    expect_words(&refused(dev(&home)), &["format 1", "cannot be read", "begin the chain again or sync"]);
    expect_sentence(&check(&home));
    assert!(records(&home) == before, "a record changed");
}

#[test]
fn a_wrong_genesis_is_refused() {
    let directory = directory();
    let home = home_with_blocks(directory.path());
    let before = records(&home);
    let file = home.join("chain-spec.json");
    let spec = fs::read_to_string(&file).expect("readable");
    let mut other: serde_json::Value = serde_json::from_str(&spec).expect("JSON");
    other["genesis"]["patch"] = serde_json::json!({ "sudo": { "key": null } });
    fs::write(&file, other.to_string()).expect("written");
    expect_words(&refused(dev(&home)), &["holds the chain with genesis 0x", "choose another home, or the chain spec"]);
    assert!(records(&home) == before, "a record changed");
    fs::write(&file, spec).expect("written");
    check(&home).ok();
}

/// Files of a store that hold records, or say where they are.
fn data_files(home: &Path) -> Vec<PathBuf> {
    let files = fs::read_dir(home.join("db")).expect("a store").map(|file| file.expect("readable").path());
    let name = |path: &PathBuf| path.file_name().expect("a file").to_string_lossy().into_owned();
    let is_data = |name: &str| {
        name.ends_with(".sst") || name.ends_with(".log") || name.starts_with("MANIFEST") || name == "CURRENT"
    };
    files.filter(|path| is_data(&name(path)) && fs::metadata(path).is_ok_and(|file| file.len() > 0)).collect()
}

/// A home whose blocks are partly in tables and partly in the log, as after a restart.
fn home_in_files(directory: &Path) -> PathBuf {
    let home = home_with_blocks(directory);
    let node = NodeProcess::start(&home);
    send_remark(&node, 9);
    node.kill();
    home
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a directory");
    for file in fs::read_dir(from).expect("a directory").map(|file| file.expect("readable")) {
        let target = to.join(file.file_name());
        match file.file_type().expect("known").is_dir() {
            true => copy(&file.path(), &target),
            false => drop(fs::copy(file.path(), target).expect("copied")),
        }
    }
}

/// Damages one file of a copy of the home in one way, and judges what the node makes of it. It must be refused in a sentence,
/// or the check must find it, or nothing may be lost.
fn judge(sound: &Path, place: &Path, file: &Path, damage: &dyn Fn(&mut Vec<u8>), what: &str, whole: &Records) -> bool {
    let home = place.join("damaged");
    copy(sound, &home);
    let file = home.join("db").join(file.file_name().expect("a file"));
    let mut bytes = fs::read(&file).expect("readable");
    let sound_bytes = bytes.clone();
    damage(&mut bytes);
    fs::write(&file, &bytes).expect("written");
    let checked = check(&home);
    let found = !checked.status.success();
    if found {
        expect_sentence(&checked);
    }
    let started = NodeProcess::try_start(dev(&home), &home);
    match started {
        Err(said) => {
            expect_sentence(&said);
            assert!(found, "{what}: the check did not find what the node refused: {said:?}");
            // With the file mended, every record is as it was.
            if file.exists() {
                fs::write(&file, sound_bytes).expect("written");
                assert!(records(&home) == *whole, "{what}: a record changed");
            }
        }
        Ok(node) => {
            node.kill();
            assert!(found || records(&home) == *whole, "{what}: records are lost without a word");
        }
    }
    fs::remove_dir_all(&home).expect("removed");
    found
}

fn flip(bytes: &mut [u8]) {
    let middle = bytes.len() / 2;
    bytes[middle] ^= 0xff;
}

/// Damages each file of a home in turn; how many damages there were, and how many were found.
fn damage_each(directory: &Path, home: &Path, cut_logs: bool) -> (usize, usize) {
    let whole = {
        let copied = directory.join("whole");
        copy(home, &copied);
        records(&copied)
    };
    let (mut damages, mut found) = (0, 0);
    for file in data_files(home) {
        let name = file.file_name().expect("a file").to_string_lossy().into_owned();
        let mut damage = |damage: &dyn Fn(&mut Vec<u8>), what: &str| {
            damages += 1;
            found += usize::from(judge(home, directory, &file, damage, &format!("{what} {name}"), &whole));
        };
        damage(&|bytes| flip(bytes), "a flip in");
        if cut_logs || !name.ends_with(".log") {
            damage(&|bytes| bytes.truncate(bytes.len() / 2), "a cut of");
        }
    }
    (damages, found)
}

#[test]
fn a_damaged_store_is_refused_or_found_and_never_read_as_another() {
    let directory = directory();
    let home = home_with_blocks(directory.path());
    let (damages, found) = damage_each(directory.path(), &home, true);
    assert!(found * 2 > damages, "of {damages} damages only {found} were found");
}

#[test]
fn a_damaged_log_of_a_killed_node_is_refused() {
    let directory = directory();
    let home = home_in_files(directory.path());
    assert!(data_files(&home).iter().any(|file| file.extension().is_some_and(|e| e == "log")));
    // That the end of a log is missing cannot be told from a write that the crash cut off.
    let (damages, found) = damage_each(directory.path(), &home, false);
    assert!(found * 2 > damages, "of {damages} damages only {found} were found");
}

#[test]
fn a_store_without_its_files_is_refused() {
    let directory = directory();
    let home = home_with_blocks(directory.path());
    let store = home.join("db");
    let is_table = |file: &PathBuf| file.extension().is_some_and(|extension| extension == "sst");
    let table = data_files(&home).into_iter().find(is_table);
    fs::remove_file(table.expect("a closed store has tables")).expect("removed");
    let said = refused(dev(&home));
    expect_words(&said, &["restore a backup"]);
    // Without any store the chain would begin anew, and its validator would sign for the same heights once more.
    fs::remove_dir_all(&store).expect("removed");
    expect_words(
        &refused(dev(&home)),
        &["this chain's only validator has signed for block", "its store ends at block 0"],
    );
    fs::remove_dir_all(&home).expect("removed");
    assert!(NodeProcess::start(&home).stop().success());
}

/// A limit on the size of files, as the system enforces it where no small disk can be mounted.
fn with_small_files(home: &Path, kilobytes: u32) -> Command {
    let inner = dev(home);
    let mut command = Command::new("sh");
    command.env_clear().envs(std::env::var_os("PATH").map(|path| ("PATH", path)));
    // Without the signal the write fails, as on a full disk. Blocks are of 512 bytes.
    command.args(["-c", "trap '' XFSZ; ulimit -f \"$0\"; exec \"$@\""]).arg((kilobytes * 2).to_string());
    command.arg(inner.get_program()).args(inner.get_args());
    command
}

#[test]
fn a_disk_that_takes_no_more_stops_the_node_with_a_sentence_and_loses_nothing() {
    let directory = directory();
    let home = home_with_blocks(directory.path());
    let before = records(&home);
    let node = NodeProcess::try_start(with_small_files(&home, 256), &home).expect("there is room for a start");
    let (status, last) = fill(node);
    assert!(status.code().is_some_and(|code| code != 0), "{status:?}");
    assert!(last.starts_with("error: the node stopped, and nothing was written since"), "{last}");
    assert!(last.contains("check the disk") || last.contains("free some space"), "{last}");
    let after = records(&home);
    let kept = |record: &&(&str, Vec<u8>, Vec<u8>)| {
        !["bodies", "headers", "numbers"].contains(&record.0) || after.contains(record)
    };
    assert!(before.iter().all(|record| kept(&record)), "a block is gone");
    check(&home).ok();
    assert!(NodeProcess::start(&home).stop().success());
}

/// Sends remarks until the node ends; how, and its last words.
fn fill(node: NodeProcess) -> (std::process::ExitStatus, String) {
    let remark = format!("remark=0x{}", "ab".repeat(60_000));
    let mut number = 0;
    loop {
        number += 1;
        assert!(number < 1_000, "the disk is not full after {number} remarks");
        let mut send = icn(["tx", "System.remark", &remark, "--signer", "//Alice", "--url", &node.url]);
        if !run(&mut send).status.success() {
            return node.ended();
        }
    }
}

/// A disk of a few megabytes, unmounted at the end.
struct SmallDisk(PathBuf);

impl SmallDisk {
    /// Mounts it, where the system lets us.
    fn mount(place: PathBuf, megabytes: u32) -> Option<Self> {
        fs::create_dir_all(&place).expect("a directory");
        let size = format!("size={megabytes}m");
        let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", &size, "tmpfs"]).arg(&place).output();
        mounted.is_ok_and(|said| said.status.success()).then_some(Self(place))
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        // Whatever still uses it must not fail the test a second time.
        let _ = Command::new("umount").arg("-l").arg(&self.0).status();
    }
}

#[test]
fn a_full_disk_is_named_and_the_node_goes_on_when_there_is_space() {
    let directory = directory();
    let Some(disk) = SmallDisk::mount(directory.path().join("disk"), 12) else {
        println!("not allowed to mount a small disk: only the limit on files is tested");
        return;
    };
    let home = disk.0.join("home");
    let ballast = disk.0.join("ballast");
    let node = NodeProcess::try_start(dev(&home), &directory.path().join("logged")).expect("there is room for a start");
    send_remark(&node, 1);
    fs::write(&ballast, vec![0; 4 << 20]).expect("there is room for it");
    let (status, last) = fill(node);
    assert!(status.code().is_some_and(|code| code != 0), "{status:?}");
    assert!(last.contains("no space is left on the disk") && last.contains("free some space"), "{last}");

    // A start without space is refused as well, or waits for the first write.
    while fs::OpenOptions::new()
        .append(true)
        .open(&ballast)
        .and_then(|mut file| std::io::Write::write_all(&mut file, &[0; 512]))
        .is_ok()
    {}
    if let Err(said) = NodeProcess::try_start(dev(&home), &directory.path().join("logged")) {
        expect_sentence(&said);
        expect_words(&said, &["no space is left on the disk", "free some space"]);
    }
    fs::remove_file(&ballast).expect("removed");
    check(&home).ok();
    let node = NodeProcess::start(&home);
    send_remark(&node, 2);
    assert!(node.stop().success());
}

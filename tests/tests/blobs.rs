//! Blobs through real nodes: put at one, fetched by another, kept while something needs them, and never wrong.

use icn_blob::{builder::root_of, limits::CHUNK_BYTES, Root};
use icn_dag::{Cid, Codec, Did, Ipld, Kind};
use icn_network::Event;
use icn_storage::{Batch, Family, OrderedStore as _, Reads as _, RocksStore};
use icn_tests::{
    account::Account,
    client::{connect, Node, PATIENCE},
    network::Network,
    node::{check, dev, directory, icn, run, NodeProcess, Said},
    scribe::{put, wait_final, Scribe},
    stranger,
    uploader::{code, fetch, name, noise, send, shown, CALL_BYTES},
};
use jsonrpsee::{core::client::ClientT as _, rpc_params};
use serde_json::{json, Value};
use std::{path::Path, process::Command, time::Duration};

/// Nobody waits for the grace period, and whoever asks is the operator.
const SETTINGS: [(&str, &str); 3] =
    [("ICN_BLOBS_GRACE_S", "0"), ("ICN_BLOBS_OWNER_QUOTA_MIB", "8"), ("ICN_RPC_OPERATOR", "true")];

/// Makes a DAG that these scribes write; its name.
async fn create(node: &Node, scribes: impl IntoIterator<Item = u8>) -> Did {
    let writers = scribes.into_iter().map(Scribe::writer).collect::<Vec<_>>().try_into().expect("few");
    let block = node.send(&Account::dev("Alice"), pallet_dag::Call::create { writers }).await;
    let made = node.events(block).await.into_iter().find_map(|event| match event {
        icn_runtime::RuntimeEvent::Dag(pallet_dag::Event::Created { dag, .. }) => Some(dag),
        _ => None,
    });
    made.expect("it is made")
}

/// `icn` at a node of a network.
fn at(network: &Network, index: usize, arguments: &[&str]) -> Said {
    run(icn(arguments).args(["--url", &network.node(index).url]))
}

fn json_of(said: Said) -> Value {
    serde_json::from_str(&said.ok()).expect("JSON")
}

/// How many blobs `icn blob gc` removes and keeps.
fn collect(network: &Network, index: usize) -> (String, String) {
    let said = json_of(at(network, index, &["blob", "gc", "--output", "json"]));
    let count = |name: &str| said[name].as_str().expect("a number").to_owned();
    (count("removed"), count("kept"))
}

fn path(path: &Path) -> &str {
    path.to_str().expect("UTF-8")
}

/// Fetches a blob, however long it takes until nodes have met.
async fn fetch_once_met(node: &Node, cid: &Cid) {
    let fetching = async {
        let mut look = tokio::time::interval(Duration::from_millis(20));
        while fetch(node, cid).await.is_err() {
            look.tick().await;
        }
    };
    tokio::time::timeout(PATIENCE, fetching).await.expect("nodes meet");
}

async fn info(node: &Node, cid: &Cid) -> Value {
    node.client.request("icn_blobInfo", rpc_params![cid.to_string()]).await.expect("answered")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_blob_put_at_one_node_is_got_from_another_and_kept_while_something_needs_it() {
    let mut network = Network::new(2, 0);
    (0..2).for_each(|index| network.start_with(index, &SETTINGS));
    let (here, there) = (connect(&network, 0).await, connect(&network, 1).await);
    let dag = create(&here, [1]).await;
    let scribe = Scribe::new(1, &dag);
    let bytes = noise(1, 5 * 1024 * 1024 + 7);
    let cid = scribe.upload(&here, &bytes).await.expect("it is taken");
    assert_eq!(cid, name(&bytes));
    assert_eq!(info(&there, &cid).await, Value::Null);

    // The other node has nobody to fetch it from but the first.
    let other = scribe.upload(&here, b"before").await.expect("it is taken");
    fetch_once_met(&there, &other).await;
    let file = network.home(1).join("got");
    let text = cid.to_string();
    at(&network, 1, &["blob", "get", &text, "-o", path(&file)]).ok();
    assert_eq!(std::fs::read(&file).expect("it was written"), bytes);
    let range = at(&network, 1, &["blob", "get", &text, "--range", "262143..262146", "-o", path(&file)]);
    range.ok();
    assert_eq!(std::fs::read(&file).expect("it was written"), &bytes[262_143..262_146]);
    let known = info(&there, &cid).await;
    assert_eq!((&known["size"], &known["owners"]), (&json!(bytes.len()), &json!([])));
    let owner = Did::of_key(&Scribe::writer(1).key);
    assert_eq!(info(&here, &cid).await["owners"], json!([owner]));

    // It is there without the first, which nothing has told to keep it.
    assert_eq!(collect(&network, 0), ("2".into(), "0".into()));
    assert_eq!(info(&here, &cid).await, Value::Null);
    assert_eq!(fetch(&there, &cid).await.expect("it is here"), bytes.len() as u64);
    // And the first gets it back from the other.
    assert_eq!(fetch(&here, &cid).await.expect("it is fetched"), bytes.len() as u64);

    // A pin keeps it, and no longer than it is there.
    at(&network, 1, &["blob", "pin", &text, "--reason", "articles", "--for", "1d"]).ok();
    assert_eq!(collect(&network, 1), ("1".into(), "1".into()));
    let unpinned = json_of(at(&network, 1, &["blob", "unpin", &text, "--output", "json"]));
    assert_eq!(unpinned["was_pinned"], true);
    assert_eq!(collect(&network, 1), ("1".into(), "0".into()));

    // So does a record that links to it, on every node that has the record.
    let genesis = scribe.write(&here, Kind::Genesis, "we begin").await;
    wait_final(&here, &genesis).await;
    let next = scribe.next(&here).await;
    let record = scribe.record_of(&next, Kind::Config, Ipld::List(vec![Ipld::Link((&cid).into())]));
    put(&here, record.bytes()).await.expect("it is taken");
    wait_final(&here, &record.cid()).await;
    assert_eq!(info(&here, &cid).await["records"], json!([record.cid()]));
    assert_eq!(collect(&network, 0), ("0".into(), "1".into()));
    wait_final(&there, &record.cid()).await;
    assert_eq!(fetch(&there, &cid).await.expect("it is fetched"), bytes.len() as u64);
    assert_eq!(collect(&network, 1), ("0".into(), "1".into()));

    // What is no blob, and what nobody has.
    let strange = at(&network, 1, &["blob", "get", &record.cid().to_string(), "-o", path(&file)]);
    assert!(strange.refusal().contains("No peer has the blob"), "{strange:?}");
    let unknown = at(&network, 1, &["blob", "get", &name(b"unknown").to_string(), "-o", path(&file)]);
    assert!(unknown.refusal().contains("check the CID"), "{unknown:?}");
    let beyond = at(&network, 1, &["blob", "get", &text, "--range", "5_242_880..5_242_888", "-o", path(&file)]);
    assert!(beyond.refusal().contains("not a range of a blob of 5242887 bytes"), "{beyond:?}");
    drop((here, there));
    (0..2).for_each(|index| network.stop(index));
    (0..2).for_each(|index| drop(check(&network.home(index)).ok()));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_owners_bytes_do_not_spend_anothers_quota() {
    const MIB: usize = 1024 * 1024;
    let mut network = Network::new(1, 0);
    network.start_with(0, &SETTINGS);
    let node = connect(&network, 0).await;
    let dag = create(&node, [1, 2]).await;
    let (greedy, modest, stranger) = (Scribe::new(1, &dag), Scribe::new(2, &dag), Scribe::new(3, &dag));
    let large = noise(1, 7 * MIB);
    greedy.upload(&node, &large).await.expect("there is room");
    // A byte more than the eight that are allowed; what is promised counts as well.
    assert_eq!(code(greedy.upload(&node, &noise(2, MIB + 1)).await), 5028);
    let root = root_of(&noise(3, MIB)).expect("small");
    let upload = greedy.begin(&node, root).await.expect("there is room").expect("it is not here");
    assert_eq!(code(greedy.begin(&node, root_of(b"x").expect("small")).await), 5028);
    // The other has all of its own, and is charged for what both have.
    modest.upload(&node, &noise(4, MIB)).await.expect("there is room");
    assert_eq!(modest.upload(&node, &large).await.expect("there is room"), name(&large));
    assert_eq!(code(modest.begin(&node, root_of(b"x").expect("small")).await), 5028);
    let owners = info(&node, &name(&large)).await["owners"].as_array().map(Vec::len);
    assert_eq!(owners, Some(2));
    // A size that is not that of the blob is not what the owner was asked for.
    let false_size = Root { size: 7, ..root_of(&large).expect("small") };
    assert_eq!(code(greedy.begin(&node, false_size).await), 5022);
    // What is given up is free again.
    let cancelled: bool = node.client.request("icn_blobCancel", rpc_params![&upload]).await.expect("answered");
    assert!(cancelled);
    greedy.upload(&node, &noise(3, MIB)).await.expect("there is room");
    assert_eq!(collect(&network, 0), ("3".into(), "0".into()));
    greedy.upload(&node, &noise(5, 8 * MIB)).await.expect("all of it is free");
    // Whom the state gives no right puts nothing.
    assert_eq!(code(stranger.upload(&node, b"x").await), 5027);
    let elsewhere = Scribe::new(1, &Did::of_hash("local", &[9; 32]).expect("a network"));
    let permit = elsewhere.permit_until(&node, root_of(b"x").expect("small"), greedy.next(&node).await.time + 1000);
    let refused: Result<Value, _> = node.client.request("icn_blobBegin", rpc_params![shown(&permit)]).await;
    assert_eq!(code(refused), 5027);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_peer_that_lacks_a_blob_is_passed_over_for_one_that_has_it() {
    let mut network = Network::new(4, 0);
    (0..4).for_each(|index| network.start_with(index, &SETTINGS));
    let mut nodes = Vec::new();
    for index in 0..4 {
        nodes.push(connect(&network, index).await);
    }
    let scribe = Scribe::new(1, &create(&nodes[0], [1]).await);
    // Each is at one of three nodes: whoever is asked first lacks two of them.
    let blobs: Vec<Vec<u8>> = (0..3).map(|seed| noise(seed + 1, 700 * 1024)).collect();
    for (node, bytes) in nodes.iter().zip(&blobs) {
        node.reach(nodes[0].head().await.number).await;
        scribe.upload(node, bytes).await.expect("it is taken");
    }
    for bytes in &blobs {
        fetch_once_met(&nodes[3], &name(bytes)).await;
    }
    assert_eq!(code(fetch(&nodes[3], &name(b"unknown")).await), 5030);
    assert_eq!(collect(&network, 3), ("3".into(), "0".into()));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_fetched_gives_way_to_what_is_fetched_unless_something_needs_it() {
    const KIB: usize = 1024;
    let mut network = Network::new(2, 0);
    network.start_with(0, &SETTINGS);
    network.start_with(1, &[&SETTINGS[..], &[("ICN_BLOBS_FETCHED_MIB", "1")]].concat());
    let (here, there) = (connect(&network, 0).await, connect(&network, 1).await);
    let scribe = Scribe::new(1, &create(&here, [1]).await);
    let mut blobs = Vec::new();
    for seed in 1..=4 {
        blobs.push(scribe.upload(&here, &noise(seed, 600 * KIB)).await.expect("it is taken"));
    }
    fetch_once_met(&there, &blobs[0]).await;
    fetch(&there, &blobs[1]).await.expect("the first gives way");
    assert_eq!(info(&there, &blobs[0]).await, Value::Null);
    at(&network, 1, &["blob", "pin", &blobs[1].to_string()]).ok();
    assert_eq!(code(fetch(&there, &blobs[2]).await), 5029);
    assert_eq!(info(&there, &blobs[1]).await["size"], json!(600 * KIB));
    // What owners put there is another account, and what they put is not fetched any more.
    scribe.upload(&there, &noise(3, 600 * KIB)).await.expect("there is room");
    scribe.upload(&there, &noise(2, 600 * KIB)).await.expect("it is here");
    fetch(&there, &blobs[3]).await.expect("nothing else is fetched");
    let large = scribe.upload(&here, &noise(5, 1100 * KIB)).await.expect("it is taken");
    assert_eq!(code(fetch(&there, &large).await), 5029, "it never fits");
    drop((here, there));
    (0..2).for_each(|index| network.stop(index));
    drop(check(&network.home(1)).ok());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_is_what_was_permitted_or_nothing() {
    let mut network = Network::new(1, 0);
    network.start_with(0, &SETTINGS);
    let node = connect(&network, 0).await;
    let dag = create(&node, [1]).await;
    let scribe = Scribe::new(1, &dag);
    let (bytes, other) = (noise(1, CALL_BYTES + 10), noise(2, CALL_BYTES + 10));
    let root = root_of(&bytes).expect("small");
    let put = |upload: String, offset: usize, data: Vec<u8>| {
        let data = format!("0x{}", hex::encode(data));
        node.client.request::<u64, _>("icn_blobPut", rpc_params![upload, offset as u64, data])
    };
    let finish = |upload: String| node.client.request::<Cid, _>("icn_blobFinish", rpc_params![upload]);
    let begin = || async { scribe.begin(&node, root).await.expect("there is room").expect("it is not here") };

    // Other bytes, too few and too many.
    let upload = begin().await;
    send(&node, &upload, &other).await.expect("nobody knows yet");
    assert_eq!(code(finish(upload.clone()).await), 5022);
    assert_eq!(code(finish(upload).await), 5032, "it is forgotten");
    let upload = begin().await;
    assert_eq!(put(upload.clone(), 0, bytes[..10].to_vec()).await.expect("taken"), 10);
    assert_eq!(code(put(upload.clone(), 0, bytes[..10].to_vec()).await), 5033);
    assert_eq!(code(put(upload.clone(), 11, bytes[..10].to_vec()).await), 5033);
    assert_eq!(put(upload.clone(), 10, bytes[10..CALL_BYTES].to_vec()).await.expect("taken"), CALL_BYTES as u64);
    assert_eq!(code(put(upload.clone(), CALL_BYTES, noise(3, 11)).await), 5023);
    assert_eq!(code(finish(upload).await), 5022);

    // Permits that do not count.
    let good = scribe.permit(&node, root).await;
    let node = &node;
    let begin_with = |permit| async move {
        code(node.client.request::<Value, _>("icn_blobBegin", rpc_params![shown(&permit)]).await)
    };
    let late = scribe.permit_until(node, root, good.expiry - 120_000);
    assert_eq!(begin_with(late).await, 5026);
    assert_eq!(begin_with(scribe.permit_until(node, root, u64::MAX)).await, 5026);
    let mut forged = good.clone();
    forged.root.size -= 1;
    assert_eq!(begin_with(forged).await, 5026);
    let huge = Root { size: u64::MAX, ..root };
    assert_eq!(begin_with(scribe.permit_until(node, huge, good.expiry)).await, 5023);

    // An upload that a restart interrupts leaves nothing behind, and a blob of no bytes is one.
    let upload = begin().await;
    send(node, &upload, &bytes[..CALL_BYTES]).await.expect("taken");
    let empty = scribe.upload(node, b"").await.expect("it is taken");
    assert_eq!(empty, Cid::of(Codec::Raw, b""));
    network.kill(0);
    drop(RocksStore::open(network.home(0).join("db")).expect("nobody uses it"));
    network.start_with(0, &SETTINGS);
    network.stop(0);
    let store = RocksStore::open(network.home(0).join("db")).expect("nobody uses it");
    assert_eq!(store.iterate(Family::BlobBlocks, &[]).count(), 1, "the empty one");
    drop(store);
    check(&network.home(0)).ok();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_corrupt_chunk_is_an_error_and_never_wrong_bytes() {
    let mut network = Network::new(2, 0);
    (0..2).for_each(|index| network.start_with(index, &SETTINGS));
    let node = connect(&network, 0).await;
    let dag = create(&node, [1]).await;
    let scribe = Scribe::new(1, &dag);
    let bytes = noise(1, 3 * CHUNK_BYTES as usize);
    let cid = scribe.upload(&node, &bytes).await.expect("it is taken");
    let sound_one = scribe.upload(&node, b"sound").await.expect("it is taken");
    drop(node);
    network.stop(0);
    let chunk = Cid::of(Codec::Raw, &bytes[CHUNK_BYTES as usize..2 * CHUNK_BYTES as usize]);
    let store = RocksStore::open(network.home(0).join("db")).expect("nobody uses it");
    let mut stored = store.get(Family::BlobBlocks, chunk.as_bytes()).expect("it works").expect("it is there");
    stored[100] ^= 1;
    let mut batch = Batch::new();
    batch.put(Family::BlobBlocks, chunk.as_bytes(), stored);
    store.write(&batch, true).expect("it works");
    drop(store);
    let found = check(&network.home(0));
    assert!(found.out.contains(&format!("the block {chunk} is corrupt")), "{found:?}");
    assert!(!found.status.success());

    network.start_with(0, &SETTINGS);
    let (node, other) = (connect(&network, 0).await, connect(&network, 1).await);
    let get = |offset: u64, length: u64| {
        node.client.request::<Value, _>("icn_blobGet", rpc_params![cid.to_string(), offset, length])
    };
    assert_eq!(code(get(0, 3 * CHUNK_BYTES).await), 5022);
    assert_eq!(code(get(2 * CHUNK_BYTES - 1, 2).await), 5022);
    let sound = get(0, CHUNK_BYTES).await.expect("that chunk is sound");
    assert_eq!(sound["data"], json!(format!("0x{}", hex::encode(&bytes[..CHUNK_BYTES as usize]))));
    // It is not given to others, and the node goes on.
    fetch_once_met(&other, &sound_one).await;
    assert_eq!(code(fetch(&other, &cid).await), 5030);
    assert_eq!(info(&other, &cid).await, Value::Null);
    let refused = at(&network, 0, &["blob", "get", &cid.to_string(), "-o", path(&network.home(0).join("got"))]);
    assert!(refused.refusal().contains("Blob corrupt") && refused.refusal().contains("put it again"), "{refused:?}");
    assert!(!network.home(0).join("got").exists());
}

/// A peer that answers every question for blocks with other bytes.
#[tokio::test(flavor = "multi_thread")]
async fn a_lying_peer_gives_nothing_and_is_banned() {
    // The only node of two: it makes no blocks.
    let mut network = Network::new(2, 0);
    network.start_with(0, &SETTINGS);
    let node = connect(&network, 0).await;
    let (liar, mut events) = stranger::join(&node, &network.home(0)).await;
    let (met, mut meeting) = tokio::sync::mpsc::channel(16);
    let lying = tokio::spawn(async move {
        while let Some(event) = events.recv().await {
            match event {
                Event::BlobsWanted { reply, .. } => reply.send(vec![b"a lie".to_vec()]),
                Event::PeerDisconnected { .. } => drop(met.send(()).await),
                _ => {}
            }
        }
    });
    let wanted = name(b"the truth");
    let lied_to = async {
        loop {
            tokio::select! {
                met = meeting.recv() => return met,
                // Nobody has it, or there were too many questions in this second.
                fetched = fetch(&node, &wanted) => assert!([5030, 5034].contains(&code(fetched))),
            }
        }
    };
    assert_eq!(tokio::time::timeout(PATIENCE, lied_to).await.expect("it is banned"), Some(()));
    assert!(network.node(0).log().contains("a peer is banned"), "{}", network.node(0).log());
    assert_eq!(info(&node, &wanted).await, Value::Null);
    lying.abort();
    liar.stop().await;
}

#[test]
fn the_command_line_puts_lists_and_gets_blobs() {
    let directory = directory();
    let file = |name: &str| directory.path().join(name);
    let home = file("home");
    let node = NodeProcess::try_start(dev(&home), &home).unwrap_or_else(|said| panic!("{said:?}"));
    let at = |arguments: &[&str]| run(icn(arguments).args(["--url", &node.url]));
    let made = json_of(at(&["dag", "create", "--writer", "//Alice", "--signer", "//Alice", "--output", "json"]));
    let event = made["events"].as_array().expect("events").iter().find(|event| event.get("Dag.Created").is_some());
    let dag = event.expect("it is made")["Dag.Created"]["dag"].as_str().expect("a name").to_owned();
    let bytes = noise(1, 17 * 1024 * 1024);
    std::fs::write(file("large"), &bytes).expect("written");
    let add = |path_of: &Path, more: &[&str]| {
        let arguments = ["blob", "add", path(path_of), "--dag", &dag, "--as", "//Alice", "--output", "json"];
        json_of(at(&[&arguments[..], more].concat()))
    };
    let added = add(&file("large"), &[]);
    assert_eq!((&added["cid"], &added["news"]), (&json!(name(&bytes)), &json!(true)));
    assert_eq!(add(&file("large"), &[])["news"], false);
    let mut piped: Command = icn(["blob", "add", "-", "--dag", &dag, "--as", "//Alice", "--url", &node.url]);
    let input = std::fs::File::open(file("large")).expect("it is there");
    let output = piped.stdin(input).output().expect("the program starts");
    assert!(String::from_utf8_lossy(&output.stdout).contains(&name(&bytes).to_string()), "{output:?}");

    let cid = name(&bytes).to_string();
    let got = at(&["blob", "get", &cid, "-o", path(&file("got"))]);
    assert!(got.err.contains("got: ") && got.err.contains(" of 17 MiB"), "it takes its time: {got:?}");
    assert_eq!(std::fs::read(file("got")).expect("it was written"), bytes);
    let listed = json_of(at(&["blob", "list", "--output", "json"]));
    assert_eq!(listed.as_array().map(Vec::len), Some(1));
    assert_eq!(listed[0]["cid"], json!(cid));
    // On a Development chain everybody is the operator; the grace period is a week.
    at(&["blob", "pin", &cid]).ok();
    let known = json_of(at(&["blob", "info", &cid, "--output", "json"]));
    assert_eq!(known["pins"], json!([{"owner": null, "until": null, "reason": ""}]));
    at(&["blob", "unpin", &cid]).ok();
    assert_eq!(json_of(at(&["blob", "gc", "--output", "json"]))["kept"], json!("1"));

    // Each refusal says what to do.
    let small = file("small");
    std::fs::write(&small, "small").expect("written");
    let refused = at(&["blob", "add", path(&small), "--dag", &dag, "--as", "//Bob"]);
    assert!(refused.refusal().contains("icn dag writers"), "{refused:?}");
    let refused = at(&["blob", "add", path(&file("nowhere")), "--dag", &dag, "--as", "//Alice"]);
    assert!(refused.refusal().contains("nowhere"), "{refused:?}");
    let refused = at(&["blob", "get", &cid, "--range", "7..3"]);
    assert!(refused.refusal().contains("ends before it begins"), "{refused:?}");
    let refused = at(&["blob", "info", &name(b"unknown").to_string()]);
    assert!(refused.refusal().contains("icn blob get"), "{refused:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_not_the_operator_pins_and_removes_nothing() {
    let network = Network::running(2);
    let node = connect(&network, 0).await;
    let cid = name(b"any").to_string();
    let pin: Result<bool, _> = node.client.request("icn_blobPin", rpc_params![&cid]).await;
    assert_eq!(code(pin), -32601);
    let unpin: Result<bool, _> = node.client.request("icn_blobUnpin", rpc_params![&cid]).await;
    assert_eq!(code(unpin), -32601);
    let refused = at(&network, 0, &["blob", "gc"]);
    assert!(refused.refusal().contains("operator = true"), "{refused:?}");
}

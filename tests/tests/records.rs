//! Signed records: put at any node, final everywhere, and proven to who has only files.

use icn_dag::{Cid, Did, Header, Kind, SignedHeader, Visibility};
use icn_tests::{
    account::Account,
    client::{agree, connect, Node, PATIENCE},
    network::{free_row, Network},
    node::{check, dev, directory, icn, run, NodeProcess, Said},
    proxy::Door,
    scribe::{get, put, wait_final, Scribe},
};
use jsonrpsee::{
    core::{
        client::{ClientT as _, Error},
        params::ArrayParams,
    },
    rpc_params,
};
use serde_json::{json, Value};
use std::{
    io::{Read as _, Write as _},
    path::Path,
    process::Command,
    time::Duration,
};

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

async fn proof(node: &Node, cid: &Cid) -> Option<Value> {
    node.client.request("icn_dagProof", rpc_params![cid.to_string()]).await.expect("answered")
}

async fn ask(node: &Node, method: &str, parameters: ArrayParams) -> Value {
    node.client.request(method, parameters).await.expect("answered")
}

/// Waits until a node says of its records what is expected.
async fn wait_status(node: &Node, expected: impl Fn(&Value) -> bool) {
    let mut last = Value::Null;
    let waiting = async {
        let mut look = tokio::time::interval(Duration::from_millis(100));
        loop {
            look.tick().await;
            last = ask(node, "icn_dagStatus", rpc_params![]).await;
            if expected(&last) {
                return;
            }
        }
    };
    if tokio::time::timeout(PATIENCE, waiting).await.is_err() {
        panic!("{last}");
    }
}

/// Asks over HTTP as a proxy does that forwards from elsewhere.
fn get_through_proxy(url: &str, cid: &Cid) -> Value {
    let address = url.trim_start_matches("ws://");
    let body = json!({"jsonrpc": "2.0", "id": 1, "method": "icn_dagGet", "params": [cid]}).to_string();
    let request = format!(
        "POST / HTTP/1.1\r\nHost: {address}\r\nX-Forwarded-For: 192.0.2.1\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    );
    let mut stream = std::net::TcpStream::connect(address).expect("it listens");
    stream.write_all(request.as_bytes()).expect("sent");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("answered");
    let (_, body) = answer.split_once("\r\n\r\n").expect("a body");
    serde_json::from_str::<Value>(body).expect("JSON")["result"].take()
}

/// Takes a node out of those that another names.
fn forget(network: &Network, index: usize, other: usize) {
    let read = |index| std::fs::read_to_string(network.home(index).join("icn.toml")).expect("testnet init wrote it");
    let port = ports(&read(other))[0];
    let is_other = |peer: &str| peer.contains(&format!("/tcp/{port}/p2p/"));
    let line = |line: &str| match line.starts_with("peers = ") {
        true => format!(
            "peers = {:?}\n",
            line.split('"').filter(|one| one.contains("/p2p/") && !is_other(one)).collect::<Vec<_>>()
        ),
        false => format!("{line}\n"),
    };
    let config: String = read(index).lines().map(line).collect();
    std::fs::write(network.home(index).join("icn.toml"), config).expect("written");
}

/// Node 2 is a stranger to the validators, who do not name it.
#[tokio::test(flavor = "multi_thread")]
async fn a_stranger_gets_the_header_of_what_is_for_members_and_a_writer_all_of_it() {
    let mut network = Network::new(2, 1);
    (0..2).for_each(|index| forget(&network, index, 2));
    (0..3).for_each(|index| network.start(index));
    let (node, stranger) = (connect(&network, 0).await, connect(&network, 2).await);
    let dag = create(&node, [1]).await;
    let scribe = Scribe::new(1, &dag);
    let genesis = scribe.write(&node, Kind::Genesis, "we begin").await;
    wait_final(&node, &genesis).await;
    let mut cids = Vec::new();
    for visibility in [Visibility::Members, Visibility::Federation, Visibility::Disclosed] {
        let record = scribe.commitment(&scribe.next(&node).await, Kind::Config, visibility);
        cids.push(put(&node, record.bytes()).await.expect("it is taken"));
        wait_final(&node, &record.cid()).await;
    }
    let [members, federation, disclosed] = cids[..] else { panic!("three") };

    // Over the swarm.
    for cid in [&genesis, &federation, &disclosed] {
        wait_final(&stranger, cid).await;
    }
    wait_status(&stranger, |status| status["missing"] == 1 && status["withheld"] == 1).await;
    assert!(get(&stranger, &members).await.is_none() && proof(&stranger, &members).await.is_some());
    let above: Value = ask(&stranger, "icn_dagAncestors", rpc_params![members.to_string()]).await;
    assert_eq!(above, json!({"records": [{"cid": genesis, "depth": 1}], "complete": true}));

    // Over RPC.
    for cid in [&genesis, &federation, &disclosed] {
        assert!(get(&node, cid).await.expect("it is here").record.is_some());
    }
    let url = &network.node(0).url;
    for (cid, whole) in [(&genesis, true), (&federation, false), (&disclosed, true), (&members, false)] {
        assert_eq!(get_through_proxy(url, cid)["record"].is_string(), whole, "{cid}");
    }
    let seen = get(&node, &members).await.expect("it is here");
    let header = seen.header.expect("it is shown");
    assert!(seen.record.is_none() && seen.place.is_some());
    let bytes = |name: &str| hex::decode(&header[name].as_str().expect("hex")[2..]).expect("hex");
    let signed = SignedHeader {
        header: Header::decode(&bytes("header")).expect("a header"),
        signature: bytes("signature").try_into().expect("64 bytes"),
    };
    assert!(signed.verify().is_ok() && signed.header.visibility == Visibility::Members);
    assert_eq!(proof(&node, &members).await.expect("it is final")["record"], Value::Null);

    let hash: String = node.client.request("chain_getBlockHash", rpc_params![0]).await.expect("answered");
    let genesis_hash = <[u8; 32]>::try_from(hex::decode(&hash[2..]).expect("hex")).expect("32 bytes");
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("later").as_millis() as u64;
    let read =
        |scribe: &Scribe, cid: &Cid, expiry| rpc_params![members.to_string(), scribe.read(&genesis_hash, cid, expiry)];
    let whole = ask(&node, "icn_dagGet", read(&scribe, &members, now + 60_000)).await;
    assert!(whole["record"].is_string());
    let proven = ask(&node, "icn_dagProof", read(&scribe, &members, now + 60_000)).await;
    assert_eq!(proven["record"], whole["record"]);
    for (parameters, code) in [
        (read(&scribe, &genesis, now + 60_000), 5003),
        (read(&scribe, &members, now - 1_000), 5004),
        (read(&scribe, &members, now + 3_600_000), 5004),
        (read(&Scribe::new(9, &dag), &members, now + 60_000), 5005),
    ] {
        let refused = node.client.request::<Value, _>("icn_dagGet", parameters).await;
        assert!(matches!(&refused, Err(Error::Call(error)) if error.code() == code), "{code}: {refused:?}");
    }
}

fn code(refused: Result<Cid, Error>) -> Option<String> {
    match refused {
        Err(Error::Call(error)) if error.code() == 5001 => {
            error.data().and_then(|data| serde_json::from_str(data.get()).ok())
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn records_put_at_each_validator_are_final_everywhere_with_one_log() {
    let mut network = Network::new(4, 1);
    (0..4).for_each(|index| network.start(index));
    let mut nodes = Vec::new();
    for index in 0..4 {
        nodes.push(connect(&network, index).await);
    }
    let dag = create(&nodes[0], [1, 2, 3, 4]).await;
    agree(&network).await;
    let scribes: Vec<Scribe> = (1..=4).map(|number| Scribe::new(number, &dag)).collect();
    let genesis = scribes[0].write(&nodes[0], Kind::Genesis, "we begin").await;
    for node in &nodes {
        wait_final(node, &genesis).await;
    }
    let mut cids = vec![genesis];
    for round in 0..3 {
        for (scribe, node) in scribes.iter().zip(&nodes) {
            cids.push(scribe.write(node, Kind::Config, &format!("round {round}")).await);
        }
    }
    let mut places = Vec::new();
    for node in &nodes {
        let mut all = Vec::new();
        for cid in &cids {
            all.push(wait_final(node, cid).await);
        }
        places.push(all);
    }
    assert!(places.windows(2).all(|pair| pair[0] == pair[1]), "{places:?}");

    // A node that syncs from genesis agrees on every log, and asks its peers for the records.
    network.start(4);
    agree(&network).await;
    let late = connect(&network, 4).await;
    for cid in &cids {
        let (known, here) =
            (proof(&late, cid).await.expect("it is final"), proof(&nodes[0], cid).await.expect("it is"));
        assert_eq!((&known["log"], &known["inclusion"]), (&here["log"], &here["inclusion"]));
    }
    wait_status(&late, |status| status["missing"] == 0 && status["waiting"] == 0).await;
    for cid in &cids {
        let (here, there) = (get(&late, cid).await.expect("it came"), get(&nodes[0], cid).await.expect("it is"));
        assert_eq!((&here.record, &here.place), (&there.record, &there.place));
        let parents: Value = ask(&late, "icn_dagAncestors", rpc_params![cid.to_string(), 1]).await;
        assert_eq!(parents, ask(&nodes[0], "icn_dagAncestors", rpc_params![cid.to_string(), 1]).await);
    }
    // An archive holds nothing that is news to it then.
    let archive = network.home(4).join("all.car");
    let url = |index: usize| network.node(index).url.clone();
    said(icn(["dag", "export", dag.as_str(), "--url", &url(0), "--out"]).arg(&archive)).ok();
    let taken = said(icn(["dag", "import", "--output", "json", "--url", &url(4)]).arg(&archive)).ok();
    let taken: Value = serde_json::from_str(&taken).expect("JSON");
    assert_eq!((&taken["known"], &taken["refused"]), (&json!(cids.len().to_string()), &json!([])), "{taken}");
    drop((nodes, late));
    (0..5).for_each(|index| network.stop(index));
    (0..5).for_each(|index| drop(check(&network.home(index)).ok()));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_breaks_a_rule_is_refused_with_its_code_and_two_of_one_place_are_evidence() {
    let network = Network::running(1);
    let node = connect(&network, 0).await;
    let dag = create(&node, [1]).await;
    let (scribe, stranger) = (Scribe::new(1, &dag), Scribe::new(9, &dag));
    let genesis = scribe.write(&node, Kind::Genesis, "we begin").await;
    wait_final(&node, &genesis).await;
    let next = scribe.next(&node).await;
    let good = scribe.record(&next, Kind::Config, "one");
    let mut flipped = good.bytes().to_vec();
    let middle = flipped.len() / 2;
    flipped[middle] ^= 1;
    assert!(matches!(put(&node, &flipped).await, Err(Error::Call(error)) if error.code() == 5001));
    assert_eq!(code(put(&node, &[0xff]).await).as_deref(), Some("not_canonical"));
    assert_eq!(
        code(put(&node, stranger.record(&next, Kind::Config, "no").bytes()).await).as_deref(),
        Some("bad_sequence")
    );
    let mut first = next.clone();
    first.seq = 0;
    assert_eq!(
        code(put(&node, stranger.record(&first, Kind::Config, "no").bytes()).await).as_deref(),
        Some("unknown_issuer")
    );
    let mut orphan = next.clone();
    orphan.parents = vec![good.cid()];
    assert_eq!(
        code(put(&node, scribe.record(&orphan, Kind::Config, "no").bytes()).await).as_deref(),
        Some("unknown_parent")
    );
    let mut ahead = next.clone();
    ahead.time += 60_000;
    assert_eq!(code(put(&node, scribe.record(&ahead, Kind::Config, "no").bytes()).await).as_deref(), Some("bad_time"));
    let elsewhere = Scribe::new(1, &Did::of_hash("local", &[9; 32]).expect("a network"));
    let mut begin = next.clone();
    (begin.seq, begin.parents) = (0, Vec::new());
    assert_eq!(
        code(put(&node, elsewhere.record(&begin, Kind::Genesis, "no").bytes()).await).as_deref(),
        Some("unknown_dag")
    );

    put(&node, good.bytes()).await.expect("it is taken");
    assert_eq!(code(put(&node, good.bytes()).await).as_deref(), Some("duplicate"));
    let other = scribe.record(&next, Kind::Config, "two");
    assert_eq!(code(put(&node, other.bytes()).await).as_deref(), Some("equivocation"));
    wait_final(&node, &good.cid()).await;

    // Whoever shows it bars the key.
    let (url, file) = (network.node(0).url.clone(), network.home(0).join("evidence.hex"));
    let at = |arguments: &[&str]| said(icn(arguments).args(["--url", &url]));
    let writer = Scribe::writer(1);
    at(&["dag", "evidence", dag.as_str(), writer.issuer.as_str(), "--out", path(&file)]).ok();
    let text = std::fs::read_to_string(&file).expect("it was written");
    std::fs::write(&file, format!("{}00", text.trim())).expect("written");
    assert!(at(&["dag", "report", path(&file), "--signer", "//Bob"]).refusal().contains("is no proof"));
    std::fs::write(&file, text).expect("written");
    at(&["dag", "report", path(&file), "--signer", "//Bob", "--yes"]).ok();
    let next = scribe.next(&node).await;
    assert_eq!(
        code(put(&node, scribe.record(&next, Kind::Config, "three").bytes()).await).as_deref(),
        Some("key_revoked")
    );
}

/// The port in each `/tcp/PORT` of a text.
fn ports(text: &str) -> Vec<u16> {
    let ports =
        text.split("/tcp/").skip(1).map(|rest| rest.chars().take_while(char::is_ascii_digit).collect::<String>());
    ports.map(|port| port.parse().expect("a port")).collect()
}

/// Node 0 reaches the consensus of the others and nothing else of them for a while: nobody gets the record that it lists.
#[tokio::test(flavor = "multi_thread")]
async fn a_record_that_the_others_do_not_get_is_never_final() {
    let mut network = Network::new(4, 0);
    (1..4).for_each(|index| network.start(index));
    let file = network.home(0).join("icn.toml");
    let config = std::fs::read_to_string(&file).expect("testnet init wrote it");
    let known = ports(&config);
    let (own, peers) = known.split_first().expect("where it listens, and its peers");
    // It listens where the others do not look for it, and reaches each of them by two doors: consensus, and all else.
    let row = free_row(8);
    let mut moved = config.replace(&format!("/tcp/{own}"), &format!("/tcp/{row}"));
    let mut consensus = Vec::new();
    let mut others = Vec::new();
    for (door, peer) in (row + 2..).step_by(2).zip(peers) {
        moved = moved.replace(&format!("/tcp/{peer}/"), &format!("/tcp/{door}/"));
        consensus.push(Door::new(door, *peer));
        others.push(Door::new(door + 1, *peer + 1));
    }
    std::fs::write(&file, moved).expect("written");
    network.start(0);
    let (alone, other) = (connect(&network, 0).await, connect(&network, 1).await);
    alone.send(&Account::dev("Charlie"), frame_system::Call::remark { remark: b"I am here".to_vec() }).await;
    let dag = create(&other, [1]).await;
    agree(&network).await;

    others.iter().for_each(Door::close);
    let withheld = Scribe::new(1, &dag).write(&alone, Kind::Genesis, "here only").await;
    // In eight heights node 0 has two first turns. Its blocks get no votes, those of the others do.
    let before = other.head().await.number;
    for _ in 0..8 {
        other.send(&Account::dev("Bob"), frame_system::Call::remark { remark: b"time goes by".to_vec() }).await;
    }
    assert!(proof(&other, &withheld).await.is_none() && get(&other, &withheld).await.is_none());
    let after = agree(&network).await;
    assert!(after >= before + 8);
    let mut late = 0;
    for height in before + 1..=after {
        let commit: Value = other.client.request("commit", rpc_params![height.to_string()]).await.expect("answered");
        late += u32::from(commit["signed_header"]["commit"]["round"] != json!(0));
    }
    assert!(late > 0, "node 0 had its turn and was not followed");
    assert!(get(&alone, &withheld).await.expect("it is there").place.is_none());

    // The others get it, and it is final.
    others.iter().for_each(Door::open);
    let place = wait_final(&alone, &withheld).await;
    assert_eq!(wait_final(&other, &withheld).await, place);
    drop(consensus);
}

fn said(command: &mut Command) -> Said {
    run(command)
}

fn path(path: &Path) -> &str {
    path.to_str().expect("UTF-8")
}

#[test]
fn a_record_is_made_listed_and_proven_by_the_command_line_and_checked_offline() {
    let directory = directory();
    let file = |name: &str| directory.path().join(name);
    let home = file("home");
    let node = NodeProcess::try_start(dev(&home), &home).unwrap_or_else(|said| panic!("{said:?}"));
    let url = node.url.clone();
    let at = |arguments: &[&str]| said(icn(arguments).args(["--url", &url]));
    let json = |said: Said| -> Value { serde_json::from_str(&said.ok()).expect("JSON") };

    let made = json(at(&[
        "dag", "create", "--writer", "//Alice", "--writer", "//Bob", "--signer", "//Alice", "--output", "json",
    ]));
    let event = made["events"].as_array().expect("events").iter().find(|event| event.get("Dag.Created").is_some());
    let dag = event.expect("it is made")["Dag.Created"]["dag"].as_str().expect("a name").to_owned();

    let put = |signer: &str, kind: &str, payload: &str| {
        let arguments =
            ["dag", "put", &dag, "--kind", kind, "--payload", payload, "--signer", signer, "--output", "json"];
        let said = json(at(&arguments));
        said["cid"].as_str().expect("a name").to_owned()
    };
    put("//Alice", "genesis", r#"{"name": "Mill"}"#);
    let cid = put("//Bob", "config", r#"{"open": true, "members": 7}"#);
    let shown = json(at(&["dag", "get", &cid, "--output", "json"]));
    assert_eq!((&shown["kind"], &shown["payload"]), (&json!("config"), &json!({"open": true, "members": 7})));
    let listed = json(at(&["dag", "log", &dag, "--output", "json"]));
    assert_eq!(listed.as_array().map(Vec::len), Some(2));
    let drawn = at(&["dag", "log", &dag, "--graph"]).ok();
    assert!(drawn.lines().count() == 2 && drawn.starts_with("* ") && drawn.contains("genesis"), "{drawn}");

    let first = listed[0]["cid"].as_str().expect("a name").to_owned();
    let up = json(at(&["dag", "ancestors", &cid, "--output", "json"]));
    assert_eq!(up, json!({"records": [{"cid": first, "depth": 1}], "complete": true}));
    let down = json(at(&["dag", "descendants", &first, "--depth", "1", "--limit", "5", "--output", "json"]));
    assert_eq!(down, json!({"records": [{"cid": cid, "depth": 1}], "complete": true}));
    assert_eq!(json(at(&["dag", "children", &first, "--output", "json"])), json!([cid]));
    let ways = json(at(&["dag", "path", &cid, &first, "--output", "json"]));
    assert_eq!(ways, json!({"path": [cid, first], "complete": true}));
    let common = json(at(&["dag", "common", &cid, &first, "--output", "json"]));
    assert_eq!(common, json!({"records": [first], "complete": true}));
    let order = json(at(&["dag", "order", &dag, "--from", "1", "--output", "json"]));
    assert_eq!(order, json!([{"place": "1", "cid": cid}]));
    let status = json(at(&["dag", "status", "--output", "json"]));
    assert_eq!(
        (&status["keep_epochs"], &status["missing"], &status["waiting"]),
        (&json!("all"), &json!("0"), &json!("0"))
    );

    let about = json(at(&[
        "dag",
        "put",
        &dag,
        "--kind",
        "config",
        "--payload",
        r#"{"commitment": {"/": {"bytes": "BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc"}}}"#,
        "--visibility",
        "members",
        "--ref",
        &format!("about={first}"),
        "--signer",
        "//Bob",
        "--output",
        "json",
    ]));
    let about = about["cid"].as_str().expect("a name").to_owned();
    let trail = json(at(&["dag", "find", "--ref", &first, "--output", "json"]));
    assert_eq!((trail[0]["cid"].as_str(), &trail[0]["withheld"]), (Some(&about[..]), &json!(true)));
    let issuer = listed[1]["issuer"].as_str().expect("a DID");
    let made = json(at(&["dag", "find", "--issuer", issuer, "--reader", "//Bob", "--output", "json"]));
    assert_eq!(made.as_array().map(Vec::len), Some(2));
    assert!(made[1]["withheld"].is_null() && made[1]["payload"]["commitment"].is_object(), "{made}");
    assert_eq!(
        json(at(&["dag", "find", "--scope", &dag, "--limit", "2", "--output", "json"])).as_array().map(Vec::len),
        Some(2)
    );
    assert!(at(&["dag", "get", &about, "--save", path(&file("hidden"))]).refusal().contains("--reader"));
    assert!(at(&["dag", "get", &about, "--reader", "//Charlie"]).refusal().contains("may not write"));
    assert!(at(&["dag", "prove", &about]).refusal().contains("--reader"));
    at(&["dag", "prove", &about, "--reader", "//Bob", "--out", path(&file("members.json"))]).ok();
    assert!(at(&["dag", "evidence", &dag, "//Bob"]).refusal().contains("no proof"));

    // The archive holds those that are for everybody in their order, and the node knows them.
    let archive = file("mill.car");
    at(&["dag", "export", &dag, "--out", path(&archive)]).ok();
    let again = json(at(&["dag", "import", path(&archive), "--output", "json"]));
    assert_eq!((&again["taken"], &again["known"]), (&json!("0"), &json!("2")), "{again}");
    assert_eq!(again["refused"], json!([]));

    at(&["trust", "block", "1", "--out", path(&file("trusted.json"))]).ok();
    at(&["dag", "prove", &cid, "--out", path(&file("proof.json"))]).ok();
    drop(node);

    // From here on there is no node.
    let verify =
        |proof: &str, trusted: &str| said(icn(["dag", "verify"]).arg(file(proof)).arg("--from").arg(file(trusted)));
    let holds = said(
        icn(["dag", "verify", "--output", "json"]).arg(file("proof.json")).arg("--from").arg(file("trusted.json")),
    );
    let holds = json(holds);
    assert_eq!((&holds["holds"], &holds["record"]["cid"], &holds["place"]), (&json!(true), &json!(cid), &json!("1")));
    assert!(said(icn(["trust", "verify"]).arg(file("proof.json")).arg("--from").arg(file("trusted.json")))
        .status
        .success());

    let text = std::fs::read_to_string(file("proof.json")).expect("it was written");
    let altered = |name: &str, change: &dyn Fn(&mut Value)| {
        let mut proof: Value = serde_json::from_str(&text).expect("JSON");
        change(&mut proof);
        std::fs::write(file(name), proof.to_string()).expect("written");
        let refused = verify(name, "trusted.json");
        refused.refusal().to_owned()
    };
    let flip = |value: &mut Value, place: usize| {
        let mut digits = value.as_str().expect("hex").as_bytes().to_vec();
        digits[place] = if digits[place] == b'0' { b'1' } else { b'0' };
        *value = json!(String::from_utf8(digits).expect("ASCII"));
    };
    for (words, change) in [
        ("the record", Box::new(|proof: &mut Value| flip(&mut proof["record"], 40)) as Box<dyn Fn(&mut Value)>),
        ("does not hold the record", Box::new(|proof: &mut Value| proof["inclusion"]["index"] = json!(0))),
        ("another root", Box::new(|proof: &mut Value| flip(&mut proof["log"], 30))),
        (
            "is not verified",
            Box::new(|proof: &mut Value| {
                // In its last signature.
                let place = proof["block"]["signed_header"].as_str().expect("hex").len() - 3;
                flip(&mut proof["block"]["signed_header"], place);
            }),
        ),
        ("version 2", Box::new(|proof: &mut Value| proof["version"] = json!(2))),
    ] {
        let refusal = altered("altered.json", &*change);
        assert!(refusal.contains(words), "{words}: {refusal}");
    }
    // Another chain's block is trusted.
    let other = file("other");
    let node = NodeProcess::try_start(dev(&other), &other).unwrap_or_else(|said| panic!("{said:?}"));
    said(&mut icn(["tx", "System.remark", "remark=0x01", "--signer", "//Alice", "--url", &node.url])).ok();
    said(icn(["trust", "block", "1", "--url", &node.url, "--out"]).arg(file("foreign.json"))).ok();
    let refused = verify("proof.json", "foreign.json");
    assert!(refused.refusal().contains("two blocks") || refused.refusal().contains("not verified"), "{refused:?}");
    assert!(verify("proof.json", "nowhere.json").refusal().contains("nowhere.json"));
    // The DAG belongs to another chain.
    let foreign = said(icn(["dag", "import", "--url", &node.url]).arg(&archive));
    assert!(foreign.refusal().contains("refuses 2 records"), "{foreign:?}");
    let cut = std::fs::read(&archive).expect("it was written");
    std::fs::write(&archive, &cut[..cut.len() - 1]).expect("written");
    let cut = said(icn(["dag", "import", "--url", &node.url]).arg(&archive));
    assert!(cut.refusal().contains("ends within record 1"), "{cut:?}");
    std::fs::write(file("empty.json"), "{}").expect("written");
    assert!(verify("empty.json", "trusted.json").refusal().contains("is no proof of a record"));
}

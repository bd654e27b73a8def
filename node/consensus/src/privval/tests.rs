//! Tests with a signer in the same process, which speaks the protocol with the stock crate's types.

use super::{
    connection::Encrypted,
    message::{read, write, Message, SignBytesResponse, Sum},
    *,
};
use crate::{
    guard::{Guard, MemoryGuard},
    parts::Init,
    samples::{address, key, key_bytes, peer, proposal, proposed, target, verifier, vote, CHAIN},
    signing::{proposal_sign_bytes, vote_sign_bytes, Key, LocalKey, Signer},
};
use icn_primitives::votes::VoteKind;
use prost::Message as _;
use std::{
    io::{self, Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    os::unix::net::UnixStream,
    path::{Path, PathBuf},
    sync::{
        atomic::{AtomicU32, Ordering},
        mpsc, Arc,
    },
    thread,
    time::{Duration, Instant},
};
use tendermint_proto::v0_38::{
    crypto::{public_key, PublicKey},
    privval::{PingResponse, PubKeyResponse, RemoteSignerError, SignedProposalResponse, SignedVoteResponse},
};

/// Seeds of the keys that encrypt, of the node and of the signer.
const NODE: [u8; 32] = [0x51; 32];
const SIGNER: [u8; 32] = [0x52; 32];

/// Long enough for a thread of this process, short enough to fail in.
const PATIENCE: Duration = Duration::from_secs(20);

/// What a signer does with a question.
type Answer = fn(&LocalKey, Sum) -> Option<Sum>;

/// Signs everything, as the stock crate computes what is to be signed.
fn honest(key: &LocalKey, question: Sum) -> Option<Sum> {
    let sign = |message: &[u8]| key.sign(message).expect("a local key signs").to_vec();
    Some(match question {
        Sum::PubKeyRequest(_) => {
            let bytes = key.public_key().as_bytes().to_vec();
            let pub_key = Some(PublicKey { sum: Some(public_key::Sum::Ed25519(bytes)) });
            Sum::PubKeyResponse(PubKeyResponse { pub_key, error: None })
        }
        Sum::SignVoteRequest(request) => {
            let mut vote = request.vote?;
            let stock = tendermint::vote::Vote::try_from(vote.clone()).expect("it is a vote");
            let chain = request.chain_id.try_into().expect("it is a name");
            vote.signature = sign(&stock.into_signable_vec(chain));
            Sum::SignedVoteResponse(SignedVoteResponse { vote: Some(vote), error: None })
        }
        Sum::SignProposalRequest(request) => {
            let mut proposal = request.proposal?;
            let stock = tendermint::Proposal::try_from(proposal.clone()).expect("it is a proposal");
            let chain = request.chain_id.try_into().expect("it is a name");
            proposal.signature = sign(&stock.into_signable_vec(chain));
            Sum::SignedProposalResponse(SignedProposalResponse { proposal: Some(proposal), error: None })
        }
        Sum::SignBytesRequest(request) => {
            Sum::SignBytesResponse(SignBytesResponse { signature: sign(&request.value), error: None })
        }
        Sum::PingRequest(_) => Sum::PingResponse(PingResponse {}),
        _ => return None,
    })
}

/// Answers until the other side closes, or `answer` has none.
fn serve(link: &mut (impl Read + Write), key: &LocalKey, answer: Answer) {
    while let Ok(Some(question)) = read(link) {
        let Some(response) = answer(key, question) else { return };
        if write(link, response).is_err() {
            return;
        }
    }
}

/// Connects to a Unix socket as soon as it is there.
fn connect(path: &Path) -> UnixStream {
    let deadline = Instant::now() + PATIENCE;
    loop {
        match UnixStream::connect(path) {
            Ok(stream) => return stream,
            Err(error) => assert!(Instant::now() < deadline, "nobody listens: {error}"),
        }
        thread::yield_now();
    }
}

struct Place {
    _folder: tempfile::TempDir,
    path: PathBuf,
}

fn place() -> Place {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("signer.sock");
    Place { _folder: folder, path }
}

fn config(path: &Path) -> RemoteConfig {
    RemoteConfig::new(PrivvalAddress::Unix(path.to_owned()), CHAIN.into(), NODE, PATIENCE)
}

/// A key whose signer answers like this, over as many connections as it takes.
fn remote(place: &Place, answer: Answer) -> Result<RemoteKey, RemoteError> {
    let path = place.path.clone();
    thread::spawn(move || {
        let mut link = connect(&path);
        loop {
            serve(&mut link, &key(1), answer);
            // The node is gone when nobody listens.
            match UnixStream::connect(&path) {
                Ok(again) => link = again,
                Err(_) => return,
            }
        }
    });
    RemoteKey::open(config(&place.path))
}

#[test]
fn addresses_are_of_two_kinds() {
    for text in ["tcp://127.0.0.1:26659", "tcp://[::1]:1", "unix:///run/signer.sock"] {
        let address: PrivvalAddress = text.parse().expect("it is an address");
        assert_eq!(address.to_string(), text);
    }
    for text in ["", "tcp://", "tcp://localhost", "tcp://127.0.0.1", "unix://", "unix://relative", "http://1.2.3.4:5"] {
        assert_eq!(text.parse::<PrivvalAddress>(), Err(AddressError), "{text}");
    }
}

#[test]
fn a_remote_signer_signs_votes_proposals_and_tagged_bytes_as_a_local_key_does() {
    let place = place();
    let remote = remote(&place, honest).expect("the signer answers");
    assert_eq!(remote.public_key(), key(1).public_key());
    let votes = [
        vote(1, VoteKind::Prevote, 5, 0, Some(target(1))),
        vote(1, VoteKind::Precommit, 5, 3, Some(target(1))),
        vote(1, VoteKind::Precommit, u64::from(u32::MAX), i32::MAX as u32, None),
    ];
    for vote in votes {
        let message = vote_sign_bytes(CHAIN, &vote).expect("it can be signed");
        assert_eq!(remote.sign(&message).expect("it is signed"), vote.signature.to_bytes());
    }
    for proposal in [proposal(1, 5, 0, None, target(1)), proposal(1, 5, 4, Some(2), target(1))] {
        let message = proposal_sign_bytes(CHAIN, &proposal).expect("it can be signed");
        assert_eq!(remote.sign(&message).expect("it is signed"), proposal.signature.to_bytes());
    }
    let (init, _): (Init, _) = proposed(1, 5, 0, None, b"block");
    let signature = remote.sign(&init.sign_bytes(CHAIN)).expect("it is signed");
    assert_eq!(signature, init.signature);
}

#[test]
fn the_engine_signs_with_it_behind_the_guard() {
    let place = place();
    let remote = remote(&place, honest).expect("the signer answers");
    let guard = Guard::open(CHAIN, key_bytes(1), Box::new(MemoryGuard::default())).expect("it is empty");
    let signer = Signer::new(CHAIN, Arc::new(remote), guard);
    assert_eq!(signer.address(), address(1));
    let (first, other) = (vote(1, VoteKind::Prevote, 5, 0, Some(target(1))), vote(1, VoteKind::Prevote, 5, 0, None));
    assert_eq!(signer.vote_signature(&first).expect("it is signed"), first.signature);
    signer.vote_signature(&other).expect_err("it contradicts");
    let proof = signer.proof(peer(1).to_bytes()).expect("it is signed");
    assert!(verifier().is_proof_signed(&proof));
}

#[test]
fn a_signer_that_signs_something_else_is_found_out() {
    fn other(key: &LocalKey, question: Sum) -> Option<Sum> {
        match question {
            Sum::SignVoteRequest(mut request) => {
                // The timestamp of an earlier vote, as a signer answers that has signed one.
                request.vote.as_mut()?.timestamp.as_mut()?.seconds += 1;
                honest(key, Sum::SignVoteRequest(request))
            }
            question => honest(key, question),
        }
    }
    let place = place();
    let remote = remote(&place, other).expect("the signer answers");
    let message = vote_sign_bytes(CHAIN, &vote(1, VoteKind::Prevote, 5, 0, Some(target(1)))).expect("it can be signed");
    let error = remote.sign(&message).expect_err("it is another vote's signature");
    assert!(error.to_string().contains("not for what it was asked to sign"), "{error}");
}

#[test]
fn a_signer_may_refuse_and_is_not_asked_again() {
    static ASKED: AtomicU32 = AtomicU32::new(0);
    fn refusing(key: &LocalKey, question: Sum) -> Option<Sum> {
        match question {
            Sum::SignVoteRequest(_) => {
                ASKED.fetch_add(1, Ordering::Relaxed);
                let error = Some(RemoteSignerError { code: 3, description: "double sign".into() });
                Some(Sum::SignedVoteResponse(SignedVoteResponse { vote: None, error }))
            }
            question => honest(key, question),
        }
    }
    let place = place();
    let remote = remote(&place, refusing).expect("the signer answers");
    let message = vote_sign_bytes(CHAIN, &vote(1, VoteKind::Prevote, 5, 0, None)).expect("it can be signed");
    let error = remote.sign(&message).expect_err("it refuses");
    assert!(error.to_string().contains("refuses, with code 3: double sign"), "{error}");
    assert_eq!(ASKED.load(Ordering::Relaxed), 1);
}

#[test]
fn a_signer_of_version_0_38_votes_but_signs_no_bytes() {
    fn old(key: &LocalKey, question: Sum) -> Option<Sum> {
        match question {
            // A field that it does not know: an empty message, which it answers with one.
            Sum::SignBytesRequest(_) => Some(Sum::PingResponse(PingResponse {})),
            question => honest(key, question),
        }
    }
    let place = place();
    let remote = remote(&place, old).expect("the signer answers");
    let (init, _) = proposed(1, 5, 0, None, b"block");
    let error = remote.sign(&init.sign_bytes(CHAIN)).expect_err("it cannot");
    assert!(error.to_string().contains("answered another question"), "{error}");
    let vote = vote(1, VoteKind::Prevote, 5, 0, None);
    let message = vote_sign_bytes(CHAIN, &vote).expect("it can be signed");
    assert_eq!(remote.sign(&message).expect("it is signed"), vote.signature.to_bytes());
}

#[test]
fn a_broken_connection_is_replaced_by_the_signers_next() {
    static LEFT: AtomicU32 = AtomicU32::new(0);
    fn breaking(key: &LocalKey, question: Sum) -> Option<Sum> {
        let breaks = matches!(question, Sum::SignVoteRequest(_)) && LEFT.fetch_add(1, Ordering::Relaxed) % 3 != 2;
        if breaks {
            return None;
        }
        honest(key, question)
    }
    let place = place();
    let remote = remote(&place, breaking).expect("the signer answers");
    for height in 1..4 {
        let vote = vote(1, VoteKind::Prevote, height, 0, None);
        let message = vote_sign_bytes(CHAIN, &vote).expect("it can be signed");
        assert_eq!(remote.sign(&message).expect("it is signed in the end"), vote.signature.to_bytes());
    }
    assert_eq!(LEFT.load(Ordering::Relaxed), 9);
}

#[test]
fn without_a_signer_there_is_no_key_and_the_address_is_free_again() {
    let place = place();
    for _ in 0..2 {
        let config = RemoteConfig { patience_at_start: Duration::from_millis(20), ..config(&place.path) };
        let error = RemoteKey::open(config).err().expect("nobody comes");
        assert!(matches!(error, RemoteError::Absent));
        assert!(error.to_string().contains("start it"), "{error}");
        assert!(!place.path.exists());
    }
}

#[test]
fn an_address_in_use_is_not_taken_and_one_left_behind_is() {
    use std::os::unix::{fs::PermissionsExt, net::UnixListener};
    let place = place();
    let other = UnixListener::bind(&place.path).expect("it is free");
    let error = RemoteKey::open(config(&place.path)).err().expect("it is in use");
    assert!(matches!(error, RemoteError::Listen { .. }), "{error}");
    drop(other);
    assert!(place.path.exists(), "a listener leaves its socket behind");
    let remote = remote(&place, honest).expect("the signer answers");
    let mode = std::fs::metadata(&place.path).expect("it is there").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    drop(remote);
    assert!(!place.path.exists());
}

/// A port that is free.
fn free_port() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("there is a port");
    listener.local_addr().expect("it has an address")
}

/// Opens a key over TCP; signers with these seeds try to connect, one after the other.
fn remote_tcp(signer: Option<[u8; 32]>, seeds: Vec<[u8; 32]>) -> Result<RemoteKey, RemoteError> {
    let at = free_port();
    thread::spawn(move || {
        for seed in seeds {
            let deadline = Instant::now() + PATIENCE;
            let stream = loop {
                match TcpStream::connect(at) {
                    Ok(stream) => break stream,
                    Err(_) if Instant::now() < deadline => thread::yield_now(),
                    Err(_) => return,
                }
            };
            if let Ok(mut link) = Encrypted::open(stream, seed.into()) {
                serve(&mut link, &key(1), honest);
            }
        }
    });
    let address = PrivvalAddress::Tcp(at);
    let patience = if signer == Some([0; 32]) { Duration::from_millis(500) } else { PATIENCE };
    let config = RemoteConfig::new(address, CHAIN.into(), NODE, patience);
    RemoteKey::open(RemoteConfig { signer, patience_at_start: patience, ..config })
}

fn public(seed: [u8; 32]) -> [u8; 32] {
    ed25519_consensus::SigningKey::from(seed).verification_key().to_bytes()
}

#[test]
fn over_tcp_the_signer_proves_who_it_is() {
    // An impostor is first.
    let remote = remote_tcp(Some(public(SIGNER)), vec![[0x66; 32], SIGNER]).expect("the signer answers");
    let vote = vote(1, VoteKind::Precommit, 5, 0, Some(target(1)));
    let message = vote_sign_bytes(CHAIN, &vote).expect("it can be signed");
    assert_eq!(remote.sign(&message).expect("it is signed"), vote.signature.to_bytes());
    // Nobody has the key of which all bits are zero.
    let error = remote_tcp(Some([0; 32]), vec![SIGNER]).err().expect("the signer is another");
    assert!(matches!(error, RemoteError::Absent), "{error}");
    remote_tcp(None, vec![SIGNER]).expect("anybody may connect");
}

#[test]
fn messages_are_bounded_before_they_are_read() {
    let read_bytes = |bytes: &[u8]| read(&mut &bytes[..]);
    // 10 KiB and one byte, and lengths that would fill memory.
    for length in [&[0x81, 0x50][..], &[0xff, 0xff, 0x7f], &[0xff; 10]] {
        let error = read_bytes(&[length, &[0; 20_000]].concat()).expect_err("it is too large");
        assert!(matches!(error, RemoteError::TooLarge { .. }), "{length:?}: {error}");
    }
    assert!(matches!(read_bytes(&[3, 1]), Err(RemoteError::Io(error)) if error.kind() == io::ErrorKind::UnexpectedEof));
    assert!(matches!(read_bytes(&[2, 0xff, 0xff]), Err(RemoteError::Protocol(_))));
    assert!(matches!(read_bytes(&[0]), Ok(None)));
    let mut largest = Vec::new();
    write(&mut largest, Sum::SignBytesRequest(message::SignBytesRequest { value: vec![7; 10_000] }))
        .expect("it is written");
    assert!(matches!(read_bytes(&largest), Ok(Some(Sum::SignBytesRequest(request))) if request.value.len() == 10_000));
}

#[test]
fn messages_are_those_of_the_stock_crate() {
    use tendermint_proto::v0_38::privval as stock;
    let ours = Message { sum: Some(Sum::PingRequest(Default::default())) };
    let theirs = stock::Message { sum: Some(stock::message::Sum::PingRequest(Default::default())) };
    assert_eq!(ours.encode_to_vec(), theirs.encode_to_vec());
    let request = request::request_of(
        &vote_sign_bytes(CHAIN, &vote(1, VoteKind::Prevote, 5, 0, Some(target(1)))).expect("it can be signed"),
        address(1),
    );
    let ours = Message { sum: Some(request.expect("it is a vote")) };
    let theirs = stock::Message::decode(&ours.encode_to_vec()[..]).expect("it is of the protocol");
    let Some(stock::message::Sum::SignVoteRequest(theirs)) = theirs.sum else { panic!("it is a vote") };
    let vote = theirs.vote.expect("there is a vote");
    assert_eq!((vote.r#type, vote.height, vote.round, theirs.chain_id.as_str()), (1, 5, 0, CHAIN));
    assert_eq!(vote.validator_address, address(1).0);
}

#[test]
fn bytes_that_validators_do_not_sign_are_not_asked_for() {
    let good = vote_sign_bytes(CHAIN, &vote(1, VoteKind::Prevote, 5, 0, None)).expect("it can be signed");
    let longer = [&good[..], &[0x78, 1]].concat();
    let cut = &good[..good.len() - 1];
    for bytes in [&b"anything"[..], &longer, cut, &[1], &[]] {
        assert!(matches!(request::request_of(bytes, address(1)), Err(RemoteError::Bytes)), "{bytes:?}");
    }
}

#[test]
fn a_signer_is_pinged_while_nothing_is_signed() {
    let place = place();
    let path = place.path.clone();
    let (tell, told) = mpsc::channel();
    thread::spawn(move || {
        let mut link = connect(&path);
        while let Ok(Some(question)) = read(&mut link) {
            let ping = matches!(question, Sum::PingRequest(_));
            let answered = honest(&key(1), question).is_some_and(|answer| write(&mut link, answer).is_ok());
            if ping && (!answered || tell.send(()).is_err()) {
                return;
            }
        }
    });
    let remote = RemoteKey::open(config(&place.path)).expect("the signer answers");
    told.recv_timeout(PATIENCE).expect("it is pinged");
    drop(remote);
}

#[test]
fn a_hostile_handshake_does_not_end_the_listener() {
    let at = free_port();
    let hostile = thread::spawn(move || {
        let connect = || {
            let deadline = Instant::now() + PATIENCE;
            loop {
                match TcpStream::connect(at) {
                    Ok(stream) => return stream,
                    Err(error) => assert!(Instant::now() < deadline, "nobody listens: {error}"),
                }
                thread::yield_now();
            }
        };
        // Nothing, garbage, a key of low order, and a length that promises more than comes.
        for bytes in [&[][..], &[0xff; 4000], &[[0x22, 0x0a, 0x20].as_slice(), &[0; 32]].concat(), &[0x22, 0x0a]] {
            // The node may have closed the connection before everything is written.
            let _ = connect().write_all(bytes);
        }
        if let Ok(mut link) = Encrypted::open(connect(), SIGNER.into()) {
            serve(&mut link, &key(1), honest);
        }
    });
    let (address, chain_id) = (PrivvalAddress::Tcp(at), CHAIN.to_owned());
    let signer = Some(public(SIGNER));
    let config = RemoteConfig { signer, ..RemoteConfig::new(address, chain_id, NODE, PATIENCE) };
    let remote = RemoteKey::open(config).expect("the signer answers in the end");
    assert_eq!(remote.public_key(), key(1).public_key());
    drop(remote);
    hostile.join().expect("the signer is told that the node is gone");
}

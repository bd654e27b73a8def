//! A signer in this process that holds a validator's key: CometBFT's `privval` protocol over TCP, with the stock crates.

use ed25519_consensus::SigningKey;
use prost::Message as _;
use std::{
    collections::BTreeMap,
    io::{self, BufReader, Read, Write as _},
    net::TcpStream,
    sync::{
        atomic::{AtomicBool, Ordering},
        Arc, Mutex,
    },
    thread::{self, JoinHandle},
    time::Duration,
};
use tendermint_p2p::secret_connection::{SecretConnection, Version, DATA_MAX_SIZE};
use tendermint_proto::v0_38::{
    crypto::{public_key, PublicKey},
    privval::{message::Sum, Message, PingResponse, PubKeyResponse, SignedProposalResponse, SignedVoteResponse},
};

/// How long a signer waits before it tries to connect again.
const AGAIN: Duration = Duration::from_millis(50);

/// Field numbers of the question and answer for raw bytes, in CometBFT's `privval` 2.
const SIGN_BYTES_REQUEST: u8 = 9;
const SIGN_BYTES_RESPONSE: u8 = 10;

/// Which version of the protocol a signer knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Speaks {
    /// Votes and proposals, as in version 0.38.
    VotesOnly,
    /// Also raw bytes.
    RawBytes,
}

/// A signer that connects, and connects again, until it is dropped.
pub struct RemoteSigner {
    stop: Arc<AtomicBool>,
    asked: Arc<Mutex<BTreeMap<&'static str, u64>>>,
    thread: Option<JoinHandle<()>>,
}

/// Fields of a message that the stock crate does not know: a number, and bytes in their first field.
#[derive(Clone, PartialEq, prost::Message)]
struct Raw {
    #[prost(bytes = "vec", tag = "1")]
    bytes: Vec<u8>,
}

impl RemoteSigner {
    /// A signer with a validator's key, which connects to a port of this machine and proves itself with the key `own`.
    pub fn start(key: [u8; 32], port: u16, own: [u8; 32], speaks: Speaks) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let asked = Arc::new(Mutex::new(BTreeMap::new()));
        let (stopped, counts) = (stop.clone(), asked.clone());
        let thread = thread::spawn(move || {
            let (key, own) = (SigningKey::from(key), SigningKey::from(own));
            while !stopped.load(Ordering::Acquire) {
                if let Ok(stream) = TcpStream::connect(("127.0.0.1", port)) {
                    // A node that goes away ends the connection.
                    let _ = serve(stream, &key, &own, speaks, &stopped, &counts);
                }
                thread::park_timeout(AGAIN);
            }
        });
        Self { stop, asked, thread: Some(thread) }
    }

    /// How often it signed, by kind: `vote`, `proposal`, `bytes`.
    pub fn signed(&self, kind: &str) -> u64 {
        self.asked.lock().expect("nobody panics with it").get(kind).copied().unwrap_or_default()
    }
}

impl Drop for RemoteSigner {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Release);
        if let Some(thread) = self.thread.take() {
            thread.thread().unpark();
            let _ = thread.join();
        }
    }
}

/// Answers what is asked over one connection.
fn serve(
    stream: TcpStream,
    key: &SigningKey,
    own: &SigningKey,
    speaks: Speaks,
    stop: &AtomicBool,
    asked: &Mutex<BTreeMap<&'static str, u64>>,
) -> io::Result<()> {
    let other = |error| io::Error::other(format!("{error}"));
    let link = SecretConnection::new(stream, own.clone(), Version::V0_34).map_err(other)?;
    // The stock connection is read by whole frames.
    let mut link = BufReader::with_capacity(DATA_MAX_SIZE, link);
    loop {
        let question = read(&mut link)?;
        if stop.load(Ordering::Acquire) {
            return Ok(());
        }
        let Some((kind, answer)) = answer(key, &question, speaks) else {
            return Err(io::ErrorKind::Unsupported.into());
        };
        *asked.lock().expect("nobody panics with it").entry(kind).or_default() += 1;
        link.get_mut().write_all(&answer)?;
    }
}

/// One message without its length.
fn read(link: &mut impl Read) -> io::Result<Vec<u8>> {
    let (mut length, mut shift) = (0_usize, 0);
    loop {
        let mut byte = [0];
        link.read_exact(&mut byte)?;
        length |= usize::from(byte[0] & 0x7f) << shift;
        shift += 7;
        if byte[0] & 0x80 == 0 {
            break;
        }
    }
    let mut bytes = vec![0; length];
    link.read_exact(&mut bytes)?;
    Ok(bytes)
}

/// What kind of question it is, and the answer with its length; `None` for one that this signer does not know.
fn answer(key: &SigningKey, question: &[u8], speaks: Speaks) -> Option<(&'static str, Vec<u8>)> {
    let sign = |message: &[u8]| key.sign(message).to_bytes().to_vec();
    if question.first() == Some(&(SIGN_BYTES_REQUEST << 3 | 2)) {
        let length_bytes = question[1..].iter().take_while(|byte| **byte & 0x80 != 0).count() + 1;
        let request = Raw::decode(&question[1 + length_bytes..]).ok().filter(|_| speaks == Speaks::RawBytes)?;
        let response = Raw { bytes: sign(&request.bytes) }.encode_length_delimited_to_vec();
        let message = [vec![SIGN_BYTES_RESPONSE << 3 | 2], response].concat();
        return Some(("bytes", [&[message.len() as u8][..], &message].concat()));
    }
    let (kind, answer) = match Message::decode(question).ok()?.sum? {
        Sum::PubKeyRequest(_) => {
            let sum = Some(public_key::Sum::Ed25519(key.verification_key().to_bytes().to_vec()));
            ("key", Sum::PubKeyResponse(PubKeyResponse { pub_key: Some(PublicKey { sum }), error: None }))
        }
        Sum::SignVoteRequest(request) => {
            let mut vote = request.vote?;
            let stock = tendermint::vote::Vote::try_from(vote.clone()).ok()?;
            vote.signature = sign(&stock.into_signable_vec(request.chain_id.try_into().ok()?));
            ("vote", Sum::SignedVoteResponse(SignedVoteResponse { vote: Some(vote), error: None }))
        }
        Sum::SignProposalRequest(request) => {
            let mut proposal = request.proposal?;
            let stock = tendermint::Proposal::try_from(proposal.clone()).ok()?;
            proposal.signature = sign(&stock.into_signable_vec(request.chain_id.try_into().ok()?));
            ("proposal", Sum::SignedProposalResponse(SignedProposalResponse { proposal: Some(proposal), error: None }))
        }
        Sum::PingRequest(_) => ("ping", Sum::PingResponse(PingResponse {})),
        _ => return None,
    };
    Some((kind, Message { sum: Some(answer) }.encode_length_delimited_to_vec()))
}

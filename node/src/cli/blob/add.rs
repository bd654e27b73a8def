//! `icn blob add`.

use super::{
    calls::{ask, CALL_BYTES},
    progress::Progress,
    BlobError,
};
use crate::cli::{
    client::{Connection, NodeArgs},
    dag::writer::RecordSigner,
    keys::PassphraseArgs,
    output::OutputArgs,
    settings::HomeArgs,
    value::Shown,
};
use icn_blob::{builder::BuildError, Block, Builder, Permit, Root};
use icn_dag::{Cid, Did};
use serde::Deserialize;
use serde_json::json;
use std::{
    convert::Infallible,
    fs::File,
    io::{self, Read, Seek as _, SeekFrom},
    path::PathBuf,
};
use subxt::rpcs::rpc_params;

/// How long a permit counts, in milliseconds.
const PERMIT_LIFE_MS: u64 = 60 * 60 * 1000;

/// Put a file at a node, for an owner who may write a DAG
///
/// The owner is charged for the bytes. The node removes the blob some time after, unless a record links to it or somebody pins it.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "\
Examples:
  icn blob add articles.pdf --dag did:icn:local:… --as key:scribe
  tar c minutes | icn blob add - --dag did:icn:local:… --as key:scribe
  icn blob add logo.png --dag did:icn:local:… --as //Alice --output json | jq -r .cid")]
pub(super) struct AddArgs {
    /// The file; - for standard input
    #[arg(value_name = "FILE")]
    file: PathBuf,

    /// A DAG that the key writes for the owner
    #[arg(long, value_name = "DAG")]
    dag: Did,

    /// Sign with an Ed25519 account of the home, such as key:scribe; or, on Development chains, with the Ed25519 key of a development
    /// account, such as //Alice
    #[arg(long = "as", value_name = "key:NAME or //NAME")]
    signer: String,

    /// Who is charged [default: the did:key of the signer]
    #[arg(long, value_name = "DID")]
    owner: Option<Did>,

    #[command(flatten)]
    home: HomeArgs,

    #[command(flatten)]
    passphrase: PassphraseArgs,

    #[command(flatten)]
    node: NodeArgs,

    #[command(flatten)]
    output: OutputArgs,
}

/// What the node says of the time there.
#[derive(Deserialize)]
struct Next {
    time: u64,
}

#[derive(Deserialize)]
struct Begun {
    upload: Option<String>,
}

impl AddArgs {
    pub(super) async fn run(&self) -> Result<(), BlobError> {
        let mut file = self.open()?;
        let root = self.root_of(&mut file)?;
        let connection = self.node.connect().await?;
        let signer = RecordSigner::open(&self.signer, &self.home, &self.passphrase, &connection).await?;
        let key = signer.key();
        let owner = self.owner.clone().unwrap_or_else(|| Did::of_key(&key));
        let key_hex = format!("0x{}", hex::encode(key.0));
        // The chain's time there, which is not the time here on a chain whose clock was moved.
        let parameters = rpc_params![self.dag.as_str(), owner.as_str(), &key_hex];
        let Next { time } = ask(&connection, "icn_dagNext", parameters).await?;
        let expiry = time.saturating_add(PERMIT_LIFE_MS);
        let message = Permit::message(&connection.genesis_hash(), &root, expiry, &owner);
        let permit = json!({
            "root": root.cid, "size": root.size, "owner": owner, "dag": self.dag, "key": key_hex, "expiry": expiry,
            "signature": format!("0x{}", hex::encode(signer.sign_message(&message)?)),
        });
        let begun: Begun = ask(&connection, "icn_blobBegin", rpc_params![permit]).await?;
        let news = begun.upload.is_some();
        if let Some(upload) = begun.upload {
            self.send(&connection, &upload, &mut file, &root).await?;
        }
        let shown = [("cid", Shown::word(root.cid)), ("size", Shown::wide(root.size)), ("news", Shown::Bool(news))];
        Ok(self.output.print(&Shown::map(shown))?)
    }

    /// The file; what comes from standard input is kept in one that has no name, since its CID is said before its bytes.
    fn open(&self) -> Result<File, BlobError> {
        if self.file.as_os_str() != "-" {
            return File::open(&self.file).map_err(|source| self.failed(source));
        }
        let mut kept = tempfile::tempfile().map_err(BlobError::Input)?;
        let mut input = io::stdin().lock().take(icn_blob::limits::BLOB_BYTES_MAX + 1);
        io::copy(&mut input, &mut kept).and_then(|_| kept.rewind()).map_err(BlobError::Input)?;
        Ok(kept)
    }

    fn failed(&self, source: io::Error) -> BlobError {
        match self.file.as_os_str() == "-" {
            true => BlobError::Input(source),
            false => BlobError::File { path: self.file.clone(), source },
        }
    }

    /// Name and size of the file.
    fn root_of(&self, file: &mut File) -> Result<Root, BlobError> {
        let (mut builder, mut buffer) = (Builder::new(), vec![0; CALL_BYTES as usize]);
        let mut drop_all = |_: Block| Ok::<_, Infallible>(());
        let too_large = |error| match error {
            BuildError::Blob(error) => BlobError::TooLarge(error),
            BuildError::Sink(never) => match never {},
        };
        loop {
            match file.read(&mut buffer).map_err(|source| self.failed(source))? {
                0 => return builder.finish(&mut drop_all).map_err(too_large),
                count => builder.push(&buffer[..count], &mut drop_all).map_err(too_large)?,
            }
        }
    }

    async fn send(&self, connection: &Connection, upload: &str, file: &mut File, root: &Root) -> Result<(), BlobError> {
        file.seek(SeekFrom::Start(0)).map_err(|source| self.failed(source))?;
        let mut progress = Progress::new("sent", self.output.is_text());
        let mut offset = 0;
        while offset < root.size {
            let mut piece = Vec::new();
            file.take(CALL_BYTES).read_to_end(&mut piece).map_err(|source| self.failed(source))?;
            if piece.is_empty() {
                // The file became shorter meanwhile; the node says that it is not what was permitted.
                break;
            }
            let data = format!("0x{}", hex::encode(&piece));
            offset = ask(connection, "icn_blobPut", rpc_params![upload, offset, data]).await?;
            progress.tell(offset, root.size)?;
        }
        let _: Cid = ask(connection, "icn_blobFinish", rpc_params![upload]).await?;
        Ok(())
    }
}

//! `icn blob get`.

use super::{
    calls::{ask, Piece, CALL_BYTES},
    progress::Progress,
    range::ByteRange,
    BlobError,
};
use crate::cli::client::{Connection, NodeArgs};
use icn_blob::{Block, Builder};
use icn_dag::Cid;
use serde::Deserialize;
use std::{
    convert::Infallible,
    fs::File,
    io::{self, Write},
    path::PathBuf,
    time::{Duration, Instant},
};
use subxt::rpcs::rpc_params;

/// How often the node is asked whether a blob is there.
const POLL: Duration = Duration::from_millis(50);

/// Get a blob, or a part of it, to a file or standard output
///
/// A node that does not have it fetches it from other nodes first. A whole blob is checked against its name here; of a part, the node's
/// word is taken.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "\
Examples:
  icn blob get bafyrei… -o articles.pdf
  icn blob get bafyrei… > articles.pdf
  icn blob get bafyrei… --range 0..16 | xxd")]
pub(super) struct GetArgs {
    /// The blob
    #[arg(value_name = "CID")]
    cid: Cid,

    /// File to write [default: standard output]
    #[arg(short, long, value_name = "FILE")]
    out: Option<PathBuf>,

    /// Only the bytes from A to the one before B
    #[arg(long, value_name = "A..B")]
    range: Option<ByteRange>,

    /// How long to wait for other nodes, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 600)]
    wait_max: u64,

    #[command(flatten)]
    node: NodeArgs,
}

#[derive(Deserialize)]
struct Fetch {
    here: bool,
    size: Option<u64>,
    fetched: u64,
}

impl GetArgs {
    pub(super) async fn run(&self) -> Result<(), BlobError> {
        if let Some(ByteRange { start, end: Some(end) }) =
            self.range.filter(|range| range.end.is_some_and(|end| end < range.start))
        {
            return Err(BlobError::Range { start, end });
        }
        let connection = self.node.connect().await?;
        let size = self.fetch(&connection).await?;
        let Some(path) = &self.out else { return self.copy(&connection, size, &mut io::stdout().lock(), false).await };
        let failed = |source| BlobError::File { path: path.clone(), source };
        // A file that is there is the blob, whole.
        let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(".".as_ref());
        let mut kept = tempfile::NamedTempFile::new_in(directory).map_err(failed)?;
        self.copy(&connection, size, kept.as_file_mut(), true).await?;
        kept.as_file().sync_all().map_err(failed)?;
        let kept = kept.persist(path).map_err(|error| failed(error.error))?;
        permit_reading(&kept).map_err(failed)
    }

    /// Waits until the node has the blob; its size.
    async fn fetch(&self, connection: &Connection) -> Result<u64, BlobError> {
        let deadline = Instant::now() + Duration::from_secs(self.wait_max);
        let (mut poll, mut progress) = (tokio::time::interval(POLL), Progress::new("fetched", true));
        loop {
            poll.tick().await;
            let Fetch { here, size, fetched } =
                ask(connection, "icn_blobFetch", rpc_params![self.cid.to_string()]).await?;
            match size {
                Some(size) if here => return Ok(size),
                Some(size) => progress.tell(fetched, size)?,
                None => {}
            }
            if Instant::now() >= deadline {
                return Err(BlobError::Waited { cid: self.cid, seconds: self.wait_max });
            }
        }
    }

    /// Writes the bytes that are wanted. Those of a whole blob are compared with its name.
    async fn copy(
        &self,
        connection: &Connection,
        size: u64,
        out: &mut impl Write,
        told: bool,
    ) -> Result<(), BlobError> {
        let range = self.range.unwrap_or(ByteRange { start: 0, end: None });
        let end = range.end.unwrap_or(size).max(range.start);
        let (mut builder, mut progress) = (Builder::new(), Progress::new("got", told));
        let mut drop_all = |_: Block| Ok::<_, Infallible>(());
        let other = || BlobError::OtherBytes { url: connection.url().into(), cid: self.cid };
        let mut offset = range.start;
        loop {
            let length = (end - offset).min(CALL_BYTES);
            let parameters = rpc_params![self.cid.to_string(), offset, length];
            let piece: Piece = ask(connection, "icn_blobGet", parameters).await?;
            let bytes = piece.bytes()?;
            if piece.size != size || bytes.len() as u64 != length {
                return Err(other());
            }
            builder.push(&bytes, &mut drop_all).map_err(|_| other())?;
            if !self.write(out, &bytes)? {
                return Ok(());
            }
            offset += length;
            progress.tell(offset - range.start, end - range.start)?;
            if offset >= end {
                break;
            }
        }
        self.write(out, &[])?;
        let is_it = self.range.is_some() || builder.finish(&mut drop_all).is_ok_and(|root| root.cid == self.cid);
        is_it.then_some(()).ok_or_else(other)
    }

    /// Writes bytes; whether somebody reads them still.
    fn write(&self, out: &mut impl Write, bytes: &[u8]) -> Result<bool, BlobError> {
        match (out.write_all(bytes).and_then(|()| out.flush()), &self.out) {
            (Ok(()), _) => Ok(true),
            (Err(source), Some(path)) => Err(BlobError::File { path: path.clone(), source }),
            (Err(error), None) if error.kind() == io::ErrorKind::BrokenPipe => Ok(false),
            (Err(error), None) => Err(error.into()),
        }
    }
}

/// A temporary file is its owner's only; a blob is as any file.
fn permit_reading(file: &File) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    file.set_permissions(std::fs::Permissions::from_mode(0o644))
}

//! Content-addressable archives, version 1 (<https://ipld.io/specs/transport/car/carv1/>), of records: a header with the names of the
//! newest, then each record with its name and length.

use icn_dag::{cid::CID_BYTES, limits::NODE_BYTES_MAX, Cid, Ipld, Node};
use serde::{Deserialize, Serialize};
use std::io::{self, BufRead, Read, Write};

/// Largest header that is read, in bytes: the names of twenty thousand records.
const HEADER_BYTES_MAX: u64 = 1024 * 1024;

/// Largest section, in bytes: a record with its name.
const SECTION_BYTES_MAX: u64 = (CID_BYTES + NODE_BYTES_MAX) as u64;

/// What is wrong with an archive.
#[derive(Debug, thiserror::Error)]
pub enum CarError {
    /// It cannot be read or written.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// It is none, or of another version.
    #[error("it is no content-addressable archive of version 1")]
    Header,
    /// It ends within a record.
    #[error("it ends within record {0}")]
    Truncated(u64),
    /// A length is not written in its shortest form, or is none.
    #[error("the length of record {0} is malformed")]
    Length(u64),
    /// A block is too large for a record.
    #[error("block {number} has {bytes} bytes, and a record at most {NODE_BYTES_MAX}")]
    TooLarge {
        /// Its number, from 0.
        number: u64,
        /// Its length, as the archive says it.
        bytes: u64,
    },
    /// A block is no record.
    #[error("block {number} is no record: {source}")]
    Record {
        /// Its number, from 0.
        number: u64,
        /// What is wrong.
        source: icn_dag::Error,
    },
    /// A block has another name than the archive says.
    #[error("block {0} is not what its name says: the archive is damaged")]
    OtherName(u64),
}

#[derive(Serialize, Deserialize)]
struct Header {
    roots: Vec<Ipld>,
    version: u64,
}

/// Writes records into an archive.
pub(super) struct Writer<W>(W);

impl<W: Write> Writer<W> {
    /// Begins an archive; `roots` are the records from which all others in it are reached.
    pub(super) fn new(mut to: W, roots: &[Cid]) -> Result<Self, CarError> {
        let roots = roots.iter().map(|root| Ipld::Link(root.into())).collect();
        let header = serde_ipld_dagcbor::to_vec(&Header { roots, version: 1 }).map_err(io::Error::other)?;
        write_length(&mut to, header.len())?;
        to.write_all(&header)?;
        Ok(Self(to))
    }

    /// Adds a record.
    pub(super) fn write(&mut self, node: &Node) -> Result<(), CarError> {
        write_length(&mut self.0, CID_BYTES + node.bytes().len())?;
        self.0.write_all(node.cid().as_bytes())?;
        Ok(self.0.write_all(node.bytes())?)
    }

    /// Ends the archive; where it was written to.
    pub(super) fn finish(mut self) -> Result<W, CarError> {
        self.0.flush()?;
        Ok(self.0)
    }
}

fn write_length(to: &mut impl Write, length: usize) -> io::Result<()> {
    to.write_all(unsigned_varint::encode::usize(length, &mut unsigned_varint::encode::usize_buffer()))
}

/// Reads the records of an archive, one after the other.
pub(super) struct Reader<R> {
    from: R,
    number: u64,
}

impl<R: BufRead> Reader<R> {
    /// Reads the header.
    pub(super) fn new(mut from: R) -> Result<Self, CarError> {
        let length = read_length(&mut from).map_err(|_| CarError::Header)?.ok_or(CarError::Header)?;
        if length > HEADER_BYTES_MAX {
            return Err(CarError::Header);
        }
        let bytes = read_exactly(&mut from, length)?.ok_or(CarError::Header)?;
        let header: Header = serde_ipld_dagcbor::from_slice(&bytes).map_err(|_| CarError::Header)?;
        let links = header.roots.iter().all(|root| matches!(root, Ipld::Link(_)));
        (header.version == 1 && links).then_some(Self { from, number: 0 }).ok_or(CarError::Header)
    }

    /// The next record; `None` at the end.
    pub(super) fn next(&mut self) -> Result<Option<Node>, CarError> {
        let number = self.number;
        let length = match read_length(&mut self.from) {
            Ok(Some(length)) => length,
            Ok(None) => return Ok(None),
            Err(error) if error.kind() == io::ErrorKind::InvalidData => return Err(CarError::Length(number)),
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Err(CarError::Truncated(number)),
            Err(error) => return Err(error.into()),
        };
        if length > SECTION_BYTES_MAX {
            return Err(CarError::TooLarge { number, bytes: length });
        }
        let bytes = read_exactly(&mut self.from, length)?.ok_or(CarError::Truncated(number))?;
        let (name, record) = bytes.split_at_checked(CID_BYTES).ok_or(CarError::OtherName(number))?;
        let node = Node::decode(record).map_err(|source| CarError::Record { number, source })?;
        if node.cid().as_bytes() != name {
            return Err(CarError::OtherName(number));
        }
        self.number += 1;
        Ok(Some(node))
    }
}

/// A length; `None` where the input ends before it.
fn read_length(from: &mut impl BufRead) -> io::Result<Option<u64>> {
    if from.fill_buf()?.is_empty() {
        return Ok(None);
    }
    match unsigned_varint::io::read_u64(from) {
        Ok(length) => Ok(Some(length)),
        Err(unsigned_varint::io::ReadError::Io(error)) => Err(error),
        Err(error) => Err(io::Error::new(io::ErrorKind::InvalidData, error)),
    }
}

/// So many bytes, which are few; `None` where the input ends before.
fn read_exactly(from: &mut impl Read, length: u64) -> io::Result<Option<Vec<u8>>> {
    let mut bytes = Vec::new();
    let read = from.take(length).read_to_end(&mut bytes)?;
    Ok((read as u64 == length).then_some(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    use icn_dag::{Did, Draft, Key, Kind, Parents, Payload, Scope, ScopeKind, SigningKey, Visibility};
    use icn_fuzzing::{fuzz, Raw};

    fn node(seq: u64) -> Node {
        let (key, dag) = (SigningKey::from([7; 32]), Did::of_hash("local", &[7; 32]).expect("a network"));
        let parents = (seq > 0).then(|| node(seq - 1).cid());
        let draft = Draft {
            dag: dag.clone(),
            parents: Parents::sorted(parents).expect("one"),
            issuer: Did::of_key(&Key::of(&key)),
            seq,
            epoch: 0,
            time: 1_700_000_000_000 + seq,
            kind: if seq == 0 { Kind::Genesis } else { Kind::Config },
            scope: Scope { kind: ScopeKind::Cooperative, id: dag },
            visibility: Visibility::Public,
            refs: Default::default(),
            payload: Payload::new(Ipld::Map([("n".to_owned(), Ipld::Integer(seq.into()))].into()))
                .expect("it is small"),
        };
        Node::sign(draft, &key).expect("its fields fit")
    }

    fn archive(nodes: &[Node]) -> Vec<u8> {
        let mut writer = Writer::new(Vec::new(), &[nodes.last().expect("one").cid()]).expect("memory");
        nodes.iter().for_each(|node| writer.write(node).expect("memory"));
        writer.finish().expect("memory")
    }

    fn read(bytes: &[u8]) -> Result<Vec<Node>, CarError> {
        let mut reader = Reader::new(bytes)?;
        let mut nodes = Vec::new();
        while let Some(node) = reader.next()? {
            nodes.push(node);
        }
        Ok(nodes)
    }

    #[test]
    fn an_archive_is_what_the_specification_says() {
        let one = node(0);
        let bytes = archive(std::slice::from_ref(&one));
        // {"roots": [42(h'00' ‖ CID)], "version": 1}
        let mut expected = vec![58, 0xa2, 0x65];
        expected.extend(b"roots");
        expected.extend([0x81, 0xd8, 0x2a, 0x58, 37, 0]);
        expected.extend(one.cid().as_bytes());
        expected.push(0x67);
        expected.extend(b"version");
        expected.push(1);
        assert_eq!(&bytes[..expected.len()], expected);
        let rest = &bytes[expected.len()..];
        let section = 36 + one.bytes().len();
        assert_eq!(rest[..2], [(section as u8 & 0x7f) | 0x80, (section >> 7) as u8]);
        assert_eq!(rest[2..], [&one.cid().as_bytes()[..], one.bytes()].concat());
    }

    #[test]
    fn records_come_back_in_order() {
        let nodes: Vec<Node> = (0..5).map(node).collect();
        assert_eq!(read(&archive(&nodes)).expect("it is whole"), nodes);
    }

    #[test]
    fn what_is_damaged_says_where() {
        let nodes: Vec<Node> = (0..2).map(node).collect();
        let (bytes, first) = (archive(&nodes), archive(&nodes[..1]).len());
        assert!(matches!(read(&[]), Err(CarError::Header)));
        assert!(matches!(read(b"{}"), Err(CarError::Header)));
        assert!(matches!(read(&[0xff; 20]), Err(CarError::Header)));
        assert!(matches!(read(&bytes[..bytes.len() - 1]), Err(CarError::Truncated(1))));
        assert!(matches!(read(&bytes[..first + 1]), Err(CarError::Truncated(1))));
        let with = |place: usize, byte: u8| {
            let mut bytes = bytes.clone();
            bytes[place] = byte;
            read(&bytes)
        };
        assert!(matches!(with(first + 10, 0), Err(CarError::OtherName(1))));
        assert!(matches!(with(first + 50, 0xff), Err(CarError::Record { number: 1, .. })));
        let large = [&bytes[..], &[0xff, 0xff, 0xff, 0x7f]].concat();
        assert!(matches!(read(&large), Err(CarError::TooLarge { number: 2, bytes: 268_435_455 })));
        assert!(matches!(read(&[&bytes[..], &[0x80, 0]].concat()), Err(CarError::Length(2))));
        assert!(matches!(read(&[&bytes[..], &[5, 1, 2, 3, 4, 5]].concat()), Err(CarError::OtherName(2))));
    }

    #[test]
    fn fuzz_archive() {
        let nodes: Vec<Node> = (0..3).map(node).collect();
        let header = archive(&nodes[..1]).len() - 2 - 36 - nodes[0].bytes().len();
        fuzz("archive of records", &[archive(&nodes), archive(&nodes[..1])], |bytes| {
            let nodes = read(bytes).ok()?;
            // The roots are not kept.
            let again = nodes.last().map(|_| archive(&nodes));
            let sections = again.as_ref().map_or(&[][..], |again| &again[header..]);
            assert!(bytes.ends_with(sections), "the records are those of the archive");
            Some(Raw(bytes.to_vec()))
        });
    }
}

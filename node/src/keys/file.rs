//! Files that only their owner can read.

use super::KeyError;
use std::{
    fs::{self, File},
    io::{self, Read as _, Write as _},
    path::Path,
};
use zeroize::Zeroizing;

/// What happens to a file that is there already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Existing {
    /// It stays, and writing fails.
    Kept,
    /// It is replaced.
    Replaced,
}

/// Reads a file that nobody but its owner may read.
///
/// # Errors
/// When it is readable by others, larger than `bytes_max`, or cannot be read.
pub fn read_private(path: &Path, bytes_max: u64) -> Result<Zeroizing<Vec<u8>>, KeyError> {
    read(path, bytes_max, check_mode)
}

/// Reads a file, whoever else may.
///
/// # Errors
/// When it is larger than `bytes_max`, or cannot be read.
pub(super) fn read_open(path: &Path, bytes_max: u64) -> Result<Zeroizing<Vec<u8>>, KeyError> {
    read(path, bytes_max, |_, _| Ok(()))
}

fn read(
    path: &Path,
    bytes_max: u64,
    check: impl FnOnce(&Path, &fs::Metadata) -> Result<(), KeyError>,
) -> Result<Zeroizing<Vec<u8>>, KeyError> {
    let unreadable = |source| KeyError::Unreadable { path: path.into(), source };
    let file = File::open(path).map_err(unreadable)?;
    let metadata = file.metadata().map_err(unreadable)?;
    check(path, &metadata)?;
    // What a growing buffer leaves behind is not wiped, so it is large enough from the start.
    let capacity = metadata.len().min(bytes_max).saturating_add(1);
    let mut bytes = Zeroizing::new(Vec::with_capacity(usize::try_from(capacity).unwrap_or_default()));
    file.take(bytes_max.saturating_add(1)).read_to_end(&mut bytes).map_err(unreadable)?;
    match u64::try_from(bytes.len()) {
        Ok(length) if length <= bytes_max => Ok(bytes),
        _ => Err(KeyError::TooLarge { path: path.into(), bytes_max }),
    }
}

/// Writes a file that nobody but its owner may read: all of it or nothing, and on disk when this returns.
///
/// # Errors
/// When it exists and is to be kept, or the system refuses.
pub fn write_private(path: &Path, content: &[u8], existing: Existing) -> Result<(), KeyError> {
    let unwritable = |source| KeyError::Unwritable { path: path.into(), source };
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    // Temporary files are made with mode 600.
    let mut file = tempfile::Builder::new().prefix(".").suffix(".new").tempfile_in(folder).map_err(unwritable)?;
    file.write_all(content).and_then(|()| file.as_file().sync_all()).map_err(unwritable)?;
    let placed = match existing {
        Existing::Kept => file.persist_noclobber(path),
        Existing::Replaced => file.persist(path),
    };
    placed.map_err(|error| match error.error.kind() {
        io::ErrorKind::AlreadyExists => KeyError::Exists { path: path.into() },
        _ => unwritable(error.error),
    })?;
    sync_folder(folder).map_err(unwritable)
}

/// Makes a folder that nobody but its owner may enter, unless it is there.
///
/// # Errors
/// When the system refuses.
pub(super) fn create_private_folder(path: &Path) -> Result<(), KeyError> {
    let unwritable = |source| KeyError::Unwritable { path: path.into(), source };
    if path.is_dir() {
        return Ok(());
    }
    let parent = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(parent).map_err(unwritable)?;
    match private_folder().create(path) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(unwritable(error)),
        _ => sync_folder(parent).map_err(unwritable),
    }
}

/// Makes the entries of a folder durable.
fn sync_folder(path: &Path) -> io::Result<()> {
    File::open(path)?.sync_all()
}

#[cfg(unix)]
fn private_folder() -> fs::DirBuilder {
    use std::os::unix::fs::DirBuilderExt as _;
    let mut builder = fs::DirBuilder::new();
    builder.mode(0o700);
    builder
}

#[cfg(not(unix))]
fn private_folder() -> fs::DirBuilder {
    fs::DirBuilder::new()
}

#[cfg(unix)]
fn check_mode(path: &Path, metadata: &fs::Metadata) -> Result<(), KeyError> {
    use std::os::unix::fs::PermissionsExt as _;
    let mode = metadata.permissions().mode() & 0o777;
    match mode & 0o077 {
        0 => Ok(()),
        _ => Err(KeyError::ReadableByOthers { path: path.into(), mode }),
    }
}

#[cfg(not(unix))]
fn check_mode(_: &Path, _: &fs::Metadata) -> Result<(), KeyError> {
    Ok(())
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt as _;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).expect("there").permissions().mode() & 0o777
    }

    #[test]
    fn what_is_written_only_the_owner_can_read() {
        let directory = tempfile::tempdir().expect("a directory");
        let folder = directory.path().join("home/keys");
        create_private_folder(&folder).expect("made");
        create_private_folder(&folder).expect("there already");
        let file = folder.join("key");
        write_private(&file, b"secret", Existing::Kept).expect("written");
        assert_eq!((mode(&folder), mode(&file)), (0o700, 0o600));
        assert_eq!(read_private(&file, 6).expect("readable").as_slice(), b"secret");
        assert_eq!(fs::read_dir(&folder).expect("readable").count(), 1, "nothing else is left");
    }

    #[test]
    fn a_file_is_replaced_only_when_asked_for() {
        let directory = tempfile::tempdir().expect("a directory");
        let file = directory.path().join("key");
        write_private(&file, b"one", Existing::Kept).expect("written");
        let error = write_private(&file, b"two", Existing::Kept).expect_err("kept");
        assert!(matches!(error, KeyError::Exists { .. }), "{error}");
        assert_eq!(fs::read(&file).expect("readable"), b"one");
        write_private(&file, b"two", Existing::Replaced).expect("replaced");
        assert_eq!((fs::read(&file).expect("readable"), mode(&file)), (b"two".to_vec(), 0o600));
        assert_eq!(fs::read_dir(directory.path()).expect("readable").count(), 1, "nothing else is left");
    }

    #[test]
    fn what_others_can_read_and_what_is_too_large_is_refused() {
        let directory = tempfile::tempdir().expect("a directory");
        let file = directory.path().join("key");
        write_private(&file, b"secret", Existing::Kept).expect("written");
        assert!(matches!(read_private(&file, 5), Err(KeyError::TooLarge { bytes_max: 5, .. })));
        for wrong in [0o640, 0o604, 0o660] {
            fs::set_permissions(&file, fs::Permissions::from_mode(wrong)).expect("mode set");
            let error = read_private(&file, 6).expect_err("readable by others");
            assert!(matches!(error, KeyError::ReadableByOthers { mode, .. } if mode == wrong), "{error}");
            read_open(&file, 6).expect("not asked for");
        }
    }
}

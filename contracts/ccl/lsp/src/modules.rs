//! Where imported modules are: in `ccl.lock` beside the document; those that come with the language are in the server itself.
//!
//! ```toml
//! [[module]]
//! name = "shared/rules"
//! version = "1.0.0"
//! cid = "bafy…"
//! path = "rules.ccl"          # beside ccl.lock; without it the one of this name that comes with the language is meant
//! ```
//!
//! The file is read at each change of a document, so that a change of it is seen. Only whole files of bounded size are read,
//! and what is read is not compared with its CID: the compiler does that.

use icn_ccl::{library::importable, limits::SOURCE_BYTES_MAX, sema::Modules};
use lsp_types::Uri;
use serde::Deserialize;
use std::{
    fs::File,
    io::Read as _,
    path::{Path, PathBuf},
    str::FromStr as _,
};

/// The name of the file.
pub const LOCK: &str = "ccl.lock";

/// Bytes of the file.
const LOCK_BYTES_MAX: usize = 1024 * 1024;

#[derive(Debug, Default, Deserialize)]
struct Lock {
    #[serde(default)]
    module: Vec<Locked>,
}

#[derive(Debug, Deserialize)]
struct Locked {
    name: String,
    #[serde(default)]
    version: String,
    #[serde(default)]
    cid: String,
    path: Option<PathBuf>,
}

impl Locked {
    /// Whether it is what an import asks for: `name@1` takes every version that begins with `1.`.
    fn is(&self, asked: &str) -> bool {
        let (name, version) = asked.split_once('@').unwrap_or((asked, ""));
        let fits =
            self.version == version || self.version.strip_prefix(version).is_some_and(|rest| rest.starts_with('.'));
        self.name == asked || self.name == name && fits
    }
}

/// The modules that one document can import.
#[derive(Debug, Default)]
pub struct Beside {
    folder: Option<PathBuf>,
    lock: Lock,
    /// Why the lock file cannot be read, if there is one.
    pub problem: Option<String>,
}

/// A module where it was found.
#[derive(Debug)]
pub struct Found {
    /// What it says.
    pub source: String,
    /// What the lock file says that its CID is.
    pub cid: String,
    /// Its file; what comes with the language has none.
    pub path: Option<PathBuf>,
}

impl Beside {
    /// Reads the lock file beside a document.
    pub fn of(uri: &Uri) -> Self {
        let Some(folder) = path_of(uri).and_then(|path| path.parent().map(Path::to_path_buf)) else {
            return Self::default();
        };
        let Some(text) = read(&folder.join(LOCK), LOCK_BYTES_MAX) else {
            return Self { folder: Some(folder), ..Self::default() };
        };
        let (lock, problem) = match toml::from_str(&text) {
            Ok(lock) => (lock, None),
            Err(error) => (Lock::default(), Some(error.message().to_string())),
        };
        Self { folder: Some(folder), lock, problem }
    }

    /// The module of a name, as `core/civic@1`.
    pub fn find(&self, name: &str) -> Option<Found> {
        let locked = self.lock.module.iter().find(|locked| locked.is(name));
        let cid = locked.map(|locked| locked.cid.clone()).unwrap_or_default();
        if let Some(path) = locked.and_then(|locked| locked.path.as_ref()) {
            let path = self.folder.as_ref()?.join(path);
            return Some(Found { source: read(&path, SOURCE_BYTES_MAX)?, cid, path: Some(path) });
        }
        let (_, source) = importable().find(|(shipped, _)| *shipped == name)?;
        Some(Found { source: source.into(), cid, path: None })
    }

    /// Names that can be imported.
    pub fn names(&self) -> Vec<String> {
        let major = |locked: &Locked| {
            let major = locked.version.split('.').next().unwrap_or_default();
            if locked.name.contains('@') || major.is_empty() {
                locked.name.clone()
            } else {
                format!("{}@{major}", locked.name)
            }
        };
        let mut names: Vec<_> = importable().map(|(name, _)| name).collect();
        names.extend(self.lock.module.iter().map(major));
        names.sort();
        names.dedup();
        names
    }
}

impl Modules for Beside {
    fn module(&self, name: &str) -> Option<(String, String)> {
        self.find(name).map(|found| (found.source, found.cid))
    }

    fn names(&self) -> Vec<String> {
        Self::names(self)
    }
}

/// A file of text of no more than so many bytes. What is no plain file is not read, as it may have no end.
fn read(path: &Path, max: usize) -> Option<String> {
    let file = File::open(path).ok()?;
    if !file.metadata().ok()?.is_file() {
        return None;
    }
    let mut text = String::new();
    file.take(max as u64 + 1).read_to_string(&mut text).ok()?;
    (text.len() <= max).then_some(text)
}

/// The path of a file's address; other addresses have none.
pub fn path_of(uri: &Uri) -> Option<PathBuf> {
    let rest = uri.as_str().strip_prefix("file://")?;
    let rest = rest.split(['?', '#']).next()?;
    let path = rest.get(rest.find('/')?..)?;
    let mut bytes = Vec::with_capacity(path.len());
    let mut left = path.bytes();
    while let Some(byte) = left.next() {
        bytes.push(match byte {
            b'%' => {
                let digits = [left.next()?, left.next()?];
                u8::from_str_radix(std::str::from_utf8(&digits).ok()?, 16).ok()?
            }
            byte => byte,
        });
    }
    let text = String::from_utf8(bytes).ok()?;
    // `/c:/rules.ccl` names a drive.
    let drive = matches!(text.as_bytes(), [b'/', letter, b':', ..] if letter.is_ascii_alphabetic());
    Some(PathBuf::from(if drive { text.get(1..)? } else { &text }))
}

/// The address of a file.
pub fn uri_of(path: &Path) -> Option<Uri> {
    let mut uri = String::from("file://");
    let text = path.to_str()?.replace('\\', "/");
    if !text.starts_with('/') {
        uri.push('/');
    }
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'-' | b'.' | b'_' | b'~' | b':' => uri.push(byte.into()),
            byte => uri.push_str(&format!("%{byte:02X}")),
        }
    }
    Uri::from_str(&uri).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_and_paths_are_each_others_inverse() {
        for path in ["/srv/rules.ccl", "/srv/Bäckerei 🥐/a#b?c.ccl", "/100%/x.ccl"] {
            let uri = uri_of(Path::new(path)).unwrap();
            assert_eq!(path_of(&uri), Some(PathBuf::from(path)), "{}", uri.as_str());
        }
        let drive = Uri::from_str("file:///c%3A/rules.ccl").unwrap();
        assert_eq!(path_of(&drive), Some(PathBuf::from("c:/rules.ccl")));
        assert_eq!(path_of(&Uri::from_str("untitled:Untitled-1").unwrap()), None);
    }

    #[test]
    fn a_major_version_takes_what_begins_with_it() {
        let locked = |name: &str, version: &str| Locked {
            name: name.into(),
            version: version.into(),
            cid: String::new(),
            path: None,
        };
        assert!(locked("a/b", "1.2.0").is("a/b@1"));
        assert!(locked("a/b", "1").is("a/b@1"));
        assert!(locked("a/b@1", "1.0.0").is("a/b@1"));
        assert!(!locked("a/b", "10.0.0").is("a/b@1"));
        assert!(!locked("a/c", "1.0.0").is("a/b@1"));
    }

    #[test]
    fn the_lock_file_beside_a_document_names_modules() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
        let uri = uri_of(&folder.path().join("main.ccl")).unwrap();
        assert!(Beside::of(&uri).find("core/civic@1").is_some());
        assert!(Beside::of(&uri).find("shared/rules@1").is_none());
        write("rules.ccl", "policy \"rules\" version 1.0.0 for community;");
        write(LOCK, "[[module]]\nname = \"shared/rules\"\nversion = \"1.0.0\"\ncid = \"bafy\"\npath = \"rules.ccl\"\n");
        let found = Beside::of(&uri).find("shared/rules@1").unwrap();
        assert_eq!((found.cid.as_str(), found.path), ("bafy", Some(folder.path().join("rules.ccl"))));
        assert!(Beside::of(&uri).find("templates/resolution@1").is_some());
        let names = Beside::of(&uri).names();
        assert_eq!(names[..4], ["core/civic@1", "core/contract@1", "core/justice@1", "shared/rules@1"]);
        assert!(names[4..].iter().all(|name| name.starts_with("templates/")), "{names:?}");
        write(LOCK, "[[module");
        assert!(Beside::of(&uri).problem.is_some());
    }
}

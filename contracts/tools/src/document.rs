//! A document: its source, what it imports, and what it says.

use icn_ccl::{
    ast::File,
    check,
    descriptor::source_cid,
    diagnostic::{render, sorted, to_json, Diagnostic, Lines, Reported, Span},
    library::importable,
    limits::SOURCE_BYTES_MAX,
    program::Program,
    sema::{self, Modules},
    syntax::parse,
};
use serde::Deserialize;
use std::{
    collections::BTreeMap,
    fs, io,
    io::Read as _,
    path::{Path, PathBuf},
    sync::Arc,
};

pub use icn_ccl::sema::Arguments;

/// The CID of a source.
pub(crate) fn cid_of(source: &str) -> String {
    source_cid(source).to_string()
}

/// The file that names what a document imports.
pub const LOCK: &str = "ccl.lock";

/// Why a document cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum DocumentError {
    /// A file cannot be read.
    #[error("{} cannot be read: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A file is no text.
    #[error("{} is not UTF-8 text, or longer than {SOURCE_BYTES_MAX} bytes", path.display())]
    NoText {
        /// The file.
        path: PathBuf,
    },
    /// The lock file is not as it should be.
    #[error("{} cannot be read as a lock file: {source}", path.display())]
    Lock {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: Box<toml::de::Error>,
    },
    /// A module is another one than the lock file says.
    #[error("{} is not the module that the lock file names: its CID is {found}, not {wanted}", path.display())]
    OtherModule {
        /// The module's file.
        path: PathBuf,
        /// The CID of what is there.
        found: String,
        /// The CID in the lock file.
        wanted: String,
    },
}

/// `NAME=VALUE`
pub fn argument(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("write NAME=VALUE, as quorum=40%")?;
    Ok((name.trim().into(), value.trim().into()))
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Lock {
    #[serde(default, rename = "module")]
    modules: Vec<Locked>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Locked {
    /// `name@version`
    name: String,
    cid: String,
    /// Relative to the lock file.
    path: PathBuf,
}

/// Modules of the lock file, and those that come with the program.
#[derive(Clone, Debug, Default)]
pub struct Library {
    modules: BTreeMap<String, (String, String)>,
}

impl Library {
    /// The modules that come with the program.
    pub fn shipped() -> Self {
        let modules = importable().map(|(name, source)| (name, (source.to_string(), cid_of(source))));
        Self { modules: modules.collect() }
    }

    /// The modules that a document in a directory can import.
    ///
    /// # Errors
    /// When the lock file or a module of it cannot be read, or is another one.
    pub fn of(directory: &Path) -> Result<Self, DocumentError> {
        let Self { mut modules } = Self::shipped();
        let path = directory.join(LOCK);
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Self { modules }),
            Err(source) => return Err(DocumentError::Read { path, source }),
        };
        let lock: Lock =
            toml::from_str(&text).map_err(|source| DocumentError::Lock { path, source: Box::new(source) })?;
        for locked in lock.modules {
            let path = directory.join(&locked.path);
            let source = read(&path)?;
            let found = cid_of(&source);
            if found != locked.cid {
                return Err(DocumentError::OtherModule { path, found, wanted: locked.cid });
            }
            modules.insert(locked.name, (source, found));
        }
        Ok(Self { modules })
    }
}

impl Modules for Library {
    fn module(&self, name: &str) -> Option<(String, String)> {
        self.modules.get(name).cloned()
    }

    fn names(&self) -> Vec<String> {
        self.modules.keys().cloned().collect()
    }
}

/// Reads a text that a document may be; `-` is standard input.
pub(crate) fn read(path: &Path) -> Result<String, DocumentError> {
    let failed = |source| DocumentError::Read { path: path.into(), source };
    // One more than allowed, so that the compiler says that it is too long.
    let most = SOURCE_BYTES_MAX as u64 + 4;
    let mut bytes = Vec::new();
    if path == Path::new("-") {
        io::stdin().lock().take(most).read_to_end(&mut bytes).map_err(failed)?;
    } else {
        fs::File::open(path).map_err(failed)?.take(most).read_to_end(&mut bytes).map_err(failed)?;
    }
    String::from_utf8(bytes).map_err(|_| DocumentError::NoText { path: path.into() })
}

/// A line of a source.
pub(crate) struct Line {
    /// The document that it is of, if that is the one that this one extends.
    pub(crate) extended: Option<String>,
    /// From 1.
    pub(crate) number: usize,
    /// Without blanks around it.
    pub(crate) text: String,
}

/// A document that was read.
pub struct Document {
    /// As it is called in reports.
    pub name: String,
    /// Its text.
    pub source: String,
    /// What it says; complete only without errors.
    pub program: Arc<Program>,
    /// What is wrong with it.
    pub diagnostics: Vec<Diagnostic>,
}

impl Document {
    /// Reads a document with what it imports.
    ///
    /// # Errors
    /// When it, or what it imports, cannot be read.
    pub fn open(path: &Path, arguments: &Arguments) -> Result<Self, DocumentError> {
        let directory = path.parent().filter(|parent| *parent != Path::new("")).unwrap_or(Path::new("."));
        let library = Library::of(directory)?;
        Ok(Self::of(path.display().to_string(), read(path)?, &library, arguments))
    }

    /// A document of a text.
    pub fn of(name: String, source: String, library: &dyn Modules, arguments: &Arguments) -> Self {
        let parsed = parse(&source);
        let mut diagnostics = parsed.diagnostics.clone();
        let (program, found) = sema::resolve(&File::of(&parsed.syntax()), library, arguments);
        // What cannot be read cannot be understood, and what is not understood cannot be judged: the first is the cause of the
        // others.
        let failed = |diagnostics: &[Diagnostic]| diagnostics.iter().any(Diagnostic::is_error);
        if !failed(&diagnostics) {
            diagnostics.extend(found);
        }
        if !failed(&diagnostics) {
            diagnostics.extend(check::check(&program));
        }
        Self { name, source, program: Arc::new(program), diagnostics: sorted(diagnostics) }
    }

    /// Judges it as an amendment of the document in force too, if it is sound by itself.
    pub fn judge_against(&mut self, previous: &Self) {
        if self.is_sound() {
            self.diagnostics.extend(check::against(&self.program, &previous.program));
            self.diagnostics = sorted(std::mem::take(&mut self.diagnostics));
        }
    }

    /// Whether it compiles.
    pub fn is_sound(&self) -> bool {
        !self.diagnostics.iter().any(Diagnostic::is_error)
    }

    /// The line of a byte as the code tells it, which may be of the document that this one extends.
    pub(crate) fn line(&self, at: u32) -> Line {
        let notes = &self.program.notes;
        let (source, inside) = notes.origin(&self.source, Span { start: at, end: at });
        let number = Lines::new(source).position(inside.start).0 + 1;
        let text = source.lines().nth(number - 1).unwrap_or_default().trim().to_string();
        let extended = notes.extended.as_ref().filter(|_| inside.start != at).map(|extended| extended.name.clone());
        Line { extended, number, text }
    }

    /// What is wrong with it, for people.
    pub fn report(&self, color: bool) -> String {
        render(&self.name, &self.source, &self.diagnostics, color)
    }

    /// What is wrong with it, for programs.
    pub fn reported(&self) -> Vec<Reported> {
        to_json(&self.source, &self.diagnostics)
    }
}

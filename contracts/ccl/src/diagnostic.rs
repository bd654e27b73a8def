//! What is wrong with a source: where, why, and how to put it right.

use serde::Serialize;
use std::fmt::{self, Write as _};

/// Bytes `start..end` of a source; those of the document that it extends begin at [`EXTENDED_AT`](crate::limits::EXTENDED_AT).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Span {
    /// First byte.
    pub start: u32,
    /// After the last byte.
    pub end: u32,
}

impl Span {
    /// From the first byte to after the last.
    pub fn new(start: usize, end: usize) -> Self {
        let position = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        Self { start: position(start), end: position(end.max(start)) }
    }

    /// From the beginning of one to the end of another.
    pub fn to(self, other: Self) -> Self {
        Self { start: self.start.min(other.start), end: self.end.max(other.end) }
    }

    /// As a range of bytes.
    pub fn range(self) -> std::ops::Range<usize> {
        self.start as usize..self.end as usize
    }

    /// Where it is in the document that the source extends, if it is there.
    pub fn in_extended(self) -> Option<Self> {
        let at = |position: u32| position.checked_sub(crate::limits::EXTENDED_AT as u32);
        Some(Self { start: at(self.start)?, end: at(self.end)? })
    }

    /// Whether a byte lies in it, its end included.
    pub fn touches(self, at: usize) -> bool {
        (self.start as usize..=self.end as usize).contains(&at)
    }
}

impl From<rowan::TextRange> for Span {
    fn from(range: rowan::TextRange) -> Self {
        Self { start: range.start().into(), end: range.end().into() }
    }
}

macro_rules! codes {
    ($($(#[doc = $doc:literal])+ $name:ident = $id:literal, $title:literal;)*) => {
        /// What kind of mistake it is. A code keeps its number for ever.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Code { $($(#[doc = $doc])+ $name,)* }

        impl Code {
            /// All codes, by number.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// The stable number, as `CCL0101`.
            pub fn id(self) -> &'static str { match self { $(Self::$name => $id,)* } }

            /// The name, as `UnknownKey`.
            pub fn name(self) -> &'static str { match self { $(Self::$name => stringify!($name),)* } }

            /// What the kind of mistake is, in a few words.
            pub fn title(self) -> &'static str { match self { $(Self::$name => $title,)* } }

            /// What a member should understand of it.
            pub fn explanation(self) -> &'static str { match self { $(Self::$name => concat!($($doc, "\n",)+),)* } }
        }
    };
}

codes! {
    /// The text does not follow the grammar. The report says what was expected where.
    Syntax = "CCL0101", "this is not written as the language has it";
    /// The source is longer than a community can be asked to read, and than a node reads.
    TooLarge = "CCL0102", "the source is too long";
    /// Brackets, blocks or operators stand too deep within each other.
    TooDeep = "CCL0103", "this is nested too deeply";
    /// The text holds characters that hide or reorder what is read, so that members would vote on something else than they see.
    HiddenText = "CCL0104", "the text holds characters that a reader cannot see";
    /// A literal is written as its kind does not allow: a date that does not exist, more decimals than the resource has.
    BadLiteral = "CCL0105", "this value is not written as its kind has it";
    /// The document needs another version of the language.
    UnsupportedVersion = "CCL0106", "this version is not here";
    /// A declaration of this kind has no such setting.
    UnknownKey = "CCL0201", "there is no such setting";
    /// A setting, or a name, is given twice; which of them holds would be left to chance.
    DuplicateKey = "CCL0202", "this is given twice";
    /// A declaration lacks a setting that it needs.
    MissingKey = "CCL0203", "a setting is missing";
    /// A name is used that nothing in the document has.
    UnknownName = "CCL0204", "nothing here has this name";
    /// A value of one type stands where another is needed.
    TypeMismatch = "CCL0301", "the types do not fit";
    /// Amounts of two resources are added or compared: hours are not euros.
    UnitMismatch = "CCL0302", "the units do not fit";
    /// A function does what its level forbids: a `fn` reads, or a `view` changes something.
    EffectLevel = "CCL0303", "this needs a higher level";
    /// Functions call each other in a circle; a rule must come to an end.
    CyclicCall = "CCL0304", "functions call each other in a circle";
    /// A `match` leaves out a case, or has one that is never reached.
    NonExhaustiveMatch = "CCL0305", "the cases are not exactly those there are";
    /// A function ends without the value that it promises.
    MissingReturn = "CCL0306", "not every path returns a value";
    /// A record contains itself and would never end.
    RecursiveType = "CCL0307", "a record contains itself";
    /// An attribute is not known, or not allowed here.
    BadAttribute = "CCL0308", "this attribute is not allowed here";
    /// A declared bound of fuel that the compiler cannot prove.
    FuelUnbounded = "CCL0309", "the bound cannot be proven";
    /// A function, or all of them together, compiles to more than nodes accept as code.
    CodeTooLarge = "CCL0310", "this is more than a module holds";
    /// A threshold or a share lies outside its range and could never be reached, or always be.
    BadRatio = "CCL0401", "this ratio is out of range";
    /// A body is too small for what is asked of it.
    QuorumUnreachable = "CCL0402", "this can never be reached";
    /// The constitution could be changed more easily than a rule which it protects.
    WeakAmendment = "CCL0403", "the amendment process is weaker than one that it can change";
    /// A proposal or action has an effect that another process governs, by an easier path.
    WeakProcess = "CCL0404", "this path is easier than the one that governs the effect";
    /// An emergency path must be harder than the normal one, or be reviewed.
    WeakEmergency = "CCL0405", "the emergency path is not harder than the normal one";
    /// A protected rule is weaker than in the version before.
    EntrenchmentViolated = "CCL0406", "a protected rule is weakened";
    /// The shares of a budget's categories cannot hold together.
    CategorySum = "CCL0407", "the categories do not add up";
    /// A proposal, or an effect, has no process by which it is decided.
    NoProcess = "CCL0408", "nothing decides this";
    /// A right that nobody could ever hold.
    NoHolder = "CCL0409", "nobody can ever hold this";
    /// A role extends itself.
    CyclicRole = "CCL0410", "a role extends itself";
    /// Holders of a role could hand it, and by it more of its kind, to whom they like.
    SelfGrant = "CCL0411", "a role can grant itself";
    /// Bands of a budget leave a gap, overlap, or do not cover all amounts.
    BadBands = "CCL0412", "the bands do not follow each other";
    /// Settings that cannot hold together.
    Conflict = "CCL0413", "these settings exclude each other";
    /// An imported or extended document is not in the lock file, or is another one.
    ImportNotFound = "CCL0501", "the imported document is not here";
    /// A template for one kind of organisation is used for another.
    ScopeMismatch = "CCL0502", "the document is for another kind of organisation";
    /// A parameter of a template has no value, or one out of its range.
    BadParameter = "CCL0503", "a parameter does not fit";
    /// Something that is never used.
    Unused = "CCL0601", "this is never used";
    /// A path by which a role can spread that passes through credentials.
    Spread = "CCL0602", "this role can spread";
}

impl fmt::Display for Code {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} {}", self.id(), self.name())
    }
}

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// The source does not compile.
    Error,
    /// It compiles; somebody should look.
    Warning,
}

/// A change of the source that puts it right.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Fix {
    /// What to do, in words.
    pub title: String,
    /// What is replaced.
    pub span: Span,
    /// By what.
    pub replacement: String,
}

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// Its kind.
    pub code: Code,
    /// Whether the source compiles all the same.
    pub severity: Severity,
    /// Where.
    pub span: Span,
    /// What, of this very place.
    pub message: String,
    /// Other places that belong to it, with what they say.
    pub labels: Vec<(Span, String)>,
    /// What to do.
    pub help: Option<String>,
    /// A change that does it.
    pub fix: Option<Fix>,
}

impl Diagnostic {
    /// An error.
    pub fn new(code: Code, span: Span, message: impl Into<String>) -> Self {
        let message = message.into();
        Self { code, severity: Severity::Error, span, message, labels: Vec::new(), help: None, fix: None }
    }

    /// A warning.
    pub fn warning(code: Code, span: Span, message: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, ..Self::new(code, span, message) }
    }

    /// With another place.
    #[must_use]
    pub fn label(mut self, span: Span, words: impl Into<String>) -> Self {
        self.labels.push((span, words.into()));
        self
    }

    /// With what to do.
    #[must_use]
    pub fn help(mut self, words: impl Into<String>) -> Self {
        self.help = Some(words.into());
        self
    }

    /// With a change that does it.
    #[must_use]
    pub fn fix(mut self, title: impl Into<String>, span: Span, replacement: impl Into<String>) -> Self {
        self.fix = Some(Fix { title: title.into(), span, replacement: replacement.into() });
        self
    }

    /// All places that it speaks of.
    fn spans(&self) -> impl Iterator<Item = Span> + '_ {
        std::iter::once(self.span).chain(self.labels.iter().map(|(span, _)| *span))
    }

    /// Whether the source does not compile for it.
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }
}

/// Puts diagnostics in the order of the source, without repetitions, and no more than a reader can use.
pub fn sorted(mut diagnostics: Vec<Diagnostic>) -> Vec<Diagnostic> {
    diagnostics.sort_by(|a, b| (a.span, a.code, &a.message).cmp(&(b.span, b.code, &b.message)));
    diagnostics.dedup_by(|a, b| (a.span, a.code) == (b.span, b.code) && a.message == b.message);
    // Errors are never crowded out by warnings.
    if diagnostics.len() > crate::limits::DIAGNOSTICS_MAX {
        diagnostics.sort_by_key(|diagnostic| diagnostic.severity);
        diagnostics.truncate(crate::limits::DIAGNOSTICS_MAX);
        diagnostics.sort_by_key(|diagnostic| diagnostic.span);
    }
    diagnostics
}

/// Where lines begin.
#[derive(Clone, Debug)]
pub struct Lines {
    starts: Vec<u32>,
}

impl Lines {
    /// Of a source.
    pub fn new(source: &str) -> Self {
        let after = |(at, _): (usize, &str)| u32::try_from(at + 1).unwrap_or(u32::MAX);
        Self { starts: std::iter::once(0).chain(source.match_indices('\n').map(after)).collect() }
    }

    /// Line and byte in it of a position, both from 0.
    pub fn position(&self, at: u32) -> (usize, usize) {
        let line = self.starts.partition_point(|start| *start <= at).saturating_sub(1);
        (line, (at - self.starts.get(line).copied().unwrap_or(0)) as usize)
    }

    /// Bytes of the longest line that a span touches.
    fn longest(&self, source: &str, span: Span) -> usize {
        let (first, _) = self.position(span.start);
        let (last, _) = self.position(span.end);
        let ends = |line| self.start(line + 1).map_or(source.len(), |start| start as usize);
        (first..=last).map(|line| ends(line) - self.starts[line] as usize).max().unwrap_or(0)
    }

    /// First byte of a line.
    pub fn start(&self, line: usize) -> Option<u32> {
        self.starts.get(line).copied()
    }
}

/// Lines longer than this are quoted in part.
const LINE_BYTES_MAX: usize = 400;

/// Bytes quoted of a long line, before a place and from it on.
const QUOTED_BYTES: usize = 60;

/// The reports as text, with the lines of the source. `color` writes terminal colours.
pub fn render(name: &str, source: &str, diagnostics: &[Diagnostic], color: bool) -> String {
    let lines = Lines::new(source);
    let mut text = String::new();
    for diagnostic in diagnostics {
        if diagnostic.spans().any(|span| lines.longest(source, span) > LINE_BYTES_MAX) {
            text.push_str(&report_in_part(name, source, &lines, diagnostic));
            continue;
        }
        let mut bytes = Vec::new();
        // Writing into memory does not fail.
        let _ = report(name, diagnostic, color).write((name, ariadne::Source::from(source)), &mut bytes);
        let _ = write!(text, "{}", String::from_utf8_lossy(&bytes));
    }
    text
}

/// A report on lines that are too long to be shown: line and column of each place, and the text around it.
fn report_in_part(name: &str, source: &str, lines: &Lines, diagnostic: &Diagnostic) -> String {
    let kind = match diagnostic.severity {
        Severity::Error => "Error",
        Severity::Warning => "Warning",
    };
    let mut text = format!("[{}] {kind}: {}\n", diagnostic.code.id(), diagnostic.code.title());
    let labels = diagnostic.labels.iter().map(|(span, words)| (*span, words));
    for (span, words) in std::iter::once((diagnostic.span, &diagnostic.message)).chain(labels) {
        let (line, column) = lines.position(span.start);
        let at = source.floor_char_boundary(span.start as usize);
        let from = source.ceil_char_boundary(at.saturating_sub(QUOTED_BYTES.min(column)));
        let to = source.floor_char_boundary(at + QUOTED_BYTES);
        let after = source[at..to].lines().next().unwrap_or("");
        let _ = writeln!(text, "   {name}:{}:{}: {words}", line + 1, column + 1);
        let _ = writeln!(text, "      … {} …", format!("{}{after}", &source[from..at]).trim());
    }
    if let Some(help) = &diagnostic.help {
        let _ = writeln!(text, "   Help: {help}");
    }
    text
}

type NamedSpan<'a> = (&'a str, std::ops::Range<usize>);

fn report<'a>(name: &'a str, diagnostic: &Diagnostic, color: bool) -> ariadne::Report<'a, NamedSpan<'a>> {
    let (kind, shade) = match diagnostic.severity {
        Severity::Error => (ariadne::ReportKind::Error, ariadne::Color::Red),
        Severity::Warning => (ariadne::ReportKind::Warning, ariadne::Color::Yellow),
    };
    let config = ariadne::Config::default().with_color(color).with_index_type(ariadne::IndexType::Byte);
    let mut report = ariadne::Report::build(kind, (name, diagnostic.span.range()))
        .with_config(config)
        .with_code(diagnostic.code.id())
        .with_message(diagnostic.code.title())
        .with_label(
            ariadne::Label::new((name, diagnostic.span.range())).with_message(&diagnostic.message).with_color(shade),
        );
    for (span, words) in &diagnostic.labels {
        report = report
            .with_label(ariadne::Label::new((name, span.range())).with_message(words).with_color(ariadne::Color::Blue));
    }
    if let Some(help) = &diagnostic.help {
        report = report.with_help(help);
    }
    report.finish()
}

/// The reports as JSON, one object each.
pub fn to_json(source: &str, diagnostics: &[Diagnostic]) -> Vec<Reported> {
    let lines = Lines::new(source);
    let place = |span: Span| {
        let (line, column) = lines.position(span.start);
        Place { span, line: line + 1, column: column + 1 }
    };
    let reported = |diagnostic: &Diagnostic| Reported {
        code: diagnostic.code.id(),
        name: diagnostic.code.name(),
        severity: diagnostic.severity,
        title: diagnostic.code.title(),
        place: place(diagnostic.span),
        message: diagnostic.message.clone(),
        labels: diagnostic.labels.iter().map(|(span, words)| (place(*span), words.clone())).collect(),
        help: diagnostic.help.clone(),
        fix: diagnostic.fix.clone(),
    };
    diagnostics.iter().map(reported).collect()
}

/// A diagnostic as JSON has it.
#[derive(Clone, Debug, Serialize)]
pub struct Reported {
    code: &'static str,
    name: &'static str,
    severity: Severity,
    title: &'static str,
    #[serde(flatten)]
    place: Place,
    message: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    labels: Vec<(Place, String)>,
    #[serde(skip_serializing_if = "Option::is_none")]
    help: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    fix: Option<Fix>,
}

/// Where, for people: lines and columns from 1, columns in bytes.
#[derive(Clone, Debug, Serialize)]
pub struct Place {
    #[serde(flatten)]
    span: Span,
    line: usize,
    column: usize,
}

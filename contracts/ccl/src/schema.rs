//! What each kind of declaration can be set to: one table for the compiler, the editor, the reference and the comparison of
//! versions.

/// A kind of declaration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs)]
pub enum Kind {
    Organization,
    Resource,
    Role,
    Class,
    Body,
    Process,
    Proposal,
    Election,
    Membership,
    Budget,
    Meter,
    Treasury,
    Dispute,
    Credential,
    Delegation,
}

impl Kind {
    /// All of them, in the order in which members read about them.
    pub const ALL: [Self; 15] = [
        Self::Organization,
        Self::Membership,
        Self::Class,
        Self::Role,
        Self::Body,
        Self::Process,
        Self::Election,
        Self::Delegation,
        Self::Proposal,
        Self::Resource,
        Self::Treasury,
        Self::Budget,
        Self::Meter,
        Self::Credential,
        Self::Dispute,
    ];

    /// Of a word.
    pub fn of(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.word() == word)
    }

    /// The word that begins such a declaration.
    pub fn word(self) -> &'static str {
        match self {
            Self::Organization => "organization",
            Self::Resource => "resource",
            Self::Role => "role",
            Self::Class => "class",
            Self::Body => "body",
            Self::Process => "process",
            Self::Proposal => "proposal",
            Self::Election => "election",
            Self::Membership => "membership",
            Self::Budget => "budget",
            Self::Meter => "meter",
            Self::Treasury => "treasury",
            Self::Dispute => "dispute",
            Self::Credential => "credential",
            Self::Delegation => "delegation",
        }
    }

    /// What it is, in a sentence.
    pub fn doc(self) -> &'static str {
        match self {
            Self::Organization => "Who this document is about.",
            Self::Resource => "Something that can be held, given and counted: hours, money, energy.",
            Self::Role => "Rights that some members have, and how one comes to have them.",
            Self::Class => "A class of membership, and what it takes to be in it.",
            Self::Body => "Members who decide together: an assembly, a council, a panel.",
            Self::Process => "How a decision is made: who votes, how many must, for how long.",
            Self::Proposal => "Something that can be proposed, and what happens when it passes.",
            Self::Election => "How the holders of a role are elected.",
            Self::Membership => "How one becomes a member, and ceases to be one.",
            Self::Budget => "What may be spent on what, within a period.",
            Self::Meter => "What the use of something costs.",
            Self::Treasury => "What the organisation holds together, and how it is spent.",
            Self::Dispute => "What happens when members disagree.",
            Self::Credential => "A statement about a member that others can check.",
            Self::Delegation => "How members let others vote for them.",
        }
    }

    /// The settings that it has.
    pub fn settings(self) -> &'static [Setting] {
        match self {
            Self::Organization => ORGANIZATION,
            Self::Resource => RESOURCE,
            Self::Role => ROLE,
            Self::Class => CLASS,
            Self::Body => BODY,
            Self::Process => PROCESS,
            Self::Proposal => PROPOSAL,
            Self::Election => ELECTION,
            Self::Membership => MEMBERSHIP,
            Self::Budget => BUDGET,
            Self::Meter => METER,
            Self::Treasury => TREASURY,
            Self::Dispute => DISPUTE,
            Self::Credential => CREDENTIAL,
            Self::Delegation => DELEGATION,
        }
    }
}

/// What a setting is set to.
#[derive(Clone, Copy, Debug)]
#[allow(missing_docs)]
pub enum Form {
    Text,
    Bool,
    /// From the first to the last, both included.
    Int(i128, i128),
    /// From 0 to 1.
    Ratio,
    /// A share from 0 to 1, or a number of members.
    RatioOrCount,
    Duration,
    Time,
    Did,
    Cid,
    /// Of the resource that the declaration names under `resource`, or of any.
    Amount,
    /// The name of a declaration of one of these kinds.
    Name(&'static [Kind]),
    /// The name of a declaration, or a list of persons.
    Members(&'static [Kind]),
    /// One of these words; some carry a text or a number in brackets.
    Word(&'static [Word]),
    List(&'static Form),
    /// Names of permissions.
    Permissions,
    /// Any names.
    Names,
    /// The name of a function that gives an amount, or an amount.
    Cost,
    /// A condition that is computed when it is needed.
    Condition,
}

/// A word that a setting can be.
#[derive(Clone, Copy, Debug)]
pub struct Word {
    /// The word.
    pub word: &'static str,
    /// What may stand in brackets after it.
    pub payload: Option<Form>,
    /// Whether it must.
    pub needed: bool,
}

const fn word(word: &'static str) -> Word {
    Word { word, payload: None, needed: false }
}

const fn with(word: &'static str, payload: Form, needed: bool) -> Word {
    Word { word, payload: Some(payload), needed }
}

/// Whether a setting must be given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// It must.
    Required,
    /// Without it there is none.
    Optional,
    /// Without it, it is this.
    Default(&'static str),
}

/// What a greater value of a setting means for the rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Meaning {
    /// It is harder to meet, or protects more.
    Stronger,
    /// It is easier to meet, or protects less.
    Weaker,
    /// It gives more rights.
    Grants,
    /// Neither.
    Neutral,
}

/// One setting.
#[derive(Clone, Copy, Debug)]
pub struct Setting {
    /// Its name.
    pub key: &'static str,
    /// What it is set to.
    pub shape: Shape,
    /// Whether it must be given.
    pub need: Need,
    /// What more of it means.
    pub meaning: Meaning,
    /// What it is for, in a sentence.
    pub doc: &'static str,
}

/// The shape of a setting.
#[derive(Clone, Copy, Debug)]
pub enum Shape {
    /// `key: value;`
    Value(Form),
    /// `key { … }`, once.
    Block(&'static [Setting]),
    /// `key name { … }`, any number of times; the name is one of a declaration of these kinds, or new if there are none.
    Named(&'static [Kind], &'static [Setting]),
    /// `band a .. b { … }`, any number of times.
    Bands(&'static [Setting]),
    /// `claims { name: Type; }`
    Types,
}

const fn setting(key: &'static str, form: Form, need: Need, meaning: Meaning, doc: &'static str) -> Setting {
    Setting { key, shape: Shape::Value(form), need, meaning, doc }
}

const fn shaped(key: &'static str, shape: Shape, doc: &'static str) -> Setting {
    Setting { key, shape, need: Need::Optional, meaning: Meaning::Neutral, doc }
}

use Form as F;
use Kind as K;
use Meaning::{Grants, Neutral, Stronger, Weaker};
use Need::{Default, Optional, Required};

const COUNT: Form = F::Int(0, 1_000_000);
const POSITIVE: Form = F::Int(1, 1_000_000);
const PROCESSES: Form = F::Name(&[K::Process]);
const GROUP: &[Kind] = &[K::Role, K::Class];
const VOTERS: &[Kind] = &[K::Body, K::Class, K::Role];

const ORGANIZATION: &[Setting] = &[
    setting("name", F::Text, Required, Neutral, "Its name."),
    setting("mission", F::Text, Optional, Neutral, "What it is for."),
    setting("founded", F::Time, Optional, Neutral, "When it was founded."),
    setting(
        "effective",
        F::Time,
        Optional,
        Neutral,
        "From when its rules can be used; from the first, if it is not given.",
    ),
    setting("principles", F::List(&F::Text), Default("[]"), Neutral, "What it holds to."),
    setting("preamble", F::Text, Optional, Neutral, "Words before the rules."),
    setting("parent", F::Did, Optional, Neutral, "The organisation that it belongs to."),
    setting("articles", F::Cid, Optional, Neutral, "Its registered articles."),
];

const CLASS: &[Setting] = &[
    setting("votes", F::Bool, Required, Grants, "Whether its members may vote."),
    setting("entry", F::List(&F::Text), Default("[]"), Stronger, "What one does before one is admitted."),
    setting("sponsors", COUNT, Default("0"), Stronger, "Members who must vouch for one who comes."),
    setting(
        "trial",
        F::Duration,
        Default("0d"),
        Stronger,
        "How long one is in the class before one can be admitted further.",
    ),
    setting("exit_notice", F::Duration, Default("0d"), Stronger, "How long before leaving one says so."),
    setting("dues", F::Amount, Optional, Stronger, "What each member pays each period."),
    setting("dues_period", F::Duration, Optional, Weaker, "How often dues are paid."),
    setting("weight", F::Int(1, 1_000), Default("1"), Grants, "Votes of each member where a process weighs by class."),
];

const MEMBERSHIP: &[Setting] = &[
    setting("admit", PROCESSES, Required, Neutral, "How members are admitted."),
    setting("remove", PROCESSES, Required, Neutral, "How members are expelled."),
    setting(
        "suspend",
        PROCESSES,
        Optional,
        Neutral,
        "How members are suspended; as they are expelled, if it is not given.",
    ),
    setting(
        "max_inactive",
        F::Duration,
        Optional,
        Weaker,
        "After how long without taking part a member counts as inactive.",
    ),
    setting("default_class", F::Name(&[K::Class]), Optional, Neutral, "The class of new members."),
    setting("appeal", F::Name(&[K::Dispute]), Optional, Neutral, "Where a decision about membership is appealed."),
];

const ROLE: &[Setting] = &[
    setting("can", F::Permissions, Required, Grants, "What its holders may do."),
    setting("seats", POSITIVE, Optional, Neutral, "How many hold it at once."),
    setting("term", F::Duration, Optional, Weaker, "How long one holds it."),
    setting("max_terms", POSITIVE, Optional, Weaker, "How many terms one may serve in a row."),
    setting("tenure", F::Duration, Optional, Stronger, "How long one must have been a member."),
    setting("needs", F::List(&F::Name(&[K::Credential])), Default("[]"), Stronger, "Credentials that one must hold."),
    setting("held_by", F::Name(&[K::Class, K::Body]), Optional, Neutral, "Whoever is in this class or body holds it."),
    setting("elected_by", F::Name(&[K::Election]), Optional, Neutral, "The election that fills it."),
    setting("assigned_by", PROCESSES, Optional, Neutral, "The process that fills it."),
    setting("removable_by", PROCESSES, Optional, Neutral, "The process that takes it away."),
];

const MEETING: &[Setting] = &[
    setting("every", F::Duration, Required, Weaker, "How often it meets."),
    setting("notice", F::Duration, Default("0d"), Stronger, "How long before it is called."),
];

const BODY: &[Setting] = &[
    setting("members", F::Members(GROUP), Required, Neutral, "Who belongs to it."),
    setting("size", POSITIVE, Optional, Neutral, "How many belong to it."),
    setting(
        "selection",
        F::Word(&[word("all"), word("election"), word("sortition"), word("appointment")]),
        Default("all"),
        Neutral,
        "How they are chosen among its members.",
    ),
    setting("term", F::Duration, Optional, Weaker, "How long they are chosen for."),
    shaped("meeting", Shape::Block(MEETING), "When it meets."),
];

const OBJECTIONS: &[Setting] = &[
    setting("allowed", F::Bool, Default("true"), Stronger, "Whether members may object."),
    setting(
        "must_offer_alternative",
        F::Bool,
        Default("false"),
        Weaker,
        "Whether an objection needs another proposal.",
    ),
    setting("max_per_period", COUNT, Optional, Stronger, "How many objections a member has in a period."),
    setting("period", F::Duration, Optional, Weaker, "That period."),
];

const CLASS_VOTE: &[Setting] = &[
    setting("quorum", F::RatioOrCount, Required, Stronger, "How many of the class must vote."),
    setting("threshold", F::Ratio, Required, Stronger, "The share of its votes that must agree."),
];

/// How votes are counted.
const METHODS: &[Word] = &[
    word("consent"),
    word("lazy_consent"),
    with("consensus", F::Ratio, true),
    word("majority"),
    word("supermajority"),
    word("unanimous"),
    word("approval"),
    with("score", F::Int(1, 100), true),
    word("irv"),
    with("stv", F::Int(1, 1_000), true),
    word("schulze"),
    word("borda"),
    with("quadratic", F::Int(1, 1_000_000), true),
    with("conviction", F::Duration, true),
    word("multi_class"),
    with("sortition_panel", F::Int(1, 10_000), true),
];

const PROCESS: &[Setting] = &[
    setting("voters", F::Name(VOTERS), Required, Neutral, "Who votes."),
    setting("method", F::Word(METHODS), Required, Neutral, "How votes are counted."),
    setting("quorum", F::RatioOrCount, Required, Stronger, "How many of the voters must vote."),
    setting("threshold", F::Ratio, Optional, Stronger, "The share of votes that must agree."),
    setting(
        "of",
        F::Word(&[word("of_cast"), word("of_eligible")]),
        Default("of_cast"),
        Neutral,
        "The share of which votes.",
    ),
    setting("deliberation", F::Duration, Required, Stronger, "How long it is talked over before votes are cast."),
    setting("voting", F::Duration, Required, Stronger, "How long votes can be cast."),
    setting("timelock", F::Duration, Default("0d"), Stronger, "How long after it has passed it takes effect."),
    setting("expires", F::Duration, Optional, Weaker, "How long after it was made it lapses."),
    setting("proposers", F::Name(VOTERS), Optional, Neutral, "Who may propose; the voters, if it is not given."),
    setting("sponsors", COUNT, Default("0"), Stronger, "Members who must support it before it is talked over."),
    setting("deposit", F::Amount, Optional, Stronger, "What one who proposes puts down."),
    setting(
        "refund",
        F::Word(&[word("always"), word("passed"), word("never")]),
        Default("always"),
        Neutral,
        "When it is given back.",
    ),
    setting("max_active", POSITIVE, Optional, Weaker, "How many proposals of one member are open at once."),
    setting("cooldown", F::Duration, Optional, Stronger, "How long until the same can be proposed again."),
    setting(
        "abstain",
        F::Word(&[word("counts_quorum"), word("ignored")]),
        Default("counts_quorum"),
        Neutral,
        "What an abstention counts for.",
    ),
    setting(
        "secret",
        F::Word(&[word("no"), word("until_close"), word("always")]),
        Default("no"),
        Neutral,
        "Who sees how members voted.",
    ),
    setting("revote", F::Bool, Default("true"), Neutral, "Whether one may change one's vote."),
    setting("min_voting", F::Duration, Optional, Stronger, "How long voting is open at least when it may end early."),
    setting("confirm", F::Duration, Default("0d"), Stronger, "How long it must stay above the threshold."),
    setting(
        "executor",
        F::Word(&[word("anyone"), word("members"), with("role", F::Name(&[K::Role]), true)]),
        Default("anyone"),
        Neutral,
        "Who may carry it out.",
    ),
    setting("delegation", F::Name(&[K::Delegation]), Optional, Neutral, "How votes can be delegated."),
    setting(
        "weight",
        F::Word(&[word("equal"), word("class"), word("quadratic")]),
        Default("equal"),
        Neutral,
        "What the votes of members weigh.",
    ),
    shaped("objections", Shape::Block(OBJECTIONS), "What members may object."),
    shaped("class", Shape::Named(&[K::Class], CLASS_VOTE), "What each class must agree to."),
    setting("stages", F::List(&PROCESSES), Default("[]"), Stronger, "Processes that it passes through before."),
    setting("early", F::Bool, Default("false"), Weaker, "Whether it ends as soon as the result is certain."),
    setting(
        "review",
        F::Word(&[word("guardians"), with("role", F::Name(&[K::Role]), true)]),
        Optional,
        Stronger,
        "Who must look at it before it takes effect.",
    ),
    setting("emergency_for", PROCESSES, Optional, Neutral, "The process that it is the fast path of."),
    setting(
        "on_tie",
        F::Word(&[word("reject"), word("status_quo"), with("chair", F::Name(&[K::Role]), true)]),
        Default("reject"),
        Neutral,
        "What a tie means.",
    ),
];

const PROPOSAL: &[Setting] = &[
    setting("process", PROCESSES, Required, Neutral, "How it is decided."),
    setting("title_template", F::Text, Optional, Neutral, "How such proposals are called."),
    setting(
        "requires",
        F::Condition,
        Optional,
        Stronger,
        "What must hold when it is made, and again before it takes effect.",
    ),
    setting("summary", F::Text, Optional, Neutral, "What it does, in words."),
];

const ELECTION: &[Setting] = &[
    setting("role", F::Name(&[K::Role]), Required, Neutral, "The role that is filled."),
    setting("voters", F::Name(VOTERS), Required, Neutral, "Who votes."),
    setting(
        "method",
        F::Word(&[word("stv"), word("irv"), word("approval"), word("schulze"), word("borda")]),
        Required,
        Neutral,
        "How votes are counted.",
    ),
    setting("nominate", F::Duration, Required, Stronger, "How long candidates can be named."),
    setting("seconds", COUNT, Default("0"), Stronger, "Members who must support a candidate."),
    setting("accept_required", F::Bool, Default("true"), Neutral, "Whether a candidate must accept."),
    setting("campaign", F::Duration, Default("0d"), Stronger, "How long candidates speak for themselves."),
    setting("statement_max", POSITIVE, Optional, Neutral, "Letters of a candidate's statement."),
    setting("voting", F::Duration, Required, Stronger, "How long votes can be cast."),
    setting("quorum", F::Ratio, Default("0%"), Stronger, "How many of the voters must vote."),
    setting("handover", F::Duration, Default("0d"), Stronger, "How long the old holders stay beside the new."),
    setting(
        "vacancy",
        F::Word(&[word("runner_up"), word("special"), word("appoint")]),
        Default("special"),
        Neutral,
        "How a seat is filled that becomes free.",
    ),
];

const RESOURCE_KINDS: &[Word] = &[
    word("compute"),
    word("storage"),
    word("bandwidth"),
    with("labor", F::Text, false),
    word("energy"),
    with("goods", F::Text, false),
    word("community_credit"),
    word("mutual_credit"),
    word("budget"),
    with("right", F::Text, false),
    word("mana"),
    with("custom", F::Text, true),
];

const DEMURRAGE: &[Setting] = &[
    setting("rate", F::Ratio, Required, Weaker, "The share that is lost."),
    setting("every", F::Duration, Required, Stronger, "How often."),
];

const RESOURCE: &[Setting] = &[
    setting("unit", F::Text, Required, Neutral, "What one of it is called."),
    setting("decimals", F::Int(0, 18), Default("0"), Neutral, "Digits after the point."),
    setting("kind", F::Word(RESOURCE_KINDS), Required, Neutral, "What it is."),
    setting("transferable", F::Bool, Default("true"), Grants, "Whether holders may give it to others."),
    setting("scopes", F::List(&F::Text), Default("[]"), Grants, "Where it may be used."),
    setting("issuer", F::Name(&[K::Role, K::Body]), Optional, Neutral, "Who makes it."),
    setting("cap", F::Amount, Optional, Weaker, "How much of it there is at most."),
    setting("expiry", F::Duration, Optional, Weaker, "After how long it lapses."),
    shaped("demurrage", Shape::Block(DEMURRAGE), "What is lost by keeping it."),
    setting("max_hold", F::Amount, Optional, Weaker, "How much one may hold."),
    setting("credit_limit", F::Amount, Optional, Grants, "How far below nothing one may go."),
];

const TREASURY: &[Setting] = &[
    setting("resources", F::List(&F::Name(&[K::Resource])), Required, Neutral, "What it holds."),
    setting("spend", PROCESSES, Required, Neutral, "How it is spent."),
    shaped(
        "reserve",
        Shape::Block(&[
            setting("share", F::Ratio, Required, Stronger, "The share that is kept."),
            setting("process", PROCESSES, Required, Neutral, "How the reserve is spent."),
        ]),
        "What is kept for bad times.",
    ),
    setting(
        "surplus",
        F::Word(&[word("equal"), word("patronage"), word("needs"), word("reserve")]),
        Optional,
        Neutral,
        "How a surplus is shared.",
    ),
    setting("signers", F::Name(&[K::Role]), Optional, Neutral, "Who signs payments."),
    setting("min_signers", POSITIVE, Optional, Stronger, "How many of them."),
];

const CATEGORY: &[Setting] = &[
    setting("min", F::Ratio, Optional, Stronger, "The share that it has at least."),
    setting("max", F::Ratio, Optional, Weaker, "The share that it has at most."),
    setting("share", F::Ratio, Optional, Neutral, "The share that it has."),
    setting("limit", F::Amount, Optional, Weaker, "How much one item may cost."),
];

const BAND: &[Setting] = &[
    setting("approvers", POSITIVE, Optional, Stronger, "How many must agree."),
    setting("role", F::Name(&[K::Role]), Optional, Neutral, "Of which role."),
    setting("process", PROCESSES, Optional, Neutral, "The process that decides."),
];

const SPENDER: &[Setting] = &[
    setting("single", F::Amount, Optional, Grants, "How much at once."),
    setting("per_period", F::Amount, Optional, Grants, "How much in the period."),
    setting("categories", F::Names, Default("[]"), Grants, "For what."),
];

const PERIOD: &[Setting] = &[
    setting("from", F::Time, Required, Neutral, "Its beginning."),
    setting("to", F::Time, Required, Neutral, "Its end, which is not in it."),
];

const BUDGET: &[Setting] = &[
    setting("resource", F::Name(&[K::Resource]), Required, Neutral, "What is spent."),
    setting("total", F::Amount, Required, Grants, "How much."),
    Setting { key: "period", shape: Shape::Block(PERIOD), need: Required, meaning: Neutral, doc: "When." },
    setting(
        "rule",
        F::Word(&[
            word("fixed_shares"),
            word("greedy"),
            word("greedy_per_cost"),
            word("equal_shares"),
            word("phragmen"),
            word("majority"),
            word("quadratic"),
        ]),
        Required,
        Neutral,
        "How it is allocated.",
    ),
    shaped("category", Shape::Named(&[], CATEGORY), "What it is spent on."),
    shaped("band", Shape::Bands(BAND), "Who agrees to payments of which size."),
    shaped("spender", Shape::Named(&[K::Role], SPENDER), "A role that pays by itself."),
    setting("milestones", F::Bool, Default("false"), Stronger, "Whether payments follow what is delivered."),
    setting("report_every", F::Duration, Optional, Weaker, "How often it is reported on."),
    setting(
        "unspent",
        F::Word(&[word("give_back"), word("carry")]),
        Default("give_back"),
        Neutral,
        "What happens to what is left.",
    ),
];

const METER: &[Setting] = &[
    setting("resource", F::Name(&[K::Resource]), Required, Neutral, "What is paid with."),
    setting("action", F::Text, Required, Neutral, "What is metered."),
    setting("cost", F::Cost, Required, Stronger, "What one use costs."),
    shaped(
        "rate",
        Shape::Block(&[
            setting("amount", F::Amount, Required, Grants, "How much."),
            setting("every", F::Duration, Required, Stronger, "In what time."),
        ]),
        "How much may be used.",
    ),
    setting("burst", F::Amount, Optional, Grants, "How much at once."),
    setting("needs_auth", F::Bool, Default("false"), Stronger, "Whether each use must be authorised."),
];

const STEPS: &[Word] =
    &[word("dialogue"), word("facilitated"), word("mediation"), word("panel"), word("assembly"), word("external")];

const REMEDIES: &[Word] = &[
    word("apology"),
    word("agreement"),
    word("restitution"),
    word("compensation"),
    word("reversal"),
    word("redistribution"),
    word("freeze"),
    word("fee"),
    word("restriction"),
    word("suspension"),
    word("credential_pause"),
    word("reputation_freeze"),
    word("role_removal"),
    word("expulsion"),
    word("no_action"),
];

const DISPUTE: &[Setting] = &[
    setting("steps", F::List(&F::Word(STEPS)), Required, Neutral, "The steps, in their order."),
    setting("panel_size", POSITIVE, Optional, Stronger, "How many judge."),
    setting(
        "selection",
        F::Word(&[word("sortition"), word("elected")]),
        Default("sortition"),
        Neutral,
        "How they are chosen.",
    ),
    setting("step_time", F::Duration, Default("14d"), Neutral, "How long each step has."),
    setting("appeal", F::Name(&[K::Body]), Optional, Neutral, "Who hears an appeal."),
    setting("remedies", F::List(&F::Word(REMEDIES)), Default("[]"), Neutral, "What can be decided."),
    setting("bond", F::Amount, Optional, Stronger, "What one who complains puts down."),
];

const CREDENTIAL: &[Setting] = &[
    setting(
        "template",
        F::Word(&[
            word("membership"),
            word("residency"),
            word("role"),
            word("skill"),
            word("attendance"),
            word("custom"),
        ]),
        Required,
        Neutral,
        "What it states.",
    ),
    setting("issuer", F::Name(&[K::Role, K::Body]), Required, Neutral, "Who states it."),
    shaped("claims", Shape::Types, "What it says of its holder."),
    setting("validity", F::Duration, Optional, Weaker, "How long it holds."),
    setting("revocable_by", F::Name(&[K::Role]), Optional, Neutral, "Who can take it back."),
    setting("disclose", F::Names, Default("[]"), Grants, "What its holder may show by itself."),
];

const DELEGATION: &[Setting] = &[
    setting("areas", F::Names, Default("[]"), Neutral, "For what; for everything, if none is given."),
    setting("depth", F::Int(1, 16), Default("8"), Grants, "How many times it may be passed on."),
    setting("max_in", POSITIVE, Optional, Weaker, "How many votes one may carry for others."),
    setting("expires", F::Duration, Optional, Weaker, "After how long it lapses."),
    setting("revocable", F::Bool, Default("true"), Neutral, "Whether it can be taken back."),
    setting("overrides", F::Bool, Default("true"), Neutral, "Whether one's own vote counts instead."),
];

/// Permissions that the kernel knows.
pub const PERMISSIONS: [&str; 9] =
    ["propose", "vote", "comment", "convene", "review", "pause", "countersign", "sponsor", "execute"];

/// Who calls an action that requires this needs no permission.
pub const ANYONE: &str = "anyone";

/// The setting of a name among these.
pub fn find<'a>(settings: &'a [Setting], key: &str) -> Option<&'a Setting> {
    settings.iter().find(|setting| setting.key == key)
}

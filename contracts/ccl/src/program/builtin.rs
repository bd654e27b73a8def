//! The functions that the language has: one table for the checker, the host and the reference.

use crate::{ast::Level, schema::Kind};

/// What a parameter of a built-in function may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Param {
    Bool,
    Int,
    Ratio,
    Text,
    Bytes,
    Time,
    Duration,
    Did,
    Cid,
    Account,
    Proposal,
    /// An amount of the resource that others of the call are of.
    Amount,
    /// A rounded thing: `Exact<R>` or `Ratio`.
    Fraction,
    /// Any storable value.
    Any,
    /// Any type, the same everywhere in the call.
    T,
    ListOfT,
    SetOfT,
    OptionOfT,
    /// `List<Text>`
    Texts,
    /// `List<List<T>>`
    Lists,
    Map,
    /// The key of the map.
    Key,
    /// A list, set, map or text.
    Collection,
    /// `Map<K, Amount>` or `Map<K, Int>`: what a total is split by.
    Weights,
    /// A list of numbers, amounts, times, durations or ratios.
    Numbers,
    /// The name of a declaration of one of these kinds.
    Name(&'static [Kind]),
    /// A class, role, body or process, by name or by value.
    NameOrValue(Kind),
    /// The record of a credential of the document.
    Claims,
    /// The name of a credential of the document.
    Credential,
    /// `Map<Int, …>` of records with a `cost` in the budget's resource and, if it has categories, a `category`.
    Projects,
    /// `Map<Did, Set<Int>>`: the projects that each voter approves of.
    Ballots,
    /// The name of a `@param` constant.
    Constant,
    /// A value of that constant's type.
    OfConstant,
    /// A function of one parameter, by name.
    Function,
}

/// What a built-in function gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Gives {
    Unit,
    Bool,
    Int,
    Ratio,
    Text,
    Bytes,
    Time,
    Did,
    Cid,
    Amount,
    T,
    ListOfT,
    SetOfT,
    OptionOfT,
    /// The key type in a list.
    Keys,
    Values,
    OptionOfValue,
    /// What the lists are put together to.
    Joined,
    /// What a fraction is rounded to.
    Rounded,
    /// `Map<K, Amount>`
    Split,
    Member,
    OptionOfClass,
    SetOfDid,
    ListOfInt,
    AmountsByDid,
    BudgetStatus,
    Tally,
    OptionOfClaims,
    OfConstant,
}

macro_rules! builtins {
    ($($name:ident $word:literal $level:ident ($($param:literal : $kind:expr),*) -> $gives:ident, $fuel:literal, $doc:literal;)*) => {
        /// A function that the language has.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Builtin { $(#[doc = $doc] $name,)* }

        impl Builtin {
            /// All of them, in the order of the host interface.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// Its name.
            pub fn word(self) -> &'static str { match self { $(Self::$name => $word,)* } }
            /// What it needs to be called.
            pub fn level(self) -> Level { match self { $(Self::$name => Level::$level,)* } }
            /// Its parameters.
            pub fn params(self) -> &'static [(&'static str, Param)] {
                match self { $(Self::$name => const { &[$(($param, $kind)),*] },)* }
            }
            /// What it gives.
            pub fn gives(self) -> Gives { match self { $(Self::$name => Gives::$gives,)* } }
            /// What the host charges for it, before what depends on sizes.
            pub fn fuel(self) -> u64 { match self { $(Self::$name => $fuel,)* } }
            /// What it does.
            pub fn doc(self) -> &'static str { match self { $(Self::$name => $doc,)* } }
        }
    };
}

use Kind as K;
use Param as P;

const MEMBERS: &[Kind] = &[K::Body, K::Class, K::Role];

builtins! {
    Len "len" Pure ("of": P::Collection) -> Int, 20, "How many elements, entries or letters it has.";
    Min "min" Pure ("of": P::Numbers) -> OptionOfT, 50, "The smallest, if there is one.";
    Max "max" Pure ("of": P::Numbers) -> OptionOfT, 50, "The greatest, if there is one.";
    Concat "concat" Pure ("parts": P::Texts) -> Text, 50, "Texts put together.";
    Flatten "flatten" Pure ("lists": P::Lists) -> Joined, 50, "Lists put together.";
    TextOf "text" Pure ("value": P::Any) -> Text, 100, "A value in letters.";
    Div "div" Pure ("a": P::Int, "b": P::Int) -> Int, 20, "How often `b` is in `a`, rounded down.";
    Mod "mod" Pure ("a": P::Int, "b": P::Int) -> Int, 20, "What is left of `a` in steps of `b`; never negative.";
    RoundDown "round_down" Pure ("value": P::Fraction) -> Rounded, 20, "The next whole number, or smallest unit, below.";
    RoundUp "round_up" Pure ("value": P::Fraction) -> Rounded, 20, "The next whole number, or smallest unit, above.";
    RoundHalfEven "round_half_even" Pure ("value": P::Fraction) -> Rounded, 20, "The nearest; of two equally near the even one.";
    RatioOf "ratio" Pure ("a": P::Int, "b": P::Int) -> Ratio, 40, "`a / b`, exactly.";
    Percent "percent" Pure ("n": P::Int) -> Ratio, 40, "`n / 100`, exactly.";
    IsSome "is_some" Pure ("option": P::OptionOfT) -> Bool, 10, "Whether it holds a value.";
    OrElse "or_else" Pure ("option": P::OptionOfT, "otherwise": P::T) -> T, 20, "Its value, or the other one.";
    Keys "keys" Pure ("map": P::Map) -> Keys, 50, "The keys of a map, ascending.";
    Values "values" Pure ("map": P::Map) -> Values, 50, "The values of a map, by their keys.";
    Get "get" Pure ("map": P::Map, "key": P::Key) -> OptionOfValue, 40, "The value of a key, if it is there.";
    SetOf "set" Pure ("list": P::ListOfT) -> SetOfT, 50, "The elements of a list, each once.";
    With "with" Pure ("set": P::SetOfT, "element": P::T) -> SetOfT, 50, "The set with the element in it.";
    Without "without" Pure ("set": P::SetOfT, "element": P::T) -> SetOfT, 50, "The set without the element.";
    Sort "sort" Pure ("list": P::Numbers) -> ListOfT, 100, "The list, smallest first.";
    SortBy "sort_by" Pure ("list": P::ListOfT, "key": P::Function) -> ListOfT, 100, "The list by what a function gives, smallest first; equal ones stay in their order.";
    Split "split" Pure ("total": P::Amount, "weights": P::Weights) -> Split, 200, "The total shared by weights, by largest remainder, ties by key; it adds up exactly.";

    Now "now" View () -> Time, 10, "The time of the block.";
    Caller "caller" View () -> Did, 10, "Who calls.";
    MemberOf "member" View ("of": P::Did) -> Member, 100, "A member's record; fails with KeyMissing for others.";
    IsMember "is_member" View ("of": P::Did) -> Bool, 100, "Whether it is a member.";
    HasRole "has_role" View ("of": P::Did, "role": P::NameOrValue(K::Role)) -> Bool, 100, "Whether it holds a role, or one that extends it.";
    ClassOf "class_of" View ("of": P::Did) -> OptionOfClass, 100, "The class of a member.";
    Members "members" View ("of": P::Name(MEMBERS)) -> SetOfDid, 200, "Who is in a body or class, or holds a role.";
    Weight "weight" View ("process": P::NameOrValue(K::Process), "of": P::Did) -> Int, 100, "How many votes somebody has in a process.";
    Weights "weights" View ("body": P::Name(&[K::Body])) -> ListOfInt, 200, "How many votes each member of a body has.";
    Balance "balance" View ("of": P::Account, "resource": P::Name(&[K::Resource])) -> Amount, 100, "How much of a resource an account has.";
    Available "available" View ("treasury": P::Name(&[K::Treasury]), "resource": P::Name(&[K::Resource])) -> Amount, 100, "What a treasury has and has not locked.";
    ReserveOf "reserve_of" View ("treasury": P::Name(&[K::Treasury]), "resource": P::Name(&[K::Resource])) -> Amount, 100, "What a treasury keeps for bad times.";
    Patronage "patronage" View ("resource": P::Name(&[K::Resource]), "window": P::Duration) -> AmountsByDid, 500, "What each member has earned of a resource within the time before now, by whole days.";
    BudgetOf "budget" View ("budget": P::Name(&[K::Budget])) -> BudgetStatus, 100, "How a budget stands.";
    TallyOf "tally" View ("proposal": P::Proposal) -> Tally, 200, "How a proposal was voted on.";
    CredentialOf "credential" View ("of": P::Did, "kind": P::Credential) -> OptionOfClaims, 200, "What a valid credential says of somebody, if there is one.";
    Allocate "allocate" View ("budget": P::Name(&[K::Budget]), "projects": P::Projects, "ballots": P::Ballots) -> ListOfInt, 2000, "Which projects a budget pays for by its rule, in the order in which they are bought.";
    ParamOf "param_value" View ("name": P::Constant) -> OfConstant, 50, "What a constant that is marked `@param` is now; its name alone says the same.";
    Epoch "epoch" View () -> Int, 10, "The number of the federation's epoch.";
    Constitution "constitution" View () -> Cid, 10, "The constitution in force.";
    Compatible "compatible" View ("next": P::Cid) -> Bool, 2000, "Whether a document may follow the constitution: it is here, compiles, names this one as the one before, keeps what is protected, and its state can be moved.";
    Beacon "beacon" View ("proposal": P::Proposal) -> Bytes, 100, "The first random value that became final after the voters were listed.";

    Transfer "transfer" Action ("from": P::Account, "to": P::Account, "amount": P::Amount) -> Unit, 500, "Gives so much of a resource to another account.";
    Mint "mint" Action ("to": P::Account, "amount": P::Amount) -> Unit, 500, "Makes so much of a resource.";
    Burn "burn" Action ("from": P::Account, "amount": P::Amount) -> Unit, 500, "Ends so much of a resource.";
    Lock "lock" Action ("id": P::Text, "from": P::Account, "amount": P::Amount) -> Unit, 500, "Sets so much aside under a name.";
    Release "release" Action ("id": P::Text, "to": P::Account) -> Unit, 500, "Gives what was set aside to an account.";
    Refund "refund" Action ("id": P::Text) -> Unit, 500, "Gives what was set aside back.";
    Fund "fund" Action ("budget": P::Name(&[K::Budget]), "from": P::Account, "amount": P::Amount) -> Unit, 500, "Puts so much into a budget.";
    Authorize "authorize" Action ("who": P::Did, "amount": P::Amount, "expiry": P::Time) -> Int, 500, "Lets somebody use so much of a resource until a time; gives the number of the authorisation.";
    Consume "consume" Action ("authorisation": P::Int, "amount": P::Amount) -> Unit, 500, "Uses so much of an authorisation.";
    GrantRole "grant_role" Action ("to": P::Did, "role": P::NameOrValue(K::Role)) -> Unit, 500, "Gives somebody a role.";
    RevokeRole "revoke_role" Action ("from": P::Did, "role": P::NameOrValue(K::Role)) -> Unit, 500, "Takes a role from somebody.";
    Admit "admit" Action ("who": P::Did, "class": P::NameOrValue(K::Class)) -> Unit, 500, "Makes somebody a member of a class.";
    SetClass "set_class" Action ("who": P::Did, "class": P::NameOrValue(K::Class)) -> Unit, 500, "Moves a member to another class.";
    Remove "remove" Action ("who": P::Did, "reason": P::Text) -> Unit, 500, "Ends a membership.";
    Suspend "suspend" Action ("who": P::Did, "until": P::Time) -> Unit, 500, "Suspends a member until a time.";
    Enrol "enrol" Action () -> Unit, 500, "Puts the caller on the roll of the roles whose credentials it holds.";
    Issue "issue" Action ("to": P::Did, "claims": P::Claims) -> Unit, 500, "Records a credential for its issuer to sign.";
    Revoke "revoke" Action ("from": P::Did, "kind": P::Credential) -> Unit, 500, "Takes a credential back.";
    Anchor "anchor" Action ("path": P::Text, "cid": P::Cid) -> Unit, 300, "Names content in the organisation's records.";
    Pin "pin" Action ("cid": P::Cid, "factor": P::Int) -> Unit, 300, "Asks so many nodes to keep content.";
    OpenThread "open_thread" Action ("proposal": P::Proposal) -> Unit, 300, "Opens a place to talk a proposal over.";
    SetParam "set_param" Action ("name": P::Constant, "value": P::OfConstant) -> Unit, 500, "Changes a constant that is marked `@param`.";
    EnactConstitution "enact_constitution" Action ("next": P::Cid) -> Unit, 2000, "Puts another constitution in force.";
    Log "log" Action ("words": P::Text) -> Unit, 100, "Writes words into the receipt.";
}

impl Builtin {
    /// The function of a name.
    pub fn of(word: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|builtin| builtin.word() == word)
    }

    /// Its signature as it is written.
    pub fn signature(self) -> String {
        let params: Vec<_> = self.params().iter().map(|(name, param)| format!("{name}: {}", param.words())).collect();
        let gives = match self.gives() {
            Gives::Unit => String::new(),
            gives => format!(" -> {}", gives.words()),
        };
        format!("{}({}){gives}", self.word(), params.join(", "))
    }
}

impl Param {
    /// How it is written.
    pub fn words(self) -> String {
        let kinds = |kinds: &[Kind]| kinds.iter().map(|kind| kind.word()).collect::<Vec<_>>().join("|");
        match self {
            Self::Amount => "Amount<R>".into(),
            Self::Fraction => "Exact<R>|Ratio".into(),
            Self::Any => "storable".into(),
            Self::ListOfT => "List<T>".into(),
            Self::SetOfT => "Set<T>".into(),
            Self::OptionOfT => "Option<T>".into(),
            Self::Texts => "List<Text>".into(),
            Self::Lists => "List<List<T>>".into(),
            Self::Map => "Map<K, V>".into(),
            Self::Key => "K".into(),
            Self::Collection => "List<T>|Set<T>|Map<K, V>|Text".into(),
            Self::Weights => "Map<K, Amount<S>>|Map<K, Int>".into(),
            Self::Numbers => "List<T>, T a number".into(),
            Self::Name(of) => kinds(of),
            Self::NameOrValue(kind) => kind.word().into(),
            Self::Claims => "claims of a credential".into(),
            Self::Credential => "credential".into(),
            Self::Projects => "Map<Int, {cost, category}>".into(),
            Self::Ballots => "Map<Did, Set<Int>>".into(),
            Self::Constant => "@param const".into(),
            Self::OfConstant => "its type".into(),
            Self::Function => "fn(T)".into(),
            plain => format!("{plain:?}"),
        }
    }
}

impl Gives {
    /// How it is written.
    pub fn words(self) -> String {
        match self {
            Self::Amount => "Amount<R>".into(),
            Self::ListOfT => "List<T>".into(),
            Self::SetOfT => "Set<T>".into(),
            Self::OptionOfT => "Option<T>".into(),
            Self::Keys => "List<K>".into(),
            Self::Values => "List<V>".into(),
            Self::OptionOfValue => "Option<V>".into(),
            Self::Joined => "List<T>".into(),
            Self::OfConstant => "its type".into(),
            Self::Rounded => "Amount<R>|Int".into(),
            Self::Split => "Map<K, Amount<R>>".into(),
            Self::OptionOfClass => "Option<Class>".into(),
            Self::SetOfDid => "Set<Did>".into(),
            Self::ListOfInt => "List<Int>".into(),
            Self::AmountsByDid => "Map<Did, Amount<R>>".into(),
            Self::BudgetStatus => "BudgetStatus<R>".into(),
            Self::OptionOfClaims => "Option<claims>".into(),
            plain => format!("{plain:?}"),
        }
    }
}

/// Functions of the language that core modules offer under their name, with the module.
pub const CORE: [(&str, &[Builtin]); 3] = [
    ("core/civic", &[Builtin::Weights, Builtin::Weight, Builtin::Members, Builtin::TallyOf]),
    ("core/contract", &[Builtin::Allocate, Builtin::Split]),
    ("core/justice", &[Builtin::Beacon]),
];

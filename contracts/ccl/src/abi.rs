//! The host interface `icn1`: what compiled code imports, see `docs/spec/host-abi.md`.
//!
//! Numbers of 128 bits cross the border as two of 64, the lower first. Whatever is no number, moment or truth value is a
//! *handle*: a number that the host gave for a [`crate::value::Value`] of this call. The host bounds how many there are and how
//! large; a handle that it did not give ends the call. Collections are built from values that were pushed before.

use crate::program::{builtin::Gives, Builtin, TestOp};

/// A type at the border.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Word {
    /// 32 bits: a handle, an index, a truth value.
    I32,
    /// 64 bits.
    I64,
}

use Word::{I32, I64};

macro_rules! operations {
    ($($(#[doc = $doc:literal])+ $name:ident $word:literal ($($param:ident),*) -> ($($result:ident),*), $fuel:literal;)*) => {
        /// Operations on values, the state and the call itself.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Operation { $($(#[doc = $doc])+ $name,)* }

        impl Operation {
            /// All of them, in the order of the interface.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// Its name.
            pub fn word(self) -> &'static str { match self { $(Self::$name => $word,)* } }
            /// What it takes.
            pub fn params(self) -> &'static [Word] { match self { $(Self::$name => &[$($param),*],)* } }
            /// What it gives.
            pub fn results(self) -> &'static [Word] { match self { $(Self::$name => &[$($result),*],)* } }
            /// What it costs, before what depends on sizes.
            pub fn fuel(self) -> u64 { match self { $(Self::$name => $fuel,)* } }
            /// What it does.
            pub fn doc(self) -> &'static str { match self { $(Self::$name => concat!($($doc),+),)* } }
        }
    };
}

operations! {
    /// A constant of the module, by number.
    Constant "constant" (I32) -> (I32), 10;
    /// A number as a value.
    Int "int" (I64, I64) -> (I32), 5;
    /// A value as a number.
    IntOf "int_of" (I32) -> (I64, I64), 5;
    /// Milliseconds as a value.
    Millis "millis" (I64) -> (I32), 5;
    /// A value as milliseconds.
    MillisOf "millis_of" (I32) -> (I64), 5;
    /// A truth value as a value.
    Bool "bool" (I32) -> (I32), 5;
    /// A value as a truth value.
    BoolOf "bool_of" (I32) -> (I32), 5;
    /// Puts a value on the stack that collections are built from.
    Push "push" (I32) -> (), 5;
    /// A list of the last values pushed.
    List "list" (I32) -> (I32), 10;
    /// A map of the last pairs pushed; of one key the last holds.
    Map "map" (I32) -> (I32), 20;
    /// A record of the last values pushed.
    Record "record" (I32) -> (I32), 10;
    /// A variant by number, carrying the last values pushed.
    Variant "variant" (I32, I32) -> (I32), 10;
    /// `some(value)`
    Some "some" (I32) -> (I32), 5;
    /// The value in `some`; `none` fails with KeyMissing.
    Unwrap "unwrap" (I32) -> (I32), 5;
    /// Whether it is `some`, as a truth value of the code.
    HasValue "has_value" (I32) -> (I32), 5;
    /// The number of a variant.
    Tag "tag" (I32) -> (I32), 5;
    /// What a variant carries at a place.
    Payload "payload" (I32, I32) -> (I32), 5;
    /// A field of a record.
    Field "field" (I32, I32) -> (I32), 5;
    /// A record with another field.
    PutField "put_field" (I32, I32, I32) -> (I32), 20;
    /// An element of a list; outside of it fails with KeyMissing.
    At "at" (I32, I64, I64) -> (I32), 10;
    /// A list with another element; outside of it fails with KeyMissing.
    PutAt "put_at" (I32, I64, I64, I32) -> (I32), 20;
    /// The value of a key of a map; without it fails with KeyMissing.
    Key "key" (I32, I32) -> (I32), 20;
    /// A map with this value for a key.
    PutKey "put_key" (I32, I32, I32) -> (I32), 30;
    /// A map without a key.
    DeleteKey "delete_key" (I32, I32) -> (I32), 30;
    /// Whether a list or set has an element, or a map a key.
    Contains "contains" (I32, I32) -> (I32), 20;
    /// Two lists, one after the other.
    Append "append" (I32, I32) -> (I32), 20;
    /// The elements of a list or set, or the keys of a map, as a list.
    Elements "elements" (I32) -> (I32), 10;
    /// How many elements such a list has.
    Count "count" (I32) -> (I32), 5;
    /// An element of such a list.
    Item "item" (I32, I32) -> (I32), 5;
    /// Whether two values are equal.
    Equal "equal" (I32, I32) -> (I32), 10;
    /// A product; outside of 128 bits fails with Overflow.
    IntTimes "int_times" (I64, I64, I64, I64) -> (I64, I64), 10;
    /// A quotient rounded down; by 0 fails with DivByZero.
    IntDiv "int_div" (I64, I64, I64, I64) -> (I64, I64), 15;
    /// What is left, never negative; by 0 fails with DivByZero.
    IntMod "int_mod" (I64, I64, I64, I64) -> (I64, I64), 15;
    /// A span of time so many times.
    MillisTimes "millis_times" (I64, I64, I64) -> (I64), 10;
    /// A quotient, exactly; by 0 fails with DivByZero.
    Ratio "ratio" (I64, I64, I64, I64) -> (I32), 30;
    /// A sum of ratios.
    RatioAdd "ratio_add" (I32, I32) -> (I32), 60;
    /// A difference of ratios.
    RatioSubtract "ratio_subtract" (I32, I32) -> (I32), 60;
    /// A product of ratios.
    RatioTimes "ratio_times" (I32, I32) -> (I32), 60;
    /// A quotient of ratios.
    RatioDivide "ratio_divide" (I32, I32) -> (I32), 60;
    /// -1, 0 or 1, as the first is less, equal or greater.
    RatioCompare "ratio_compare" (I32, I32) -> (I32), 30;
    /// A ratio made whole: 0 down, 1 up, 2 to the nearest, half to even.
    RatioRound "ratio_round" (I32, I32) -> (I64, I64), 20;
    /// A state.
    StateGet "state_get" (I32) -> (I32), 100;
    /// Puts a state.
    StatePut "state_put" (I32, I32) -> (), 200;
    /// The value of a key of a state that is a map; without it fails with KeyMissing.
    StateKey "state_key" (I32, I32) -> (I32), 100;
    /// The same as an option.
    StateFind "state_find" (I32, I32) -> (I32), 100;
    /// Whether it has a key.
    StateHas "state_has" (I32, I32) -> (I32), 100;
    /// Puts the value of a key.
    StatePutKey "state_put_key" (I32, I32, I32) -> (), 200;
    /// Removes a key.
    StateDeleteKey "state_delete_key" (I32, I32) -> (), 200;
    /// How many keys it has.
    StateLen "state_len" (I32) -> (I64), 50;
    /// Its keys as a list.
    StateKeys "state_keys" (I32) -> (I32), 100;
    /// An argument of the call.
    Arg "arg" (I32) -> (I32), 10;
    /// What the call gives.
    Result "result" (I32) -> (), 10;
    /// Emits an event by number with the last values pushed.
    Emit "emit" (I32, I32) -> (), 100;
    /// Fails with an error by number and the last values pushed.
    Fail "fail" (I32, I32) -> (), 10;
    /// Fails: 0 Overflow, 1 DivByZero, 2 KeyMissing.
    Stop "stop" (I32) -> (), 10;
    /// A value of a type, by number, in letters.
    TextOf "text" (I32, I32) -> (I32), 100;
    /// Calls an action later, by the number of its entry, with the last values pushed.
    Schedule "schedule" (I64, I32, I32) -> (), 500;
    /// Makes a proposal, by the number of its entry, with the last values pushed.
    Propose "propose" (I32, I32) -> (), 500;
    /// In traced code: a line begins.
    Line "line" (I32) -> (), 0;
    /// In tests: calls an entry by number with the last values pushed, as somebody or nobody in particular (0).
    TestCall "test_call" (I32, I32, I32) -> (I32), 100;
    /// In tests: makes the proposal of an entry in the same way.
    TestPropose "test_propose" (I32, I32, I32) -> (I32), 100;
    /// In tests: a call, or with a last 1 the making of a proposal, must fail: 0 with an error of the document, 1 with a failure of
    /// the language, by number.
    TestFails "test_fails" (I32, I32, I32, I32, I32, I32) -> (), 100;
}

/// A function of the interface.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Import {
    /// An operation.
    Operation(Operation),
    /// A function of the language: its arguments are handles, and what it gives is one, if it gives something.
    Builtin(Builtin),
    /// What only the host of tests has.
    Test(TestOp),
}

/// The module from which code imports.
pub const MODULE: &str = "icn1";

/// What only the host of tests does, in the order of the interface.
pub const TEST_OPS: [TestOp; 7] =
    [TestOp::Expect, TestOp::Grant, TestOp::Join, TestOp::Give, TestOp::At, TestOp::Vote, TestOp::Close];

/// Functions of the language that are operations of the interface, or made of them.
const INLINED: [Builtin; 9] = [
    Builtin::Div,
    Builtin::Mod,
    Builtin::RoundDown,
    Builtin::RoundUp,
    Builtin::RoundHalfEven,
    Builtin::RatioOf,
    Builtin::Percent,
    Builtin::OrElse,
    Builtin::TextOf,
];

/// What a function is told after its arguments, because its values do not say it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Told {
    /// Nothing.
    Nothing,
    /// The resource of its amount, as a text.
    Resource,
    /// The credential whose claims it is given, as a text.
    Credential,
    /// The record that the values of its map are, as a text.
    Record,
}

/// What a function is told after its arguments.
pub fn told(builtin: Builtin) -> Told {
    match builtin {
        Builtin::Transfer
        | Builtin::Mint
        | Builtin::Burn
        | Builtin::Lock
        | Builtin::Fund
        | Builtin::Authorize
        | Builtin::Consume => Told::Resource,
        Builtin::Issue => Told::Credential,
        Builtin::Allocate => Told::Record,
        _ => Told::Nothing,
    }
}

impl Import {
    /// All functions of the interface, in its order.
    pub fn all() -> impl Iterator<Item = Self> {
        let operations = Operation::ALL.iter().copied().map(Self::Operation);
        let builtins = Builtin::ALL.iter().copied().filter(|builtin| Self::is_imported(*builtin)).map(Self::Builtin);
        operations.chain(builtins).chain(TEST_OPS.into_iter().map(Self::Test))
    }

    fn is_imported(builtin: Builtin) -> bool {
        !INLINED.contains(&builtin)
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Operation(operation) => operation.word(),
            Self::Builtin(builtin) => builtin.word(),
            Self::Test(TestOp::Expect) => "test_expect",
            Self::Test(TestOp::Grant) => "test_grant",
            Self::Test(TestOp::Join) => "test_join",
            Self::Test(TestOp::Give) => "test_give",
            Self::Test(TestOp::At) => "test_at",
            Self::Test(TestOp::Vote) => "test_vote",
            Self::Test(TestOp::Close) => "test_close",
        }
    }

    /// What it takes.
    pub fn params(self) -> Vec<Word> {
        match self {
            Self::Operation(operation) => operation.params().to_vec(),
            Self::Builtin(builtin) => {
                vec![I32; builtin.params().len() + usize::from(told(builtin) != Told::Nothing)]
            }
            // An amount is told with its resource.
            Self::Test(TestOp::Give | TestOp::Vote) => vec![I32; 3],
            Self::Test(TestOp::Grant | TestOp::Join) => vec![I32; 2],
            Self::Test(TestOp::Expect | TestOp::At | TestOp::Close) => vec![I32],
        }
    }

    /// What it gives.
    pub fn results(self) -> Vec<Word> {
        match self {
            Self::Operation(operation) => operation.results().to_vec(),
            Self::Builtin(builtin) if builtin.gives() == Gives::Unit => Vec::new(),
            Self::Builtin(_) => vec![I32],
            Self::Test(TestOp::Vote | TestOp::Close) => vec![I32],
            Self::Test(_) => Vec::new(),
        }
    }

    /// What it costs, before what depends on sizes.
    pub fn fuel(self) -> u64 {
        match self {
            Self::Operation(operation) => operation.fuel(),
            Self::Builtin(builtin) => builtin.fuel(),
            Self::Test(_) => 100,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn names_are_distinct_and_within_the_bounds_of_the_engine() {
        let all: Vec<_> = Import::all().collect();
        let names: BTreeSet<_> = all.iter().map(|import| import.name()).collect();
        assert_eq!(names.len(), all.len());
        assert!(all.iter().all(|import| import.params().len() <= 8 && import.results().len() <= 2));
    }
}

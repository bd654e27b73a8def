//! The file that a pallet's weights become.

use super::{Line, Measured, WeightsArgs};
use crate::process;

/// The text of a pallet's file.
pub(crate) fn file(pallet: &str, measured: &[Measured], args: &WeightsArgs) -> String {
    let machine = process::machine();
    let functions: Vec<String> = measured.iter().map(function).collect();
    format!(
        "//! Weights of `{pallet}`. Written by `scripts/bench.sh weights`; do not edit.
//!
//! Measured {date} on {cores} cores of {processor}, {steps} steps, {repeats} repeats, as optimised as a release. Times are
//! those of the processor over a state in memory; reads and writes of storage are priced by the runtime's `DbWeight`.

use core::marker::PhantomData;
use frame_support::{{traits::Get, weights::Weight}};

/// The measured weights.
pub struct WeightInfo<T>(PhantomData<T>);

impl<T: frame_system::Config> {pallet}::WeightInfo for WeightInfo<T> {{
{functions}}}
",
        date = args.date,
        cores = machine.cores,
        processor = machine.processor,
        steps = args.steps,
        repeats = args.repeats,
        functions = functions.join("\n"),
    )
}

fn function(measured: &Measured) -> String {
    let Measured { name, parameter, time, reads, writes } = measured;
    let database =
        format!("\n            .saturating_add(T::DbWeight::get().reads_writes({}, {}))", reads.base, writes.base);
    let Some((parameter, low, high)) = parameter else {
        return format!(
            "    fn {name}() -> Weight {{\n        Weight::from_parts({}, 0){database}\n    }}\n",
            grouped(time.base)
        );
    };
    let mut slopes = format!(
        "\n            .saturating_add(Weight::from_parts({}, 0).saturating_mul({parameter}.into()))",
        grouped(time.slope)
    );
    for (call, Line { slope, .. }) in [("reads", reads), ("writes", writes)] {
        if *slope > 0 {
            slopes += &format!(
                "\n            .saturating_add(T::DbWeight::get().{call}({slope}).saturating_mul({parameter}.into()))"
            );
        }
    }
    format!(
        "    /// `{parameter}` from {low} to {high}.\n    fn {name}({parameter}: u32) -> Weight {{\n        Weight::from_parts({}, 0){slopes}{database}\n    }}\n",
        grouped(time.base)
    )
}

/// A number with its thousands apart.
fn grouped(number: u64) -> String {
    let text = number.to_string();
    let first = (text.len() - 1) % 3 + 1;
    let (first, rest) = text.split_at(first);
    let rest = rest.as_bytes().chunks(3).map(|digits| format!("_{}", String::from_utf8_lossy(digits)));
    std::iter::once(first.to_owned()).chain(rest).collect()
}

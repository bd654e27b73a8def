//! All tables of a run as one page of Markdown.

use crate::report::{self, say};

/// Names of the benches, in the order in which they run.
const BENCHES: [&str; 11] =
    ["executor", "rpc", "network", "simulation", "records", "ancestry", "bundles", "blobs", "reads", "memory", "tree"];

/// Prints the reports that are there.
pub(crate) fn run() {
    for report in BENCHES.iter().filter_map(|name| report::read(name).ok()) {
        let machine = &report.machine;
        say(&format!(
            "\n## {}\n\n`{}`, on {} cores of {}, load {:.1} before\n\n{}",
            report.name,
            report.command,
            machine.cores,
            machine.processor,
            machine.load,
            report.table()
        ));
    }
}

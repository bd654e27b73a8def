//! Published count sheets of Scottish elections, see `scottish/README.md`: the ballots of a ward count to its sheet, each stage
//! and each hundred-thousandth of a vote.

use crate::samples::{ranked, SEED};
use icn_tally::{Action, Count, CountSheet, Stv, StvSheet, VOTE};
use std::{collections::BTreeMap, fs, path::PathBuf};

fn read(ward: &str, kind: &str) -> String {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/rules/scottish").join(ward).with_extension(kind);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The election of a file in OpenSTV's format: candidates and seats, ballots that end with 0, a line 0, names.
fn election(ward: &str) -> Stv {
    let text = read(ward, "blt");
    let mut lines =
        text.lines().map(|line| line.split(' ').map(|word| word.parse().unwrap_or(0)).collect::<Vec<u64>>());
    let first = lines.next().expect("candidates and seats");
    let ballots = lines.take_while(|line| line[0] > 0).map(|line| ranked(line[0], &line[1..line.len() - 1])).collect();
    Stv { options: (1..=first[0]).collect(), ballots, seats: first[1], seed: SEED }
}

/// A row of a sheet, as published.
#[derive(Debug, PartialEq, Eq)]
struct Row {
    action: Action,
    votes: Vec<u64>,
    not_transferred: u64,
    elected: Vec<u64>,
}

/// Rows of a published sheet. It does not tell how large a surplus is: that follows from the row before.
fn published(ward: &str, quota: u64) -> Vec<Row> {
    let text = read(ward, "csv");
    let mut lines = text.lines().map(|line| line.split(',').collect::<Vec<_>>());
    let heading = lines.next().expect("a heading");
    let names = &heading[3..heading.len() - 2];
    let id = |name: &str| 1 + names.iter().position(|known| *known == name).expect("a candidate") as u64;
    let mut rows: Vec<Row> = Vec::new();
    for cells in lines {
        let votes: Vec<u64> = cells[3..3 + names.len()].iter().map(|cell| hundred_thousandths(cell)).collect();
        let action = match (cells[1], rows.last()) {
            ("first", None) => Action::First,
            ("excluded", Some(_)) => Action::Exclusion { of: id(cells[2]) },
            ("surplus", Some(before)) => {
                let of = id(cells[2]);
                Action::Surplus { of, surplus: before.votes[of as usize - 1] - quota * VOTE }
            }
            other => panic!("{ward}: {other:?}"),
        };
        let not_transferred = hundred_thousandths(cells[3 + names.len()]);
        let mut elected: Vec<u64> =
            cells[4 + names.len()].split("; ").filter(|name| !name.is_empty()).map(id).collect();
        elected.sort_unstable();
        rows.push(Row { action, votes, not_transferred, elected });
    }
    rows
}

fn hundred_thousandths(cell: &str) -> u64 {
    let (whole, part) = cell.split_once('.').unwrap_or((cell, "00000"));
    assert_eq!(part.len(), 5, "{cell}");
    whole.parse::<u64>().expect("votes") * VOTE + part.parse::<u64>().expect("five decimals")
}

/// Rows of our sheet. The published ones name who is elected at a stage in no order.
fn counted(sheet: &StvSheet) -> Vec<Row> {
    let rows = sheet.stages.iter().map(|stage| {
        let votes: BTreeMap<u64, u64> = stage.votes.iter().map(|credit| (credit.option, credit.votes)).collect();
        let mut elected = stage.elected.clone();
        elected.sort_unstable();
        Row {
            action: stage.action,
            votes: votes.into_values().collect(),
            not_transferred: stage.not_transferred,
            elected,
        }
    });
    rows.collect()
}

fn counts_to_its_sheet(ward: &str, valid: u64, quota: u64, stages: usize) {
    let election = election(ward);
    let sheet = election.count().unwrap();
    assert_eq!((sheet.valid, sheet.quota), (valid, quota), "{ward}");
    let published = published(ward, quota);
    assert_eq!(published.len(), stages, "{ward}");
    assert_eq!(counted(&sheet), published, "{ward}");
    assert_eq!(sheet.outcome().len() as u64, election.seats, "{ward}");
}

#[test]
fn glasgow_2007() {
    counts_to_its_sheet("glasgow-2007-linn", 9_567, 1_914, 10);
}

#[test]
fn dundee_2022() {
    counts_to_its_sheet("dundee-2022-strathmartine", 5_956, 1_192, 3);
    counts_to_its_sheet("dundee-2022-west-end", 5_732, 1_147, 8);
    counts_to_its_sheet("dundee-2022-coldside", 5_589, 1_118, 9);
    counts_to_its_sheet("dundee-2022-maryfield", 4_213, 1_054, 7);
    counts_to_its_sheet("dundee-2022-north-east", 3_789, 948, 1);
    counts_to_its_sheet("dundee-2022-east-end", 4_117, 1_030, 2);
    counts_to_its_sheet("dundee-2022-the-ferry", 8_979, 1_796, 9);
}

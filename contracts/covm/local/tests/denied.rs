//! The page of the host interface lists the codes of what the organisation does not do.

use icn_covm_local::Denied;

#[test]
fn codes_are_those_of_the_page() {
    let page = include_str!("../../../../docs/spec/host-abi.md");
    for denied in Denied::ALL {
        let row = format!("| {} | `{denied:?}` | {denied} |", denied.code());
        assert!(page.contains(&row), "{row}");
    }
    let from = page.find("<!-- denied -->").unwrap();
    let table = page.get(from..).and_then(|rest| rest.split("<!-- end -->").next()).unwrap();
    assert_eq!(table.lines().filter(|line| line.contains('`')).count(), Denied::ALL.len());
}

//! Fractions in text: lowest terms, and nothing else.

use icn_tally::Exact;

#[test]
fn fractions_are_in_lowest_terms() {
    assert_eq!(Exact::new(6, 4).unwrap().to_string(), "3/2");
    assert_eq!(Exact::new(0, 9), Exact::new(0, 1));
    assert_eq!(Exact::new(1, 0), None);
}

#[test]
fn text_has_one_form() {
    let read = |text: &str| serde_json::from_value::<Exact>(text.into());
    for text in ["0/1", "1/3", "340282366920938463463374607431768211457/2", "1/680564733841876926926749214863536422913"]
    {
        assert_eq!(read(text).unwrap().to_string(), text);
    }
    for text in ["", "1", "2/4", "1/0", "0/0", "0/2", "01/3", "+1/3", "-1/3", "1/3 ", "1_0/3", "a/b", "1/2/3"] {
        assert!(read(text).is_err(), "{text}");
    }
    assert!(read(&format!("{}/1", "9".repeat(1_300))).is_err(), "more than 4096 bits");
    assert!(read(&format!("{}/1", "9".repeat(1_000_000))).is_err());
    assert!(read(&format!("{}/1", "9".repeat(1_200))).is_ok());
}

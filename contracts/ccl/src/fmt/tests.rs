#[test]
fn show() {
    for name in ["bakery", "neighbourhood"] {
        let path = format!("{}/../library/examples/{name}.ccl", env!("CARGO_MANIFEST_DIR"));
        let source = std::fs::read_to_string(&path).unwrap();
        let once = super::format(&source).unwrap();
        assert_eq!(super::format(&once).unwrap(), once);
        std::fs::write(&path, once).unwrap();
    }
}

//! Tests of [`super`].

use super::*;
use codec::{Compact, Encode};
use scale_info::{MetaType, Registry, TypeInfo};
use sp_core::crypto::AccountId32;
use sp_runtime::MultiAddress;

#[derive(TypeInfo, Encode)]
struct Payment {
    dest: MultiAddress<AccountId32, ()>,
    #[codec(compact)]
    value: u128,
    note: Option<Vec<u8>>,
}

#[derive(TypeInfo, Encode)]
enum Call {
    #[allow(non_camel_case_types)]
    pay(Payment),
}

#[derive(TypeInfo, Encode)]
enum RuntimeCall {
    Balances(Call),
}

#[allow(clippy::unwrap_in_result)] // Only what is under test is a result.
fn encode<T: TypeInfo + 'static>(text: &str) -> Result<Vec<u8>, ArgumentError> {
    let mut registry = Registry::new();
    let id = registry.register_type(&MetaType::new::<T>()).id;
    let types = PortableRegistry::from(registry);
    let literal = Literal::parse(text).expect("a literal");
    let value = Reader { types: &types }.read("x", &literal, id)?;
    let mut bytes = Vec::new();
    scale_value::scale::encode_as_type(&value, id, &types, &mut bytes).expect("a value that was read encodes");
    Ok(bytes)
}

fn alice() -> AccountId32 {
    account::development_key("//Alice").expect("a development account").public_key().0.into()
}

fn payment(note: Option<&[u8]>) -> Payment {
    Payment { dest: MultiAddress::Id(alice()), value: 1_000, note: note.map(<[u8]>::to_vec) }
}

#[test]
fn accounts_are_taken_in_every_form() {
    let hex = format!("0x{}", hex::encode(alice()));
    for text in ["//Alice", "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY", &hex] {
        assert_eq!(encode::<AccountId32>(text).expect(text), alice().encode());
        let address = MultiAddress::<_, ()>::Id(alice()).encode();
        assert_eq!(encode::<MultiAddress<AccountId32, ()>>(text).expect(text), address);
    }
    assert_eq!(
        encode::<MultiAddress<AccountId32, ()>>("Id(//Alice)").expect("explicit"),
        [vec![0], alice().encode()].concat()
    );
    assert!(matches!(encode::<AccountId32>("Alice"), Err(ArgumentError::Account { .. })));
    assert!(matches!(encode::<AccountId32>("0x00"), Err(ArgumentError::Mismatch { .. })));
}

#[test]
fn structs_options_and_nested_calls_are_read() {
    let expected = payment(Some(b"hi")).encode();
    let text = "{ dest: //Alice, value: 1_000, note: hi }";
    assert_eq!(encode::<Payment>(text).expect(text), expected);
    let json = r#"{"dest": {"Id": "//Alice"}, "value": "1000", "note": "0x6869"}"#;
    assert_eq!(encode::<Payment>(json).expect(json), expected);
    assert_eq!(encode::<String>(r#""0x6869""#).expect("text"), "0x6869".encode());
    let without = "{ dest: //Alice, value: 1000 }";
    assert_eq!(encode::<Payment>(without).expect(without), payment(None).encode());
    let call = RuntimeCall::Balances(Call::pay(payment(Some(b"hi")))).encode();
    for text in [
        "Balances.pay({dest: //Alice, value: 1000, note: 0x6869})",
        "Balances(pay({dest: //Alice, value: 1000, note: Some(hi)}))",
    ] {
        assert_eq!(encode::<RuntimeCall>(text).expect(text), call);
    }
    assert_eq!(
        encode::<Vec<(u8, bool)>>("[(1, true), (2, false)]").expect("tuples"),
        vec![(1u8, true), (2, false)].encode()
    );
}

#[test]
fn numbers_are_checked_against_their_type() {
    assert_eq!(encode::<Compact<u32>>("4_294_967_295").expect("in range"), Compact(u32::MAX).encode());
    assert_eq!(encode::<i8>("-128").expect("in range"), (-128i8).encode());
    for (ok, text) in [(encode::<u8>("256"), "256"), (encode::<u8>("-1"), "-1"), (encode::<i8>("128"), "128")] {
        assert!(matches!(ok, Err(ArgumentError::OutOfRange { .. })), "{text}");
    }
}

#[test]
fn errors_name_the_place_and_what_exists() {
    let message = |result: Result<Vec<u8>, ArgumentError>| result.expect_err("wrong").to_string();
    assert_eq!(message(encode::<Payment>("{dest: //Alice, value: yes}")), "x.value: expected u128, got yes");
    let unknown = message(encode::<Payment>("{dest: //Alice, amount: 1}"));
    assert!(unknown.starts_with("x: Payment has no field amount; it has dest: MultiAddress"), "{unknown}");
    let missing = message(encode::<Payment>("{dest: //Alice}"));
    assert!(missing.contains("the field value (Compact<u128>)"), "{missing}");
    let variant = message(encode::<RuntimeCall>("Balance.pay(1)"));
    assert_eq!(variant, "x: RuntimeCall has no variant Balance; it has Balances");
}

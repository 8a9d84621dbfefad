//! Which names and lists of parameters there can be.

use super::*;

#[test]
fn names_that_cannot_be_read_are_refused() {
    use ParameterPlace::{Body, Header, Query};
    let named = |place, name: &str| ParameterField::new(place, name, ParameterType::String);
    assert!(named(Body, &"a".repeat(MAX_PARAMETER_NAME_BYTES)).is_ok());
    let long = "a".repeat(MAX_PARAMETER_NAME_BYTES + 1);
    for (place, name, why) in [
        (Body, long.as_str(), InvalidParameterName::Text),
        (Query, "", InvalidParameterName::Text),
        (Query, "a\nb", InvalidParameterName::Text),
        (Body, "a..b", InvalidParameterName::Path),
        (Header, "a b", InvalidParameterName::Header),
        (Header, "Authorization", InvalidParameterName::Credential),
        (Query, "TOKEN", InvalidParameterName::Credential),
    ] {
        assert_eq!(named(place, name), Err(why), "{name}");
    }
    assert!(named(Query, "user[name].x").is_ok(), "taken as it is");
}

#[test]
fn a_list_has_one_parameter_for_each_place_in_the_event() {
    use ParameterPlace::{Body, Header, Query};
    let text = |place, name| optional(place, name, ParameterType::String);
    let object = optional(Body, "order", ParameterType::Object);
    assert!(Parameters::new(vec![text(Body, "order.id"), object]).is_ok());
    let duplicate = Err(InvalidParameters::Duplicate { at: 1 });
    for (first, second) in [
        (text(Body, "id"), text(Body, "id")),
        (text(Body, "id"), text(Query, "id")),
        (text(Header, "X-Id"), text(Header, "x-id")),
    ] {
        assert_eq!(Parameters::new(vec![first, second]), duplicate);
    }
    for outer in [text(Body, "order"), text(Query, "order")] {
        let within = InvalidParameters::Within {
            at: 0,
            outer: "order".to_owned(),
        };
        let refused = Parameters::new(vec![text(Body, "order.id"), outer]);
        assert_eq!(refused, Err(within));
    }
    let header = required(Header, "x", ParameterType::String);
    let refused = Parameters::new(vec![header]);
    assert_eq!(refused, Err(InvalidParameters::RequiredHeader { at: 0 }));
}

#[test]
fn a_list_is_bounded_in_number_and_in_bytes() {
    let many = |count: usize| {
        let names = (0..count).map(|n| {
            optional(
                ParameterPlace::Body,
                &format!("p{n}"),
                ParameterType::String,
            )
        });
        Parameters::new(names.collect())
    };
    assert!(many(MAX_PARAMETERS).is_ok());
    assert_eq!(many(MAX_PARAMETERS + 1), Err(InvalidParameters::TooMany));
    let described = |characters: usize| Parameter {
        description: Some("d".repeat(characters)),
        ..optional(ParameterPlace::Body, "p", ParameterType::String)
    };
    assert!(Parameters::new(vec![described(MAX_DESCRIPTION_CHARS)]).is_ok());
    let refused = Parameters::new(vec![described(MAX_DESCRIPTION_CHARS + 1)]);
    assert_eq!(refused, Err(InvalidParameters::Description { at: 0 }));
    let filled = |bytes: usize| {
        let chunks = bytes / 500;
        let mut list: Vec<Parameter> = (0..chunks)
            .map(|n| Parameter {
                description: Some("d".repeat(498)),
                ..optional(
                    ParameterPlace::Body,
                    &format!("{n:02}"),
                    ParameterType::String,
                )
            })
            .collect();
        list.push(Parameter {
            description: Some("d".repeat(bytes - 500 * chunks - 1)),
            ..optional(ParameterPlace::Body, "z", ParameterType::String)
        });
        Parameters::new(list)
    };
    assert!(filled(MAX_PARAMETERS_BYTES).is_ok());
    let refused = filled(MAX_PARAMETERS_BYTES + 1);
    assert_eq!(refused, Err(InvalidParameters::TooLarge));
}

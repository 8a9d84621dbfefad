//! Which keywords of JSON Schema hold schemas, and to which values those apply. All drafts from 4 to 2020-12.

/// What stands under a keyword.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Holds {
    One,
    /// A list of schemas.
    List,
    /// An object with a schema under each name.
    Map,
    /// One schema or a list of them (`items` before 2020-12).
    OneOrList,
    /// An object; what is a list there names properties (`dependencies`).
    MapOrNames,
}

/// Which values the schemas of a keyword are held against.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reach {
    /// The same value.
    Same,
    /// The member of the same name.
    Member,
    /// Any member of an object.
    Members,
    /// Any item of an array.
    Items,
    /// The names of an object's members.
    Names,
    /// Nothing by itself; references lead there.
    Nothing,
}

/// Every keyword that holds schemas.
pub(super) const HOLDERS: [(&str, Holds, Reach); 22] = [
    ("allOf", Holds::List, Reach::Same),
    ("anyOf", Holds::List, Reach::Same),
    ("oneOf", Holds::List, Reach::Same),
    ("not", Holds::One, Reach::Same),
    ("if", Holds::One, Reach::Same),
    ("then", Holds::One, Reach::Same),
    ("else", Holds::One, Reach::Same),
    ("dependentSchemas", Holds::Map, Reach::Same),
    ("dependencies", Holds::MapOrNames, Reach::Same),
    ("properties", Holds::Map, Reach::Member),
    ("patternProperties", Holds::Map, Reach::Members),
    ("additionalProperties", Holds::One, Reach::Members),
    ("unevaluatedProperties", Holds::One, Reach::Members),
    ("items", Holds::OneOrList, Reach::Items),
    ("prefixItems", Holds::List, Reach::Items),
    ("additionalItems", Holds::One, Reach::Items),
    ("unevaluatedItems", Holds::One, Reach::Items),
    ("contains", Holds::One, Reach::Items),
    ("propertyNames", Holds::One, Reach::Names),
    ("contentSchema", Holds::One, Reach::Nothing),
    ("$defs", Holds::Map, Reach::Nothing),
    ("definitions", Holds::Map, Reach::Nothing),
];

//! Which keywords of JSON Schema hold schemas, and to which values those apply. All drafts from 4 to 2020-12.

/// What the value of a keyword holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Holds {
    One,
    /// A list of schemas.
    List,
    /// An object with a schema under each name.
    Map,
    /// One schema or a list of them (`items` before 2020-12).
    OneOrList,
    /// An object; a list in it holds names of properties (`dependencies`).
    MapOrNames,
}

/// Which values the schemas of a keyword apply to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum AppliesTo {
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
pub(super) const HOLDERS: [(&str, Holds, AppliesTo); 22] = [
    ("allOf", Holds::List, AppliesTo::Same),
    ("anyOf", Holds::List, AppliesTo::Same),
    ("oneOf", Holds::List, AppliesTo::Same),
    ("not", Holds::One, AppliesTo::Same),
    ("if", Holds::One, AppliesTo::Same),
    ("then", Holds::One, AppliesTo::Same),
    ("else", Holds::One, AppliesTo::Same),
    ("dependentSchemas", Holds::Map, AppliesTo::Same),
    ("dependencies", Holds::MapOrNames, AppliesTo::Same),
    ("properties", Holds::Map, AppliesTo::Member),
    ("patternProperties", Holds::Map, AppliesTo::Members),
    ("additionalProperties", Holds::One, AppliesTo::Members),
    ("unevaluatedProperties", Holds::One, AppliesTo::Members),
    ("items", Holds::OneOrList, AppliesTo::Items),
    ("prefixItems", Holds::List, AppliesTo::Items),
    ("additionalItems", Holds::One, AppliesTo::Items),
    ("unevaluatedItems", Holds::One, AppliesTo::Items),
    ("contains", Holds::One, AppliesTo::Items),
    ("propertyNames", Holds::One, AppliesTo::Names),
    ("contentSchema", Holds::One, AppliesTo::Nothing),
    ("$defs", Holds::Map, AppliesTo::Nothing),
    ("definitions", Holds::Map, AppliesTo::Nothing),
];

//! The stored form of a trigger's parameters: JSON as short as it can be, because every webhook reads it.

use aws_sdk_dynamodb::types::AttributeValue;
use domain::{Parameter, Parameters};
use serde::{Deserialize, Serialize};

use crate::StoreError;
use crate::dynamodb::attributes::{Row, text};
use crate::dynamodb::parameter_field::FieldRecord;

/// Where a trigger keeps its parameters; absent where it has none.
pub(crate) const PARAMETERS: &str = "parameters";

#[derive(Serialize, Deserialize)]
struct ParameterRecord(FieldRecord, bool, Option<String>);

pub(crate) fn to_attribute(parameters: &Parameters) -> Option<AttributeValue> {
    let records: Vec<ParameterRecord> = parameters
        .iter()
        .map(
            |Parameter {
                 field,
                 required,
                 description,
             }| {
                ParameterRecord(FieldRecord::write(field), *required, description.clone())
            },
        )
        .collect();
    let json = serde_json::to_string(&records).ok();
    json.filter(|_| !parameters.is_empty()).map(text)
}

pub(crate) fn from_row(row: Row<'_>) -> Result<Parameters, StoreError> {
    let Some(json) = row.optional_text(PARAMETERS) else {
        return Ok(Parameters::default());
    };
    let bad = |reason: &str| row.bad(PARAMETERS, reason);
    let records: Vec<ParameterRecord> =
        serde_json::from_str(json).map_err(|error| bad(&error.to_string()))?;
    let parameters = records
        .into_iter()
        .map(|ParameterRecord(field, required, description)| {
            let field = field.read().ok_or_else(|| bad("a field is unknown"))?;
            Ok(Parameter {
                field,
                required,
                description,
            })
        });
    let parameters = parameters.collect::<Result<_, StoreError>>()?;
    Parameters::new(parameters).map_err(|error| bad(&error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dynamodb::attributes::Item;
    use domain::{ParameterField, ParameterPlace, ParameterType};

    #[test]
    fn parameters_read_back_as_they_were_written() {
        let parameter = |place, name, kind, required| Parameter {
            field: ParameterField::new(place, name, kind).unwrap(),
            required,
            description: required.then(|| "an \"id\"".to_owned()),
        };
        let parameters = Parameters::new(vec![
            parameter(ParameterPlace::Body, r"a\.b", ParameterType::Number, true),
            parameter(ParameterPlace::Header, "X-Id", ParameterType::String, false),
        ]);
        let parameters = parameters.unwrap();
        let attribute = to_attribute(&parameters).unwrap();
        let item = Item::from([(PARAMETERS.to_owned(), attribute)]);
        assert_eq!(from_row(Row(&item)).unwrap(), parameters);
        assert_eq!(to_attribute(&Parameters::default()), None);
        assert!(from_row(Row(&Item::new())).unwrap().is_empty());
        for damaged in ["{", r#"[[["cookie","a","string"],false,null]]"#] {
            let item = Item::from([(PARAMETERS.to_owned(), text(damaged))]);
            assert!(from_row(Row(&item)).is_err(), "{damaged}");
        }
    }
}

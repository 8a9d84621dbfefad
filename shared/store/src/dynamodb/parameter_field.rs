//! The stored form of one parameter's name, place and type: in the record of a trigger, and with each request whose event
//! is read with it.

use domain::{ParameterField, ParameterPlace, ParameterType};
use serde::{Deserialize, Serialize};

/// Place, name and type.
#[derive(Serialize, Deserialize)]
pub(crate) struct FieldRecord(String, String, String);

impl FieldRecord {
    pub(crate) fn write(field: &ParameterField) -> Self {
        let (place, kind) = (field.place().as_str(), field.kind().as_str());
        Self(place.to_owned(), field.name().to_owned(), kind.to_owned())
    }

    /// `None` where it is no field that this program knows.
    pub(crate) fn read(&self) -> Option<ParameterField> {
        let Self(place, name, kind) = self;
        let (place, kind) = (ParameterPlace::parse(place)?, ParameterType::parse(kind)?);
        ParameterField::new(place, name, kind).ok()
    }
}

//! The templates as the tests of this folder read them. Does not know what they check.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use local::TEMPLATES;
use serde_json::Value;

/// Both templates in one: parameters of the application have the names of tables of the data.
pub(crate) fn both() -> Value {
    let [data, mut application] = TEMPLATES.map(|text| local::template::document(text).unwrap());
    for part in ["Parameters", "Resources"] {
        let whole = application[part].as_object_mut().unwrap();
        whole.extend(data[part].as_object().unwrap().clone());
    }
    application
}

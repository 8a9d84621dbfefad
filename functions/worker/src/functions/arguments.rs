//! Parses a function's evaluated arguments. It does not know what they mean.

use engine::{Fault, FaultKind};
use serde::de::DeserializeOwned;
use serde_json::Value;

/// Parses the arguments; the validation error names the one that has the wrong type.
pub(super) fn read<T: DeserializeOwned>(arguments: Value) -> Result<T, Fault> {
    serde_path_to_error::deserialize(arguments).map_err(|error| {
        let path = error.path().to_string();
        invalid(&path, &error.into_inner().to_string())
    })
}

pub(super) fn invalid(argument: &str, reason: &str) -> Fault {
    FaultKind::Validation.raise(format!("the argument `{argument}`: {reason}"))
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;
    use serde_json::json;

    use super::*;

    #[derive(Debug, Deserialize)]
    struct Entry {
        #[expect(dead_code, reason = "it is only read")]
        source: String,
    }

    #[test]
    fn the_error_names_the_argument_of_the_wrong_type() {
        let fault = read::<Vec<Entry>>(json!([{"source": "a"}, {"source": 7}])).unwrap_err();
        let detail = fault.detail.unwrap();
        assert!(detail.starts_with("the argument `[1].source`:"), "{detail}");
        assert_eq!(fault.status, 400);
    }
}

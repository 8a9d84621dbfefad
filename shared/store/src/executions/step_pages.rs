//! Pages of steps: child items that hold the steps for which a checkpoint has no room. A page is written once.

use serde_json::{Value, json};

use crate::StoreError;
use crate::dynamodb::compression::{Dictionary, compress, decompress};

/// Steps stay with the checkpoint until they take this much, as JSON; then they become a page.
const TAIL_BYTES: usize = 3_000;
/// What one page holds at the most, as JSON.
const PAGE_BYTES: usize = 300_000;
/// What is kept of a text in a step that alone is larger than a page, in characters.
const KEPT_CHARS: usize = 1_000;

/// Takes the steps that fill pages out of `steps`; the others stay with the checkpoint.
pub(crate) fn take_full_pages(steps: &mut Vec<Value>) -> Result<Vec<Vec<u8>>, StoreError> {
    let sizes: Vec<usize> = steps.iter_mut().map(limit_step).collect();
    if sizes.iter().sum::<usize>() <= TAIL_BYTES {
        return Ok(Vec::new());
    }
    let mut pages = Vec::new();
    let mut page = Vec::new();
    let mut page_bytes = 0;
    for (step, bytes) in steps.drain(..).zip(sizes) {
        if page_bytes + bytes > PAGE_BYTES && !page.is_empty() {
            pages.push(pack_page(&page)?);
            page.clear();
            page_bytes = 0;
        }
        page.push(step);
        page_bytes += bytes;
    }
    pages.push(pack_page(&page)?);
    Ok(pages)
}

/// Text of the length of a page always fits into an item when it is compressed, so an error means that a step could not be
/// made small enough. It must end the execution: a page is never replaced by an empty one.
fn pack_page(steps: &[Value]) -> Result<Vec<u8>, StoreError> {
    let json = Value::from(steps.to_vec()).to_string();
    compress(json.as_bytes(), Dictionary::None, "a page of steps")
}

/// The size of a step. A step that alone is larger than a page has its data replaced by a note of its size, and its long
/// texts, such as the detail of an error, cut.
fn limit_step(step: &mut Value) -> usize {
    let bytes = step.to_string().len();
    if bytes <= PAGE_BYTES {
        return bytes;
    }
    if let Some(fields) = step.as_object_mut() {
        for name in ["input", "output"] {
            if let Some(value) = fields.get_mut(name) {
                let omitted = value.to_string().len();
                *value =
                    json!({ "omitted": format!("{omitted} bytes of JSON are too large to keep") });
            }
        }
    }
    cut_texts(step);
    step.to_string().len().min(PAGE_BYTES)
}

/// Cuts every long text in a value.
fn cut_texts(value: &mut Value) {
    match value {
        Value::String(text) => {
            if let Some((at, _)) = text.char_indices().nth(KEPT_CHARS) {
                let omitted = text.len() - at;
                text.truncate(at);
                *text = format!("{text}… ({omitted} bytes omitted)");
            }
        }
        Value::Array(items) => items.iter_mut().for_each(cut_texts),
        Value::Object(fields) => fields.values_mut().for_each(cut_texts),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// The steps of pages that were not written.
pub(crate) fn unpack_pages(pages: &[Vec<u8>]) -> Result<Vec<Value>, StoreError> {
    let steps = pages.iter().map(|page| unpack_page("a new page", page));
    Ok(steps.collect::<Result<Vec<_>, _>>()?.concat())
}

/// The steps of a page. `key` names the page in an error.
pub(crate) fn unpack_page(key: &str, packed: &[u8]) -> Result<Vec<Value>, StoreError> {
    let bad = |reason: String| StoreError::bad(key, format!("page: {reason}"));
    let json = decompress(packed, Dictionary::None).map_err(|error| bad(error.to_string()))?;
    serde_json::from_slice(&json).map_err(|error| bad(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Letters that hardly compress.
    fn noise(bytes: usize) -> String {
        let mut state = 1_u64;
        let letters = std::iter::repeat_with(|| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            char::from(b'!' + u8::try_from(state % 90).unwrap_or_default())
        });
        letters.take(bytes).collect()
    }

    #[test]
    fn a_step_whose_error_is_larger_than_an_item_is_cut_and_its_page_can_be_read() {
        let step = |detail: String| json!({"path": "/do/0/a", "error": {"detail": detail}});
        let mut steps = vec![step("small".to_owned())];
        steps.extend(vec![step(noise(900_000)); 4]);
        let pages = take_full_pages(&mut steps).unwrap();
        let read = unpack_pages(&pages).unwrap();
        assert_eq!(read.len(), 5);
        assert_eq!(read[0]["error"]["detail"], "small");
        let detail = read[1]["error"]["detail"].as_str().unwrap();
        assert!(detail.ends_with("bytes omitted)"), "{detail}");
        assert!(detail.chars().count() < KEPT_CHARS + 40);
    }

    #[test]
    fn a_page_that_does_not_fit_into_an_item_is_an_error() {
        let page = pack_page(&[json!(noise(900_000))]);
        assert!(matches!(page, Err(StoreError::TooLarge { .. })));
    }
}

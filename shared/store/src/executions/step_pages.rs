//! Pages of steps: child items that hold the steps for which a checkpoint has no room. A page is written once.

use serde_json::{Value, json};

use crate::StoreError;
use crate::dynamodb::compression::{Dictionary, compress, decompress};

/// Steps stay with the checkpoint until they take this much, as JSON; then they become a page.
const TAIL_BYTES: usize = 3_000;
/// What one page holds at the most, as JSON.
const PAGE_BYTES: usize = 300_000;

/// Takes the steps that fill pages out of `steps`; the others stay with the checkpoint.
pub(crate) fn take_full_pages(steps: &mut Vec<Value>) -> Vec<Vec<u8>> {
    let sizes: Vec<usize> = steps.iter_mut().map(limit_step).collect();
    if sizes.iter().sum::<usize>() <= TAIL_BYTES {
        return Vec::new();
    }
    let mut pages = Vec::new();
    let mut page = Vec::new();
    let mut page_bytes = 0;
    for (step, bytes) in steps.drain(..).zip(sizes) {
        if page_bytes + bytes > PAGE_BYTES && !page.is_empty() {
            pages.push(pack_page(&page));
            page.clear();
            page_bytes = 0;
        }
        page.push(step);
        page_bytes += bytes;
    }
    pages.push(pack_page(&page));
    pages
}

/// Text of this length always fits into an item when it is compressed.
fn pack_page(steps: &[Value]) -> Vec<u8> {
    let json = Value::from(steps.to_vec()).to_string();
    compress(json.as_bytes(), Dictionary::None, "a page of steps").unwrap_or_default()
}

/// The size of a step. A step that alone is larger than a page has its data replaced by a note of its size.
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
    step.to_string().len().min(PAGE_BYTES)
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

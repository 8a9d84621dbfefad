//! What several screens show alike: statuses, times, values, lists, problems, forms.

mod diff;
mod form;
mod list;
mod problem;
mod status;
mod time;
mod value;
mod yaml;

pub(crate) use diff::diff;
pub(crate) use form::{act, act_with, checkbox, select};
pub(crate) use list::{Paging, pager};
pub(crate) use problem::problem;
pub(crate) use status::{active, enabled, flag, status};
pub(crate) use time::{day_before, duration, millis_between, millis_of, time};
pub(crate) use value::{copyable, hex, json, page_bytes, text_block};
pub(crate) use yaml::yaml;

//! The page that says why there is no other.

use lambda_http::{Body, Response};
use maud::html;

use crate::layout::{Page, Section};
use crate::parts::problem;
use crate::refusal::Refusal;
use crate::visit::Visit;

/// The problem, with code, detail and request id.
pub(crate) fn page(visit: &Visit<'_>, refusal: &Refusal) -> Response<Body> {
    let content = html! {
        h1 { (refusal.text("title")) }
        (problem(refusal))
        p { a href="/console" { "Home" } }
    };
    let page = Page::new(Section::Home, refusal.text("title"), content);
    visit.page(page.refused(refusal))
}

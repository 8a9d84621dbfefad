//! The frame of every page: head, navigation, notice, and what a screen shows. It knows no screen's content.

use lambda_http::http::StatusCode;
use maud::{DOCTYPE, Markup, html};

use crate::refusal::Refusal;
use crate::visit::{TOKEN_FIELD, Visit};
use crate::{assets, forgery, notice};

/// Which entry of the navigation a page belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Section {
    Home,
    Executions,
    Workflows,
    Subscriptions,
    Deliveries,
    EventTypes,
    Settings,
    Expressions,
    Reference,
}

const ENTRIES: [(Section, &str, &str); 9] = [
    (Section::Home, "/console", "Home"),
    (Section::Executions, "/console/executions", "Executions"),
    (Section::Workflows, "/console/workflows", "Workflows"),
    (
        Section::Subscriptions,
        "/console/subscriptions",
        "Subscriptions",
    ),
    (Section::Deliveries, "/console/deliveries", "Deliveries"),
    (Section::EventTypes, "/console/event-types", "Event types"),
    (Section::Settings, "/console/settings", "Settings"),
    (Section::Expressions, "/console/expressions", "jq"),
    (Section::Reference, "/console/docs", "API"),
];

/// How a page changes while it is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Live {
    /// It does not, until it is loaded again.
    Off,
    /// Its parts are fetched again and again.
    On,
}

/// What a screen shows.
pub(crate) struct Page {
    pub(crate) status: StatusCode,
    pub(crate) title: String,
    pub(crate) section: Section,
    pub(crate) live: Live,
    pub(crate) content: Markup,
}

impl Page {
    /// A page that shows something.
    pub(crate) fn new(section: Section, title: impl Into<String>, content: Markup) -> Self {
        Self {
            status: StatusCode::OK,
            title: title.into(),
            section,
            live: Live::Off,
            content,
        }
    }

    /// A page whose parts are fetched again while it is open.
    pub(crate) fn live(self, live: Live) -> Self {
        Self { live, ..self }
    }

    /// A page that says why something was refused.
    pub(crate) fn refused(self, refusal: &Refusal) -> Self {
        Self {
            status: refusal.status,
            ..self
        }
    }
}

/// The page of a signed-in visitor; of a fragment, its content alone. A page that is live says after how many milliseconds
/// it may ask again.
pub(crate) fn whole(visit: &Visit<'_>, page: &Page) -> Markup {
    let is_live = page.live == Live::On;
    let pause_ms = is_live.then(|| visit.api.units().pause_ms());
    let content = html! {
        main id="main" data-live=[pause_ms] { (page.content) }
    };
    if visit.is_fragment() {
        return content;
    }
    let body = html! {
        a.skip href="#main" { "Skip to the content" }
        header.top { (navigation(visit, page.section)) }
        @if let Some(sentence) = notice::of(visit.inbound) {
            p.notice role="status" { (sentence) }
        }
        (content)
        (keys_help())
    };
    document(&page.title, &body)
}

/// A page without a navigation, for visitors without a session.
pub(crate) fn bare(title: &str, content: &Markup) -> Markup {
    document(title, &html! { main #main.bare { (content) } })
}

fn document(title: &str, body: &Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { (title) " · Sluice" }
                link rel="icon" href=(assets::icon()) type="image/svg+xml";
                link rel="stylesheet" href=(assets::style());
                @for module in assets::modules() {
                    script type="module" src=(module) {}
                }
            }
            body { (body) }
        }
    }
}

fn navigation(visit: &Visit<'_>, current: Section) -> Markup {
    let environment = visit.session.environment();
    html! {
        a.brand href="/console" { (mark()) "Sluice" }
        span class={"environment " (environment)} title="The environment of your key" { (environment) }
        nav aria-label="Main" {
            ul {
                @for (section, path, name) in ENTRIES {
                    li {
                        a href=(path) aria-current=[(section == current).then_some("page")] { (name) }
                    }
                }
            }
        }
        form.find action="/console/go" role="search" {
            label.hidden for="find" { "Find by id" }
            input #find type="search" name="id" placeholder="Any id" autocomplete="off" spellcheck="false" required;
        }
        form.out method="post" action="/console/sign-out" {
            (token(visit))
            @if !visit.session.is_admin() { span.scope { "read only" } }
            button.quiet { "Sign out" }
        }
    }
}

/// A gate in a stream: the mark of the console.
pub(crate) fn mark() -> Markup {
    html! {
        svg.mark viewBox="0 0 24 24" aria-hidden="true" {
            path d="M4 3v18M20 3v18M4 8h16" {}
            path d="M7 13q2.5-2 5 0t5 0M7 17.5q2.5-2 5 0t5 0" {}
        }
    }
}

/// The hidden field that a form of the console has.
pub(crate) fn token(visit: &Visit<'_>) -> Markup {
    html! { input type="hidden" name=(TOKEN_FIELD) value=(forgery::token(visit.session)); }
}

fn keys_help() -> Markup {
    html! {
        dialog #keys aria-labelledby="keys-title" {
            h2 #keys-title { "Keys" }
            dl {
                dt { kbd { "/" } } dd { "find by id" }
                dt { kbd { "j" } " " kbd { "k" } } dd { "next and previous row, or execution" }
                dt { kbd { "Enter" } } dd { "open the row" }
                dt { kbd { "r" } } dd { "replay the execution" }
                dt { kbd { "?" } } dd { "this help" }
            }
            form method="dialog" { button { "Close" } }
        }
    }
}

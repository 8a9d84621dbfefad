//! One request of a signed-in visitor, and what screens need of it.

use api::Inbound;
use domain::Timestamp;
use lambda_http::{Body, Response};

use crate::api_calls::Api;
use crate::layout::{self, Page};
use crate::refusal::Refusal;
use crate::session::Session;
use crate::{App, forgery, json, notice, response};

/// The field of a form with the token.
pub(crate) const TOKEN_FIELD: &str = "page_token";
/// The field of a form that makes it act once.
pub(crate) const ONCE_FIELD: &str = "once";

/// What a screen answers.
pub(crate) type Shown = Result<Response<Body>, Refusal>;

/// One request of a signed-in visitor.
pub(crate) struct Visit<'a> {
    pub(crate) app: &'a App,
    pub(crate) api: Api<'a>,
    pub(crate) inbound: &'a Inbound,
    pub(crate) session: &'a Session,
    pub(crate) now: Timestamp,
    form: Vec<(String, String)>,
}

impl<'a> Visit<'a> {
    pub(crate) fn new(
        app: &'a App,
        api: Api<'a>,
        inbound: &'a Inbound,
        session: &'a Session,
        now: Timestamp,
    ) -> Self {
        Self {
            app,
            api,
            inbound,
            session,
            now,
            form: form(inbound),
        }
    }

    /// A parameter of the address; empty where there is none.
    pub(crate) fn parameter(&self, name: &str) -> &str {
        self.inbound.parameter(name).unwrap_or_default()
    }

    /// Every value of a parameter of the address.
    pub(crate) fn parameters(&self, name: &str) -> Vec<&str> {
        let query = self.inbound.query.iter();
        let of = query.filter(|(known, value)| known == name && !value.is_empty());
        of.map(|(_, value)| value.as_str()).collect()
    }

    /// A field of the form; empty where there is none.
    pub(crate) fn field(&self, name: &str) -> &str {
        let mut fields = self.form.iter();
        let found = fields.find(|(known, _)| known == name);
        found.map_or("", |(_, value)| value)
    }

    /// Every value of a field of the form.
    pub(crate) fn fields(&self, name: &str) -> Vec<&str> {
        let of = self.form.iter().filter(|(known, _)| known == name);
        of.map(|(_, value)| value.as_str()).collect()
    }

    /// Whether the form was sent from a page of this session.
    pub(crate) fn is_from_our_page(&self) -> bool {
        forgery::is_from_here(self.inbound)
            && forgery::is_token(self.session, self.field(TOKEN_FIELD))
    }

    /// Whether only the parts of the page that change are asked for.
    pub(crate) fn is_fragment(&self) -> bool {
        self.inbound.header("x-console-fragment").is_some()
    }

    /// Where the API and its webhooks are.
    pub(crate) fn base_url(&self) -> &str {
        let configured = self.app.aws.settings.public_base_url.as_deref();
        self.inbound.base_url(configured)
    }

    /// Text that no other page has.
    pub(crate) fn once(&self) -> String {
        format!("console-{:032x}", self.app.aws.random.u128())
    }

    /// A page.
    pub(crate) fn page(&self, page: Page) -> Response<Body> {
        let shown = response::page(page.status, layout::whole(self, &page));
        let has_notice = !self.is_fragment() && notice::of(self.inbound).is_some();
        if has_notice {
            response::with_cookie(shown, &notice::clear_cookie())
        } else {
            shown
        }
    }

    /// On to a page that says what was done.
    pub(crate) fn done(&self, path: &str, key: &str) -> Response<Body> {
        response::with_cookie(response::see_other(path), &notice::set_cookie(key))
    }

    /// The names of workflows by their ids, as many as one page of the list has.
    pub(crate) async fn workflows(&self) -> Result<Vec<(String, String)>, Refusal> {
        let page = self.api.get("/v1/workflows", &[("limit", "100")]).await?;
        let named = json::items(&page).iter();
        Ok(named
            .map(|item| {
                let text = |name| json::text(item, name).to_owned();
                (text("id"), text("name"))
            })
            .collect())
    }
}

/// Browsers write lines of a text area with CRLF.
fn form(inbound: &Inbound) -> Vec<(String, String)> {
    if inbound.method != "POST" {
        return Vec::new();
    }
    form_urlencoded::parse(&inbound.body)
        .map(|(name, value)| (name.into_owned(), value.replace("\r\n", "\n")))
        .collect()
}

/// The name of a workflow among these; its id where it is none of them.
pub(crate) fn name_of<'a>(workflows: &'a [(String, String)], id: &'a str) -> &'a str {
    let found = workflows.iter().find(|(known, _)| known == id);
    found.map_or(id, |(_, name)| name)
}

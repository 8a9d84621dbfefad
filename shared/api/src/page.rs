//! Pages of a list: `limit`, and a cursor that carries a position and nothing else, so that a
//! cursor from another list or another org opens nothing. It does not know what is listed.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::inbound::Inbound;
use crate::problem::Problem;
use crate::status::Code;

const DEFAULT_LIMIT: usize = 20;
const MAX_LIMIT: usize = 100;

/// Comes first in every cursor; a reader that meets another one refuses it.
const VERSION: &str = "1";

/// How many items, and after which position.
#[derive(Debug, PartialEq, Eq)]
pub struct Paging<P> {
    pub limit: usize,
    pub after: Option<P>,
}

/// Something that a list can go on from; it is written and read as text without spaces.
pub trait Position: Sized {
    /// The list whose positions these are.
    const LIST: &'static str;

    fn write(&self) -> String;
    fn read(text: &str) -> Option<Self>;
}

impl<P: Position> Paging<P> {
    /// `limit` is 1 to 100, 20 by default; `cursor` is the `nextCursor` of the page before.
    pub(crate) fn parse(inbound: &Inbound) -> Result<Self, Problem> {
        Self::within(inbound, DEFAULT_LIMIT, MAX_LIMIT)
    }

    /// The same with other bounds of `limit`.
    pub(crate) fn within(
        inbound: &Inbound,
        default_limit: usize,
        max_limit: usize,
    ) -> Result<Self, Problem> {
        Ok(Self {
            limit: limit(inbound, max_limit)?.unwrap_or(default_limit),
            after: inbound.parameter("cursor").map(read_cursor).transpose()?,
        })
    }
}

/// The first `limit` items with a position beyond the cursor's, from a whole list in order, and
/// the cursor to go on with.
pub fn cut<T, P: Position + PartialOrd>(
    items: Vec<T>,
    paging: &Paging<P>,
    position: impl Fn(&T) -> P,
) -> (Vec<T>, Option<String>) {
    let mut page: Vec<T> = items
        .into_iter()
        .filter(|item| {
            paging
                .after
                .as_ref()
                .is_none_or(|after| position(item) > *after)
        })
        .take(paging.limit + 1)
        .collect();
    let more = page.len() > paging.limit;
    page.truncate(paging.limit);
    let next = page
        .last()
        .filter(|_| more)
        .map(|last| cursor(&position(last)));
    (page, next)
}

/// The cursor of a position.
pub fn cursor<P: Position>(position: &P) -> String {
    URL_SAFE_NO_PAD.encode(format!("{VERSION} {} {}", P::LIST, position.write()))
}

/// Refuses a parameter that the route does not have: a misspelt filter would show everything.
pub(crate) fn only(inbound: &Inbound, known: &[&str]) -> Result<(), Problem> {
    let unknown = inbound
        .query
        .iter()
        .find(|(name, _)| !known.contains(&name.as_str()));
    match unknown {
        None => Ok(()),
        Some((name, _)) => Err(Problem::invalid_parameter(
            name,
            format!("The parameters here are {}.", known.join(", ")),
        )),
    }
}

fn limit(inbound: &Inbound, most: usize) -> Result<Option<usize>, Problem> {
    let read = |text: &str| {
        let number = text.parse::<usize>().ok();
        number.filter(|limit| (1..=most).contains(limit))
    };
    let invalid = || {
        let detail = format!("limit is a whole number from 1 to {most}.");
        Problem::invalid_parameter("limit", detail)
    };
    let given = inbound.parameter("limit");
    given.map(|text| read(text).ok_or_else(invalid)).transpose()
}

fn read_cursor<P: Position>(text: &str) -> Result<P, Problem> {
    let position = || {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        let text = String::from_utf8(bytes).ok()?;
        let position = text.strip_prefix(VERSION)?.strip_prefix(' ')?;
        P::read(position.strip_prefix(P::LIST)?.strip_prefix(' ')?)
    };
    position().ok_or_else(|| {
        Problem::new(
            Code::InvalidCursor,
            "Send the nextCursor of the page before as it was, or none to start again.",
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, PartialEq, PartialOrd)]
    struct Number(u32);

    impl Position for Number {
        const LIST: &'static str = "numbers";
        fn write(&self) -> String {
            self.0.to_string()
        }
        fn read(text: &str) -> Option<Self> {
            text.parse().ok().map(Self)
        }
    }

    #[derive(Debug, PartialEq)]
    struct Letter(String);

    impl Position for Letter {
        const LIST: &'static str = "letters";
        fn write(&self) -> String {
            self.0.clone()
        }
        fn read(text: &str) -> Option<Self> {
            Some(Self(text.to_owned()))
        }
    }

    fn asked(query: &[(&str, &str)]) -> Inbound {
        let mut inbound = Inbound::read(lambda_http::Request::default());
        inbound.query = query
            .iter()
            .map(|&(name, value)| (name.to_owned(), value.to_owned()))
            .collect();
        inbound
    }

    #[test]
    fn pages_follow_one_another_until_there_is_no_cursor() {
        let mut seen = Vec::new();
        let mut cursor = None;
        loop {
            let mut query = vec![("limit", "3")];
            query.extend(cursor.as_deref().map(|cursor| ("cursor", cursor)));
            let paging = Paging::<Number>::parse(&asked(&query)).unwrap();
            let (page, next) = cut((0..6).collect(), &paging, |number| Number(*number));
            seen.push(page);
            cursor = next;
            if cursor.is_none() {
                break;
            }
        }
        assert_eq!(seen, [vec![0, 1, 2], vec![3, 4, 5]]);
    }

    #[test]
    fn a_cursor_of_another_list_or_a_made_up_one_is_refused() {
        let foreign = cursor(&Letter("7".to_owned()));
        for text in [foreign.as_str(), "", "7", "!!", "MSBudW1iZXJzIHg"] {
            let refused = Paging::<Number>::parse(&asked(&[("cursor", text)])).unwrap_err();
            assert_eq!(refused.code(), Code::InvalidCursor, "{text}");
        }
    }

    #[test]
    fn a_limit_is_1_to_100_and_20_by_default() {
        let limit = |text| Paging::<Number>::parse(&asked(&[("limit", text)]));
        assert_eq!(limit("100").unwrap().limit, 100);
        assert_eq!(Paging::<Number>::parse(&asked(&[])).unwrap().limit, 20);
        for text in ["0", "101", "-1", "ten", ""] {
            assert_eq!(limit(text).unwrap_err().code(), Code::InvalidParameter);
        }
    }
}

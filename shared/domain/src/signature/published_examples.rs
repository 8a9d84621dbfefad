//! Each row of the table against an example that its sender has published, or, where there is none with a whole body,
//! against a signature that another implementation made.

use super::table::ROWS;
use super::*;
use crate::{Timestamp, WebhookRequest};

/// One signed request, and the secret under which it verifies.
struct Example {
    scheme: &'static str,
    secret: &'static str,
    at_secs: i64,
    url: &'static str,
    headers: &'static [(&'static str, &'static str)],
    query: &'static [(&'static str, &'static str)],
    body: &'static str,
    delivery_id: Option<&'static str>,
}

const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded");
const JSON: (&str, &str) = ("content-type", "application/json");

const EXAMPLES: &[Example] = &[
    // The specification, "Signature scheme".
    Example {
        scheme: "standard-webhooks",
        secret: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        at_secs: 1_614_265_330,
        url: "",
        headers: &[
            ("webhook-id", "msg_p5jXN8AQM9LWM0D4loKWxJek"),
            ("webhook-timestamp", "1614265330"),
            (
                "webhook-signature",
                "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
            ),
        ],
        query: &[],
        body: r#"{"test": 2432232314}"#,
        delivery_id: Some("msg_p5jXN8AQM9LWM0D4loKWxJek"),
    },
    // The same message from a sender that uses Svix.
    Example {
        scheme: "standard-webhooks",
        secret: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        at_secs: 1_614_265_330,
        url: "",
        headers: &[
            ("svix-id", "msg_p5jXN8AQM9LWM0D4loKWxJek"),
            ("svix-timestamp", "1614265330"),
            (
                "svix-signature",
                "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
            ),
        ],
        query: &[],
        body: r#"{"test": 2432232314}"#,
        delivery_id: Some("msg_p5jXN8AQM9LWM0D4loKWxJek"),
    },
    // GitHub, "Validating webhook deliveries".
    Example {
        scheme: "github",
        secret: "It's a Secret to Everybody",
        at_secs: 0,
        url: "",
        headers: &[
            ("x-github-delivery", "72d3162e-cc78-11e3-81ab-4c9367dc0958"),
            (
                "x-hub-signature-256",
                "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17",
            ),
        ],
        query: &[],
        body: "Hello, World!",
        delivery_id: Some("72d3162e-cc78-11e3-81ab-4c9367dc0958"),
    },
    // Slack, "Verifying requests from Slack".
    Example {
        scheme: "slack",
        secret: "8f742231b10e8888abcd99yyyzzz85a5",
        at_secs: 1_531_420_618,
        url: "",
        headers: &[
            FORM,
            ("x-slack-request-timestamp", "1531420618"),
            (
                "x-slack-signature",
                "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503",
            ),
        ],
        query: &[],
        body: "token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow\
               &channel_id=G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner\
               &command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com\
               %2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN\
               &trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c",
        delivery_id: None,
    },
    // Stripe prints no whole example: made with Python's hmac. A `v0` signature is of another scheme.
    Example {
        scheme: "stripe",
        secret: "whsec_stripe_example",
        at_secs: 1_533_204_620,
        url: "",
        headers: &[
            JSON,
            (
                "stripe-signature",
                "t=1533204620,v1=0000,\
                 v1=b732f0af0aa18688b70383081aa88dc2dbe0244362049900ee2723aad2f9030a,v0=11",
            ),
        ],
        query: &[],
        body: r#"{"id":"evt_1","object":"event","type":"invoice.paid"}"#,
        delivery_id: Some("evt_1"),
    },
    // Twilio's helper libraries, "Validate incoming requests".
    Example {
        scheme: "twilio",
        secret: "12345",
        at_secs: 0,
        url: "https://mycompany.com/myapp.php?foo=1&bar=2",
        headers: &[FORM, ("x-twilio-signature", "RSOYDt4T1cUTdK1PDd93/VVr8B8=")],
        query: &[("foo", "1"), ("bar", "2")],
        body: "To=%2B18005551212&Digits=1234&From=%2B14158675309&CallSid=CA1234567890ABCDE\
               &Caller=%2B14158675309",
        delivery_id: None,
    },
    // Twilio's form for JSON bodies, made with Python's hmac.
    Example {
        scheme: "twilio",
        secret: "12345",
        at_secs: 0,
        url: "https://hooks.example/hooks/wf_1?token=t&bodySHA256=\
              015abd7f5cc57a2dd94b7590f04ad8084273905ee33ec5cebeae62276a97f862",
        headers: &[
            JSON,
            ("i-twilio-idempotency-token", "5b7c"),
            ("x-twilio-signature", "tuo/wZqno1D8uG11sm0bfp3K0S0="),
        ],
        query: &[
            ("token", "t"),
            (
                "bodySHA256",
                "015abd7f5cc57a2dd94b7590f04ad8084273905ee33ec5cebeae62276a97f862",
            ),
        ],
        body: r#"{"a":1}"#,
        delivery_id: Some("5b7c"),
    },
];

fn owned(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    pairs.iter().map(owned).collect()
}

impl Example {
    fn request(&self) -> WebhookRequest {
        WebhookRequest {
            method: "POST".into(),
            query: owned(self.query),
            headers: owned(self.headers),
            body: self.body.as_bytes().to_vec(),
            source_ip: None,
            received_at: self.now(),
            verified_by: None,
            parameters: Vec::new(),
        }
    }

    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.at_secs * 1000)
    }

    fn scheme(&self) -> SchemeName {
        SchemeName::published(self.scheme).unwrap()
    }

    fn verify(&self, request: &WebhookRequest, url: &str, secret: &str) -> Result<(), Refusal> {
        let scheme = self.scheme();
        let key = read_secret(&scheme, secret).unwrap();
        verify(&scheme, &[key], SignedRequest { request, url }, self.now())
    }
}

#[test]
fn every_scheme_has_an_example_and_it_verifies() {
    for row in ROWS {
        let examples = EXAMPLES.iter().filter(|example| example.scheme == row.name);
        assert_ne!(examples.count(), 0, "{} has no example", row.name);
    }
    for example in EXAMPLES {
        let request = example.request();
        let verified = example.verify(&request, example.url, example.secret);
        assert_eq!(verified, Ok(()), "{}", example.scheme);
        let id = request.delivery_id(None, Some(&example.scheme())).unwrap();
        let id = id.as_ref().map(crate::SenderDeliveryId::as_str);
        assert_eq!(id, example.delivery_id, "{}", example.scheme);
    }
}

#[test]
fn an_example_with_another_body_url_or_secret_does_not_verify() {
    for example in EXAMPLES {
        let request = example.request();
        let mut altered = example.request();
        altered.body.push(b'1');
        let refused = example.verify(&altered, example.url, example.secret);
        assert_eq!(refused, Err(Refusal::Mismatch), "{}", example.scheme);
        let other = "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
        let refused = example.verify(&request, example.url, other);
        assert_eq!(refused, Err(Refusal::Mismatch), "{}", example.scheme);
        if example.scheme().scheme().signs(Part::Url) {
            let refused = example.verify(&request, "https://mycompany.com/", example.secret);
            assert_eq!(refused, Err(Refusal::Mismatch), "{}", example.scheme);
        }
    }
}

/// A body outside the signature could be replaced by anybody who saw one signed request.
#[test]
fn every_scheme_signs_the_whole_body() {
    for row in ROWS {
        let scheme = &row.scheme;
        let by_digest = scheme.body_digest.is_some() && scheme.signs(Part::Url);
        let is_whole = scheme.signs(Part::Body) || by_digest;
        assert!(is_whole, "{}", row.name);
    }
}

#[test]
fn a_body_that_is_no_form_needs_its_digest_in_the_signed_url() {
    let json = EXAMPLES.last().unwrap();
    let mut bare = json.request();
    bare.query.clear();
    let refused = json.verify(&bare, json.url, json.secret);
    assert_eq!(refused, Err(Refusal::Missing));
}

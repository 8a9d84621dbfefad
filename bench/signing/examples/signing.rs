//! Signs a body as deliveries are signed, as often as its first argument says; the second is the body's size in bytes. An
//! example, so that it is never built for deployment.

use std::error::Error;
use std::hint::black_box;

use domain::Timestamp;
use domain::signature::{SchemeName, Signed, sign};

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let mut number = || {
        arguments
            .next()
            .ok_or("a number is missing")?
            .parse::<usize>()
            .map_err(Box::<dyn Error>::from)
    };
    let (times, bytes) = (number()?, number()?);
    let body = vec![b'x'; bytes];
    let keys = [vec![7; 32]];
    let signed = Signed {
        id: "evt_00000000000000000000000000",
        at: Timestamp::from_millis(1_781_612_250_231),
        body: &body,
    };
    for _ in 0..times {
        black_box(sign(
            &SchemeName::STANDARD_WEBHOOKS,
            &keys,
            black_box(&signed),
        ));
    }
    Ok(())
}

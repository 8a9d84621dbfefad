//! What a signature takes: instructions of a process that makes so many and nothing else, by callgrind.

use crate::Outcome;
use crate::container::Callgrind;
use crate::functions::Functions;
use crate::table::{Figure, Section};

/// Between these two the instructions grow by those of signatures alone.
const FEW: u64 = 100;
const MANY: u64 = 1_100;
/// Bodies, in bytes.
const BODIES: [(&str, &str); 2] = [("1 KB", "1024"), ("95 KB", "97280")];

pub(crate) async fn instructions(functions: &Functions) -> Outcome<Section> {
    let mut section = Section::new("a signature, by callgrind", &["instructions"]);
    for (size, bytes) in BODIES {
        let few = counted(functions, FEW, bytes).await?;
        let many = counted(functions, MANY, bytes).await?;
        let each = (many - few) as f64 / (MANY - FEW) as f64;
        section.row(
            format!("Standard Webhooks, {size}"),
            [Some(Figure::loose(each, 0))],
        );
    }
    Ok(section)
}

async fn counted(functions: &Functions, signatures: u64, bytes: &str) -> Outcome<u64> {
    let callgrind = Callgrind::new()?;
    let mut command = callgrind.command(&functions.signing);
    let status = command.arg(signatures.to_string()).arg(bytes).status();
    match status.await?.success() {
        true => callgrind.collected(),
        false => Err("nothing was signed".into()),
    }
}

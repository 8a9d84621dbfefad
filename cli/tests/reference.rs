//! docs/cli.md says what the command line says, and every command has a manual page.

const PATH: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/cli.md");

#[test]
fn the_document_is_the_command_line() {
    let made = sluice::markdown();
    if std::env::var_os("ACCEPT_CLI").is_some() {
        std::fs::write(PATH, &made).unwrap();
    }
    let committed = std::fs::read_to_string(PATH).unwrap_or_default();
    assert!(
        committed == made,
        "docs/cli.md is stale: run `ACCEPT_CLI=1 cargo test --test reference` in cli/"
    );
}

#[test]
fn every_command_has_a_manual_page() {
    let pages = sluice::man_pages().unwrap();
    let names: Vec<&str> = pages.iter().map(|(name, _)| name.as_str()).collect();
    for name in [
        "sluice.1",
        "sluice-execution-replay.1",
        "sluice-listen.1",
        "sluice-signature-verify.1",
    ] {
        assert!(names.contains(&name), "{names:?}");
    }
    for (name, page) in &pages {
        let text = String::from_utf8_lossy(page);
        assert!(
            text.contains(".SH NAME") && text.contains(".SH SYNOPSIS"),
            "{name}"
        );
    }
}

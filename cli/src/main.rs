//! The binary `sluice`. Everything is in the library, so that tests and documents see the same command line.

fn main() -> std::process::ExitCode {
    sluice::main()
}

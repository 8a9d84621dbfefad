//! `cargo dev`: the whole stack on this machine. An example, so that the library's users build no command line.

fn main() -> std::process::ExitCode {
    local::cli::main()
}

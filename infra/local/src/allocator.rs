//! The memory allocator of every program with the local stack in it: `cargo dev`, the tests and the bench. The deployed
//! functions do not link this crate and keep the system's.

/// Takes the place of `malloc` as well, which SQLite calls.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

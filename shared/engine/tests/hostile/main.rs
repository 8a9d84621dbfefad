//! What strangers write, with the memory that it takes: each test is of a whole process, whose allocations are counted.

mod executions;
mod memory;
mod mutations;
mod schemas;
mod yaml;

//! Why a stack does not start, in words for the person who started it. Does not know exit codes.

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;

use crate::dynamodb::TablesError;
use crate::template::TemplateError;

/// What is in the way, and what to do about it.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The template has something that the local stack does not support.
    #[error("the template cannot be used: {0}")]
    Template(#[from] TemplateError),
    /// The address is taken, or not this machine's.
    #[error("cannot listen on {address}: {source}. Choose another address with --listen HOST:PORT")]
    Address {
        /// The address that was asked for.
        address: SocketAddr,
        /// The system's reason.
        source: io::Error,
    },
    /// The folder cannot be made or written.
    #[error(
        "cannot keep data in {path}: {source}. Choose another folder with --data DIR, or none with --ephemeral"
    )]
    Folder {
        /// The folder that was asked for.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
    /// Another process has the folder.
    #[error(
        "another Sluice is running on the data in {0}. Stop it, or choose another folder with --data DIR"
    )]
    FolderInUse(PathBuf),
    /// The embedded DynamoDB did not come up.
    #[error(transparent)]
    Tables(#[from] TablesError),
    /// The queues' store did not come up.
    #[error(
        "the queues' store failed: {0}. If its file is damaged, choose another folder with --data DIR"
    )]
    Queues(#[from] rusqlite::Error),
    /// The bucket's folder cannot be used.
    #[error("the files cannot be kept in {path}: {source}. Choose another folder with --data DIR")]
    Files {
        /// The folder.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
    /// The root of the local keys cannot be read or made.
    #[error(
        "the root of the keys, {path}, cannot be used: {source}. Put it back as it was, or delete it and store every \
         secret again"
    )]
    Keys {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
    /// The template has a function that is not in this program.
    #[error(
        "the template's function {0} is none of this program's: its CodeUri should end in trigger, register, history, files, worker, deliver or sweep"
    )]
    UnknownFunction(String),
    /// The template does not give a function what it needs.
    #[error(
        "the template gives the function {function} an environment that it cannot start with: {source}"
    )]
    Environment {
        /// The function's name.
        function: String,
        /// What is missing.
        source: store::InvalidVariable,
    },
    /// The demo could not be made.
    #[error("the demo could not be made: {0}. Start again with another folder, --data DIR")]
    Demo(String),
}

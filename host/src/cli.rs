//! The command line.

mod audit;
mod check;
mod compile_component;
mod console_file;
mod credential;
mod dev;
mod doctor;
mod failure;
mod hardening;
mod key;
mod key_store;
mod local_kms;
mod logging;
mod plugin;
mod private_file;
mod reload;
mod serve;
mod status;
mod token;
mod version;

use std::future::Future;
use std::io::{self, Write as _};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::{Args, Parser, Subcommand};
use claviger_config::Control;

use crate::pkcs11;
use crate::resources::{COMPILE_COMMAND, Compiler};

pub(crate) use failure::CommandFailure;

/// An AWS KMS External Key Store (XKS) proxy whose key managers and policies are
/// sandboxed WebAssembly components.
#[derive(Parser)]
#[command(
    name = "claviger",
    version,
    after_help = "Example: a working proxy with demo keys, from nothing:\n  claviger dev"
)]
struct CommandLine {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    #[command(subcommand)]
    Audit(audit::Audit),
    Dev(dev::Dev),
    Serve(serve::Serve),
    Check(check::Check),
    #[command(name = COMPILE_COMMAND, hide = true)]
    CompileComponent(compile_component::CompileComponent),
    #[command(subcommand)]
    Credential(credential::Credential),
    ConsoleFile(console_file::ConsoleFile),
    Doctor(Box<doctor::Doctor>),
    #[command(subcommand)]
    Key(key::Key),
    #[command(subcommand)]
    KeyStore(key_store::KeyStore),
    LocalKms(Box<local_kms::LocalKmsAndDev>),
    #[command(subcommand)]
    Plugin(plugin::Plugin),
    Reload(reload::Reload),
    Status(status::Status),
    #[command(subcommand)]
    Token(token::Token),
    #[command(name = token::WORKER_COMMAND, hide = true)]
    TokenWorker(token::TokenWorker),
    Version(version::Version),
}

/// How long what is still under way may take when a command has done its work.
const ENDING: Duration = Duration::from_secs(10);

/// The configuration that a command works with.
#[derive(Args)]
struct ConfigOption {
    /// The configuration file
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
}

/// Which host a command is for.
#[derive(Args)]
#[group(required = true, multiple = false)]
struct HostOption {
    /// The configuration file of the host, which names its socket
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// The host's socket, `control.socket` in its configuration
    #[arg(long, value_name = "SOCKET")]
    socket: Option<PathBuf>,
}

impl HostOption {
    fn socket(&self) -> Result<PathBuf, CommandFailure> {
        if let Some(socket) = &self.socket {
            return Ok(socket.clone());
        }
        // One of the two is there.
        let file = self.config.clone().unwrap_or_default();
        let control = Control::of_file(&file).map_err(CommandFailure::NoSocket)?;
        let control = control.ok_or(CommandFailure::NoControl { path: file })?;
        Ok(control.socket)
    }
}

/// How a command ended: what the process says when it does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// It did what it was told to.
    Well,
    /// It said on standard error why not; of `doctor`, a check failed.
    Badly,
    /// `doctor` could not make its checks, and said on standard error why; `token test`
    /// not all of its trials.
    WithoutTrying,
    /// `check --strict` found nothing but warnings.
    WithWarnings,
}

/// Ends the process. With a vendor's PKCS#11 library in it this does not return.
pub fn end(ended: Ended) -> ExitCode {
    let status = match ended {
        Ended::Well => 0,
        Ended::Badly => 1,
        Ended::WithoutTrying => 2,
        Ended::WithWarnings => 3,
    };
    pkcs11::end_process(status);
    ExitCode::from(status)
}

/// Runs the command line of this process.
pub fn run() -> Ended {
    hardening::keep_memory_private();
    let done = match CommandLine::parse().command {
        Command::Audit(command) => command.run(),
        Command::Dev(command) => command.run(),
        Command::Serve(command) => command.run(),
        Command::Check(command) => return ended(command.run()),
        Command::CompileComponent(command) => command.run(),
        Command::Credential(command) => command.run(),
        Command::ConsoleFile(command) => command.run(),
        Command::Doctor(command) => return doctor::run(*command),
        Command::Key(command) => command.run(),
        Command::KeyStore(command) => command.run(),
        Command::LocalKms(command) => (*command).run(),
        Command::Plugin(command) => command.run(),
        Command::Reload(command) => command.run(),
        Command::Status(command) => command.run(),
        Command::Token(command) => return ended(command.run()),
        Command::TokenWorker(command) => command.run(),
        Command::Version(_) => version::Version::run(),
    };
    ended(done.map(|()| Ended::Well))
}

/// Says what failed.
fn ended(done: Result<Ended, CommandFailure>) -> Ended {
    match done {
        Ok(ended) => {
            logging::end(None);
            ended
        }
        Err(failure) => {
            logging::end(Some(&format!("{failure}\n")));
            Ended::Badly
        }
    }
}

/// What compiles components for this process.
fn compiler() -> Result<Compiler, CommandFailure> {
    Compiler::of_this_process().map_err(CommandFailure::Runtime)
}

/// Writes the result of a command.
fn print(text: &str) -> Result<(), CommandFailure> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes())
        .and_then(|()| out.flush())
        .map_err(CommandFailure::Output)
}

/// Runs a command's asynchronous part.
fn block_on<T>(work: impl Future<Output = T>) -> Result<T, CommandFailure> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .thread_name("claviger")
        .build()
        .map_err(CommandFailure::Runtime)?;
    let done = runtime.block_on(work);
    // What is still under way may end, and so close the audit log; a thread that reads
    // from a disk which hangs holds up no end.
    runtime.shutdown_timeout(ENDING);
    Ok(done)
}

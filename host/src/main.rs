//! The `claviger` command.

fn main() -> std::process::ExitCode {
    claviger::cli::run()
}

//! The load comparison of BENCHMARKS.md: `cargo bench -p claviger --bench load`.
//!
//! Starts the program and the native floor in turn, each as a process of its own
//! on the loopback interface, and prints what a request costs on either and how
//! long callers wait. Bounded in connections and time; under four minutes. With
//! `--other`, another proxy that serves the same API takes the floor's place.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a benchmark prints, and a benchmark that meets the unexpected should panic"
)]

#[path = "load/answer.rs"]
mod answer;
#[path = "load/closed_loop.rs"]
mod closed_loop;
#[path = "load/comparison.rs"]
mod comparison;
#[path = "load/contestant.rs"]
mod contestant;
#[path = "load/floor.rs"]
mod floor;
#[path = "load/key_store.rs"]
#[expect(dead_code, reason = "for the benchmark of neighbours")]
mod key_store;
#[path = "load/kms_request.rs"]
#[expect(dead_code, reason = "for the benchmark of neighbours")]
mod kms_request;
#[path = "load/native_aes_gcm.rs"]
mod native_aes_gcm;
#[path = "load/open_loop.rs"]
mod open_loop;
#[path = "load/other.rs"]
mod other;
#[path = "load/server_process.rs"]
#[expect(dead_code, reason = "for the benchmark of neighbours")]
mod server_process;
#[path = "load/state_folder.rs"]
mod state_folder;
#[path = "load/table.rs"]
mod table;
#[path = "load/tls.rs"]
mod tls;

use std::path::PathBuf;
use std::time::Duration;

use clap::Parser as _;

use comparison::Comparison;
use other::Other;
use state_folder::StateFolder;

/// Compares the program with a native server that does the same without plugins,
/// or with another XKS proxy.
#[derive(clap::Parser)]
struct Arguments {
    /// Rounds of the main comparison, for each of the two servers
    #[arg(long, default_value_t = 7, value_parser = clap::value_parser!(u32).range(1..=50))]
    rounds: u32,
    /// Seconds of each round
    #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u64).range(1..=60))]
    seconds: u64,
    /// Rounds of each variation, for each of the two servers
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(0..=50))]
    variation_rounds: u32,
    /// Seconds of offering requests at a fixed rate; 0 leaves it out
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u64).range(0..=300))]
    open_loop_seconds: u64,
    /// Only the rows whose names contain this text
    #[arg(long, default_value = "")]
    only: String,
    #[command(flatten)]
    other: Option<Other>,
    /// Given by Cargo
    #[arg(long, hide = true)]
    bench: bool,
    /// Serve as the native floor, with the certificate and credential of a
    /// state folder
    #[arg(long, hide = true)]
    floor: Option<PathBuf>,
}

/// The host's, so that the native floor has the same.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() {
    let arguments = Arguments::parse();
    let duration = Duration::from_secs(arguments.seconds);
    if let Some(state_folder) = arguments.floor {
        floor::serve(&state_folder);
    } else if let Some(other) = arguments.other {
        other.print(arguments.rounds, duration, &arguments.only);
    } else {
        let folder = StateFolder::make();
        let comparison = Comparison::new(&folder, duration, &arguments.only);
        comparison.print(arguments.rounds, arguments.variation_rounds);
        if arguments.open_loop_seconds > 0 {
            comparison.print_latencies(Duration::from_secs(arguments.open_loop_seconds));
        }
    }
}

//! The `claviger` command.

/// A request makes some fifty small allocations on whichever thread serves it;
/// with the C library's allocator they cost it more than its signature's HMACs.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    claviger::cli::end(claviger::cli::run())
}

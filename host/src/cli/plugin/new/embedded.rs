//! Files of the repository that a new project is made of. `build.rs` lists them.

/// A path with `/`, and what is in the file.
pub(super) type File = (&'static str, &'static str);

include!(concat!(env!("OUT_DIR"), "/embedded.rs"));

/// The files below a folder, by their paths in it.
pub(super) fn below(
    files: &'static [File],
    folder: &str,
) -> impl Iterator<Item = (&'static str, &'static str)> {
    let below = move |(path, text): &File| {
        let rest = path.strip_prefix(folder)?.strip_prefix('/')?;
        Some((rest, *text))
    };
    files.iter().filter_map(below)
}

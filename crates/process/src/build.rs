//! Which build of the pages belongs to a program.

use std::{env, fs};

/// What the builder writes beside programs: the hashes of what browsers load.
const HASHES: &str = "hash.txt";

/// The hash of the browser's code that was built together with this program; none where none was.
pub fn build_of_this_program() -> Option<String> {
    let folder = env::current_exe().ok().and_then(|program| Some(program.parent()?.to_owned()));
    build_of(&fs::read_to_string(folder?.join(HASHES)).ok()?)
}

/// The hash of the browser's code, from lines as `wasm: 3d3e…`.
fn build_of(hashes: &str) -> Option<String> {
    let hash = hashes.lines().find_map(|line| line.strip_prefix("wasm:"))?;
    Some(hash.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_build_is_named_by_the_browsers_code() {
        assert_eq!(build_of("css: 12\njs: 34\nwasm: 56\n").as_deref(), Some("56"));
        assert_eq!(build_of(""), None);
    }
}

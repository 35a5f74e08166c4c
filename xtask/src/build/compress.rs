//! Files are compressed once, as small as it goes, and then sent as they lie there.

use std::{
    fs::{self, File},
    io::{BufWriter, Write as _},
    path::{Path, PathBuf},
};

use anyhow::Result;
use brotli::CompressorWriter;

/// What is worth it; pictures and fonts are compressed by themselves.
const TEXTS: [&str; 8] = ["css", "html", "js", "json", "svg", "txt", "wasm", "webmanifest"];

/// The best quality, and the widest window that every browser takes.
const QUALITY: u32 = 11;
const WINDOW_BITS: u32 = 22;

/// Puts `file.br` beside a file that is worth it.
pub(super) fn compress(file: &Path) -> Result<()> {
    if !file.extension().is_some_and(|it| TEXTS.iter().any(|text| it == *text)) {
        return Ok(());
    }
    let mut writer =
        CompressorWriter::new(BufWriter::new(File::create(beside(file))?), 1 << 16, QUALITY, WINDOW_BITS);
    writer.write_all(&fs::read(file)?)?;
    writer.flush()?;
    writer.into_inner().flush()?;
    Ok(())
}

/// The compressed twin of a file.
fn beside(file: &Path) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(".br");
    name.into()
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use super::*;

    #[test]
    fn a_text_gets_a_smaller_twin_that_says_the_same() {
        let folder = tempfile::tempdir().unwrap();
        let (file, text) = (folder.path().join("a.css"), "a { color: red }\n".repeat(100));
        fs::write(&file, &text).unwrap();

        compress(&file).unwrap();

        let twin = fs::read(folder.path().join("a.css.br")).unwrap();
        let mut read = String::new();
        brotli::Decompressor::new(twin.as_slice(), 4096).read_to_string(&mut read).unwrap();
        assert_eq!(read, text);
        assert!(twin.len() < text.len() / 10);
    }

    #[test]
    fn a_picture_gets_none() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a.png");
        fs::write(&file, "not really").unwrap();

        compress(&file).unwrap();

        assert!(!folder.path().join("a.png.br").exists());
    }
}

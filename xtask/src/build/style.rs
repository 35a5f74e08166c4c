//! The style: one sheet of all the partials.

use std::{fs, path::Path};

use anyhow::{Result, anyhow};
use lightningcss::{
    bundler::{Bundler, FileProvider},
    printer::PrinterOptions,
    stylesheet::{MinifyOptions, ParserOptions},
};

/// Joins what a sheet imports, takes out what no browser needs, and writes it.
///
/// # Errors
/// Names the file, the line and what is wrong there.
pub(super) fn write(sheet: &Path, to: &Path) -> Result<()> {
    let files = FileProvider::new();
    let mut bundler = Bundler::new(&files, None, ParserOptions::default());
    let mut sheet = bundler.bundle(sheet).map_err(|it| anyhow!("{it}"))?;
    sheet.minify(MinifyOptions::default()).map_err(|it| anyhow!("{it}"))?;
    let css = sheet.to_css(PrinterOptions { minify: true, ..PrinterOptions::default() });
    fs::write(to, css.map_err(|it| anyhow!("{it}"))?.code)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn partials_are_joined_and_blanks_go() {
        let folder = tempfile::tempdir().unwrap();
        let path = |it: &str| folder.path().join(it);
        fs::write(path("main.css"), "@import \"a.css\";\n\nb { color: red }\n").unwrap();
        fs::write(path("a.css"), "a {\n  color: blue;\n}\n").unwrap();

        write(&path("main.css"), &path("out.css")).unwrap();

        assert_eq!(fs::read_to_string(path("out.css")).unwrap(), "a{color:#00f}b{color:red}");
    }

    #[test]
    fn a_partial_that_is_missing_is_named() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("main.css"), "@import \"gone.css\";").unwrap();

        let failure = write(&folder.path().join("main.css"), &folder.path().join("out.css")).unwrap_err();

        assert!(failure.to_string().contains("main.css"), "{failure}");
    }
}

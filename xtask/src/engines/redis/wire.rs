//! As much of Redis's protocol as it takes to ask and to read one line or text.
//! Source: <https://redis.io/docs/latest/develop/reference/protocol-spec/>

use std::io::{BufRead as _, BufReader, Read, Write};

use anyhow::{Result, bail};

/// Sends a command and reads its answer, which must not be a list.
///
/// # Errors
/// What Redis refuses, in its words; also when the answer is not to be understood or does not come.
pub(super) fn ask(stream: &mut (impl Read + Write), words: &[&str]) -> Result<String> {
    stream.write_all(request(words).as_bytes())?;
    answer(stream)
}

fn request(words: &[&str]) -> String {
    let words = words.iter().map(|it| format!("${}\r\n{it}\r\n", it.len()));
    format!("*{}\r\n{}", words.len(), words.collect::<String>())
}

fn answer(stream: impl Read) -> Result<String> {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line)?;
    let line = line.trim_end();
    let (kind, rest) = line.split_at_checked(1).unwrap_or_default();
    match kind {
        "+" | ":" => Ok(rest.to_owned()),
        "-" => bail!("{rest}"),
        "$" => {
            let mut text = vec![0; rest.parse()?];
            reader.read_exact(&mut text)?;
            Ok(String::from_utf8(text)?)
        }
        _ => bail!("`{line}` is no answer of a kind we ask for"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_tells_the_length_of_each_word() {
        assert_eq!(request(&["CLUSTER", "INFO"]), "*2\r\n$7\r\nCLUSTER\r\n$4\r\nINFO\r\n");
    }

    #[test]
    fn lines_numbers_and_texts_are_understood() {
        assert_eq!(read("+OK\r\n"), Ok("OK".to_owned()));
        assert_eq!(read(":3\r\n"), Ok("3".to_owned()));
        assert_eq!(read("$6\r\na:1\r\nb\r\n"), Ok("a:1\r\nb".to_owned()));
    }

    #[test]
    fn a_refusal_is_an_error_in_its_own_words() {
        assert_eq!(read("-ERR no such thing\r\n"), Err("ERR no such thing".to_owned()));
    }

    #[test]
    fn what_is_cut_short_is_an_error() {
        assert!(read("").is_err());
        assert!(read("$6\r\na").is_err());
        assert!(read("*1\r\n:3\r\n").is_err());
    }

    fn read(bytes: &str) -> Result<String, String> {
        answer(bytes.as_bytes()).map_err(|it| it.to_string())
    }
}

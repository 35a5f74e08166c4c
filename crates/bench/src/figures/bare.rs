//! The yardstick: a loop that writes a ready frame to each member and does nothing else.

use std::{
    io::{self, Read as _, Write as _},
    net::{TcpListener, TcpStream},
};

/// Text of 150 letters in a frame like the server's own.
const TEXT_BYTES: usize = 150;
/// Most messages in one write.
const GATHERED_MAX: usize = 4096;

/// Listens on a free port, says where, takes `n_members` and then one more connection, the sender. Each byte that the
/// sender writes is one message: what has arrived when a round begins leaves in one write per member.
///
/// # Errors
/// When a member goes away; the end of the sender ends it well.
pub fn serve(n_members: usize) -> io::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    writeln!(io::stdout(), "listening on http://{}", listener.local_addr()?)?;
    let mut members = (0..n_members).map(|_| accept(&listener)).collect::<io::Result<Vec<_>>>()?;
    let mut sender = accept(&listener)?;
    let frame = frame();
    let gathered = frame.repeat(GATHERED_MAX);
    let mut sent = [0; GATHERED_MAX];
    loop {
        let n = sender.read(&mut sent)?;
        if n == 0 {
            return Ok(());
        }
        for member in &mut members {
            member.write_all(&gathered[..n * frame.len()])?;
        }
    }
}

/// Reads an upgrade request and answers it, so that the load generator's own client serves for both.
fn accept(listener: &TcpListener) -> io::Result<TcpStream> {
    let (mut stream, _) = listener.accept()?;
    stream.set_nodelay(true)?;
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") {
        stream.read_exact(&mut byte)?;
        head.push(byte[0]);
    }
    stream.write_all(b"HTTP/1.1 101 Switching Protocols\r\n\r\n")?;
    Ok(stream)
}

fn frame() -> Vec<u8> {
    let text = "x".repeat(TEXT_BYTES);
    let payload = format!(
        r#"{{"type":"messages","page":{{"room":"general","messages":[{{"sequence":1000,"author":"abcdefghijklmnop","nonce":"0123456789abcdef","at":1700000000000,"text":"{text}"}}],"people":[{{"id":"abcdefghijklmnop","name":"Ada"}}],"heads":{{"messages":1000,"changes":0}}}}}}"#
    );
    let n = u16::try_from(payload.len()).expect("short");
    [&[0x81, 126][..], &n.to_be_bytes(), payload.as_bytes()].concat()
}

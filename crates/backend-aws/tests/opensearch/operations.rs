//! What OpenSearch Serverless does, and what it does not.

/// AWS's list.
const OPERATIONS: &str = include_str!("operations.txt");

/// Whether a request is one of AWS's list.
pub(crate) fn is_known(method: &str, path: &str) -> bool {
    let lines = OPERATIONS.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    let mut operations = lines.map(|line| line.split_whitespace());
    operations.any(|mut words| {
        let (_, known, shape) = (words.next(), words.next(), words.next().unwrap());
        known == Some(method) && is_of(shape, path.trim_start_matches('/'))
    })
}

fn is_of(shape: &str, path: &str) -> bool {
    let (shape, path): (Vec<&str>, Vec<&str>) = (shape.split('/').collect(), path.split('/').collect());
    let is_part = |(shape, part): (&&str, &&str)| match shape.starts_with('<') {
        // Several are named with commas, and all of them with stars: an installation names its own.
        true => !part.is_empty() && !part.starts_with('_') && !part.contains(['*', ',']),
        false => shape == part,
    };
    shape.len() == path.len() && shape.iter().zip(&path).all(is_part)
}

#[test]
fn an_operation_is_known_by_its_method_and_its_whole_path() {
    for (method, path) in [("PUT", "/messages"), ("POST", "/_bulk"), ("POST", "/messages/_search")] {
        assert!(is_known(method, path), "{method} {path}");
    }
    for (method, path) in [
        ("POST", "/messages"),
        ("POST", "/messages/_refresh"),
        ("GET", "/_cluster/health"),
        ("PUT", "/messages/_settings"),
        ("DELETE", "/*"),
        ("DELETE", "/_all"),
        ("GET", "/"),
        ("POST", "/messages/_search/more"),
        ("POST", "/_reindex"),
    ] {
        assert!(!is_known(method, path), "{method} {path}");
    }
}

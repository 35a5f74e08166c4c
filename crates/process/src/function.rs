//! Whether a program is a function.

/// Whether Lambda runs this program, and gives it what it is to work on.
///
/// Source: <https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html>
pub fn is_function() -> bool {
    #[expect(clippy::disallowed_methods, reason = "it is no setting: Lambda says where it is to be asked")]
    std::env::var("AWS_LAMBDA_RUNTIME_API").is_ok()
}

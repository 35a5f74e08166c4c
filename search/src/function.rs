//! The search as a function behind an API Gateway, whose HTTP API gives it requests in its format 2.0.

use std::fmt::Write as _;

use axum::Router;
use lambda_http::{
    Adapter, LambdaEvent,
    request::LambdaRequest,
    tower::{Service, ServiceExt as _},
};

/// Answers with a router what an API Gateway gives.
pub fn function(
    router: Router,
) -> impl Service<
    LambdaEvent<LambdaRequest>,
    Response: serde::Serialize,
    Error = std::convert::Infallible,
    Future: Send,
> {
    Adapter::from(router).map_request(|mut event: LambdaEvent<LambdaRequest>| {
        if let LambdaRequest::ApiGatewayV2(request) = &mut event.payload {
            request.raw_query_string = request.raw_query_string.take().map(|query| encoded(&query));
        }
        event
    })
}

/// A query as an address may have it. What came in no browser's way, as `"` and `<`, would be no address, and fail.
fn encoded(query: &str) -> String {
    let mut all = String::with_capacity(query.len());
    for byte in query.bytes() {
        match byte {
            b'!' | b'$'..=b';' | b'=' | b'?'..=b'~' => all.push(char::from(byte)),
            _ => write!(all, "%{byte:02X}").expect("writing to a String cannot fail"),
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use http::Uri;

    use super::*;

    #[test]
    fn any_query_is_one_of_an_address_and_a_good_one_stays_as_it_is() {
        let all: String = (0..0x300).filter_map(char::from_u32).collect();
        let good = "q=%22tea%20time%22&by=newest&after=0f.7+9&x=~!$'()*,-./:;?@[]^_`{|}";

        assert_eq!(encoded(good), good);
        assert_eq!(encoded("q=\"a b\"<é#"), "q=%22a%20b%22%3C%C3%A9%23");
        format!("/api/search?{}", encoded(&all)).parse::<Uri>().unwrap();
    }
}

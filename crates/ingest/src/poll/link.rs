//! The `Link` header (RFC 8288) and whether a link may be followed.

use url::Url;

use super::{Failure, FailureKind};

/// Finds the target with `rel="next"` among the links of a header.
pub(super) fn next(header: &str) -> Option<&str> {
    let mut rest = header;
    while let Some(begin) = rest.find('<') {
        let end = begin + rest[begin..].find('>')?;
        let target = &rest[begin + 1..end];
        let parameters = &rest[end + 1..];
        let length = parameters_end(parameters);
        if relations(&parameters[..length]).any(|relation| relation.eq_ignore_ascii_case("next")) {
            return Some(target);
        }
        rest = &parameters[length..];
    }
    None
}

/// Resolves a link and refuses it when it leads to somebody else, who must not be shown the
/// credentials.
pub(super) fn followed(target: &str, from: &Url) -> Result<Url, Failure> {
    let link = from.join(target).map_err(|error| {
        let message = format!("the link to the next page is not a URL: {error}");
        Failure::new(FailureKind::Link, message)
    })?;
    if link.origin() != from.origin() {
        let message = format!(
            "the link to the next page leads from {} to {}: links of another origin are not \
             followed",
            from.origin().ascii_serialization(),
            link.origin().ascii_serialization()
        );
        return Err(Failure::new(FailureKind::Link, message));
    }
    Ok(link)
}

/// Finds the comma that ends a link's parameters, beyond those within quotes.
fn parameters_end(text: &str) -> usize {
    let mut is_quoted = false;
    let mut is_escaped = false;
    for (index, c) in text.char_indices() {
        match c {
            _ if is_escaped => is_escaped = false,
            '\\' if is_quoted => is_escaped = true,
            '"' => is_quoted = !is_quoted,
            ',' if !is_quoted => return index,
            _ => {}
        }
    }
    text.len()
}

fn relations(parameters: &str) -> impl Iterator<Item = &str> {
    let relation = parameters.split(';').find_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        name.trim()
            .eq_ignore_ascii_case("rel")
            .then(|| value.trim().trim_matches('"'))
    });
    relation.unwrap_or_default().split_ascii_whitespace()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_page_is_found_among_the_links() {
        for (header, expected) in [
            (
                r#"<https://a/1>; rel="previous", <https://a/2?x=1,2>; rel="next""#,
                Some("https://a/2?x=1,2"),
            ),
            (
                r#"<https://a/2>; title="a, b; <c>"; rel=next"#,
                Some("https://a/2"),
            ),
            (r#"<?page=2>; REL="last Next""#, Some("?page=2")),
            (r#"<https://a/1>; rel="nextish""#, None),
            (r#"<https://a/1>; rel="prev""#, None),
            ("", None),
            ("<https://a", None),
        ] {
            assert_eq!(next(header), expected, "{header}");
        }
    }

    #[test]
    fn a_link_is_followed_within_its_origin_only() {
        let from = Url::parse("https://a.example/api/orders?page=1").unwrap();
        assert_eq!(
            followed("?page=2", &from).unwrap().as_str(),
            "https://a.example/api/orders?page=2"
        );
        for other in [
            "https://b.example/api",
            "http://a.example/api",
            "https://a.example:8443/",
        ] {
            let refused = followed(other, &from).unwrap_err();
            assert_eq!(refused.kind, FailureKind::Link, "{other}");
        }
    }
}

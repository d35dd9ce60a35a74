//! How much fits into one message, counted in bytes as the vendors count.

/// Cuts a text to at most `limit` bytes on a character boundary; what is cut
/// off is replaced by an ellipsis.
#[must_use]
pub fn cut(text: &str, limit: usize) -> String {
    const ELLIPSIS: &str = "…";
    if text.len() <= limit {
        return text.to_owned();
    }
    let room = limit.saturating_sub(ELLIPSIS.len());
    let end = text.floor_char_boundary(room);
    let mut short = text[..end].to_owned();
    if short.len() + ELLIPSIS.len() <= limit {
        short.push_str(ELLIPSIS);
    }
    short
}

/// Packs a header, as many lines as fit and a tail that says how many did not
/// into at most `limit` bytes. Lines come most urgent first.
pub fn pack<'a>(
    header: &str,
    lines: impl IntoIterator<Item = &'a str>,
    total: usize,
    tail: impl Fn(usize) -> String,
    limit: usize,
) -> String {
    // The tail is longest while all are left over, so that one is reserved.
    let reserved = tail(total).len() + 1;
    let mut text = cut(header, limit.saturating_sub(reserved));
    let mut named = 0;
    for line in lines.into_iter().take(total) {
        let rest_fits = named + 1 == total && text.len() + 1 + line.len() <= limit;
        if !rest_fits && text.len() + 1 + line.len() + reserved > limit {
            break;
        }
        text.push('\n');
        text.push_str(line);
        named += 1;
    }
    if named < total {
        text.push('\n');
        text.push_str(&tail(total - named));
    }
    text
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn tail(rest: usize) -> String {
        format!("另有 {rest} 张工单")
    }

    #[test]
    fn a_text_is_cut_between_characters() {
        assert_eq!(cut("工单工单", 12), "工单工单");
        assert_eq!(cut("工单工单", 11), "工单…");
        assert_eq!(cut("工单", 2), "");
    }

    #[test]
    fn lines_that_do_not_fit_are_counted() {
        let lines = ["订单一二三四五六七八九十"; 10];
        let text = pack("十张工单", lines.iter().copied(), 10, tail, 100);
        assert!(text.len() <= 100);
        assert!(text.ends_with("另有 9 张工单"), "{text}");
    }

    #[test]
    fn everything_is_named_when_it_fits() {
        let text = pack("two", ["a", "b"], 2, tail, 64);
        assert_eq!(text, "two\na\nb");
    }

    proptest! {
        #[test]
        fn no_message_exceeds_its_limit_or_loses_count(
            lines in proptest::collection::vec("[订单🙂a-z ]{0,40}", 1..60),
            header in "[急🙂b]{0,20}",
            limit in 64_usize..600,
        ) {
            let total = lines.len();
            let text = pack(&header, lines.iter().map(String::as_str), total, tail, limit);
            prop_assert!(text.len() <= limit);
            let named = text.matches('\n').count();
            if named < total || text.contains("另有") {
                let rest = tail(total + 1 - named);
                prop_assert!(text.ends_with(&rest), "{text}");
            }
        }
    }
}

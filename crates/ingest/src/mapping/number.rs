//! Amounts and counts as people and their systems write them.

const FACTORS: [(char, i32); 2] = [('万', 4), ('亿', 8)];
const CURRENCY_BEFORE: [&str; 6] = ["R$", "¥", "￥", "$", "CNY", "RMB"];
const CURRENCY_AFTER: [&str; 5] = ["元", "圆", "块", "CNY", "RMB"];

/// Why a text is no number.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum NumberError {
    #[error(
        "{0:?} is ambiguous: a separator must be followed by groups of three digits; write \
         11.50 for a decimal or 1,150 for thousands"
    )]
    Ambiguous(String),
    #[error("{0:?} is not a number: expected digits such as 1,234.50, ¥12 or 1.15万元")]
    NotANumber(String),
    #[error("{0:?} is not a whole number")]
    NotWhole(String),
}

/// Reads a number: blanks around it, a currency sign before or after, thousands
/// separators (`,`, `，` or a blank) between groups of three digits, a decimal point, and
/// the factors 万 (10⁴) and 亿 (10⁸). The result is the double nearest to what is written.
pub(super) fn number(text: &str) -> Result<f64, NumberError> {
    let plain = narrow(text);
    let mut rest = plain.trim();
    let mut sign = "";
    if let Some(positive) = rest.strip_prefix(['-', '+', '−']) {
        sign = if rest.starts_with('+') { "" } else { "-" };
        rest = positive.trim_start();
    }
    rest = CURRENCY_BEFORE
        .iter()
        .find_map(|mark| rest.strip_prefix(mark))
        .unwrap_or(rest)
        .trim_start();
    rest = CURRENCY_AFTER
        .iter()
        .find_map(|mark| rest.strip_suffix(mark))
        .unwrap_or(rest)
        .trim_end();
    let mut power = 0;
    if let Some((_, exponent)) = FACTORS.iter().find(|(factor, _)| rest.ends_with(*factor)) {
        power = *exponent;
        rest = rest.trim_end_matches(|c| FACTORS.iter().any(|(factor, _)| *factor == c));
    }
    let digits = digits(rest.trim_end(), text)?;
    format!("{sign}{digits}e{power}")
        .parse()
        .map_err(|_| NumberError::NotANumber(text.to_owned()))
}

/// Reads a whole number, written as [`number`] reads them.
pub(super) fn whole(text: &str) -> Result<i64, NumberError> {
    if let Ok(plain) = text.trim().parse() {
        return Ok(plain);
    }
    let value = number(text)?;
    exact(value).ok_or_else(|| NumberError::NotWhole(text.to_owned()))
}

/// Returns a double as a whole number, if it is exactly one.
pub(super) fn exact(value: f64) -> Option<i64> {
    // Beyond 2^53 neighbouring whole numbers share one double.
    (value.fract() == 0.0 && value.abs() <= 9_007_199_254_740_992.0).then_some(value as i64)
}

/// Drops separators that are certain, refuses those that are not.
fn digits(text: &str, whole: &str) -> Result<String, NumberError> {
    let (integer, fraction) = text.split_once('.').unwrap_or((text, ""));
    let all_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if !all_digits(fraction) || (text.contains('.') && fraction.is_empty()) {
        let separated = fraction.contains([',', ' ', '.']);
        return Err(match separated {
            true => NumberError::Ambiguous(whole.to_owned()),
            false => NumberError::NotANumber(whole.to_owned()),
        });
    }
    let groups: Vec<&str> = integer.split([',', ' ']).collect();
    if groups
        .iter()
        .any(|group| group.is_empty() || !all_digits(group))
    {
        return Err(NumberError::NotANumber(whole.to_owned()));
    }
    let even = groups[0].len() <= 3 && groups[1..].iter().all(|group| group.len() == 3);
    if groups.len() > 1 && !even {
        return Err(NumberError::Ambiguous(whole.to_owned()));
    }
    Ok(format!("{}.{fraction}", groups.concat()))
}

/// Makes full-width characters narrow and every blank a space.
fn narrow(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            '０'..='９' | '．' | '，' | '－' | '＋' => {
                char::from_u32(c as u32 - 0xFEE0).unwrap_or(c)
            }
            c if c.is_whitespace() => ' ',
            c => c,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_read_as_people_write_them() {
        for (text, value) in [
            ("59.90", 59.9),
            (" 1,234,567.89 ", 1_234_567.89),
            ("1 234", 1_234.0),
            ("¥12", 12.0),
            ("￥ 1,150元", 1_150.0),
            ("1.15万元", 11_500.0),
            ("11.57万", 115_700.0),
            ("3亿", 300_000_000.0),
            ("-5", -5.0),
            ("R$ 10.00", 10.0),
            ("１２．５", 12.5),
            ("0\u{a0}", 0.0),
            ("1234567", 1_234_567.0),
        ] {
            assert_eq!(number(text), Ok(value), "{text}");
        }
    }

    #[test]
    fn a_comma_that_may_be_a_decimal_is_refused() {
        for text in [
            "11,50万元",
            "1.234,56",
            "1,23",
            "12,3456",
            "1234,567",
            "1.2.3",
        ] {
            assert_eq!(
                number(text),
                Err(NumberError::Ambiguous(text.to_owned())),
                "{text}"
            );
        }
        let message = number("11,50万元").unwrap_err().to_string();
        assert!(
            message.contains("11,50万元") && message.contains("11.50"),
            "{message}"
        );
    }

    #[test]
    fn what_is_no_number_is_refused() {
        for text in [
            "", "-", "abc", "12%", "5.", "NaN", "inf", "1e5", "万", "--5", "￥", ",5",
        ] {
            assert_eq!(
                number(text),
                Err(NumberError::NotANumber(text.to_owned())),
                "{text}"
            );
        }
    }

    #[test]
    fn whole_numbers_are_exact() {
        assert_eq!(whole("9223372036854775807"), Ok(i64::MAX));
        assert_eq!(whole("1,000"), Ok(1_000));
        assert_eq!(whole("1.5"), Err(NumberError::NotWhole("1.5".to_owned())));
    }
}

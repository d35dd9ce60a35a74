//! Personal data made unrecognisable.

/// Columns whose whole content is about a person.
const PERSONAL: [&str; 18] = [
    "name",
    "phone",
    "mobile",
    "tel",
    "mail",
    "address",
    "street",
    "zip",
    "passport",
    "id_card",
    "姓名",
    "电话",
    "手机",
    "邮箱",
    "地址",
    "收件人",
    "收货人",
    "身份证",
];

/// Masks a phone number: the first three and the last four digits stay.
pub(super) fn phone(text: &str) -> String {
    let digits = text.chars().filter(char::is_ascii_digit).count();
    let (head, tail) = if digits >= 9 {
        (3, digits - 4)
    } else {
        (0, digits.saturating_sub(2))
    };
    let mut seen = 0;
    text.chars()
        .map(|c| {
            if !c.is_ascii_digit() {
                return c;
            }
            seen += 1;
            if seen <= head || seen > tail { c } else { '*' }
        })
        .collect()
}

/// Masks a name: of each word the first character stays.
pub(super) fn name(text: &str) -> String {
    let mut first = true;
    text.chars()
        .map(|c| {
            if c.is_whitespace() {
                first = true;
                return c;
            }
            if std::mem::take(&mut first) { c } else { '*' }
        })
        .collect()
}

/// Masks what looks like a phone number or an e-mail address anywhere in a text.
#[must_use]
pub fn mask_text(text: &str) -> String {
    text.split_inclusive(|c: char| c.is_whitespace() || matches!(c, ',' | ';' | '"' | '，'))
        .map(|word| {
            if let Some((local, domain)) = word
                .split_once('@')
                .filter(|(l, d)| !l.is_empty() && d.contains('.'))
            {
                return format!("{}***@{domain}", local.chars().next().unwrap_or('*'));
            }
            let core = word.trim_matches(|c: char| !c.is_ascii_digit());
            if is_phone(core) {
                word.replace(core, &phone(core))
            } else {
                word.to_owned()
            }
        })
        .collect()
}

/// Masks a cell by its column's name and its content.
#[must_use]
pub fn masked_cell(column: &str, text: &str) -> String {
    let column = column.to_lowercase();
    if PERSONAL.iter().any(|word| column.contains(word)) {
        let masked = if text.chars().any(|c| c.is_ascii_digit()) {
            phone(text)
        } else {
            name(text)
        };
        return mask_text(&masked);
    }
    mask_text(text)
}

fn is_phone(text: &str) -> bool {
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    (10..=13).contains(&digits)
        && text
            .bytes()
            .all(|byte| byte.is_ascii_digit() || matches!(byte, b'-' | b'+'))
        && !text.contains("--")
        && text.len() <= digits + 3
        && !(text.len() == digits && digits == 13)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn phones_names_and_mail_addresses_are_unrecognisable() {
        assert_eq!(phone("13812345678"), "138****5678");
        assert_eq!(name("张三丰"), "张**");
        assert_eq!(name("Ana Maria"), "A** M****");
        assert_eq!(
            mask_text("call 13812345678, or a.b@c.com"),
            "call 138****5678, or a***@c.com"
        );
        assert_eq!(masked_cell("收货人", "张三丰"), "张**");
        assert_eq!(masked_cell("customer_phone", "021-5555"), "***-**55");
    }

    #[test]
    fn dates_amounts_and_order_numbers_stay_readable() {
        for text in [
            "2017-10-02 10:56:33",
            "1,234.50",
            "e481f51cbdc54678b7cc49136f2d6af7",
            "A-10023",
        ] {
            assert_eq!(mask_text(text), text);
        }
    }
}

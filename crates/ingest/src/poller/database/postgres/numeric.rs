//! PostgreSQL's decimal numbers, as their own text.

/// Digits are in groups of four.
const GROUP: usize = 4;

/// Reads the binary form of `numeric`: numbers of digits, weight, sign and scale, then the
/// digits in base 10,000, the most significant first.
pub(super) fn text(bytes: &[u8]) -> Option<String> {
    let mut words = bytes.chunks_exact(2).map(|word| [word[0], word[1]]);
    let mut word = || words.next();
    let count = u16::from_be_bytes(word()?);
    let weight = i32::from(i16::from_be_bytes(word()?));
    let sign = u16::from_be_bytes(word()?);
    let scale = usize::from(u16::from_be_bytes(word()?));
    let digits: Vec<u16> = (0..count)
        .map(|_| word().map(u16::from_be_bytes))
        .collect::<Option<_>>()?;
    match sign {
        0xC000 => return Some("NaN".to_owned()),
        0xD000 => return Some("Infinity".to_owned()),
        0xF000 => return Some("-Infinity".to_owned()),
        _ => {}
    }
    let group = |index: i32| {
        let index = usize::try_from(index).ok();
        index.and_then(|index| digits.get(index)).copied()
    };
    let groups = |range: std::ops::Range<i32>| -> String {
        let padded = |index| format!("{:0GROUP$}", group(index).unwrap_or(0));
        range.map(padded).collect()
    };
    let whole = groups(0..weight + 1);
    let whole = whole.trim_start_matches('0');
    let minus = if sign == 0x4000 { "-" } else { "" };
    let mut text = format!("{minus}{}", if whole.is_empty() { "0" } else { whole });
    if scale > 0 {
        let behind = i32::try_from(scale.div_ceil(GROUP)).ok()?;
        let fraction = groups(weight + 1..weight + 1 + behind);
        text.push('.');
        text.push_str(fraction.get(..scale)?);
    }
    Some(text)
}

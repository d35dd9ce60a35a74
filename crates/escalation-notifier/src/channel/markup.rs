//! How each vendor marks text up.

/// A vendor's way to mark text up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Markup {
    /// Markdown of `WeCom`, with its three colours.
    Wecom,
    /// Markdown of `DingTalk`, where a line needs two blanks to end.
    Dingtalk,
    /// `lark_md` of Feishu.
    Feishu,
    /// `mrkdwn` of Slack.
    Slack,
    /// None.
    Plain,
}

impl Markup {
    const ALL: [Self; 5] = [
        Self::Wecom,
        Self::Dingtalk,
        Self::Feishu,
        Self::Slack,
        Self::Plain,
    ];

    /// Its name in templates.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Wecom => "wecom",
            Self::Dingtalk => "dingtalk",
            Self::Feishu => "feishu",
            Self::Slack => "slack",
            Self::Plain => "plain",
        }
    }

    /// Markup of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|markup| markup.as_str() == name)
    }

    /// Text that stands out.
    #[must_use]
    pub fn bold(self, text: &str) -> String {
        match self {
            Self::Wecom | Self::Dingtalk | Self::Feishu => format!("**{text}**"),
            Self::Slack => format!("*{text}*"),
            Self::Plain => text.to_owned(),
        }
    }

    /// Text that warns.
    #[must_use]
    pub fn warning(self, text: &str) -> String {
        match self {
            Self::Wecom => format!("<font color=\"warning\">{text}</font>"),
            Self::Dingtalk => format!("<font color=#ff0000>{text}</font>"),
            Self::Feishu => format!("<font color='red'>{text}</font>"),
            Self::Slack => format!("*{text}*"),
            Self::Plain => format!("[{text}]"),
        }
    }

    /// Text that leads somewhere.
    #[must_use]
    pub fn link(self, text: &str, to: &str) -> String {
        match self {
            Self::Wecom | Self::Dingtalk | Self::Feishu => format!("[{text}]({to})"),
            Self::Slack => format!("<{to}|{text}>"),
            Self::Plain => format!("{text}: {to}"),
        }
    }

    /// What a quoted line begins with.
    #[must_use]
    pub fn quote(self) -> &'static str {
        match self {
            Self::Wecom | Self::Slack => ">",
            Self::Dingtalk => "> ",
            Self::Feishu | Self::Plain => "",
        }
    }

    /// What a line ends with.
    #[must_use]
    pub fn line_end(self) -> &'static str {
        match self {
            Self::Dingtalk => "  \n",
            _ => "\n",
        }
    }

    /// Text of others on one line, which cannot act as markup, lead anywhere,
    /// mention anybody or turn what stands around it.
    #[must_use]
    pub fn literal(self, text: &str) -> String {
        self.prose(&text.replace("://", "：//"))
    }

    /// The same of a procedure, whose addresses may lead where they say.
    #[must_use]
    pub fn prose(self, text: &str) -> String {
        let mut one_line = String::with_capacity(text.len());
        for character in text.chars() {
            match (self, character) {
                (_, character) if ends_a_line(character) => one_line.push(' '),
                (_, character) if is_unseen(character) => {}
                (Self::Plain, character) => one_line.push(character),
                (Self::Slack, '&') => one_line.push_str("&amp;"),
                (_, '<') => one_line.push('＜'),
                (_, '>') => one_line.push('＞'),
                (_, '*' | '`') => one_line.push('·'),
                (_, '[') => one_line.push('［'),
                (_, ']') => one_line.push('］'),
                (_, character) => one_line.push(character),
            }
        }
        one_line.trim().to_owned()
    }
}

/// Whether a character ends a line, or commands a terminal.
#[must_use]
pub fn ends_a_line(character: char) -> bool {
    character.is_control() || matches!(character, '\u{2028}' | '\u{2029}')
}

/// Whether nobody sees a character, though it may hide others or turn them round (UAX #9).
fn is_unseen(character: char) -> bool {
    matches!(
        character,
        '\u{ad}'
            | '\u{61c}'
            | '\u{180e}'
            | '\u{200b}'
            | '\u{200e}'..='\u{200f}'
            | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{feff}'
            | '\u{fff9}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e007f}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_others_wrote_leads_nowhere_and_mentions_nobody() {
        let nasty = "<@all> [pay](http://evil.example) **now**\n`&`";
        for markup in [
            Markup::Wecom,
            Markup::Dingtalk,
            Markup::Feishu,
            Markup::Slack,
        ] {
            let text = markup.literal(nasty);
            assert!(!text.contains(['<', '[', '*', '`', '\n']), "{text}");
        }
        assert_eq!(Markup::Slack.literal("R&D"), "R&amp;D");
        assert_eq!(Markup::Plain.literal("R&D"), "R&D");
        assert_eq!(Markup::Plain.literal("a\r\nb*"), "a  b*");
    }

    #[test]
    fn what_others_wrote_turns_nothing_round_and_hides_nothing() {
        // Right-to-left override, isolate, mark; no width, byte order, soft hyphen; ends of lines.
        let nasty =
            "A\u{202e}1\u{2066}2\u{200f}3\u{200b}4\u{feff}5\u{ad}6\u{2028}7\u{2029}8\u{85}9";
        for markup in Markup::ALL {
            assert_eq!(markup.literal(nasty), "A123456 7 8 9", "{markup:?}");
        }
    }

    #[test]
    fn an_address_that_others_wrote_is_no_link_anywhere() {
        for markup in Markup::ALL {
            let text = markup.literal("https://evil.example/pay");
            assert!(!text.contains("://"), "{text}");
            let text = markup.prose("see https://wiki.example/customs");
            assert_eq!(text, "see https://wiki.example/customs");
        }
    }
}

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

    /// Text of others on one line, which cannot act as markup, lead anywhere
    /// or mention anybody.
    #[must_use]
    pub fn literal(self, text: &str) -> String {
        let mut one_line = String::with_capacity(text.len());
        for character in text.chars() {
            match (self, character) {
                (_, character) if character.is_control() => one_line.push(' '),
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
        assert_eq!(Markup::Plain.literal("a\r\nb*"), "a  b*");
    }
}

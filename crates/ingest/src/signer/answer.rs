//! What vendors want to hear.

/// What an endpoint says to the sender of a webhook.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// Content type of the body; `None` when there is no body.
    pub content_type: Option<&'static str>,
    /// Body.
    pub body: &'static str,
}

/// What a vendor wants to hear in each case, and who says so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Answers {
    /// The webhook is durable.
    pub accepted: Answer,
    /// The webhook is not believed, or makes no sense.
    pub refused: Answer,
    /// The webhook could not be taken now: the vendor should send it again.
    pub unavailable: Answer,
    /// Who says that `accepted` is right.
    pub source: Source,
}

/// Who says what is known of a vendor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// The vendor's documentation, or the specification itself.
    Vendor,
    /// Copies of it, or clients, that others have published.
    ThirdParty,
    /// Nobody: it is whatever the parameters say.
    Parameters,
}

const JSON: Option<&str> = Some("application/json; charset=utf-8");

impl Answers {
    /// Names of the vendors that want to hear something of their own.
    pub const NAMES: &'static [&'static str] = &["kuaidi100", "sf-express"];

    /// Empty bodies: the status says all.
    #[must_use]
    pub const fn of_status_alone(source: Source) -> Self {
        Self {
            accepted: empty(200),
            refused: empty(401),
            unavailable: empty(503),
            source,
        }
    }

    /// 快递100 reads the body. That it takes anything but this for a failure, and `500` for an
    /// error of the server, is known from third-party copies of its documentation.
    pub const KUAIDI100: Self = Self {
        accepted: json(
            200,
            r#"{"result":true,"returnCode":"200","message":"成功"}"#,
        ),
        refused: json(
            401,
            r#"{"result":false,"returnCode":"401","message":"验签失败"}"#,
        ),
        unavailable: json(
            503,
            r#"{"result":false,"returnCode":"500","message":"服务器错误"}"#,
        ),
        source: Source::ThirdParty,
    };

    /// 顺丰's push of routes reads `return_code`: `0000` is success, as third-party copies of
    /// its documentation have it. The other codes are ours: any but `0000` makes it send again,
    /// three times in all.
    pub const SF_EXPRESS: Self = Self {
        accepted: json(200, r#"{"return_code":"0000","return_msg":"成功"}"#),
        refused: json(401, r#"{"return_code":"1000","return_msg":"拒绝"}"#),
        unavailable: json(503, r#"{"return_code":"1000","return_msg":"系统异常"}"#),
        source: Source::ThirdParty,
    };

    /// What a vendor wants to hear that is not content with a status; `None` for others.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "kuaidi100" => Some(Self::KUAIDI100),
            "sf-express" => Some(Self::SF_EXPRESS),
            _ => None,
        }
    }
}

const fn empty(status: u16) -> Answer {
    Answer {
        status,
        content_type: None,
        body: "",
    }
}

const fn json(status: u16, body: &'static str) -> Answer {
    Answer {
        status,
        content_type: JSON,
        body,
    }
}

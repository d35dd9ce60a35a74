#![doc = include_str!("../README.md")]

pub mod facts;
pub mod subject;
pub mod time;

/// Facts, batches of facts and source declarations.
pub mod fact {
    #[expect(missing_docs, clippy::all, reason = "generated")]
    pub mod v1 {
        tonic::include_proto!("orderwatch.fact.v1");
    }
}

/// The event envelope and its payloads.
pub mod event {
    #[expect(missing_docs, clippy::all, reason = "generated")]
    pub mod v1 {
        tonic::include_proto!("orderwatch.event.v1");
    }
}

/// The gRPC service that takes facts in.
pub mod ingest {
    #[expect(
        missing_docs,
        clippy::all,
        clippy::allow_attributes,
        reason = "generated"
    )]
    pub mod v1 {
        tonic::include_proto!("orderwatch.ingest.v1");
    }
}

/// The gRPC service of rule sets, exceptions and explanations.
pub mod rules {
    #[expect(missing_docs, clippy::allow_attributes, reason = "generated")]
    pub mod v1 {
        tonic::include_proto!("orderwatch.rules.v1");
    }
}

/// The gRPC service of tickets.
pub mod ticketing {
    #[expect(
        missing_docs,
        clippy::all,
        clippy::allow_attributes,
        reason = "generated"
    )]
    pub mod v1 {
        tonic::include_proto!("orderwatch.ticketing.v1");
    }
}

/// The gRPC service of escalations and deliveries.
pub mod escalation {
    #[expect(
        missing_docs,
        clippy::all,
        clippy::allow_attributes,
        reason = "generated"
    )]
    pub mod v1 {
        tonic::include_proto!("orderwatch.escalation.v1");
    }
}

/// The gRPC service of the audit trail.
pub mod audit {
    #[expect(missing_docs, clippy::allow_attributes, reason = "generated")]
    pub mod v1 {
        tonic::include_proto!("orderwatch.audit.v1");
    }
}

/// The gRPC services that every service serves about itself.
pub mod operations {
    #[expect(missing_docs, clippy::allow_attributes, reason = "generated")]
    pub mod v1 {
        tonic::include_proto!("orderwatch.operations.v1");
    }
}

/// Encoded descriptors of every proto, for gRPC reflection.
pub const FILE_DESCRIPTOR_SET: &[u8] = tonic::include_file_descriptor_set!("orderwatch");

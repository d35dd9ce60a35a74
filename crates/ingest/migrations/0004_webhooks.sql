-- Deliveries of webhooks that were taken, so that twice is once. The id is the SHA-256 of what
-- the vendor calls the delivery, and of its body where the signature does not cover that.
CREATE TABLE webhook_deliveries (
    webhook text NOT NULL,
    id bytea NOT NULL,
    forget_at timestamptz NOT NULL,
    PRIMARY KEY (webhook, id)
);
CREATE INDEX webhook_deliveries_by_age ON webhook_deliveries USING brin (forget_at);

-- Orders of which somebody wants to hear when more is known of them; each is told of once.
CREATE TABLE watched_orders (
    order_id text PRIMARY KEY
);

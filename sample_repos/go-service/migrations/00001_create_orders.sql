-- +goose Up
CREATE TABLE orders (
    item  text PRIMARY KEY,
    count integer NOT NULL DEFAULT 0
);

-- +goose Down
DROP TABLE orders;

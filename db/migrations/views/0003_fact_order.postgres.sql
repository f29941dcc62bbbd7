-- The facts behind a figure are listed by the bytes of place, measure and subject, whatever the server's language is.
ALTER TABLE fact
  ALTER COLUMN book TYPE TEXT COLLATE "C",
  ALTER COLUMN key TYPE TEXT COLLATE "C",
  ALTER COLUMN measure TYPE TEXT COLLATE "C",
  ALTER COLUMN subject TYPE TEXT COLLATE "C",
  ALTER COLUMN root TYPE TEXT COLLATE "C",
  ALTER COLUMN place TYPE TEXT COLLATE "C";

ALTER TABLE stock_point
  ALTER COLUMN book TYPE TEXT COLLATE "C",
  ALTER COLUMN measure TYPE TEXT COLLATE "C",
  ALTER COLUMN subject TYPE TEXT COLLATE "C",
  ALTER COLUMN root TYPE TEXT COLLATE "C",
  ALTER COLUMN place TYPE TEXT COLLATE "C";

-- Quarantine: what devices sent and the catalog could not accept, kept as it came, with all that was done about it.

-- book says whose people see to the item; named is the book that the delivery named, '' if none could be read. form is
-- "record" or "body"; record and kind are '' where they could not be read; origin is the item that this one was a part of.
-- reason holds the findings, code the first one's. in_hand is until when somebody works on the item, turn how often it was
-- taken, steps how many rows of history it has. settled and scrubbed are 0 until it was.
CREATE TABLE quarantine (
  id       TEXT   NOT NULL PRIMARY KEY,
  book     TEXT   NOT NULL,
  named    TEXT   NOT NULL,
  form     TEXT   NOT NULL,
  channel  TEXT   NOT NULL,
  sender   TEXT   NOT NULL,
  token    TEXT   NOT NULL,
  catalog  TEXT   NOT NULL,
  record   TEXT   NOT NULL,
  kind     TEXT   NOT NULL,
  origin   TEXT   NOT NULL,
  received BIGINT NOT NULL,
  sent     BIGINT NOT NULL,
  latest   BIGINT NOT NULL,
  times    BIGINT NOT NULL,
  hash     TEXT   NOT NULL,
  bytes    BIGINT NOT NULL,
  code     TEXT   NOT NULL,
  reason   TEXT   NOT NULL,
  state    TEXT   NOT NULL,
  in_hand  BIGINT NOT NULL,
  turn     BIGINT NOT NULL,
  steps    BIGINT NOT NULL,
  settled  BIGINT NOT NULL,
  scrubbed BIGINT NOT NULL
);

CREATE INDEX quarantine_work ON quarantine (book, state, received, id);

CREATE INDEX quarantine_token ON quarantine (token, state);

CREATE INDEX quarantine_settled ON quarantine (settled) WHERE settled > 0 AND scrubbed = 0;

-- The bytes as they came. The row goes when they are scrubbed.
CREATE TABLE quarantine_raw (
  id  TEXT  NOT NULL PRIMARY KEY,
  raw BYTEA NOT NULL
);

-- What was done about an item: by whom, when, and why. data holds a JSON object of texts.
CREATE TABLE quarantine_step (
  id   TEXT   NOT NULL,
  step BIGINT NOT NULL,
  at   BIGINT NOT NULL,
  who  TEXT   NOT NULL,
  did  TEXT   NOT NULL,
  why  TEXT   NOT NULL,
  data TEXT   NOT NULL,
  PRIMARY KEY (id, step)
);

-- What became of an item: the entries that hold what it said.
CREATE TABLE quarantine_entry (
  id     TEXT   NOT NULL,
  book   TEXT   NOT NULL,
  seq    BIGINT NOT NULL,
  record TEXT   NOT NULL,
  PRIMARY KEY (id, book, seq)
);

CREATE INDEX quarantine_entry_record ON quarantine_entry (record);

-- One row for each book, written before its quota is looked at: two devices cannot both take the last place.
CREATE TABLE quarantine_gate (
  book TEXT   NOT NULL PRIMARY KEY,
  turn BIGINT NOT NULL
);

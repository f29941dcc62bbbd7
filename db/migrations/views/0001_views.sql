-- The rebuildable side: everything here follows from the entries and may be dropped and replayed.

CREATE TABLE cursor (
  book     TEXT   NOT NULL,
  follower TEXT   NOT NULL,
  size     BIGINT NOT NULL,
  PRIMARY KEY (book, follower)
);

-- A row of the register holds from day valid_from up to (not including) valid_to, as known from entry seq_from
-- (inclusive) up to seq_to (exclusive). 99991231 and 9223372036854775807 mean "still".
CREATE TABLE register (
  book       TEXT   NOT NULL,
  kind       TEXT   NOT NULL,
  object     TEXT   NOT NULL,
  valid_from BIGINT NOT NULL,
  valid_to   BIGINT NOT NULL,
  seq_from   BIGINT NOT NULL,
  seq_to     BIGINT NOT NULL,
  root       TEXT   NOT NULL,
  place      TEXT   NOT NULL,
  label      TEXT   NOT NULL,
  data       TEXT   NOT NULL,
  PRIMARY KEY (book, kind, object, valid_from, seq_from)
);

CREATE INDEX register_place ON register (book, kind, place, object);

CREATE TABLE register_statement (
  book   TEXT   NOT NULL,
  kind   TEXT   NOT NULL,
  object TEXT   NOT NULL,
  root   TEXT   NOT NULL,
  seq    BIGINT NOT NULL,
  day    BIGINT NOT NULL,
  ends   BIGINT NOT NULL,
  place  TEXT   NOT NULL,
  label  TEXT   NOT NULL,
  data   TEXT   NOT NULL,
  PRIMARY KEY (book, kind, object, root)
);

-- Which state of the county's book a town's book has taken over, and since which of its own entries.
CREATE TABLE adoption (
  book   TEXT   NOT NULL,
  seq    BIGINT NOT NULL,
  source TEXT   NOT NULL,
  size   BIGINT NOT NULL,
  catalog TEXT  NOT NULL,
  PRIMARY KEY (book, seq)
);

CREATE TABLE fact (
  book    TEXT   NOT NULL,
  fold    TEXT   NOT NULL,
  key     TEXT   NOT NULL,
  measure TEXT   NOT NULL,
  subject TEXT   NOT NULL,
  root    TEXT   NOT NULL,
  place   TEXT   NOT NULL,
  day     BIGINT NOT NULL,
  amount  BIGINT NOT NULL,
  at      BIGINT NOT NULL,
  PRIMARY KEY (book, fold, key, measure, subject, root)
);

CREATE INDEX fact_measure ON fact (book, measure, day);

-- Entries that belong to a key which more than one record shares.
CREATE TABLE member (
  book TEXT   NOT NULL,
  fold TEXT   NOT NULL,
  key  TEXT   NOT NULL,
  root TEXT   NOT NULL,
  seq  BIGINT NOT NULL,
  PRIMARY KEY (book, fold, key, root)
);

-- Records without effect, each with the reason.
CREATE TABLE idle (
  book   TEXT NOT NULL,
  fold   TEXT NOT NULL,
  key    TEXT NOT NULL,
  root   TEXT NOT NULL,
  reason TEXT NOT NULL,
  PRIMARY KEY (book, fold, key, root)
);

-- For "sum": the amount that falls into the span. For "stock": by how much the level changed in the span.
-- span is a year, a month or a day as text; records counts facts (sum) or subjects present (stock, as a difference).
CREATE TABLE rollup (
  book    TEXT   NOT NULL,
  measure TEXT   NOT NULL,
  place   TEXT   NOT NULL,
  span    TEXT   NOT NULL,
  amount  BIGINT NOT NULL,
  records BIGINT NOT NULL,
  PRIMARY KEY (book, measure, place, span)
);

CREATE TABLE stock_point (
  book    TEXT   NOT NULL,
  measure TEXT   NOT NULL,
  subject TEXT   NOT NULL,
  day     BIGINT NOT NULL,
  root    TEXT   NOT NULL,
  place   TEXT   NOT NULL,
  amount  BIGINT NOT NULL,
  at      BIGINT NOT NULL,
  PRIMARY KEY (book, measure, subject, day, root)
);

-- How many facts speak for a subject on a day at a place (every level of the place).
CREATE TABLE distinct_day (
  book    TEXT   NOT NULL,
  measure TEXT   NOT NULL,
  place   TEXT   NOT NULL,
  subject TEXT   NOT NULL,
  day     BIGINT NOT NULL,
  refs    BIGINT NOT NULL,
  PRIMARY KEY (book, measure, place, subject, day)
);

-- How many subjects were first seen on this day within the span, so that a span can be read up to any of its days.
CREATE TABLE distinct_first (
  book    TEXT   NOT NULL,
  measure TEXT   NOT NULL,
  place   TEXT   NOT NULL,
  span    TEXT   NOT NULL,
  day     BIGINT NOT NULL,
  amount  BIGINT NOT NULL,
  PRIMARY KEY (book, measure, place, span, day)
);

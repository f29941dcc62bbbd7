-- The rebuildable side: everything here follows from the entries and may be dropped and replayed.

CREATE TABLE cursor (
  book     TEXT   NOT NULL,
  follower TEXT   NOT NULL,
  size     BIGINT NOT NULL,
  PRIMARY KEY (book, follower)
);

-- What each entry said in the register, one row an entry, never changed. act is states, ends, withdraws or confirms;
-- object, place, label and data are empty where the act names none. id is the entry's record, under which the ledger
-- keeps its personal values.
CREATE TABLE register_statement (
  book   TEXT   NOT NULL,
  seq    BIGINT NOT NULL,
  id     TEXT   NOT NULL,
  root   TEXT   NOT NULL,
  act    TEXT   NOT NULL,
  amends BIGINT NOT NULL,
  held   BIGINT NOT NULL,
  kind   TEXT   NOT NULL,
  object TEXT   NOT NULL,
  day    BIGINT NOT NULL,
  place  TEXT   NOT NULL,
  label  TEXT   NOT NULL,
  data   TEXT   NOT NULL,
  PRIMARY KEY (book, seq)
);

CREATE INDEX register_statement_root ON register_statement (book, root);

CREATE INDEX register_statement_object ON register_statement (book, object);

-- A row of the register holds from day valid_from up to (not including) valid_to, as known from entry seq_from
-- (inclusive) up to seq_to (exclusive). 99991231 and 9223372036854775807 mean "still". statement is the sequence of the
-- register_statement that says what holds. The place stands in a column for each level, so that "all within a town"
-- is an equality, which no collation can bend; a level finer than the place is empty. Only seq_to is ever changed, once.
CREATE TABLE register (
  book       TEXT   NOT NULL,
  kind       TEXT   NOT NULL,
  object     TEXT   NOT NULL,
  valid_from BIGINT NOT NULL,
  valid_to   BIGINT NOT NULL,
  seq_from   BIGINT NOT NULL,
  seq_to     BIGINT NOT NULL,
  statement  BIGINT NOT NULL,
  county     TEXT   NOT NULL,
  town       TEXT   NOT NULL,
  village    TEXT   NOT NULL,
  grid       TEXT   NOT NULL,
  PRIMARY KEY (book, kind, object, valid_from, seq_from)
);

CREATE INDEX register_object ON register (book, object);

CREATE INDEX register_town ON register (book, kind, town, object);

CREATE INDEX register_village ON register (book, kind, village, object);

-- Which state of the county's book a town's book has taken over, and since which of its own entries.
CREATE TABLE adoption (
  book    TEXT   NOT NULL,
  seq     BIGINT NOT NULL,
  source  TEXT   NOT NULL,
  size    BIGINT NOT NULL,
  root    TEXT   NOT NULL,
  catalog TEXT   NOT NULL,
  PRIMARY KEY (book, seq)
);

-- References to objects that were not in the register when their entry passed. target is the book whose register holds
-- the object, at the entry of this book that brought it there (or adopted it); "" and 9223372036854775807 while it waits.
CREATE TABLE resolution (
  book   TEXT   NOT NULL,
  seq    BIGINT NOT NULL,
  ref    TEXT   NOT NULL,
  target TEXT   NOT NULL,
  at     BIGINT NOT NULL,
  PRIMARY KEY (book, seq, ref)
);

CREATE INDEX resolution_ref ON resolution (book, ref);

-- What a fold says that entries amount to, by key. A rollup is what these rows give, and nothing else.
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

-- Roots that belong to a key which more than one record may share.
CREATE TABLE member (
  book TEXT   NOT NULL,
  fold TEXT   NOT NULL,
  key  TEXT   NOT NULL,
  root TEXT   NOT NULL,
  PRIMARY KEY (book, fold, key, root)
);

CREATE INDEX member_root ON member (book, fold, root);

-- Records without effect on a key, each with the reason.
CREATE TABLE idle (
  book   TEXT NOT NULL,
  fold   TEXT NOT NULL,
  key    TEXT NOT NULL,
  record TEXT NOT NULL,
  reason TEXT NOT NULL,
  PRIMARY KEY (book, fold, key, record)
);

-- Asked for every batch: few amendments ever wait, so it stays small.
CREATE INDEX idle_waits ON idle (book, fold, key) WHERE reason = 'amends.waits';

-- By place (every level of it) and span (a year, a month or a day as text). amount: for "sum" what falls into the span;
-- for "stock" by how much the level changed in it; 0 for "distinct". records counts facts, for "stock" by how many the
-- subjects present changed. Rows that come to nothing go. No index on what changes: PostgreSQL then updates in place.
CREATE TABLE rollup (
  book    TEXT   NOT NULL,
  measure TEXT   NOT NULL,
  place   TEXT   NOT NULL,
  span    TEXT   NOT NULL,
  amount  BIGINT NOT NULL,
  records BIGINT NOT NULL,
  PRIMARY KEY (book, measure, place, span)
);

-- The values said of a subject of a "stock" measure: each holds from its day on, until the next. refs counts the facts
-- that one root gives for one day; their amounts are added.
CREATE TABLE stock_point (
  book    TEXT   NOT NULL,
  measure TEXT   NOT NULL,
  subject TEXT   NOT NULL,
  day     BIGINT NOT NULL,
  root    TEXT   NOT NULL,
  place   TEXT   NOT NULL,
  amount  BIGINT NOT NULL,
  at      BIGINT NOT NULL,
  refs    BIGINT NOT NULL,
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

CREATE INDEX distinct_day_subject ON distinct_day (book, measure, subject);

-- How many subjects were first seen on this day within the span (a year or a month), so that a span can be read up to any
-- of its days.
CREATE TABLE distinct_first (
  book    TEXT   NOT NULL,
  measure TEXT   NOT NULL,
  place   TEXT   NOT NULL,
  span    TEXT   NOT NULL,
  day     BIGINT NOT NULL,
  amount  BIGINT NOT NULL,
  PRIMARY KEY (book, measure, place, span, day)
);

-- Facts keep their past, so that a published figure can be set beside what came later: seq is the entry that says a fact,
-- at the one by which it came into force, gone the one that ended it. What the rows so far cannot tell is told by the
-- entries: all that was folded is dropped, and folded again from the first entry on.

DELETE FROM cursor WHERE follower = 'tally';

DELETE FROM fact;

DELETE FROM member;

DELETE FROM idle;

DELETE FROM rollup;

DELETE FROM stock_point;

DELETE FROM distinct_day;

DELETE FROM distinct_first;

ALTER TABLE fact ADD COLUMN seq BIGINT NOT NULL DEFAULT 0;

ALTER TABLE stock_point RENAME COLUMN at TO seq;

DROP INDEX fact_place;

CREATE INDEX fact_place ON fact (book, measure, place, day, seq, at);

CREATE TABLE past_fact (
  book    TEXT   NOT NULL,
  fold    TEXT   NOT NULL,
  key     TEXT   NOT NULL,
  measure TEXT   NOT NULL,
  subject TEXT   NOT NULL,
  root    TEXT   NOT NULL,
  place   TEXT   NOT NULL,
  day     BIGINT NOT NULL,
  amount  BIGINT NOT NULL,
  seq     BIGINT NOT NULL,
  at      BIGINT NOT NULL,
  gone    BIGINT NOT NULL,
  PRIMARY KEY (book, fold, key, measure, subject, root, at)
);

CREATE INDEX past_fact_measure ON past_fact (book, measure, day, gone);

-- What is added up is written by its key, over and over: SQLite keeps such a table once, in the order of the key, and not
-- a second time in the order of arrival.
CREATE TABLE rollup_by_key (
  book    TEXT   NOT NULL,
  measure TEXT   NOT NULL,
  place   TEXT   NOT NULL,
  span    TEXT   NOT NULL,
  amount  BIGINT NOT NULL,
  records BIGINT NOT NULL,
  PRIMARY KEY (book, measure, place, span)
) WITHOUT ROWID;

INSERT INTO rollup_by_key (book, measure, place, span, amount, records)
SELECT book, measure, place, span, amount, records
FROM rollup;

DROP TABLE rollup;

ALTER TABLE rollup_by_key RENAME TO rollup;

CREATE TABLE distinct_day_by_key (
  book    TEXT   NOT NULL,
  measure TEXT   NOT NULL,
  place   TEXT   NOT NULL,
  subject TEXT   NOT NULL,
  day     BIGINT NOT NULL,
  refs    BIGINT NOT NULL,
  PRIMARY KEY (book, measure, place, subject, day)
) WITHOUT ROWID;

INSERT INTO distinct_day_by_key (book, measure, place, subject, day, refs)
SELECT book, measure, place, subject, day, refs
FROM distinct_day;

DROP TABLE distinct_day;

ALTER TABLE distinct_day_by_key RENAME TO distinct_day;

CREATE INDEX distinct_day_subject ON distinct_day (book, measure, subject);

CREATE TABLE distinct_first_by_key (
  book    TEXT   NOT NULL,
  measure TEXT   NOT NULL,
  place   TEXT   NOT NULL,
  span    TEXT   NOT NULL,
  day     BIGINT NOT NULL,
  amount  BIGINT NOT NULL,
  PRIMARY KEY (book, measure, place, span, day)
) WITHOUT ROWID;

INSERT INTO distinct_first_by_key (book, measure, place, span, day, amount)
SELECT book, measure, place, span, day, amount
FROM distinct_first;

DROP TABLE distinct_first;

ALTER TABLE distinct_first_by_key RENAME TO distinct_first;

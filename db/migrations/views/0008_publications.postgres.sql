-- What was published is listed by place, figure and period; what a publication says stands in its entry. What came into force
-- or ended since one is found by sequence, so that it costs what it shows. Lists go by the bytes of the books' names.
CREATE TABLE publication (
  book      TEXT   COLLATE "C" NOT NULL,
  seq       BIGINT NOT NULL,
  sort      TEXT   NOT NULL,
  figure    TEXT   NOT NULL,
  place     TEXT   COLLATE "C" NOT NULL,
  first_day BIGINT NOT NULL,
  last_day  BIGINT NOT NULL,
  as_of     BIGINT NOT NULL,
  number    BIGINT NOT NULL,
  PRIMARY KEY (book, seq)
);

CREATE INDEX publication_question ON publication (book, figure, place, first_day, last_day, as_of, number);

CREATE INDEX fact_at ON fact (book, at);

CREATE INDEX past_fact_gone ON past_fact (book, gone);

-- The durable side: books and their entries, the erasable personal values, catalogs, signing keys, tokens.

CREATE TABLE book (
  book       TEXT   NOT NULL PRIMARY KEY,
  size       BIGINT NOT NULL,
  checkpoint TEXT   NOT NULL
);

-- root is the id that an amendment, withdrawal or confirmation speaks of; NULL where the entry stands for itself.
-- hashes holds the tlog hashes that this entry completed, 32 bytes each, its own leaf first.
CREATE TABLE entry (
  book     TEXT   NOT NULL,
  seq      BIGINT NOT NULL,
  id       TEXT   NOT NULL,
  root     TEXT,
  kind     TEXT   NOT NULL,
  hashes   BYTEA  NOT NULL,
  record   TEXT   NOT NULL,
  envelope TEXT   NOT NULL,
  PRIMARY KEY (book, seq)
);

CREATE UNIQUE INDEX entry_id ON entry (book, id);

CREATE INDEX entry_root ON entry (book, root) WHERE root IS NOT NULL;

-- subject says whose value it is, as a reference (person/ID, household/ID, rec/ROOT): an erasure names it.
CREATE TABLE personal (
  book    TEXT  NOT NULL,
  id      TEXT  NOT NULL,
  field   TEXT  NOT NULL,
  subject TEXT  NOT NULL,
  value   TEXT  NOT NULL,
  salt    BYTEA NOT NULL,
  PRIMARY KEY (book, id, field)
);

CREATE INDEX personal_subject ON personal (subject, book);

-- Global tables: small, the same for all books.

CREATE TABLE catalog (
  hash TEXT NOT NULL PRIMARY KEY,
  body TEXT NOT NULL
);

CREATE TABLE signer (
  name   TEXT NOT NULL PRIMARY KEY,
  secret TEXT NOT NULL,
  public TEXT NOT NULL
);

-- hash is the SHA-256 of the secret, which nobody keeps; rights are words separated by spaces; revoked is 0 while it holds.
CREATE TABLE token (
  hash    TEXT   NOT NULL PRIMARY KEY,
  book    TEXT   NOT NULL,
  person  TEXT   NOT NULL,
  rights  TEXT   NOT NULL,
  label   TEXT   NOT NULL,
  created BIGINT NOT NULL,
  expires BIGINT NOT NULL,
  revoked BIGINT NOT NULL
);

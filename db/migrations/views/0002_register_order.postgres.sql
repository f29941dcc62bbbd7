-- Lists of register objects go by the bytes of their ids on both databases, whatever the server's language is.
ALTER TABLE register ALTER COLUMN object TYPE TEXT COLLATE "C";

ALTER TABLE resolution ALTER COLUMN ref TYPE TEXT COLLATE "C";

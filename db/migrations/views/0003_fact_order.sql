-- The facts behind a figure are listed by the bytes of place, measure and subject; SQLite orders text so by itself.
SELECT 1;

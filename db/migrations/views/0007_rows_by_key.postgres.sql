-- What is added up is written by its key, over and over; PostgreSQL has no tables in the order of a key.
SELECT 1;

-- Lists of register objects go by the bytes of their ids on both databases; SQLite orders text so by itself.
SELECT 1;

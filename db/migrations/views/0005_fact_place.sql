-- A page of the facts behind a figure is read place by place and day by day, and costs what it shows.
DROP INDEX fact_measure;

CREATE INDEX fact_place ON fact (book, measure, place, day, at);

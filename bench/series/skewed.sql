-- As uniform.sql, but few accounts get most of the work; they lie anywhere in the table.
\set rank random_zipfian(1, 100000 * :scale, 1.25)
\set aid 1 + permute(:rank - 1, 100000 * :scale, 7)
\set bid random(1, :scale)
\set tid random(1, 10 * :scale)
\set delta random(-5000, 5000)
BEGIN;
UPDATE pgbench_accounts SET abalance = abalance + :delta WHERE aid = :aid;
UPDATE pgbench_tellers SET tbalance = tbalance + :delta WHERE tid = :tid;
UPDATE pgbench_branches SET bbalance = bbalance + :delta WHERE bid = :bid;
INSERT INTO pgbench_history (tid, bid, aid, delta, mtime)
VALUES (:tid, :bid, :aid, :delta, timestamp '2026-11-01' + nextval('bench.tick') * interval '173 milliseconds');
END;

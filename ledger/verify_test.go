package ledger_test

import (
	"strings"
	"testing"

	"qingshan/db"
	"qingshan/db/dbtest"
	"qingshan/fault"
	"qingshan/ledger"
	"qingshan/record"
)

// TestVerifyNamesWhatWasAltered changes a store behind the ledger's back, one way after the other, and wants verify to
// name the entry.
func TestVerifyNamesWhatWasAltered(t *testing.T) {
	cases := []struct {
		name, code, seq string
		sql             []string
	}{
		{"a byte of a record", "verify.entry_altered", "3",
			[]string{`UPDATE entry SET record = replace(record, '"mass":30', '"mass":31') WHERE seq = 3`}},
		{"a byte of an envelope", "verify.entry_altered", "2",
			[]string{`UPDATE entry SET envelope = replace(envelope, '"api"', '"apj"') WHERE seq = 2`}},
		{"a tree hash", "verify.entry_altered", "4",
			[]string{`UPDATE entry SET hashes = (SELECT e.hashes FROM entry e WHERE e.seq = 2 AND e.book = entry.book) WHERE seq = 4`}},
		{"a column beside the record", "verify.columns_altered", "5",
			[]string{`UPDATE entry SET kind = 'waste.loaf' WHERE seq = 5`}},
		{"an entry taken out", "verify.entry_missing", "3",
			[]string{`DELETE FROM entry WHERE seq = 3`}},
		{"an entry put behind the head", "verify.entry_beyond_head", "9",
			[]string{`INSERT INTO entry SELECT book, 9, 'x', root, kind, hashes, record, envelope FROM entry WHERE seq = 3`}},
		{"the last entry cut off", "verify.checkpoint_differs", "8",
			[]string{`DELETE FROM entry WHERE seq = 8`, `UPDATE book SET size = 8`}},
		{"a personal value", "verify.personal_altered", "1",
			[]string{`UPDATE personal SET value = '"王某"'`}},
	}
	for _, c := range cases {
		t.Run(strings.ReplaceAll(c.name, " ", "_"), func(t *testing.T) {
			dbtest.Each(t, func(t *testing.T, s dbtest.Stores) {
				l := open(t, s.Ledger, ledger.Options{}, book)
				put(t, l, []record.Outcome{record.Stored}, household(book, 1, "张某甲", "person/p7"))
				for n := 2; n <= 8; n++ {
					put(t, l, []record.Outcome{record.Stored}, load(book, n, int64(10*n)))
				}
				verify(t, l, book)
				tamper(t, s.Ledger, c.sql...)
				_, err := l.Verify(t.Context(), book)
				if f := fault.Of(err); f.Code != c.code || f.Data["seq"] != c.seq {
					t.Errorf("got %v, want %s at %s", err, c.code, c.seq)
				}
			})
		})
	}
}

func tamper(t *testing.T, store *db.DB, statements ...string) {
	t.Helper()
	err := store.Do(t.Context(), func(tx *db.Tx) error {
		for _, sql := range statements {
			if n, err := tx.Exec(t.Context(), sql); err != nil || n == 0 {
				t.Fatalf("tamper with %s: %d rows, %v", sql, n, err)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestOlderCheckpoints plays an insider who has the database and the signing key: he cuts off or rewrites the end and has
// it signed anew. Only a checkpoint that somebody else kept shows it.
func TestOlderCheckpoints(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s dbtest.Stores) {
		l := open(t, s.Ledger, ledger.Options{}, book)
		var kept [][]byte
		for n := 1; n <= 6; n++ {
			put(t, l, []record.Outcome{record.Stored}, load(book, n, int64(10*n)))
			checkpoint, err := l.Checkpoint(t.Context(), book)
			if err != nil {
				t.Fatal(err)
			}
			kept = append(kept, checkpoint)
		}
		if report := verify(t, l, book, kept...); report.Older != 6 {
			t.Errorf("older checkpoints %d, want 6", report.Older)
		}
		tamper(t, s.Ledger, `DELETE FROM entry WHERE seq > 4`, `UPDATE book SET size = 5`)
		insider := open(t, s.Ledger, ledger.Options{})
		put(t, insider, []record.Outcome{record.Stored}, load(book, 50, 1))
		verify(t, insider, book)
		if _, err := insider.Verify(t.Context(), book, kept[5]); fault.Of(err).Code != "verify.book_truncated" {
			t.Errorf("truncated: got %v, want verify.book_truncated", err)
		}
		if _, err := insider.Verify(t.Context(), book, kept[4]); fault.Of(err).Code != "verify.history_rewritten" {
			t.Errorf("rewritten: got %v, want verify.history_rewritten", err)
		}
		verify(t, insider, book, kept[3])
		forged := []byte(strings.Replace(string(kept[3]), "\n5\n", "\n4\n", 1))
		if _, err := insider.Verify(t.Context(), book, forged); fault.Of(err).Code != "checkpoint.not_ours" {
			t.Errorf("forged: got %v, want checkpoint.not_ours", err)
		}
	})
}

func FuzzParseCheckpoint(f *testing.F) {
	f.Add("qingshan/220323102\n7\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n")
	f.Add("qingshan/\n-1\n\n")
	f.Add("go.sum database tree\n9\n=\n")
	f.Fuzz(func(t *testing.T, text string) {
		c, err := ledger.ParseCheckpoint(text)
		if err != nil {
			return
		}
		again, err := ledger.ParseCheckpoint(c.String())
		if err != nil || again != c {
			t.Errorf("%q: got %+v and then %+v, %v", text, c, again, err)
		}
	})
}

package access

import (
	"context"
	"fmt"
	"strings"
	"time"

	"qingshan/db"
	"qingshan/internal/digest"
)

func insertToken(ctx context.Context, tx *db.Tx, t Token) error {
	_, err := tx.Exec(ctx, `
		INSERT INTO token (
			hash,
			book,
			person,
			rights,
			label,
			created,
			expires,
			revoked)
		VALUES ($1, $2, $3, $4, $5, $6, $7, 0)`,
		t.hash.String(), string(t.Book), string(t.Person), joined(t.Rights), t.Label, t.Created.UnixMilli(), t.Expires.UnixMilli())
	return err
}

func selectToken(ctx context.Context, q *db.Tx, hash digest.Hash) (Token, bool, error) {
	rows, err := q.Query(ctx, `
		SELECT
			hash,
			book,
			person,
			rights,
			label,
			created,
			expires,
			revoked
		FROM token
		WHERE hash = $1`, hash.String())
	if err != nil {
		return Token{}, false, err
	}
	defer rows.Close()
	if !rows.Next() {
		return Token{}, false, rows.Err()
	}
	t, err := scanToken(rows)
	return t, err == nil, err
}

func selectTokens(ctx context.Context, q *db.Tx) ([]Token, error) {
	rows, err := q.Query(ctx, `
		SELECT
			hash,
			book,
			person,
			rights,
			label,
			created,
			expires,
			revoked
		FROM token
		ORDER BY created, hash`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var list []Token
	for rows.Next() {
		t, err := scanToken(rows)
		if err != nil {
			return nil, err
		}
		list = append(list, t)
	}
	return list, rows.Err()
}

func scanToken(row interface{ Scan(...any) error }) (Token, error) {
	var t Token
	var hash, rights string
	var created, expires, revoked int64
	if err := row.Scan(&hash, &t.Book, &t.Person, &rights, &t.Label, &created, &expires, &revoked); err != nil {
		return t, err
	}
	sum, err := digest.Parse(hash)
	if err != nil {
		return t, fmt.Errorf("read a token: %w", err)
	}
	t.ID, t.hash = newToken(sum).ID, sum
	for _, word := range strings.Fields(rights) {
		t.Rights = append(t.Rights, Right(word))
	}
	t.Created, t.Expires = time.UnixMilli(created).UTC(), time.UnixMilli(expires).UTC()
	if revoked != 0 {
		t.Revoked = time.UnixMilli(revoked).UTC()
	}
	return t, nil
}

func revokeToken(ctx context.Context, tx *db.Tx, hash digest.Hash, at time.Time) error {
	_, err := tx.Exec(ctx, `
		UPDATE token
		SET revoked = $2
		WHERE hash = $1 AND revoked = 0`, hash.String(), at.UnixMilli())
	return err
}

func joined(rights []Right) string {
	words := make([]string, len(rights))
	for i, r := range rights {
		words[i] = string(r)
	}
	return strings.Join(words, " ")
}

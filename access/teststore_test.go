package access

import (
	"context"

	"qingshan/db"
	"qingshan/internal/digest"
)

func deleteToken(ctx context.Context, tx *db.Tx, hash digest.Hash) error {
	_, err := tx.Exec(ctx, `
		DELETE FROM token
		WHERE hash = $1`, hash.String())
	return err
}

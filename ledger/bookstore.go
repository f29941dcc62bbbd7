package ledger

import (
	"context"
	"errors"
	"fmt"

	"qingshan/db"
	"qingshan/fault"
	"qingshan/record"
)

func insertBook(ctx context.Context, tx *db.Tx, book record.Book) error {
	_, err := tx.Exec(ctx, `
		INSERT INTO book (
			book,
			size,
			checkpoint)
		VALUES ($1, 0, '')
		ON CONFLICT (book) DO NOTHING`, string(book))
	if err != nil {
		return fmt.Errorf("create book %s: %w", book, err)
	}
	return nil
}

// lockBook gives the book's size and checkpoint, and keeps other transactions from appending to it until this one ends.
func lockBook(ctx context.Context, tx *db.Tx, book record.Book) (size int64, checkpoint string, err error) {
	err = tx.QueryRow(ctx, `
		UPDATE book
		SET size = size
		WHERE book = $1
		RETURNING
			size,
			checkpoint`, string(book)).Scan(&size, &checkpoint)
	if errors.Is(err, db.ErrNoRows) {
		return 0, "", unknownBook(book)
	}
	if err != nil {
		return 0, "", fmt.Errorf("lock book %s: %w", book, err)
	}
	return size, checkpoint, nil
}

func unknownBook(book record.Book) error {
	return fault.New(fault.NotFound, "book.unknown", fault.Data{"book": string(book)})
}

func updateHead(ctx context.Context, tx *db.Tx, book record.Book, size int64, checkpoint string) error {
	_, err := tx.Exec(ctx, `
		UPDATE book
		SET
			size = $2,
			checkpoint = $3
		WHERE book = $1`, string(book), size, checkpoint)
	if err != nil {
		return fmt.Errorf("move the head of %s to %d: %w", book, size, err)
	}
	return nil
}

func selectHead(ctx context.Context, q *db.Tx, book record.Book) (size int64, checkpoint string, err error) {
	err = q.QueryRow(ctx, `
		SELECT
			size,
			checkpoint
		FROM book
		WHERE book = $1`, string(book)).Scan(&size, &checkpoint)
	if errors.Is(err, db.ErrNoRows) {
		return 0, "", unknownBook(book)
	}
	if err != nil {
		return 0, "", fmt.Errorf("read the head of %s: %w", book, err)
	}
	return size, checkpoint, nil
}

func selectBooks(ctx context.Context, q *db.Tx) ([]record.Book, error) {
	rows, err := q.Query(ctx, `
		SELECT book
		FROM book
		WHERE size > 0
		ORDER BY book`)
	if err != nil {
		return nil, fmt.Errorf("list books: %w", err)
	}
	var books []record.Book
	err = db.EachRow(rows, func() error {
		var book string
		err := rows.Scan(&book)
		books = append(books, record.Book(book))
		return err
	})
	return books, err
}

// selectKnownBooks lists every book that the store speaks of, even one that lost its head or its entries.
func selectKnownBooks(ctx context.Context, q *db.Tx) ([]record.Book, error) {
	rows, err := q.Query(ctx, `
		SELECT book
		FROM book
		UNION
		SELECT book
		FROM entry
		ORDER BY book`)
	if err != nil {
		return nil, fmt.Errorf("list all books: %w", err)
	}
	var books []record.Book
	err = db.EachRow(rows, func() error {
		var book string
		err := rows.Scan(&book)
		books = append(books, record.Book(book))
		return err
	})
	return books, err
}

func insertSigner(ctx context.Context, tx *db.Tx, secret, public string) error {
	_, err := tx.Exec(ctx, `
		INSERT INTO signer (
			name,
			secret,
			public)
		VALUES ('checkpoint', $1, $2)
		ON CONFLICT (name) DO NOTHING`, secret, public)
	if err != nil {
		return fmt.Errorf("keep the signing key: %w", err)
	}
	return nil
}

func selectSigner(ctx context.Context, q *db.Tx) (secret, public string, err error) {
	err = q.QueryRow(ctx, `
		SELECT
			secret,
			public
		FROM signer
		WHERE name = 'checkpoint'`).Scan(&secret, &public)
	if err != nil {
		return "", "", fmt.Errorf("read the signing key: %w", err)
	}
	return secret, public, nil
}

func insertCatalog(ctx context.Context, tx *db.Tx, hash, body string) error {
	_, err := tx.Exec(ctx, `
		INSERT INTO catalog (
			hash,
			body)
		VALUES ($1, $2)
		ON CONFLICT (hash) DO NOTHING`, hash, body)
	if err != nil {
		return fmt.Errorf("keep catalog %s: %w", hash, err)
	}
	return nil
}

func selectCatalogs(ctx context.Context, q *db.Tx) (map[string][]byte, error) {
	rows, err := q.Query(ctx, `
		SELECT
			hash,
			body
		FROM catalog`)
	if err != nil {
		return nil, fmt.Errorf("read catalogs: %w", err)
	}
	out := map[string][]byte{}
	err = db.EachRow(rows, func() error {
		var hash string
		var body []byte
		err := rows.Scan(&hash, &body)
		out[hash] = body
		return err
	})
	return out, err
}

package doctor

import (
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"qingshan/app"
	"qingshan/db"
	"qingshan/fault"
	"qingshan/follow"
	"qingshan/quarantine"
	"qingshan/record"
)

// stores looks at both without making or migrating anything, and tells whether they can be opened as they are.
func (p *patient) stores(ctx context.Context) bool {
	open := true
	for _, store := range []db.Store{db.Ledger, db.Views} {
		data := map[string]string{"store": string(store)}
		found, err := db.Inspect(ctx, p.cfg.Location(), store, db.Options{Unsafe: p.cfg.UnsafePostgres})
		data["count"] = fmt.Sprint(found.Pending)
		switch {
		case err != nil:
			p.failed("stores", err)
		case !found.Made:
			p.find("stores", Wrong, "doctor.store_not_made", data)
		case found.Pending > 0:
			p.find("stores", Wrong, "doctor.store_behind", data)
		default:
			p.find("stores", Well, "doctor.store_well", map[string]string{"store": string(store), "count": fmt.Sprint(found.Applied)})
			continue
		}
		open = false
	}
	return open
}

// How much room there should be.
const (
	tooFull   = 256 << 20
	nearlyOut = 2 << 30
	tooShort  = 14 // days, at the pace so far
	short     = 60
)

// growth gives the bytes a day by which an embedded database has grown since its first entry; 0 if that is not known.
func (p *patient) growth() float64 {
	if p.cfg.DB != "" || p.first.IsZero() {
		return 0
	}
	var size int64
	for _, name := range []string{"ledger.db", "views.db"} {
		info, err := os.Stat(filepath.Join(p.cfg.Dir, name))
		if err != nil {
			return 0
		}
		size += info.Size()
	}
	days := p.host.Now().Sub(p.first).Hours() / 24
	if days < 7 {
		return 0 // a first week says nothing about the year
	}
	return float64(size) / days
}

// space holds what is free against what is filled a day.
func (p *patient) space(folder string, perDay float64) {
	free, total, err := p.host.Space(folder)
	if err != nil {
		p.find("space", Notice, "doctor.space_unknown", map[string]string{"folder": folder})
		return
	}
	data := map[string]string{"folder": folder, "free": gigabytes(free), "total": gigabytes(total)}
	state, code := Well, "doctor.space_well"
	days := short + 1.0
	if perDay > 0 {
		days = float64(free) / perDay
	}
	switch {
	case free < tooFull:
		state, code = Wrong, "doctor.space_out"
	case days < short:
		state, code = Notice, "doctor.space_days"
		data["days"] = fmt.Sprint(int(days))
		if days < tooShort {
			state = Wrong
		}
	case free < nearlyOut:
		state, code = Notice, "doctor.space_low"
	}
	p.find("space", state, code, data)
}

func gigabytes(bytes uint64) string { return fmt.Sprintf("%.1f GB", float64(bytes)/1e9) }

// inside opens the installation for looking.
func (p *patient) inside(ctx context.Context) {
	a, err := app.Open(ctx, p.cfg, app.Options{Log: p.options.Log, Reading: true, Clock: p.host.Now})
	if err != nil {
		p.failed("books", err)
		return
	}
	defer a.Close()
	if !p.books(ctx, a) {
		return
	}
	p.newest(ctx, a)
	p.followers(ctx, a)
	p.adoption(ctx, a)
	p.quarantine(ctx, a)
}

// books looks at every head, or reads every entry.
func (p *patient) books(ctx context.Context, a *app.App) bool {
	if p.options.Full {
		verified, err := a.Verify(ctx, "", nil)
		if err != nil {
			p.failed("books", err)
			return false
		}
		var total int64
		for _, v := range verified {
			total += v.Entries
		}
		p.find("books", Well, "doctor.books_verified", map[string]string{"books": fmt.Sprint(len(verified)), "entries": fmt.Sprint(total)})
		return true
	}
	found, err := a.Ledger().Glance(ctx)
	if err != nil {
		p.failed("books", err)
		return false
	}
	well := true
	for _, book := range slices.Sorted(maps.Keys(found)) {
		if found[book] != nil {
			p.failed("books", found[book])
			well = false
		}
	}
	switch {
	case len(found) == 0:
		p.find("books", Wrong, "books.none", nil)
		return false
	case well:
		p.find("books", Well, "doctor.books_well", map[string]string{"books": fmt.Sprint(len(found))})
	}
	return well
}

// ahead is how far a clock may be behind an entry that it wrote.
const ahead = 5 * time.Minute

// newest holds the clock against the newest entry: time does not go back. It notes the first one's time, too.
func (p *patient) newest(ctx context.Context, a *app.App) {
	books, err := a.Ledger().Books(ctx)
	if err != nil {
		p.failed("clock", err)
		return
	}
	var newest time.Time
	for _, book := range books {
		first, err := a.Ledger().Entry(ctx, book, 0)
		if err != nil {
			p.failed("clock", err)
			return
		}
		if p.first.IsZero() || first.Envelope.Received.Before(p.first) {
			p.first = first.Envelope.Received
		}
		size, err := a.Ledger().Size(ctx, book)
		if err != nil {
			p.failed("clock", err)
			return
		}
		last, err := a.Ledger().Entry(ctx, book, size-1)
		if err != nil {
			p.failed("clock", err)
			return
		}
		if last.Envelope.Received.After(newest) {
			newest = last.Envelope.Received
		}
	}
	if behind := newest.Sub(p.host.Now()); behind > ahead {
		p.find("clock", Wrong, "doctor.clock_behind", map[string]string{"minutes": fmt.Sprint(int(behind.Minutes())), "newest": newest.In(record.Zone()).Format("2006-01-02 15:04")})
		return
	}
	p.find("clock", Well, "doctor.clock_well", nil)
}

// followers lets them catch up for a while: a bug that stopped them in the server stops them here, with its reason.
func (p *patient) followers(ctx context.Context, a *app.App) {
	waiting, cancel := context.WithTimeout(ctx, p.options.Patience)
	defer cancel()
	_ = a.CatchUp(waiting) // what it met shows in the status
	status, err := a.Status(ctx)
	if err != nil {
		p.failed("followers", err)
		return
	}
	well := true
	for _, s := range status {
		data := map[string]string{"book": string(s.Book), "follower": s.Follower, "behind": fmt.Sprint(s.Behind)}
		switch {
		case s.Stopped != nil && fault.Of(s.Stopped).Code == follow.ViewsAhead:
			p.find("followers", Wrong, follow.ViewsAhead, data)
		case s.Stopped != nil:
			data["reason"] = s.Stopped.Error()
			p.find("followers", Wrong, "doctor.follower_stopped", data)
		case s.Behind > 0:
			p.find("followers", Notice, "doctor.follower_behind", data)
		default:
			continue
		}
		well = false
	}
	if well {
		p.find("followers", Well, "doctor.followers_well", nil)
	}
}

// adoption looks for what a county said that its towns have not taken over.
func (p *patient) adoption(ctx context.Context, a *app.App) {
	books, err := a.Ledger().Books(ctx)
	if err != nil {
		p.failed("adoption", err)
		return
	}
	well := true
	for _, book := range books {
		missing, county, err := unadopted(ctx, a, book)
		if err != nil {
			p.failed("adoption", err)
			return
		}
		if missing > 0 {
			p.find("adoption", Notice, "doctor.adoption_lags", map[string]string{"book": string(book), "county": string(county), "count": fmt.Sprint(missing)})
			well = false
		}
	}
	if well {
		p.find("adoption", Well, "doctor.adoption_well", nil)
	}
}

// unadopted counts the shared entries of a town's county that came after what the town adopted.
func unadopted(ctx context.Context, a *app.App, town record.Book) (missing int, county record.Book, err error) {
	first, err := a.Ledger().Entry(ctx, town, 0)
	if err != nil {
		return 0, "", err
	}
	county = record.Book(first.Record.Values["parent"].Text)
	if county == "" {
		return 0, "", nil
	}
	adopted, _, err := a.Register().Adopted(ctx, town)
	if err != nil {
		return 0, "", err
	}
	for from := adopted.Size; ; {
		entries, err := a.Ledger().Entries(ctx, county, from, 500)
		if err != nil || len(entries) == 0 {
			return missing, county, err
		}
		for _, e := range entries {
			if strings.HasPrefix(string(e.Record.Kind), "register.") || e.Record.Kind == "catalog.published" {
				missing++
			}
		}
		from += int64(len(entries))
	}
}

// quarantine counts what waits for a person.
func (p *patient) quarantine(ctx context.Context, a *app.App) {
	books, err := a.Ledger().Books(ctx)
	if err != nil {
		p.failed("quarantine", err)
		return
	}
	store := quarantine.New(a.Durable(), quarantine.Options{Clock: p.host.Now})
	const most = 1000
	items, more, err := store.List(ctx, quarantine.Query{Books: books, State: quarantine.Waiting, Limit: most})
	if err != nil {
		p.failed("quarantine", err)
		return
	}
	if len(items) == 0 {
		p.find("quarantine", Well, "doctor.quarantine_well", nil)
		return
	}
	count := fmt.Sprint(len(items))
	if more != "" {
		count += "+"
	}
	p.find("quarantine", Notice, "doctor.quarantine_waiting", map[string]string{"count": count, "since": items[0].Received.In(record.Zone()).Format(time.DateOnly)})
}

// Package demo is the demonstration year of one town on its way through the doors: a sender, and the comparison of what the
// figures API then says with what the town published. It talks HTTP only and reads no table.
package demo

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"qingshan/demo/year"
	"qingshan/record"
)

// Config says where the year is sent to and how. Base, Token and Out are needed.
type Config struct {
	// Base is the address of the doors, without a slash at the end.
	Base string
	// Token gives the bearer token of a person; only the person "operator" is asked for, who may write every book.
	Token func(person string) string
	// SetClock sets the server's clock before the deliveries of a day. nil leaves it alone.
	SetClock func(time.Time)
	// Out takes the report. Its lines are for people.
	Out io.Writer
	// Progress, if given, hears how many of all submissions are through.
	Progress func(done, total int)
	// Client makes the requests. Default: a client of its own with a time limit of a minute.
	Client *http.Client
	// Options vary the year.
	Options Options
}

// Options vary the year; see [year.Options].
type Options = year.Options

// ErrDisagrees says that a figure which can be compared does not agree with what was published.
var ErrDisagrees = errors.New("figures disagree with the published list")

// Run sends the year up to the freeze, compares what the figures API then says with the published list, has the claims judged, publishes what can be
// compared, sends the rest of the year, amends an old record and revises its figure, and shows what was frozen, what is
// pending and what is live. It fails if any comparable row disagrees.
func Run(ctx context.Context, cfg Config) error {
	drawn, err := year.Draw(cfg.Options)
	if err != nil {
		return err
	}
	s := NewSender(cfg, drawn)
	if err := s.Until(ctx, drawn.Freeze()); err != nil {
		return err
	}
	frozen, err := s.Compare(ctx)
	if err != nil {
		return err
	}
	if err := s.printRows(frozen); err != nil {
		return err
	}
	if err := s.printVerdicts(ctx, frozen); err != nil {
		return err
	}
	published, err := s.freeze(ctx, frozen)
	if err != nil {
		return err
	}
	if err := s.Until(ctx, drawn.End()); err != nil {
		return err
	}
	if err := s.printLive(ctx, frozen); err != nil {
		return err
	}
	if err := s.goOn(ctx, published); err != nil {
		return err
	}
	if err := s.printFrozen(ctx, published); err != nil {
		return err
	}
	if _, wrong := judged(frozen); len(wrong) > 0 {
		return fmt.Errorf("%w: %s", ErrDisagrees, strings.Join(wrong, ", "))
	}
	return nil
}

// Sender delivers a year day by day.
type Sender struct {
	cfg  Config
	year year.Year
	c    *client
	next int
}

// NewSender makes a sender that has delivered nothing yet.
func NewSender(cfg Config, drawn year.Year) *Sender {
	httpClient := cfg.Client
	if httpClient == nil {
		httpClient = &http.Client{Timeout: time.Minute}
	}
	return &Sender{cfg: cfg, year: drawn, c: &client{base: cfg.Base, token: cfg.Token, http: httpClient, sizes: map[record.Book]int64{}}}
}

// Until delivers what is due up to and including a day, in batches of one book, with the clock at the evening of each day.
func (s *Sender) Until(ctx context.Context, last record.Day) error {
	for s.next < len(s.year.Acts) && s.year.Acts[s.next].Deliver <= last {
		batch := s.year.Batch(s.next, batchLimit)
		at := evening(batch[0].Deliver)
		if s.cfg.SetClock != nil {
			s.cfg.SetClock(at)
		}
		if err := s.deliver(ctx, at, batch); err != nil {
			return fmt.Errorf("deliver on %s to %s: %w", batch[0].Deliver, batch[0].Book, err)
		}
		s.next += len(batch)
		if s.cfg.Progress != nil {
			s.cfg.Progress(s.next, len(s.year.Acts))
		}
	}
	return nil
}

// evening gives the hour of a day at which things are sent.
func evening(d record.Day) time.Time {
	day := d.Time()
	return time.Date(day.Year(), day.Month(), day.Day(), 20, 0, 0, 0, record.Zone())
}

// deliver sends a batch: what phones send by the devices' door, the rest by the office's.
func (s *Sender) deliver(ctx context.Context, evening time.Time, batch []year.Act) error {
	var office []year.Act
	for _, a := range batch {
		kept, err := s.c.byDevice(ctx, evening, a)
		if err != nil {
			return err
		}
		if !kept {
			office = append(office, a)
		}
	}
	if len(office) == 0 {
		return nil
	}
	return s.c.post(ctx, batch[0].Book, evening, office)
}

// Compare reads the published figures up to the freeze and judges each.
func (s *Sender) Compare(ctx context.Context) ([]Row, error) {
	list, err := ReadPublished()
	if err != nil {
		return nil, err
	}
	return comparison{s.c, s.year.Freeze()}.rows(ctx, list)
}

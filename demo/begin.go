package demo

import (
	"time"

	"qingshan/demo/year"
)

// Begin gives the morning of the first day on which a year delivers something: what the server's clock must show before.
func Begin(Options) (time.Time, error) {
	quotas, err := year.ReadQuotas()
	if err != nil {
		return time.Time{}, err
	}
	return year.Year{Quotas: quotas}.Begin().Time(), nil
}

package indicator

import (
	"qingshan/fault"
	"qingshan/record"
)

// ParseQuery reads place, period and, unless it is "", the day up to which counts, as doors are given them.
func ParseQuery(place, period, asOf string) (Query, error) {
	var q Query
	var err error
	if q.Place, err = record.ParseUnitCode(place); err != nil {
		return q, fault.Because(err, fault.Invalid, "query.place", nil)
	}
	if q.Period, err = record.ParsePeriod(period); err != nil {
		return q, fault.Because(err, fault.Invalid, "query.period", nil)
	}
	if asOf == "" {
		return q, nil
	}
	if q.AsOf, err = record.ParseDay(asOf); err != nil {
		return q, fault.Because(err, fault.Invalid, "query.as_of", nil)
	}
	return q, nil
}

package geo_test

import (
	"strings"
	"testing"

	"qingshan/geo"
)

func TestWhereCheck(t *testing.T) {
	const degree = 10_000_000
	for _, c := range []struct {
		name  string
		where geo.Where
		want  string // part of the error; "" = it is a position
	}{
		{"Yidan", geo.Where{Lat: 433012345, Lon: 1253456789, AccuracyMM: 8000, Source: geo.WGS84}, ""},
		{"without accuracy", geo.Where{Lat: 433012345, Lon: 1253456789, Source: geo.CGCS2000}, ""},
		{"the poles", geo.Where{Lat: 90 * degree, Lon: 1, Source: geo.WGS84}, ""},
		{"the other pole", geo.Where{Lat: -90 * degree, Lon: 0, Source: geo.WGS84}, ""},
		{"the date line", geo.Where{Lat: 1, Lon: 180 * degree, Source: geo.WGS84}, ""},
		{"the date line from the west", geo.Where{Lat: -1, Lon: -180 * degree, Source: geo.WGS84}, ""},
		{"on the equator", geo.Where{Lat: 0, Lon: 1, Source: geo.WGS84}, ""},
		{"on the meridian", geo.Where{Lat: 1, Lon: 0, Source: geo.WGS84}, ""},
		{"beyond the pole", geo.Where{Lat: 90*degree + 1, Lon: 1, Source: geo.WGS84}, "latitude"},
		{"beyond the other pole", geo.Where{Lat: -90*degree - 1, Lon: 1, Source: geo.WGS84}, "latitude"},
		{"beyond the date line", geo.Where{Lat: 1, Lon: 180*degree + 1, Source: geo.WGS84}, "longitude"},
		{"beyond the date line from the west", geo.Where{Lat: 1, Lon: -180*degree - 1, Source: geo.WGS84}, "longitude"},
		{"the two confused", geo.Where{Lat: 1253456789, Lon: 433012345, Source: geo.WGS84}, "latitude"},
		{"the least int64", geo.Where{Lat: -1 << 63, Lon: 1, Source: geo.WGS84}, "latitude"},
		{"no fix", geo.Where{AccuracyMM: 5, Source: geo.WGS84}, "without a fix"},
		{"a negative accuracy", geo.Where{Lat: 1, Lon: 1, AccuracyMM: -1, Source: geo.WGS84}, "accuracy"},
		{"no datum", geo.Where{Lat: 1, Lon: 1}, "datum"},
		{"a datum that shifts", geo.Where{Lat: 1, Lon: 1, Source: "gcj02"}, "datum"},
		{"a datum in upper case", geo.Where{Lat: 1, Lon: 1, Source: "WGS84"}, "datum"},
	} {
		err := c.where.Check()
		if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s\ninput %+v\ngot   %v\nwant  an error with %q", c.name, c.where, err, c.want)
		}
	}
}

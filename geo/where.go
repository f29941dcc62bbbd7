package geo

import "fmt"

// Datum names the coordinate system that a position was delivered in, before it was converted.
type Datum string

// The datums that a door may say.
const (
	WGS84    Datum = "wgs84"
	CGCS2000 Datum = "cgcs2000"
)

// Where is a position: latitude and longitude in units of 1e-7 degrees, the accuracy in millimetres
// (0 = not said), and the datum it came in.
type Where struct {
	Lat        int64
	Lon        int64
	AccuracyMM int64
	Source     Datum
}

const degree = 10_000_000

// Check refuses positions that cannot be on Earth and the null island that broken receivers send.
func (w Where) Check() error {
	switch {
	case w.Lat < -90*degree || w.Lat > 90*degree:
		return fmt.Errorf("latitude %d is outside ±90°", w.Lat)
	case w.Lon < -180*degree || w.Lon > 180*degree:
		return fmt.Errorf("longitude %d is outside ±180°", w.Lon)
	case w.Lat == 0 && w.Lon == 0:
		return fmt.Errorf("position 0, 0 is what a receiver without a fix sends")
	case w.AccuracyMM < 0:
		return fmt.Errorf("accuracy %d mm is negative", w.AccuracyMM)
	case w.Source != WGS84 && w.Source != CGCS2000:
		return fmt.Errorf("datum %q is not known", w.Source)
	}
	return nil
}

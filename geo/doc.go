// Package geo holds points on the ground. Coordinates are always WGS-84 (equal to CGCS2000 for this use);
// the datum a source used is kept beside the point, never mixed into it.
package geo

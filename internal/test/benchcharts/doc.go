// Command benchcharts draws the charts of the guides to storage and to scale, and writes their
// tables, from storage.txt and scale.txt in its directory.
//
//	go test -bench ──► storage.txt ──► parse ──┬──► docs/images/*.svg
//	                   scale.txt               └──► templates/guides/*.md, between their markers
//
// The same figures give the same files, byte for byte. What has no results has no bar and no row.
// `make bench-charts` and `make scale-charts` measure and draw.
package main

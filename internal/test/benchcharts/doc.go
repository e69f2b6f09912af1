// Command benchcharts draws the charts of docs/guides/storage and writes its tables, from
// results.txt in its directory.
//
//	go test -bench ──► results.txt ──► parse ──┬──► docs/images/*.svg
//	                                           └──► templates/guides/storage.md, between its markers
//
// The same figures give the same files, byte for byte. A store without results has no bar and no
// row. `make bench-charts` measures and draws.
package main

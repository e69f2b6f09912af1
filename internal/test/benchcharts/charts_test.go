package main

import (
	"encoding/xml"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const root = "../../.."

func read(t *testing.T, name string) string {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(name)))
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

func TestChartsAndTablesAreThoseOfTheResults(t *testing.T) {
	t.Parallel()
	files := map[string]string{}
	for _, g := range guides {
		if err := generate(files, g.name, g.parts, read(t, resultsDir+"/"+g.name+".txt"), read(t, guidesDir+"/"+g.name+".md")); err != nil {
			t.Fatal(err)
		}
	}
	pages := ""
	for name, want := range files {
		if got := read(t, name); got != want {
			t.Errorf("%s is not what `go run ./internal/test/benchcharts` makes of the results", name)
		}
		if strings.HasSuffix(name, ".md") {
			pages += want
		}
	}
	drawn, err := os.ReadDir(filepath.Join(root, imagesDir))
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range drawn {
		if _, ok := files[imagesDir+"/"+e.Name()]; !ok {
			t.Errorf("no results make %s", e.Name())
		}
		if !strings.Contains(pages, imageURL+e.Name()) {
			t.Errorf("no guide shows %s", e.Name())
		}
	}
}

const empty = "<!-- figures: modes -->\nold\n<!-- end of figures: modes -->\nbetween\n<!-- figures: stores -->\n<!-- end of figures: stores -->\n"

// storage is what the results of the guide to storage make.
func storage(results, guide string) (map[string]string, error) {
	files := map[string]string{}
	return files, generate(files, "storage", guides[0].parts, results, guide)
}

const guideFile = guidesDir + "/storage.md"

const sample = `goos: linux
BenchmarkModes/10_files-2   1   2 ns/op   1.0 auto-cpu-ms   20 auto-peak-MiB   2.0 disk-cpu-ms   30 disk-peak-MiB   3.0 memory-cpu-ms   40 memory-peak-MiB   0.5 floor-cpu-ms   5 floor-peak-MiB
BenchmarkStore/memory/put/1_objects-2      5   1000 ns/op   1 MB/s
BenchmarkStore/memory/put/1000_objects-2   5   100000 ns/op
BenchmarkStore/memory/get/1_objects-2      5   500 ns/op
BenchmarkStore/memory/get/1_missing-2      5   500 ns/op
BenchmarkStore/memory/get/1000_objects-2   5   50000 ns/op
BenchmarkStore/a<b/put/1_objects           5   1000000 ns/op
`

// TestEveryStoreThatHasResultsHasARowAndABar generates the guide and the charts from sample
// results, twice.
func TestEveryStoreThatHasResultsHasARowAndABar(t *testing.T) {
	t.Parallel()
	files, err := storage(sample, empty)
	if err != nil {
		t.Fatal(err)
	}
	guide := files[guideFile]
	for _, want := range []string{
		"| 10 files | `disk` | 2 | 30 |\n", "between\n",
		"| `memory` | 1.00 | 0.10 | 0.50 | 0.05 |\n", "| `a<b` | 1000 | – | – | – |\n",
	} {
		if !strings.Contains(guide, want) {
			t.Errorf("the guide has no %q:\n%s", want, guide)
		}
	}
	if strings.Contains(guide, "old") {
		t.Errorf("the guide keeps what was there before:\n%s", guide)
	}
	for name, bars := range map[string]int{"staging-modes.svg": 8, "object-caches.svg": 5} {
		svg := files[imagesDir+"/"+name]
		d, n := xml.NewDecoder(strings.NewReader(svg)), 0
		for {
			token, err := d.Token()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatalf("%s is not XML: %v\n%s", name, err, svg)
			}
			if e, ok := token.(xml.StartElement); ok && e.Name.Local == "rect" {
				n++
			}
		}
		if n != bars+1 { // and the background
			t.Errorf("%s has %d bars, want %d", name, n-1, bars)
		}
		if again, err := storage(sample, empty); err != nil || again[imagesDir+"/"+name] != svg {
			t.Errorf("%s is another one the second time, error %v", name, err)
		}
	}
}

func TestNothingIsDrawnOfWhatWasNotMeasured(t *testing.T) {
	t.Parallel()
	files, err := storage("PASS\n", empty)
	if err != nil || len(files) != 1 || strings.Contains(files[guideFile], "|") {
		t.Errorf("got %d files, error %v:\n%s", len(files), err, files[guideFile])
	}
}

func TestResultsThatAreNoneAreRefused(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ results, guide string }{
		"a figure without a unit": {"BenchmarkX 1 2 ns/op 3\n", empty},
		"a word for a figure":     {"BenchmarkX 1 two ns/op\n", empty},
		"the same name twice":     {"BenchmarkX-2 1 2 ns/op\nBenchmarkX-2 1 3 ns/op\n", empty},
		"a guide without markers": {"", "text"},
		"a marker without an end": {"", "<!-- figures: modes -->\n"},
	} {
		if files, err := storage(c.results, c.guide); err == nil {
			t.Errorf("%s: got %d files and no error", name, len(files))
		}
	}
}

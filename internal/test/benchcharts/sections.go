package main

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// section is the part of the guide about some results: markdown, and the chart that it refers to,
// nil when there is nothing to draw.
type section struct {
	markdown string
	chart    *chart
}

// imageURL is the address of the guide's images, as a registry hosts none.
const imageURL = "https://raw.githubusercontent.com/nanogit/terraform-provider-nanogit/main/" + imagesDir + "/"

func image(text, file string) string { return fmt.Sprintf("![%s](%s%s)\n\n", text, imageURL, file) }

// thousands matches a number of four to six digits, to put a comma into it.
var thousands = regexp.MustCompile(`\b([0-9]{1,3})([0-9]{3})\b`)

// modes shows the results of BenchmarkModes of internal/test/bench: "Modes/3000_files_of_20_KB"
// with "disk-cpu-ms", "disk-peak-MiB".
func modes(results []result) section {
	c := &chart{title: "Staging modes: one push to a new directory", columns: 2}
	var b strings.Builder
	names := []string{"memory", "disk", "auto"}
	for _, r := range results {
		contents, ok := strings.CutPrefix(r.name, "Modes/")
		if !ok {
			continue
		}
		contents = thousands.ReplaceAllString(strings.ReplaceAll(contents, "_", " "), "$1,$2")
		cpu := panel{title: contents + ": CPU, ms"}
		peak := panel{title: contents + ": peak memory, MiB"}
		for _, mode := range append(slices.Clone(names), "floor") {
			cpu.bars = append(cpu.bars, bar{mode, r.figures[mode+"-cpu-ms"]})
			peak.bars = append(peak.bars, bar{mode, r.figures[mode+"-peak-MiB"]})
			if b.Len() == 0 {
				b.WriteString(image("CPU time and peak memory of the staging modes", "staging-modes.svg"))
				b.WriteString("| files | staging mode | CPU, ms | peak memory, MiB |\n| --- | --- | ---: | ---: |\n")
			}
			fmt.Fprintf(&b, "| %s | %s | %.0f | %.0f |\n", contents, label(mode), r.figures[mode+"-cpu-ms"], r.figures[mode+"-peak-MiB"])
		}
		c.panels = append(c.panels, cpu, peak)
	}
	if len(c.panels) == 0 {
		return section{}
	}
	return section{b.String(), c}
}

// label is a mode as the table has it.
func label(mode string) string {
	if mode == "floor" {
		return "(read, hash and deflate alone)"
	}
	return "`" + mode + "`"
}

// operations are the measurements of BenchmarkStore of each store, with the number of objects of an
// operation.
var operations = []struct {
	name, title string
	objects     float64
}{
	{"put/1_objects", "put, one object", 1},
	{"put/1000_objects", "put, each of 1,000 at once", 1000},
	{"get/1_objects", "get, one object", 1},
	{"get/1000_objects", "get, each of 1,000 at once", 1000},
}

// stores shows the results of each store's BenchmarkStore: "Store/redis/get/1000_objects" with
// "ns/op".
func stores(results []result) section {
	took := map[string]map[string]float64{} // microseconds for each object, by store and operation
	var names []string
	for _, r := range results {
		rest, ok := strings.CutPrefix(r.name, "Store/")
		if !ok {
			continue
		}
		store, op, _ := strings.Cut(rest, "/")
		for _, o := range operations {
			if op != o.name {
				continue
			}
			if took[store] == nil {
				took[store] = map[string]float64{}
				names = append(names, store)
			}
			took[store][op] = r.figures["ns/op"] / 1000 / o.objects
		}
	}
	if len(names) == 0 {
		return section{}
	}
	c := &chart{title: "Object caches: µs for each object (logarithmic)", columns: 2, logarithmic: true}
	var b strings.Builder
	b.WriteString(image("Time that the object caches take", "object-caches.svg") + "| µs for each object |")
	for _, o := range operations {
		p := panel{title: o.title}
		for _, store := range names {
			if v, ok := took[store][o.name]; ok {
				p.bars = append(p.bars, bar{store, v})
			}
		}
		c.panels = append(c.panels, p)
		b.WriteString(" " + o.title + " |")
	}
	b.WriteString("\n| --- |" + strings.Repeat(" ---: |", len(operations)) + "\n")
	for _, store := range names {
		fmt.Fprintf(&b, "| `%s` |", store)
		for _, o := range operations {
			if v, ok := took[store][o.name]; ok {
				fmt.Fprintf(&b, " %s |", short(v))
			} else {
				b.WriteString(" – |")
			}
		}
		b.WriteString("\n")
	}
	return section{b.String(), c}
}

// short writes a figure with two or three digits that count.
func short(v float64) string {
	switch {
	case v >= 100:
		return fmt.Sprintf("%.0f", v)
	case v >= 10:
		return fmt.Sprintf("%.1f", v)
	}
	return fmt.Sprintf("%.2f", v)
}

package main

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// result is a line of `go test -bench`: its name without "Benchmark" and the number of processors,
// and figures by unit.
type result struct {
	name    string
	figures map[string]float64
}

// processors matches the suffix that `go test` appends to a name on several processors.
var processors = regexp.MustCompile(`-[0-9]+$`)

// parse reads the output of `go test -bench` and skips other lines. A benchmark that appears twice,
// as with -count, is an error: it is not clear which line counts.
func parse(output string) ([]result, error) {
	var all []result
	known := map[string]bool{}
	for line := range strings.Lines(output) {
		fields := strings.Fields(line)
		if len(fields) < 4 || !strings.HasPrefix(fields[0], "Benchmark") {
			continue
		}
		if len(fields)%2 != 0 {
			return nil, fmt.Errorf("result %q: a figure without a unit", strings.TrimSpace(line))
		}
		r := result{name: processors.ReplaceAllString(strings.TrimPrefix(fields[0], "Benchmark"), ""), figures: map[string]float64{}}
		for i := 2; i < len(fields); i += 2 {
			v, err := strconv.ParseFloat(fields[i], 64)
			if err != nil {
				return nil, fmt.Errorf("result %q: %w", strings.TrimSpace(line), err)
			}
			r.figures[fields[i+1]] = v
		}
		if known[r.name] {
			return nil, fmt.Errorf("result %q is there twice", r.name)
		}
		known[r.name] = true
		all = append(all, r)
	}
	return all, nil
}

// replace puts text between the marker's two comments in a guide.
func replace(guide, marker, text string) (string, error) {
	begin, end := "<!-- figures: "+marker+" -->\n", "<!-- end of figures: "+marker+" -->"
	before, rest, ok := strings.Cut(guide, begin)
	if !ok {
		return "", fmt.Errorf("the guide has no line %q", strings.TrimSpace(begin))
	}
	_, after, ok := strings.Cut(rest, end)
	if !ok {
		return "", fmt.Errorf("the guide has no line %q", end)
	}
	return before + begin + text + end + after, nil
}

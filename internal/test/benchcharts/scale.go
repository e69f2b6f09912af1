package main

import (
	"fmt"
	"strings"
)

// steps are the runs of the engine that BenchmarkPace and BenchmarkScale measure.
var steps = []struct{ name, title string }{{"plan", "first plan"}, {"apply", "apply"}, {"plan-again", "plan without changes"}}

// seconds writes a time of milliseconds in seconds.
func seconds(ms float64) string { return short(ms / 1_000) }

// paceNames are the configurations of BenchmarkPace as the table has them.
var paceNames = []struct{ name, title, short string }{
	{"data", "`terraform_data`", "data"},
	{"local", "`local_file`", "local_file"},
	{"explicit", "`nanogit_file`, `explicit`", "explicit"},
	{"auto", "`nanogit_file`, `auto`", "auto"},
	{"auto-100", "the same with `-parallelism=100`", "auto, 100"},
}

// paces shows the result of BenchmarkPace: "explicit-apply-ms", "explicit-apply-cpu-ms".
func paces(results []result) section {
	for _, r := range results {
		if r.name != "Pace" {
			continue
		}
		var b strings.Builder
		b.WriteString(image("Time that plans and applies of a thousand resources take", "pace.svg"))
		b.WriteString("| 1,000 resources by `count` | plan, s | apply, s | plan without changes, s | provider's CPU in these, s | peak memory of the provider, MiB | commits |\n" +
			"| --- | ---: | ---: | ---: | ---: | ---: | ---: |\n")
		c := &chart{title: "1,000 resources by count: seconds", columns: 2, wide: true}
		for _, s := range steps {
			p := panel{title: s.title}
			for _, n := range paceNames {
				p.bars = append(p.bars, bar{n.short, r.figures[n.name+"-"+s.name+"-ms"] / 1_000})
			}
			c.panels = append(c.panels, p)
		}
		for _, n := range paceNames {
			of := func(step, unit string) float64 { return r.figures[n.name+"-"+step+"-"+unit] }
			fmt.Fprintf(&b, "| %s | %s | %s | %s | %s, %s, %s | %.0f | %s |\n", n.title, seconds(of("plan", "ms")), seconds(of("apply", "ms")), seconds(of("plan-again", "ms")),
				seconds(of("plan", "cpu-ms")), seconds(of("apply", "cpu-ms")), seconds(of("plan-again", "cpu-ms")),
				max(of("plan", "peak-MiB"), of("apply", "peak-MiB"), of("plan-again", "peak-MiB")), count(of("apply", "commits")))
		}
		return section{b.String(), c}
	}
	return section{}
}

func count(n float64) string {
	if n == 0 {
		return ""
	}
	return fmt.Sprintf("%.0f", n)
}

// ways shows the results of BenchmarkScale/ways: "Scale/ways/count" with "apply-ms".
func ways(results []result) section {
	var b strings.Builder
	c := &chart{title: "1,000 files in one commit: seconds", columns: 2, wide: true}
	for _, s := range steps {
		c.panels = append(c.panels, panel{title: s.title})
	}
	for _, r := range results {
		way, ok := strings.CutPrefix(r.name, "Scale/ways/")
		if !ok {
			continue
		}
		way = strings.ReplaceAll(way, "_", " ")
		way = strings.NewReplacer("for each", "for_each", "nanogit files", "nanogit_files", "source dir", "source_dir").Replace(way)
		if b.Len() == 0 {
			b.WriteString(image("Time that a thousand files take, by the way they are written", "ways.svg"))
			b.WriteString("| 1,000 files | plan, s | apply, s | plan without changes, s | Terraform's own CPU in these, s | provider's CPU in these, s |\n| --- | ---: | ---: | ---: | ---: | ---: |\n")
		}
		fmt.Fprintf(&b, "| %s |", way)
		for i, s := range steps {
			fmt.Fprintf(&b, " %s |", seconds(r.figures[s.name+"-ms"]))
			c.panels[i].bars = append(c.panels[i].bars, bar{way, r.figures[s.name+"-ms"] / 1_000})
		}
		for _, who := range []string{"engine-ms", "cpu-ms"} {
			var all []string
			for _, s := range steps {
				all = append(all, seconds(r.figures[s.name+"-"+who]))
			}
			fmt.Fprintf(&b, " %s |", strings.Join(all, ", "))
		}
		b.WriteString("\n")
	}
	if b.Len() == 0 {
		return section{}
	}
	return section{b.String(), c}
}

// growth shows the results of BenchmarkScale/files: "Scale/files/1000_files" with "git-ms".
func growth(results []result) section {
	var b strings.Builder
	c := &chart{title: "Files of 2 KB by source_dir: seconds of an apply, and of git add, commit and push by hand", columns: 2}
	for _, r := range results {
		files, ok := strings.CutPrefix(r.name, "Scale/files/")
		if !ok {
			continue
		}
		files = thousands.ReplaceAllString(strings.TrimSuffix(files, "_files"), "$1,$2")
		if b.Len() == 0 {
			b.WriteString(image("Time that a directory of files takes, beside git by hand", "files.svg"))
			b.WriteString("| files | plan, s | apply, s | `git add`, `commit`, `push` by hand, s | plan without changes, s | provider's CPU in these, s | peak memory of the provider, MiB | requests |\n" +
				"| ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |\n")
		}
		f := r.figures
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s | %s, %s, %s | %.0f | %.0f, %.0f, %.0f |\n", files, seconds(f["plan-ms"]), seconds(f["apply-ms"]), seconds(f["git-ms"]), seconds(f["plan-again-ms"]),
			seconds(f["plan-cpu-ms"]), seconds(f["apply-cpu-ms"]), seconds(f["plan-again-cpu-ms"]),
			max(f["plan-peak-MiB"], f["apply-peak-MiB"], f["plan-again-peak-MiB"]), f["plan-requests"], f["apply-requests"], f["plan-again-requests"])
		c.panels = append(c.panels, panel{title: files + " files", bars: []bar{{"apply", f["apply-ms"] / 1_000}, {"by hand", f["git-ms"] / 1_000}}})
	}
	if b.Len() == 0 {
		return section{}
	}
	return section{b.String(), c}
}

// touched shows the results of BenchmarkScale/touched, such as
// "Scale/touched/a_directory_of_10,000,_10_files".
func touched(results []result) section {
	var b strings.Builder
	c := &chart{title: "New files in a large repository: the provider's CPU in an apply, ms", columns: 2}
	for _, r := range results {
		rest, ok := strings.CutPrefix(r.name, "Scale/touched/")
		if !ok {
			continue
		}
		cut := strings.LastIndex(rest, ",_")
		where := thousands.ReplaceAllString(strings.ReplaceAll(rest[:max(cut, 0)], "_", " "), "$1,$2")
		files := thousands.ReplaceAllString(strings.TrimSuffix(rest[cut+len(",_"):], "_files"), "$1,$2")
		if b.Len() == 0 {
			b.WriteString(image("CPU time of new files in large repositories", "touched.svg"))
			b.WriteString("| new files in | files | apply, s | provider's CPU, ms | received, KiB | peak memory of the provider, MiB | requests |\n| --- | ---: | ---: | ---: | ---: | ---: | ---: |\n")
		}
		f := r.figures
		fmt.Fprintf(&b, "| %s | %s | %s | %.0f | %.0f | %.0f | %.0f |\n", where, files, seconds(f["apply-ms"]), f["apply-cpu-ms"], f["apply-received-KiB"], f["apply-peak-MiB"], f["apply-requests"])
		if n := len(c.panels); n == 0 || c.panels[n-1].title != where {
			c.panels = append(c.panels, panel{title: where})
		}
		last := &c.panels[len(c.panels)-1]
		last.bars = append(last.bars, bar{files, f["apply-cpu-ms"]})
	}
	if b.Len() == 0 {
		return section{}
	}
	return section{b.String(), c}
}

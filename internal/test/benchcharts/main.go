package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
)

// Where things lie, from the module's root.
const (
	resultsDir = "internal/test/benchcharts"
	imagesDir  = "docs/images"
	guidesDir  = "templates/guides"
)

// guides are the guides that show results: their names, which are those of their results as well,
// and what they show.
var guides = []struct {
	name  string
	parts []part
}{
	{"storage", []part{{"modes", "staging-modes.svg", modes}, {"stores", "object-caches.svg", stores}}},
	{"scale", []part{
		{"pace", "pace.svg", paces}, {"ways", "ways.svg", ways}, {"files", "files.svg", growth}, {"touched", "touched.svg", touched},
	}},
}

// part is a part of a guide: between the comments with its marker, about some results.
type part struct {
	marker, image string
	show          func([]result) section
}

func main() {
	root := flag.String("root", ".", "the module's root `directory`")
	flag.Parse()
	if err := run(*root); err != nil {
		fmt.Fprintln(os.Stderr, "benchcharts:", err)
		os.Exit(1)
	}
}

// run reads the results and writes everything that is made from them.
func run(root string) error {
	files := map[string]string{}
	for _, g := range guides {
		results, err := os.ReadFile(filepath.Join(root, resultsDir, g.name+".txt"))
		if err != nil {
			return err
		}
		guide, err := os.ReadFile(filepath.Join(root, guidesDir, g.name+".md"))
		if err != nil {
			return err
		}
		if err := generate(files, g.name, g.parts, string(results), string(guide)); err != nil {
			return err
		}
	}
	if err := os.MkdirAll(filepath.Join(root, imagesDir), 0o755); err != nil {
		return err
	}
	for name, content := range files {
		if err := os.WriteFile(filepath.Join(root, name), []byte(content), 0o644); err != nil {
			return err
		}
	}
	return nil
}

// generate adds the files that the results of a guide make, by their path from the module's root.
func generate(files map[string]string, name string, parts []part, results, guide string) error {
	r, err := parse(results)
	if err != nil {
		return err
	}
	for _, p := range parts {
		section := p.show(r)
		if guide, err = replace(guide, p.marker, section.markdown); err != nil {
			return err
		}
		if section.chart != nil {
			files[imagesDir+"/"+p.image] = section.chart.svg()
		}
	}
	files[guidesDir+"/"+name+".md"] = guide
	return nil
}

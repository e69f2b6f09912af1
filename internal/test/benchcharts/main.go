package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
)

// Where things lie, from the module's root.
const (
	resultsFile = "internal/test/benchcharts/results.txt"
	imagesDir   = "docs/images"
	guideFile   = "templates/guides/storage.md"
)

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
	raw, err := os.ReadFile(filepath.Join(root, resultsFile))
	if err != nil {
		return err
	}
	guide, err := os.ReadFile(filepath.Join(root, guideFile))
	if err != nil {
		return err
	}
	files, err := generate(string(raw), string(guide))
	if err != nil {
		return err
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

// generate returns the files that the results make, by their path from the module's root.
func generate(results, guide string) (map[string]string, error) {
	r, err := parse(results)
	if err != nil {
		return nil, err
	}
	files := map[string]string{}
	for _, part := range []struct {
		marker, image string
		section       section
	}{
		{"modes", "staging-modes.svg", modes(r)},
		{"stores", "object-caches.svg", stores(r)},
	} {
		if guide, err = replace(guide, part.marker, part.section.markdown); err != nil {
			return nil, err
		}
		if part.section.chart != nil {
			files[filepath.ToSlash(filepath.Join(imagesDir, part.image))] = part.section.chart.svg()
		}
	}
	files[guideFile] = guide
	return files, nil
}

// Command targets checks that the provider compiles for every platform of a release.
//
//	.goreleaser.yml ──► targets ──► does this Go build for each platform?  go tool dist list
//	                            └─► does the provider type-check there?    go/packages, from source
//
// The matrix is read from the file that makes the release, so that the two cannot drift. Types are
// checked and no code is generated: that finds calls that a system does not have and constants that
// 32 bits do not hold, in ten seconds of a processor for each platform, where building takes three
// minutes when nothing is in Go's cache.
package main

import (
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
	"golang.org/x/tools/go/packages"
)

func main() {
	if err := run(".goreleaser.yml"); err != nil {
		fmt.Fprintln(os.Stderr, "targets:", err)
		os.Exit(1)
	}
}

func run(file string) error {
	raw, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	all, err := matrix(raw)
	if err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	possible, err := exec.Command("go", "tool", "dist", "list").Output()
	if err != nil {
		return fmt.Errorf("go tool dist list: %w", err)
	}
	if err := supported(all, strings.Fields(string(possible))); err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	for _, t := range all {
		fmt.Println(t)
		if err := t.check(); err != nil {
			return err
		}
	}
	return nil
}

// target is a platform.
type target struct {
	OS   string `yaml:"goos"`
	Arch string `yaml:"goarch"`
}

// String returns the platform as Go writes it: "linux/amd64".
func (t target) String() string { return t.OS + "/" + t.Arch }

// matrix returns the platforms that GoReleaser builds for: each system with each processor, except
// the ignored ones.
func matrix(config []byte) ([]target, error) {
	var c struct {
		Builds []struct {
			OS     []string `yaml:"goos"`
			Arch   []string `yaml:"goarch"`
			Ignore []target `yaml:"ignore"`
		} `yaml:"builds"`
	}
	if err := yaml.Unmarshal(config, &c); err != nil {
		return nil, err
	}
	var all []target
	for _, b := range c.Builds {
		ignored := make(map[target]bool)
		for _, os := range b.OS {
			for _, arch := range b.Arch {
				if t := (target{os, arch}); slices.Contains(b.Ignore, t) {
					ignored[t] = true
				} else {
					all = append(all, t)
				}
			}
		}
		for _, t := range b.Ignore {
			if !ignored[t] {
				return nil, fmt.Errorf("%s is ignored, and is not in the matrix: leave it out of ignore", t)
			}
		}
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("there are no builds with goos and goarch")
	}
	return all, nil
}

// supported refuses platforms that are not possible.
func supported(all []target, possible []string) error {
	for _, t := range all {
		if !slices.Contains(possible, t.String()) {
			return fmt.Errorf("this Go does not build for %s: add it to ignore", t)
		}
	}
	return nil
}

// check checks the types of the main package in the working directory, and of all that it imports.
func (t target) check() error {
	const mode = packages.NeedName | packages.NeedImports | packages.NeedDeps | packages.NeedCompiledGoFiles | packages.NeedSyntax |
		packages.NeedTypes | packages.NeedTypesSizes
	found, err := packages.Load(&packages.Config{
		Mode: mode,
		Env:  append(os.Environ(), "GOOS="+t.OS, "GOARCH="+t.Arch, "CGO_ENABLED=0"), // as .goreleaser.yml has it
	}, ".")
	if err != nil {
		return fmt.Errorf("%s: %w", t, err)
	}
	var wrong []string
	packages.Visit(found, nil, func(p *packages.Package) {
		for _, e := range p.Errors {
			wrong = append(wrong, e.Error())
		}
	})
	if len(wrong) > 0 {
		return fmt.Errorf("%s: the provider does not compile:\n%s", t, strings.Join(wrong, "\n"))
	}
	return nil
}

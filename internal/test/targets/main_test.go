package main

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
)

func TestTheMatrixIsReadAsGoReleaserReadsIt(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ config, want, err string }{
		"every pair":             {"builds:\n  - goos: [linux, darwin]\n    goarch: [amd64, \"386\"]", "[linux/amd64 linux/386 darwin/amd64 darwin/386]", ""},
		"but for some":           {"builds:\n  - goos: [linux, darwin]\n    goarch: [amd64, \"386\"]\n    ignore: [{goos: darwin, goarch: \"386\"}]", "[linux/amd64 linux/386 darwin/amd64]", ""},
		"of several builds":      {"builds:\n  - {goos: [linux], goarch: [arm]}\n  - {goos: [windows], goarch: [arm64]}", "[linux/arm windows/arm64]", ""},
		"one ignored for naught": {"builds:\n  - goos: [linux]\n    goarch: [amd64]\n    ignore: [{goos: plan9, goarch: arm}]", "[]", "plan9/arm is ignored"},
		"none":                   {"version: 2", "[]", "no builds"},
		"another form":           {"builds: many", "[]", "cannot unmarshal"},
	} {
		all, err := matrix([]byte(c.config))
		if fmt.Sprint(all) != c.want || c.err == "" && err != nil || c.err != "" && (err == nil || !strings.Contains(err.Error(), c.err)) {
			t.Errorf("%s: got %v, %v; want %s, %q", name, all, err, c.want, c.err)
		}
	}
}

// The whole check is a step of .ci/run; that each target exists costs nothing to see here.
func TestEveryTargetIsOneThatGoBuildsFor(t *testing.T) {
	t.Parallel()
	raw, err := os.ReadFile("../../../.goreleaser.yml")
	if err != nil {
		t.Fatal(err)
	}
	all, err := matrix(raw)
	if err != nil {
		t.Fatal(err)
	}
	possible, err := exec.CommandContext(t.Context(), "go", "tool", "dist", "list").Output()
	if err != nil {
		t.Fatal(err)
	}
	if err := supported(all, strings.Fields(string(possible))); err != nil {
		t.Error(err)
	}
	if err := supported([]target{{"windows", "arm"}}, strings.Fields(string(possible))); err == nil || !strings.Contains(err.Error(), "windows/arm") {
		t.Errorf("windows/arm, which this Go does not know: %v", err)
	}
}

func TestWhatDoesNotCompileOnAPlatformIsFound(t *testing.T) {
	t.Chdir(t.TempDir())
	for name, text := range map[string]string{"go.mod": "module x\n\ngo 1.24\n", "main.go": "package main\n\nvar n int = 1 << 40\n\nfunc main() { _ = n }\n"} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := (target{"linux", "amd64"}).check(); err != nil {
		t.Errorf("64 bits: %v", err)
	}
	if err := (target{"linux", "386"}).check(); err == nil || !strings.Contains(err.Error(), "overflow") {
		t.Errorf("32 bits: %v", err)
	}
}

package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestGistShowsWhatMatters has an engine's output and its shown lines in each case.
func TestGistShowsWhatMatters(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name    string
		pattern *regexp.Regexp
		output  string
		want    string
	}{
		{
			"a plan", planned,
			"Terraform will perform the following actions:\n\n  # nanogit_file.a will be created\n  + resource \"nanogit_file\" \"a\" {\n    }\n" +
				"  # nanogit_file.b[\"x\"] will be updated in-place\n  # nanogit_file.c will be destroyed\n  # (because it is gone)\n\n" +
				"Plan: 1 to add, 1 to change, 1 to destroy.\n",
			"+ nanogit_file.a\n~ nanogit_file.b[\"x\"]\n- nanogit_file.c\nPlan: 1 to add, 1 to change, 1 to destroy.\n",
		},
		{"a clean plan", planned, "nanogit_file.a: Refreshing state... [id=main:a]\n\nNo changes. All is well.\n\nMore words.\n", "No changes. All is well.\n"},
		{
			"an apply", done,
			"nanogit_file.a: Creating...\nnanogit_file.a: Creation complete after 1s [id=main:a]\r\n" +
				"nanogit_file.b: Modifications complete after 0s [id=main:b]\nnanogit_file.c: Destruction complete after 0s\n\n" +
				"Apply complete! Resources: 1 added, 1 changed, 1 destroyed.\n",
			"+ nanogit_file.a                       main:a\n~ nanogit_file.b                       main:b\n- nanogit_file.c\n" +
				"Apply complete! Resources: 1 added, 1 changed, 1 destroyed.\n",
		},
		{"nothing of interest", done, "Error: no\n", ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			if got := gist(tc.output, tc.pattern); got != tc.want {
				t.Errorf("got\n%s\nwant\n%s", got, tc.want)
			}
		})
	}
}

func TestColourIsForTerminals(t *testing.T) {
	t.Parallel()
	f, err := os.Create(filepath.Join(t.TempDir(), "out"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	p := newPrinter(f)
	p.heading("Heading")
	p.command("command", "+ one\n- two\n")
	p.checked("three")
	got, err := os.ReadFile(f.Name())
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(got), "\x1b") || !strings.Contains(string(got), "+ one") {
		t.Errorf("a file: got %q, want text without escape sequences", got)
	}
}

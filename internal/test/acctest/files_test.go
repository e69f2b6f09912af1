//go:build unix

package acctest_test

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/nanogit/terraform-provider-nanogit/internal/test/acctest"
	"github.com/nanogit/terraform-provider-nanogit/internal/test/gittest"
)

// directory makes a directory of n files of this size, all different, in n/100 directories.
func directory(t testing.TB, n, size int) string {
	t.Helper()
	dir := t.TempDir()
	for i := range n {
		name := filepath.Join(dir, fmt.Sprintf("d%02d", i/100), fmt.Sprintf("f%05d.txt", i))
		if i%100 == 0 {
			if err := os.Mkdir(filepath.Dir(name), 0o755); err != nil {
				t.Fatal(err)
			}
		}
		if err := os.WriteFile(name, text(i, size), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// text is content of hexadecimal digits, which compresses to half its size.
func text(seed, size int) []byte {
	var raw []byte
	for r := rand.New(rand.NewPCG(1, uint64(seed))); len(raw) < (size+1)/2; {
		raw = binary.LittleEndian.AppendUint64(raw, r.Uint64())
	}
	return []byte(hex.EncodeToString(raw)[:size])
}

func sourceDir(dir, more string) string {
	return fmt.Sprintf("resource \"nanogit_files\" \"f\" {\n  source_dir = %q\n%s\n}\n", dir, more)
}

// TestAThousandFilesOfADirectoryAreOneCommit also bounds the requests of a plan without changes,
// and checks that state has no content.
func TestAThousandFilesOfADirectoryAreOneCommit(t *testing.T) {
	t.Parallel()
	server := gittest.New(t, gittest.Options{})
	repo := server.NewRepo(t, "r.git", gittest.RepoOptions{})
	dir := directory(t, 1201, 200)
	w := acctest.NewWorkspace(t)
	w.Config(t, provider(repo, "")+sourceDir(dir, "prefix = \"site\""))
	w.Apply(t)
	if commits, files := repo.Commits(t, "main"), len(repo.Tree(t, "main")); commits != 2 || files != 1202 {
		t.Errorf("%d commits and %d files, want the seed's and one, and 1202", commits, files)
	}
	server.ResetStats()
	w.Clean(t)
	if n := server.Stats().Requests; n > 6 {
		t.Errorf("a plan without changes takes %d requests", n)
	}
	state, err := os.ReadFile(filepath.Join(w.Dir, "terraform.tfstate"))
	if err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(filepath.Join(dir, "d00", "f00000.txt"))
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(state), string(content[:40])) {
		t.Error("content is in the state")
	}

	// Five files change, seven go, three come: all in a single further commit.
	for i := range 5 {
		write(t, filepath.Join(dir, "d05", fmt.Sprintf("f%05d.txt", 500+i)), "changed")
	}
	for i := range 7 {
		if err := os.Remove(filepath.Join(dir, "d06", fmt.Sprintf("f%05d.txt", 600+i))); err != nil {
			t.Fatal(err)
		}
	}
	for i := range 3 {
		write(t, filepath.Join(dir, fmt.Sprintf("new%d", i)), "new")
	}
	out, _ := w.Plan(t)
	for _, want := range []string{`"site/d05/f00504.txt" = "`, `- "site/d06/f00606.txt"`, `+ "site/new2"`, "1189 unchanged elements hidden"} {
		if !strings.Contains(strings.Join(strings.Fields(out), " "), want) {
			t.Errorf("the plan does not show %s:\n%s", want, out)
		}
	}
	w.Apply(t)
	if commits, files := repo.Commits(t, "main"), len(repo.Tree(t, "main")); commits != 3 || files != 1198 {
		t.Errorf("%d commits and %d files, want 3 and 1198", commits, files)
	}
	w.Destroy(t)
	if commits, files := repo.Commits(t, "main"), len(repo.Tree(t, "main")); commits != 4 || files != 1 {
		t.Errorf("after destroy: %d commits and %d files, want 4 and 1", commits, files)
	}
}

func write(t testing.TB, name, content string) {
	t.Helper()
	if err := os.WriteFile(name, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
}

// TestOfFilesThatConflictNoneIsWrittenAndOthersGoThrough changes two of twenty files on the branch
// while the push is held.
func TestOfFilesThatConflictNoneIsWrittenAndOthersGoThrough(t *testing.T) {
	t.Parallel()
	server := gittest.New(t, gittest.Options{})
	repo := server.NewRepo(t, "r.git", gittest.RepoOptions{})
	dir := directory(t, 20, 100)
	w := acctest.NewWorkspace(t)
	config := provider(repo, "") + sourceDir(dir, "") + one("other", "x", "")
	w.Config(t, config)
	// Somebody writes two of the files after they were looked for and before they are pushed.
	stall := server.Inject(gittest.Fault{Service: gittest.ReceivePack, Kind: gittest.Stall, Times: 1})
	run := w.Start(t, "apply", "-auto-approve", "-no-color")
	<-stall.Reached()
	repo.SeedText(t, map[string]string{"d00/f00003.txt": "theirs", "d00/f00004.txt": "theirs"})
	stall.Release()
	out := strings.Join(strings.Fields(run.Wait(t)), " ")
	for _, want := range []string{"Cannot create the files", "2 of 20 changes cannot be made, and none was", "d00/f00003.txt", "d00/f00004.txt", "changed it since"} {
		if !strings.Contains(out, want) {
			t.Errorf("the apply does not say %q:\n%s", want, out)
		}
	}
	if files := repo.Tree(t, "main"); len(files) != 4 || files["other"].ID == "" {
		t.Errorf("the branch has %v, want README.md, other and what somebody wrote", files)
	}
	if out := w.Refused(t); !strings.Contains(out, "has 2 of these files already") {
		t.Errorf("the next plan: %s", out)
	}
	w.Config(t, strings.Replace(config, "source_dir", "overwrite_on_create = true\n  source_dir", 1))
	w.Apply(t)
	w.Clean(t)
	if files := repo.Tree(t, "main"); len(files) != 22 {
		t.Errorf("the branch has %d files, want 22", len(files))
	}
}

// TestAConflictOnUpdateKeepsTheStateTrueAndOverwriteTakesIt changes a file on the branch while the
// push of its update is held.
func TestAConflictOnUpdateKeepsTheStateTrueAndOverwriteTakesIt(t *testing.T) {
	t.Parallel()
	server := gittest.New(t, gittest.Options{})
	repo := server.NewRepo(t, "r.git", gittest.RepoOptions{})
	dir := directory(t, 5, 100)
	w := acctest.NewWorkspace(t)
	race := func(more string) string {
		t.Helper()
		w.Config(t, provider(repo, more)+sourceDir(dir, ""))
		stall := server.Inject(gittest.Fault{Service: gittest.ReceivePack, Kind: gittest.Stall, Times: 1})
		run := w.Start(t, "apply", "-auto-approve", "-no-color")
		<-stall.Reached()
		repo.SeedText(t, map[string]string{"d00/f00001.txt": "theirs" + more})
		stall.Release()
		return strings.Join(strings.Fields(run.Wait(t)), " ")
	}
	w.Config(t, provider(repo, "")+sourceDir(dir, ""))
	w.Apply(t)
	before := w.Attributes(t, "nanogit_files.f")
	write(t, filepath.Join(dir, "d00", "f00001.txt"), "ours")
	write(t, filepath.Join(dir, "d00", "f00002.txt"), "ours")
	if out := race(""); !strings.Contains(out, "1 of 2 changes cannot be made, and none was") {
		t.Errorf("the apply says: %s", out)
	}
	if got := w.Attributes(t, "nanogit_files.f"); fmt.Sprint(got) != fmt.Sprint(before) {
		t.Errorf("state is %v, want what it was: %v", got, before)
	}
	if out := race("conflict = \"overwrite\""); !strings.Contains(out, "1 changed") {
		t.Errorf("the apply says: %s", out)
	}
	w.Clean(t)
	for _, name := range []string{"d00/f00001.txt", "d00/f00002.txt"} {
		if got := repo.Content(t, "main", name); got != "ours" {
			t.Errorf("%s holds %q", name, got)
		}
	}
}

func TestARefusedPushOfFilesIsReportedOnceAndTheNextApplyConverges(t *testing.T) {
	t.Parallel()
	server := gittest.New(t, gittest.Options{})
	repo := server.NewRepo(t, "r.git", gittest.RepoOptions{Hooks: map[string]string{
		"pre-receive": "#!/bin/sh\n[ -e allow ] || { echo 'the moon is not right' >&2; exit 1; }\n",
	}})
	w := acctest.NewWorkspace(t)
	w.Config(t, provider(repo, "")+sourceDir(directory(t, 30, 100), ""))
	if out := w.Refused(t); strings.Count(out, "the moon is not right") != 1 || strings.Count(out, "Error:") != 1 {
		t.Errorf("the apply says: %s", out)
	}
	allow(t, repo)
	w.Apply(t)
	w.Clean(t)
	if n := repo.Commits(t, "main"); n != 2 {
		t.Errorf("%d commits, want 2", n)
	}
}

func TestAFileThatChangesAfterThePlanEndsTheApply(t *testing.T) {
	t.Parallel()
	repo := acctest.NewRepo(t)
	dir := directory(t, 3, 100)
	w := acctest.NewWorkspace(t)
	w.Config(t, provider(repo, "")+sourceDir(dir, ""))
	w.Plan(t, "-out=plan")
	write(t, filepath.Join(dir, "d00", "f00001.txt"), "edited")
	if out, code := w.Run(t, "apply", "-no-color", "plan"); code == 0 || !strings.Contains(out, "f00001.txt") {
		t.Errorf("code %d, want an error that names the file:\n%s", code, out)
	}
	if n := repo.Commits(t, "main"); n != 1 {
		t.Errorf("the branch has %d commits", n)
	}
	w.Apply(t)
	w.Clean(t)
}

func TestContentsThatAreNotKnownYetAreShownAsThatPathAlone(t *testing.T) {
	t.Parallel()
	repo := acctest.NewRepo(t)
	w := acctest.NewWorkspace(t)
	config := func(input string) string {
		return provider(repo, "") + fmt.Sprintf("resource \"terraform_data\" \"t\" {\n  input = %q\n}\n", input) +
			"resource \"nanogit_files\" \"f\" {\n  files = {\n    a = { content = \"1\" }\n    b = { content = terraform_data.t.output }\n  }\n}\n"
	}
	w.Config(t, config("one"))
	out, _ := w.Plan(t)
	for _, want := range []string{fmt.Sprintf(`+ "a" = %q`, blobsOf(t, repo)("1")), `+ "b" = (known after apply)`} {
		if !strings.Contains(strings.Join(strings.Fields(out), " "), want) {
			t.Errorf("the plan does not show %s:\n%s", want, out)
		}
	}
	w.Apply(t)
	w.Clean(t)
	w.Config(t, config("two"))
	w.Apply(t)
	w.Clean(t)
	if n, b := repo.Commits(t, "main"), repo.Content(t, "main", "b"); n != 3 || b != "two" {
		t.Errorf("%d commits, and b holds %q", n, b)
	}
}

func TestAMirrorWarnsOfWhatItWillRemove(t *testing.T) {
	t.Parallel()
	repo := acctest.NewRepo(t)
	repo.SeedText(t, map[string]string{"site/theirs": "x"})
	w := acctest.NewWorkspace(t)
	dir := directory(t, 2, 10)
	w.Config(t, provider(repo, "")+sourceDir(dir, "prefix = \"site\"\nprune = \"all\""))
	out, _ := w.Plan(t)
	if flat := strings.Join(strings.Fields(out), " "); !strings.Contains(flat, "Files of others will be removed") || !strings.Contains(flat, "- site/theirs") {
		t.Errorf("the plan does not warn:\n%s", out)
	}
	w.Apply(t)
	if out, changes := w.Plan(t); changes || strings.Contains(out, "Warning: Files of others") {
		t.Errorf("the next plan:\n%s", out)
	}
	if err := os.RemoveAll(filepath.Join(dir, "d00")); err != nil {
		t.Fatal(err)
	}
	out, _ = w.Plan(t)
	if !strings.Contains(out, "No file matches") {
		t.Errorf("an empty directory is not warned of:\n%s", out)
	}
	w.Apply(t)
	if files := repo.Tree(t, "main"); len(files) != 1 {
		t.Errorf("the branch has %v", files)
	}
}

// TestBadFilesAreRefusedBeforeAnythingIsSent has a body of nanogit_files and a part of its error in
// each case.
func TestBadFilesAreRefusedBeforeAnythingIsSent(t *testing.T) {
	t.Parallel()
	server := gittest.New(t, gittest.Options{})
	repo := server.NewRepo(t, "r.git", gittest.RepoOptions{})
	dir := directory(t, 1, 10)
	w := acctest.NewWorkspace(t)
	for body, want := range map[string]string{
		`files = { "../x" = { content = "" } }`:                                "Invalid path",
		`files = { a = { content = "", source = "x" } }`:                       "Invalid Attribute Combination",
		`files = { a = { mode = "100644" } }`:                                  "Invalid Attribute Combination",
		`files = { a = { content = "x" }, "a/b" = { content = "x" } }`:         "cannot both be files",
		`files = { a = { source = "nowhere" } }`:                               `does not exist`,
		`files = { ".gitmodules" = { content = "x", mode = "120000" } }`:       "must not be a symbolic link",
		`prefix = "a/"` + "\n" + `files = { a = { content = "x" } }`:           "ends in '/'",
		`prefix = ".git"` + "\n" + `files = { a = { content = "x" } }`:         "Git's own directory",
		`source_dir = "nowhere"`:                                               `"nowhere" does not exist`,
		fmt.Sprintf("source_dir = %q\nfiles = {}", dir):                        "Invalid Attribute Combination",
		fmt.Sprintf("source_dir = %q\ninclude = [\"[\"]", dir):                 "Invalid pattern",
		fmt.Sprintf("source_dir = %q\ninclude = []", dir):                      "at least 1",
		`files = { a = { content = "x" } }` + "\n" + `include = ["*"]`:         "source_dir",
		`prefix = "README.md"` + "\n" + `files = { a = { content = "x" } }`:    "not a directory",
		`prune = "some"` + "\n" + `files = { a = { content = "x" } }`:          "managed",
		`files = { a = { content_base64 = "%" } }`:                             "base64",
		`files = { a = { content = "a\u0000b", mode = "120000" } }`:            "NUL",
		`branch = "nope"` + "\n" + `files = { a = { content = "x" } }`:         `ranch "nope" does not exist`,
		`repository = "https://u:p@h/r"` + "\n" + `files = {}`:                 "credentials",
		`commit_mode = "never"` + "\n" + `files = { a = { content = "x" } }`:   "commit_mode",
		`on_destroy = "whatever"` + "\n" + `files = { a = { content = "x" } }`: "on_destroy",
	} {
		w.Config(t, provider(repo, "")+"resource \"nanogit_files\" \"f\" {\n"+body+"\n}\n")
		if out := w.Refused(t); !strings.Contains(out, want) {
			t.Errorf("%s\nis refused without %q: %s", body, want, out)
		}
	}
	if n := repo.Commits(t, "main"); n != 1 {
		t.Errorf("the branch has %d commits", n)
	}
}

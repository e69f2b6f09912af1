package acctest_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/nanogit/terraform-provider-nanogit/internal/test/acctest"
	"github.com/nanogit/terraform-provider-nanogit/internal/test/gittest"
)

const tenFiles = `
resource "nanogit_file" "f" {
  count   = 10
  path    = "f${count.index}.txt"
  content = "file ${count.index}\n"
}
`

// TestOneFaultInTheMiddleOfAnApplyIsSurvived injects each kind of fault once, and expects the apply
// to succeed with every file committed once.
func TestOneFaultInTheMiddleOfAnApplyIsSurvived(t *testing.T) {
	t.Parallel()
	retryNow := http.Header{"Retry-After": {"0"}}
	for name, fault := range map[string]gittest.Fault{
		"503 on ls-refs":                             {Service: gittest.UploadPack, Command: "ls-refs", Kind: gittest.Status(503)},
		"503 on fetch":                               {Service: gittest.UploadPack, Command: "fetch", Kind: gittest.Status(503)},
		"503 on push":                                {Service: gittest.ReceivePack, Kind: gittest.Status(503)},
		"429 on fetch":                               {Service: gittest.UploadPack, Command: "fetch", Kind: gittest.Status(429), Header: retryNow},
		"429 on push":                                {Service: gittest.ReceivePack, Kind: gittest.Status(429), Header: retryNow},
		"502 on push":                                {Service: gittest.ReceivePack, Kind: gittest.Status(502)},
		"504 on fetch":                               {Service: gittest.UploadPack, Command: "fetch", Kind: gittest.Status(504)},
		"fetch dropped before it is served":          {Service: gittest.UploadPack, Command: "fetch", Kind: gittest.DropBefore},
		"push dropped before it is served":           {Service: gittest.ReceivePack, Kind: gittest.DropBefore},
		"push dropped while it is sent":              {Service: gittest.ReceivePack, Kind: gittest.DropDuring(100)},
		"fetch dropped before its answer":            {Service: gittest.UploadPack, Command: "fetch", Kind: gittest.DropAfter},
		"push dropped after it was applied":          {Service: gittest.ReceivePack, Kind: gittest.DropAfter},
		"the answer to ls-refs is cut":               {Service: gittest.UploadPack, Command: "ls-refs", Kind: gittest.CutAfter(40)},
		"the answer to fetch is cut":                 {Service: gittest.UploadPack, Command: "fetch", Kind: gittest.CutAfter(40)},
		"the answer to the push is cut":              {Service: gittest.ReceivePack, Kind: gittest.CutAfter(40)},
		"the answer to the push ends after one byte": {Service: gittest.ReceivePack, Kind: gittest.CutAfter(1)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := gittest.New(t, gittest.Options{})
			repo := server.NewRepo(t, "r.git", gittest.RepoOptions{})
			w := acctest.NewWorkspace(t)
			w.Config(t, provider(repo, "")+tenFiles)
			saved(t, w)
			in := server.Inject(fault)
			w.Apply(t, "plan.out")
			if in.Fired() != 1 {
				t.Fatalf("the fault happened %d times, want once", in.Fired())
			}
			if files := repo.Tree(t, "main"); len(files) != 11 {
				t.Errorf("the branch has %d files, want 11", len(files))
			}
			// Ten files at a parallelism of ten take a commit or a few. A change that is pushed
			// twice makes a commit whose tree is its parent's.
			for pair := range strings.Lines(repo.Git(t, "log", "--format=%T %P", "main")) {
				tree, parent, _ := strings.Cut(strings.TrimSpace(pair), " ")
				if parent != "" && repo.Git(t, "rev-parse", parent+"^{tree}") == tree {
					t.Errorf("a commit changes nothing: tree %s after %s", tree, parent)
				}
			}
			w.Clean(t)
		})
	}
}

// saved makes a plan and saves it as plan.out.
func saved(t *testing.T, w *acctest.Workspace) {
	t.Helper()
	if out, code := w.Run(t, "plan", "-no-color", "-out=plan.out"); code != 0 {
		t.Fatalf("plan ended with code %d:\n%s", code, out)
	}
}

func TestGarbageFromTheServerIsAnErrorAndNotACrash(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]gittest.Fault{
		"for references": {Service: gittest.UploadPack, Command: "ls-refs", Kind: gittest.Garbage, Times: -1},
		"for a pack":     {Service: gittest.UploadPack, Command: "fetch", Kind: gittest.Garbage, Times: -1},
		"for a push":     {Service: gittest.ReceivePack, Kind: gittest.Garbage, Times: -1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := gittest.New(t, gittest.Options{})
			repo := server.NewRepo(t, "r.git", gittest.RepoOptions{})
			w := acctest.NewWorkspace(t)
			w.Config(t, provider(repo, "")+tenFiles)
			head := repo.Head(t)
			server.Inject(fault)
			out := w.Refused(t)
			if strings.Contains(out, "panic") || strings.Contains(out, "Plugin did not respond") || !strings.Contains(out, repo.URL()) {
				t.Errorf("not an error that names the repository:\n%s", out)
			}
			if repo.Head(t) != head {
				t.Error("the branch moved")
			}
		})
	}
}

func TestARefusedPushTellsTheServersWordsAndTheNextApplyGoesThrough(t *testing.T) {
	t.Parallel()
	server := gittest.New(t, gittest.Options{})
	repo := server.NewRepo(t, "r.git", gittest.RepoOptions{Hooks: map[string]string{
		"pre-receive": "#!/bin/sh\n[ -e allow ] && exit 0\necho 'policy 17: ask Joan first' >&2\nexit 1\n",
	}})
	w := acctest.NewWorkspace(t)
	w.Config(t, provider(repo, "")+tenFiles)
	head := repo.Head(t)
	out := w.Refused(t)
	for _, want := range []string{"policy 17: ask Joan first", "pre-receive hook declined", repo.URL(), "f3.txt"} {
		if !strings.Contains(out, want) {
			t.Errorf("the error does not have %q:\n%s", want, out)
		}
	}
	if repo.Head(t) != head {
		t.Error("the branch moved")
	}
	allow(t, repo)
	w.Apply(t)
	w.Clean(t)
}

// TestOneChangeThatConflictsIsReportedAloneAndTheOthersGoThrough changes a file on the branch
// between plan and apply, without and with conflict = "overwrite".
func TestOneChangeThatConflictsIsReportedAloneAndTheOthersGoThrough(t *testing.T) {
	t.Parallel()
	server := gittest.New(t, gittest.Options{})
	repo := server.NewRepo(t, "r.git", gittest.RepoOptions{})
	w := acctest.NewWorkspace(t)
	files := func(word string) string {
		return provider(repo, "") + fmt.Sprintf(`
resource "nanogit_file" "f" {
  count   = 5
  path    = "f${count.index}.txt"
  content = "%s ${count.index}\n"
}
`, word)
	}
	w.Config(t, files("first"))
	w.Apply(t)
	w.Config(t, files("second"))
	saved(t, w)
	repo.SeedText(t, map[string]string{"f2.txt": "by somebody else\n"})
	out := w.Refused(t, "plan.out")
	if !strings.Contains(out, "f2.txt") || !strings.Contains(out, "terraform plan again") || strings.Count(out, "Error:") != 1 {
		t.Errorf("want one error about f2.txt with the next step:\n%s", out)
	}
	for n, want := range []string{"second 0\n", "second 1\n", "by somebody else\n", "second 3\n", "second 4\n"} {
		if got := repo.Content(t, "main", fmt.Sprintf("f%d.txt", n)); got != want {
			t.Errorf("f%d.txt is %q, want %q", n, got, want)
		}
	}
	w.Config(t, strings.Replace(files("second"), "provider \"nanogit\" {", "provider \"nanogit\" {\n  conflict = \"overwrite\"", 1))
	saved(t, w)
	repo.SeedText(t, map[string]string{"f2.txt": "by somebody else again\n"})
	w.Apply(t, "plan.out")
	if got := repo.Content(t, "main", "f2.txt"); got != "second 2\n" {
		t.Errorf("f2.txt is %q with conflict = \"overwrite\"", got)
	}
}

package gitread_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitread"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitremote"
	"github.com/nanogit/terraform-provider-nanogit/internal/objstore"
	"github.com/nanogit/terraform-provider-nanogit/internal/test/gittest"
	"github.com/nanogit/terraform-provider-nanogit/internal/test/writertest"
)

// startOfTime is the date of the first commit of a generated history.
const startOfTime = 1_700_000_000

// importHistory feeds a stream to git fast-import.
func importHistory(t *testing.T, r *gittest.Repo, stream string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "git", "fast-import", "--quiet", "--force", "--date-format=raw")
	cmd.Dir, cmd.Env, cmd.Stdin = r.Dir, gittest.Env(), strings.NewReader(stream)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("git fast-import: %v\n%s", err, out)
	}
}

// tangled generates a history with merges, of which some bring nothing, and with clocks that go
// wrong, and puts main at its end.
func tangled(t *testing.T, r *gittest.Repo, random *rand.Rand, commits int) {
	t.Helper()
	var b strings.Builder
	paths := []string{"a", "dir/b", "dir/sub/c", "dir/sub/d", "e"}
	var tips []int
	date := startOfTime
	for i := 1; i <= commits; i++ {
		date += random.IntN(100)
		at := date
		if random.IntN(8) == 0 {
			at -= random.IntN(2_000)
		}
		fmt.Fprintf(&b, "commit refs/heads/x%d\nmark :%d\ncommitter C <c@example.com> %d +0000\ndata 0\n", i, i, at)
		first := 0
		if i > 1 {
			n := random.IntN(len(tips))
			first = tips[n]
			fmt.Fprintf(&b, "from :%d\n", first)
			if random.IntN(4) > 0 {
				tips = slices.Delete(tips, n, n+1)
			}
		}
		merged := 0
		for len(tips) > 3 || len(tips) > 1 && random.IntN(4) == 0 {
			n := random.IntN(len(tips))
			if tips[n] != first {
				fmt.Fprintf(&b, "merge :%d\n", tips[n])
			}
			merged = tips[n]
			tips = slices.Delete(tips, n, n+1)
		}
		switch kind := random.IntN(12); {
		case merged != 0 && kind < 5: // as theirs, ours or a mixture has it
			fmt.Fprintf(&b, "M 100644 inline %s\ndata 1\n%d\n", paths[random.IntN(len(paths))], random.IntN(3))
		case merged != 0:
		case kind == 0:
			fmt.Fprintf(&b, "D %s\n", []string{"dir/sub", "dir", "a"}[random.IntN(3)])
		case kind == 1:
			fmt.Fprintf(&b, "D dir\nM 100644 inline dir\ndata 1\nf\n")
		case kind == 2:
			fmt.Fprintf(&b, "M 100755 inline a\ndata 1\n%d\n", random.IntN(3))
		case kind == 3:
		default:
			fmt.Fprintf(&b, "M 100644 inline %s\ndata 1\n%d\n", paths[random.IntN(len(paths))], random.IntN(3))
		}
		b.WriteString("\n")
		tips = append(tips, i)
	}
	fmt.Fprintf(&b, "reset refs/heads/main\nfrom :%d\n\n", commits)
	importHistory(t, r, b.String())
}

// question is a query, with the arguments that ask git log for the same.
type question struct {
	query gitread.Query
	args  []string
}

func questions(random *rand.Rand, n int) (all []question) {
	for range n {
		q := question{args: []string{"log", "--format=%H"}}
		if random.IntN(3) == 0 {
			q.query.FirstParent, q.args = true, append(q.args, "--first-parent")
		}
		if random.IntN(3) == 0 {
			q.query.Limit = 1 + random.IntN(20)
			q.args = append(q.args, fmt.Sprint("-", q.query.Limit))
		}
		if random.IntN(4) == 0 {
			q.query.Since = time.Unix(startOfTime+int64(random.IntN(10_000)), 0)
			q.args = append(q.args, "--since="+q.query.Since.UTC().Format(time.RFC3339))
		}
		if random.IntN(4) == 0 {
			q.query.Until = time.Unix(startOfTime+int64(random.IntN(20_000)), 0)
			q.args = append(q.args, "--until="+q.query.Until.UTC().Format(time.RFC3339))
		}
		q.args = append(q.args, "main")
		if random.IntN(4) > 0 {
			q.query.Path = []string{"a", "dir", "dir/b", "dir/sub", "dir/sub/c", "e", "none", "a/x"}[random.IntN(8)]
			q.args = append(q.args, "--", ":(top,literal)"+q.query.Path)
		}
		all = append(all, q)
	}
	return all
}

// checkLog compares the answer to a question with git's.
func checkLog(t *testing.T, r *gittest.Repo, s *gitread.Snapshot, q question) {
	t.Helper()
	found, err := gitread.Log(t.Context(), s, q.query)
	if err != nil {
		t.Errorf("git %q: %v", q.args, err)
		return
	}
	var got []string
	for _, c := range found {
		got = append(got, c.ID.String())
	}
	if want := strings.Fields(r.Git(t, q.args...)); !slices.Equal(got, want) {
		t.Errorf("git %q has %d commits:\n%q\ngot %d:\n%q", q.args, len(want), want, len(got), got)
	}
}

func TestHistoryIsThatOfGitLog(t *testing.T) {
	t.Parallel()
	tipsOnly := gittest.RepoOptions{Config: map[string]string{"uploadpack.allowAnySHA1InWant": "false"}}
	for name, c := range map[string]struct {
		server  gittest.Options
		repo    gittest.RepoOptions
		commits int
		seeds   uint64
		way     way // over HTTP by default
		ssh     bool
	}{
		"version 2":                             {commits: 300, seeds: 3},
		"version 2, long":                       {commits: 2_500, seeds: 1},
		"version 2, SHA-256":                    {repo: gittest.RepoOptions{Format: "sha256"}, commits: 200, seeds: 1},
		"version 2, without filters":            {server: gittest.Options{NoFilter: true}, commits: 200, seeds: 1},
		"version 0":                             {server: gittest.Options{V0Only: true}, commits: 200, seeds: 1},
		"version 0, without filters, tips only": {server: gittest.Options{V0Only: true, NoFilter: true}, repo: tipsOnly, commits: 200, seeds: 1},
		"version 0, tips only":                  {server: gittest.Options{V0Only: true}, repo: tipsOnly, commits: 1_500, seeds: 1},
		"commits only":                          {server: gittest.Options{CommitsOnly: true}, commits: 200, seeds: 1},
		"commits only, without filters":         {server: gittest.Options{CommitsOnly: true, NoFilter: true}, commits: 200, seeds: 1},
		"a directory":                           {commits: 200, seeds: 1, way: fromDirectory},
		"SSH":                                   {commits: 200, seeds: 1, ssh: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for seed := range c.seeds {
				random := rand.New(rand.NewPCG(seed, 7))
				s := gittest.New(t, c.server)
				r := s.NewRepo(t, "r.git", c.repo)
				tangled(t, r, random, c.commits)
				open := overHTTP
				if c.way != nil {
					open = c.way
				}
				if c.ssh {
					open = overSSH(t, s)
				}
				shared := open(t, r)
				for i, q := range questions(random, 8) {
					repo := shared
					if i%4 == 0 {
						repo = open(t, r)
					}
					found, err := repo.Revision(t.Context(), "main")
					if err != nil {
						t.Fatal(err)
					}
					checkLog(t, r, found.Snapshot, q)
				}
				if t.Failed() {
					t.Fatalf("seed %d", seed)
				}
			}
		})
	}
}

// straight generates a history of commits in a line, in a repository of 400 files. "seldom" is
// changed by the first commit alone, "often" by each hundredth, and other files by all.
func straight(t *testing.T, r *gittest.Repo, commits int) {
	t.Helper()
	var b strings.Builder
	for i := 1; i <= commits; i++ {
		message := fmt.Sprintf("Change %d of the configuration\n\nSigned-off-by: C <c@example.com>\n", i)
		fmt.Fprintf(&b, "commit refs/heads/main\ncommitter Committer <committer@example.com> %d +0000\ndata %d\n%s", startOfTime+60*i, len(message), message)
		if i == 1 {
			for n := range 400 {
				fmt.Fprintf(&b, "M 100644 inline services/s%02d/part%d/file%d.json\ndata 1\nx\n", n%20, n%4, n)
			}
			b.WriteString("M 100644 inline lib/seldom\ndata 1\nx\n")
		}
		if i%100 == 1 {
			fmt.Fprintf(&b, "M 100644 inline lib/deep/often\ndata 5\n%05d\n", i)
		}
		fmt.Fprintf(&b, "M 100644 inline services/s%02d/part%d/file%d.json\ndata 5\n%05d\n\n", i%20, i%4, i%400, i)
	}
	importHistory(t, r, b.String())
}

// The bounds are those of the documentation. The walk for a path that never changed lately reads
// all commits and all root directories.
func TestHistoryReceivesNoMoreThanItNeeds(t *testing.T) {
	t.Parallel()
	const commits = 10_000
	s := gittest.New(t, gittest.Options{})
	r := s.NewRepo(t, "r.git", gittest.RepoOptions{Empty: true})
	straight(t, r, commits)
	r.Git(t, "gc", "-q")
	for _, c := range []struct {
		query    gitread.Query
		answers  int
		bytes    int64
		requests int
	}{
		{gitread.Query{Limit: 10}, 10, 8 << 10, 1},
		{gitread.Query{Limit: 1}, 1, 0, 0},
		{gitread.Query{Limit: 1_000}, 1_000, 256 << 10, 1},
		{gitread.Query{Limit: 1, Path: "lib/deep/often"}, 1, 512 << 10, 8},
		{gitread.Query{Limit: 10, Path: "lib/deep/often"}, 10, 512 << 10, 8},
		{gitread.Query{Limit: 10, Path: "lib/seldom"}, 1, 3 << 20, 16},
		{gitread.Query{Limit: 10, Path: "services/s01"}, 10, 512 << 10, 9},
		{gitread.Query{Since: time.Unix(startOfTime+60*(commits-50), 0)}, 51, 64 << 10, 1},
	} {
		found, err := writertest.Open(t, r).Revision(t.Context(), "main")
		if err != nil {
			t.Fatal(err)
		}
		s.ResetStats()
		answer, err := gitread.Log(t.Context(), found.Snapshot, c.query)
		if err != nil {
			t.Fatal(err)
		}
		st := s.Stats()
		t.Logf("%+v: %d requests, %d bytes", c.query, st.Requests, st.BytesOut)
		if len(answer) != c.answers || st.Requests > c.requests || st.BytesOut > c.bytes {
			t.Errorf("%+v: %d commits in %d requests of %d bytes; want %d commits, at most %d requests of %d bytes",
				c.query, len(answer), st.Requests, st.BytesOut, c.answers, c.requests, c.bytes)
		}
		// The next question about the same history finds most of it in memory.
		s.ResetStats()
		if _, err := gitread.Log(t.Context(), found.Snapshot, c.query); err != nil || s.Stats().Requests > 0 {
			t.Errorf("%+v again: %v, %d requests", c.query, err, s.Stats().Requests)
		}
	}
	found, err := writertest.Open(t, r).Revision(t.Context(), "main")
	if err != nil {
		t.Fatal(err)
	}
	_, err = gitread.Log(t.Context(), found.Snapshot, gitread.Query{Limit: 10, Path: "lib/seldom", MaxCommits: 500})
	if !errors.Is(err, gitread.ErrTooFar) || !strings.Contains(err.Error(), "more than 500 commits") {
		t.Errorf("a history of more commits than may be read: %v", err)
	}
	if answer, err := gitread.Log(t.Context(), found.Snapshot, gitread.Query{Limit: 3, Path: "lib/deep/often", MaxCommits: 500}); err != nil || len(answer) != 3 {
		t.Errorf("an answer within the bound: %d commits, %v", len(answer), err)
	}
}

// The commits of a small portion are in the object store afterwards, for another process.
func TestAShortHistoryIsReadFromTheStore(t *testing.T) {
	t.Parallel()
	s := gittest.New(t, gittest.Options{})
	r := s.NewRepo(t, "r.git", gittest.RepoOptions{Empty: true})
	straight(t, r, 120)
	store := objstore.NewMemory(objstore.MemoryOptions{})
	for _, c := range []struct {
		query gitread.Query
		args  []string
	}{
		{gitread.Query{Limit: 10}, []string{"log", "--format=%H", "-10", "main"}},
		{gitread.Query{Limit: 1, Path: "lib/deep/often"}, []string{"log", "--format=%H", "-1", "main", "--", "lib/deep/often"}},
	} {
		for _, warm := range []bool{false, true} {
			remote, err := gitremote.Open(gitremote.Options{URL: r.URL()})
			if err != nil {
				t.Fatal(err)
			}
			found, err := writertest.OpenRemote(objstore.NewContext(t.Context(), store), t, remote).Revision(t.Context(), "main")
			if err != nil {
				t.Fatal(err)
			}
			s.ResetStats()
			checkLog(t, r, found.Snapshot, question{c.query, c.args})
			if n := s.Stats().Requests; warm && n > 0 || !warm && n == 0 {
				t.Errorf("%+v, with what an earlier process stored: %v: %d requests", c.query, warm, n)
			}
			_ = remote.Close()
		}
	}
}

// Questions that are asked at once share the commits and wait for each other.
func TestQuestionsAtOnceHaveTheirOwnAnswers(t *testing.T) {
	t.Parallel()
	s := gittest.New(t, gittest.Options{})
	r := s.NewRepo(t, "r.git", gittest.RepoOptions{})
	random := rand.New(rand.NewPCG(9, 9))
	tangled(t, r, random, 300)
	found, err := writertest.Open(t, r).Revision(t.Context(), "main")
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for _, q := range questions(random, 12) {
		wg.Go(func() { checkLog(t, r, found.Snapshot, q) })
	}
	wg.Wait()
}

// The history of a server with a shallow clone ends where the clone does, for git and for us.
func TestAHistoryThatTheServerCutsOffEndsThere(t *testing.T) {
	t.Parallel()
	for name, o := range map[string]gittest.Options{"version 2": {}, "version 0": {V0Only: true}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := gittest.New(t, o)
			whole := s.NewRepo(t, "whole.git", gittest.RepoOptions{})
			random := rand.New(rand.NewPCG(5, 5))
			tangled(t, whole, random, 200)
			r := s.NewRepo(t, "r.git", gittest.RepoOptions{Empty: true})
			r.Git(t, "fetch", "-q", "--depth=20", "file://"+whole.Dir, "+main:main")
			for _, q := range questions(random, 8) {
				found, err := writertest.Open(t, r).Revision(t.Context(), "main")
				if err != nil {
					t.Fatal(err)
				}
				checkLog(t, r, found.Snapshot, q)
			}
		})
	}
}

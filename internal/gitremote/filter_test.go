package gitremote_test

import (
	"strings"
	"testing"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitwire"
	"github.com/nanogit/terraform-provider-nanogit/internal/test/gittest"
)

func TestARefusedCombinedFilterIsReplacedByItsFirstPartAndLearned(t *testing.T) {
	t.Parallel()
	const combined = "combine:blob:none+tree:1"
	for _, c := range []struct {
		name     string
		server   gittest.Options
		config   map[string]string
		filter   string
		requests [2]int // of the first fetch and of the second
		objects  int
	}{
		{"allowed", gittest.Options{}, nil, combined, [2]int{1, 1}, 2},
		{"combine is forbidden", gittest.Options{}, map[string]string{"uploadpackfilter.combine.allow": "false"}, combined, [2]int{2, 1}, 3},
		{"depths are forbidden", gittest.Options{}, map[string]string{"uploadpackfilter.tree.maxDepth": "0"}, combined, [2]int{2, 1}, 3},
		{"a part that the server does not know", gittest.Options{}, nil, "combine:blob:none+shape:round", [2]int{2, 1}, 3},
		{"no filter at all", gittest.Options{NoFilter: true}, map[string]string{"uploadpack.allowFilter": "false"}, combined, [2]int{4, 1}, 5},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := gittest.New(t, c.server)
			repo := s.NewRepo(t, "r.git", gittest.RepoOptions{Config: c.config})
			repo.SeedText(t, map[string]string{"d/f": "content"})
			r := open(t, repo.URL())
			for i, want := range c.requests {
				req := gitwire.Fetch{Wants: []gitobj.ID{id(t, repo.Head(t))}, Depth: 1, Filter: c.filter}
				s.ResetStats()
				objects, calls, err := fetch(t, r, req)
				if err != nil {
					t.Fatal(err)
				}
				if n := len(strings.Split(objects, "\n")); n != c.objects || calls != 1 {
					t.Errorf("fetch %d: %d objects in %d calls, want %d in one", i, n, calls, c.objects)
				}
				if st := s.Stats(); st.Requests != want || st.Connections > 1 {
					t.Errorf("fetch %d: %d requests on %d new connections, want %d on one", i, st.Requests, st.Connections, want)
				}
			}
		})
	}
}

func TestAFailureThatNoFilterExplainsIsReportedAndNotLearnedFrom(t *testing.T) {
	t.Parallel()
	s := gittest.New(t, gittest.Options{})
	repo := s.NewRepo(t, "r.git", gittest.RepoOptions{})
	r := open(t, repo.URL())
	nowhere := gitobj.Hash(gitobj.SHA1, gitobj.KindBlob, []byte("not there"))
	_, _, err := fetch(t, r, gitwire.Fetch{Wants: []gitobj.ID{nowhere}, Filter: "combine:blob:none+tree:1"})
	if err == nil || !strings.Contains(err.Error(), nowhere.String()) {
		t.Errorf("got %v, want the server's words about %s", err, nowhere)
	}
	objects, _, err := fetch(t, r, gitwire.Fetch{Wants: []gitobj.ID{id(t, repo.Head(t))}, Filter: "combine:blob:none+tree:0"})
	if n := len(strings.Split(objects, "\n")); err != nil || n != 1 {
		t.Errorf("%d objects, %v; want the commit alone, as the combined filter says", n, err)
	}
}

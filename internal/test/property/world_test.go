package property_test

import (
	"crypto/sha1"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"maps"
	"math/rand/v2"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/nanogit/terraform-provider-nanogit/internal/intent"
	"github.com/nanogit/terraform-provider-nanogit/internal/provider"
	"github.com/nanogit/terraform-provider-nanogit/internal/test/gittest"
	"github.com/nanogit/terraform-provider-nanogit/internal/test/miniengine"
)

// world is a repository, an engine with its state, and the model of both.
type world struct {
	server *gittest.Server
	repo   *gittest.Repo
	hash   func() hash.Hash // of its object format
	engine *miniengine.Engine
	hubs   sync.Map // the *intent.Hub of each plan or apply
	// records is the directory in which a plan leaves its record for the apply; "" for an apply on
	// another machine. runs counts the runs of terraform, each of which is a plan and its apply.
	records string
	runs    int
	upset   bool // somebody was killed, or changed a managed file
	trace   strings.Builder
	have    map[string]gittest.Entry // the files of the branch, while nobody changes it; nil when unknown
	names   int                      // how many addresses, contents and foreign files there were

	// The configuration.
	files   map[string]*file
	sets    map[string]*set
	commits map[string]*commit
	forget  []string
	replace []string // in the next plan only
	block   map[string]any

	others  map[string]gittest.Entry // the files on the branch that nobody manages, by path
	foreign []string                 // the commits of others
	excused map[string]bool          // paths that a plan said it leaves on the branch
	faulty  bool                     // the last apply was disturbed

	corners // of scripts that go into them
}

// file is a nanogit_file.
type file struct {
	path string
	entry
	commit  string // the address of the nanogit_commit that names it; "" for a file that commits by itself
	keep    bool   // on_destroy = "keep"
	message string
	over    bool     // overwrite_on_create
	former  []string // the paths that it had before
	lifecycle
}

// set is a nanogit_files. Its paths are below a prefix of its own.
type set struct {
	prefix string
	files  map[string]entry // by path below the prefix
	commit string           // as in file
	over   bool             // overwrite_on_create
	lifecycle
}

// commit is a nanogit_commit.
type commit struct {
	message     string
	deleteFiles bool // on_destroy = "delete_files"
	lifecycle
}

// lifecycle holds the settings with which terraform handles a resource.
type lifecycle struct {
	first      bool   // create_before_destroy
	ignores    bool   // ignore_changes = [content]
	alias      string // of its provider block; the resources that a commit names have the commit's
	repository string // a spelling of the repository's URL; "" for the provider's
}

type entry struct{ content, mode string }

// inGit is the entry as git prints it.
func (w *world) inGit(e entry) gittest.Entry {
	h := w.hash()
	fmt.Fprintf(h, "blob %d\x00%s", len(e.content), e.content)
	return gittest.Entry{Mode: e.mode, ID: hex.EncodeToString(h.Sum(nil))}
}

// processes numbers the provider processes of a test, so that a fault can cut off a single process.
var processes atomic.Int64

// newWorld makes a repository and an engine, with random settings.
func newWorld(rnd *rand.Rand) (*world, error) {
	server, err := gittest.Start(gittest.Options{})
	if err != nil {
		return nil, err
	}
	w := &world{
		server: server,
		files:  make(map[string]*file), sets: make(map[string]*set), excused: make(map[string]bool),
		commits: map[string]*commit{"nanogit_commit.c1": {}, "nanogit_commit.c2": {}},
	}
	empty, format := rnd.IntN(8) == 0, "sha1"
	if w.hash = sha1.New; rnd.IntN(4) == 0 {
		w.hash, format = sha256.New, "sha256"
	}
	if w.repo, err = server.Create("r.git", gittest.RepoOptions{Empty: empty, Format: format, Hooks: map[string]string{"pre-receive": mayRefuse}}); err != nil {
		return w, err
	}
	if w.others, err = w.tree(); err != nil {
		return w, err
	}
	if w.others = maps.Clone(w.others); w.others == nil {
		w.others = make(map[string]gittest.Entry)
	}
	w.engine = &miniengine.Engine{
		Start: w.start, State: miniengine.State{},
		Parallelism: []int{1, 2, 10}[rnd.IntN(3)],
		Order:       rand.New(rand.NewPCG(rnd.Uint64(), 0)).IntN,
	}
	w.block = map[string]any{"url": w.repo.URL(), "limits": map[string]any{"batch_window": "5ms"}}
	if rnd.IntN(4) == 0 {
		w.block["conflict"] = "overwrite"
	}
	if rnd.IntN(4) == 0 {
		w.block["staging_mode"] = "disk"
	}
	w.logf("parallelism %d, empty: %v, %s, provider: %v", w.engine.Parallelism, empty, format, w.block)
	return w, nil
}

// start starts a provider process. The processes of a run share a hub. A killed process reaches no
// server any more.
func (w *world) start(run any) *miniengine.Process {
	version := fmt.Sprintf("p%d", processes.Add(1))
	p := provider.New(version)
	hub, _ := w.hubs.LoadOrStore(run, new(intent.Hub))
	link := hub.(*intent.Hub).Link()
	var records *intent.Records
	if w.records != "" {
		records = intent.NewRecords(w.records, fmt.Sprintf("%d-%d", os.Getpid(), w.runs), link)
	}
	p.Join(intent.Run{
		Link:    link,
		Records: records,
		// Between two calls this engine takes microseconds, where terraform takes milliseconds.
		Patience: 50 * time.Millisecond,
	})
	return &miniengine.Process{
		Server:  provider.NewServer(p)(),
		Exit:    p.Close,
		Abandon: func() { p.Abandon() },
		Kill: func() {
			w.server.Inject(gittest.Fault{Agent: "nanogit/" + version, Times: -1, Kind: gittest.Status(403)})
		},
	}
}

func (w *world) logf(format string, args ...any) { fmt.Fprintf(&w.trace, format+"\n", args...) }

// tree returns the files of the branch.
func (w *world) tree() (_ map[string]gittest.Entry, err error) {
	if w.have == nil {
		if n, err := w.repo.Count(w.repo.Branch); n == 0 {
			return nil, err
		}
		w.have, err = w.repo.Files(w.repo.Branch)
	}
	return w.have, err
}

// insist sets overwrite_on_create for paths where the branch holds another file that no state knows
// of: without it the plan fails. Such a file was written by a process that was killed before it
// could report it. Once a process was killed or a managed file was changed, a path in the state of
// a nanogit_commit alone does not count: its owner may have passed the path on to a resource that
// the apply did not get to.
func (w *world) insist() error {
	have, err := w.tree()
	if err != nil {
		return err
	}
	unowned := func(path string, e entry) bool {
		is, there := have[path]
		return there && is != w.inGit(e) && !w.owned(path, !w.upset)
	}
	for _, f := range w.files {
		f.over = f.over || unowned(f.path, f.entry)
	}
	for _, s := range w.sets {
		for path, e := range s.files {
			s.over = s.over || unowned(s.prefix+"/"+path, e)
		}
	}
	return nil
}

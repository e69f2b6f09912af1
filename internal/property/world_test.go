package property_test

import (
	"context"
	"crypto/sha1"
	"encoding/hex"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/nanogit/terraform-provider-nanogit/internal/gittest"
	"github.com/nanogit/terraform-provider-nanogit/internal/miniengine"
	"github.com/nanogit/terraform-provider-nanogit/internal/provider"
)

// world is a repository, an engine with its state, and what ought to be.
type world struct {
	server *gittest.Server
	repo   *gittest.Repo
	engine *miniengine.Engine
	trace  strings.Builder
	have   map[string]gittest.Entry // what the branch holds, while nobody is at work on it; nil when that is not known
	names  int                      // how many addresses, contents and foreign files there were

	// What is configured.
	files   map[string]*file
	sets    map[string]*set
	commits map[string]*commit
	forget  []string
	replace []string // in the next plan only
	block   map[string]any

	others  map[string]gittest.Entry // what the branch holds and nobody manages, by path
	foreign []string                 // the commits of others
	excused map[string]bool          // paths that a plan said it leaves on the branch
	faulty  bool                     // the last apply was disturbed
}

// file is a nanogit_file.
type file struct {
	path string
	entry
	commit  string // the address of the nanogit_commit that names it; "" for one that commits by itself
	keep    bool   // on_destroy = "keep"
	message string
	over    bool // overwrite_on_create
}

// set is a nanogit_files. Its paths are below a prefix of its own.
type set struct {
	prefix string
	files  map[string]entry // by path below the prefix
	commit string           // as in file
	over   bool             // overwrite_on_create
}

// commit is a nanogit_commit.
type commit struct {
	message     string
	deleteFiles bool // on_destroy = "delete_files"
}

type entry struct{ content, mode string }

// inGit is the entry as git prints it.
func (e entry) inGit() gittest.Entry {
	sum := sha1.Sum(fmt.Appendf(nil, "blob %d\x00%s", len(e.content), e.content))
	return gittest.Entry{Mode: e.mode, ID: hex.EncodeToString(sum[:])}
}

// processes numbers the provider processes of a test, so that one of them can be cut off.
var processes atomic.Int64

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
	empty := rnd.IntN(8) == 0
	if w.repo, err = server.Create("r.git", gittest.RepoOptions{Empty: empty, Hooks: map[string]string{"pre-receive": mayRefuse}}); err != nil {
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
	w.logf("parallelism %d, empty: %v, provider: %v", w.engine.Parallelism, empty, w.block)
	return w, nil
}

// start is a new provider process. One that is killed reaches no server any more.
func (w *world) start() *miniengine.Process {
	version := fmt.Sprintf("p%d", processes.Add(1))
	p := provider.New(version)
	return &miniengine.Process{
		Server:  providerserver.NewProtocol6(p)(),
		Exit:    p.Close,
		Abandon: func() { p.Abandon() },
		Kill: func() {
			w.server.Inject(gittest.Fault{Agent: "nanogit/" + version, Times: -1, Kind: gittest.Status(403)})
		},
	}
}

func (w *world) logf(format string, args ...any) { fmt.Fprintf(&w.trace, format+"\n", args...) }

// tree is what the branch holds.
func (w *world) tree() (_ map[string]gittest.Entry, err error) {
	if w.have == nil {
		if n, err := w.repo.Count(w.repo.Branch); n == 0 {
			return nil, err
		}
		w.have, err = w.repo.Files(w.repo.Branch)
	}
	return w.have, err
}

// config is what is configured, as the engine takes it.
func (w *world) config() miniengine.Config {
	c := miniengine.Config{
		Provider:  w.block,
		Resources: make(map[string]miniengine.Resource),
		Forget:    w.forget,
		Replace:   w.replace,
	}
	named := make(map[string]miniengine.Merge)
	for address, f := range w.files {
		a := map[string]any{
			"path": f.path, "content": f.content, "mode": f.mode, "commit_message": f.message, "overwrite_on_create": f.over,
			"commit_mode": mode(f.commit), "on_destroy": map[bool]string{true: "keep", false: "delete"}[f.keep],
		}
		c.Resources[address] = miniengine.Resource{Type: "nanogit_file", Attributes: a}
		named[f.commit] = append(named[f.commit], map[string]any{f.path: miniengine.Ref{Address: address, Attribute: "blob_id"}})
	}
	for address, s := range w.sets {
		files := make(map[string]any)
		for path, e := range s.files {
			files[path] = map[string]any{"content": e.content, "mode": e.mode}
		}
		c.Resources[address] = miniengine.Resource{Type: "nanogit_files", Attributes: map[string]any{
			"prefix": s.prefix, "files": files, "commit_mode": mode(s.commit), "overwrite_on_create": s.over,
		}}
		named[s.commit] = append(named[s.commit], miniengine.Ref{Address: address, Attribute: "blob_ids"})
	}
	for address, m := range w.commits {
		c.Resources[address] = miniengine.Resource{Type: "nanogit_commit", Attributes: map[string]any{
			"files": named[address], "message": m.message, "on_destroy": map[bool]string{true: "delete_files", false: "keep"}[m.deleteFiles],
		}}
	}
	return c
}

func mode(commit string) string {
	if commit == "" {
		return "auto"
	}
	return "explicit"
}

// wanted is what is configured to be on the branch.
func (w *world) wanted() map[string]gittest.Entry {
	all := make(map[string]gittest.Entry)
	for _, f := range w.files {
		all[f.path] = f.inGit()
	}
	for _, s := range w.sets {
		for path, e := range s.files {
			all[s.prefix+"/"+path] = e.inGit()
		}
	}
	return all
}

// compare says where the branch is not what it ought to be.
func (w *world) compare() error {
	w.have = nil
	have, err := w.tree()
	if err != nil {
		return err
	}
	want := maps.Clone(w.others)
	maps.Copy(want, w.wanted())
	var wrong []string
	for path, e := range want {
		if got, ok := have[path]; !ok {
			wrong = append(wrong, fmt.Sprintf("%s is not on the branch, want %v", path, e))
		} else if got != e {
			wrong = append(wrong, fmt.Sprintf("%s is %v on the branch, want %v", path, got, e))
		}
	}
	for path, e := range have {
		if _, ok := want[path]; !ok && !w.excused[path] {
			wrong = append(wrong, fmt.Sprintf("%s is on the branch (%v) and should not be", path, e))
		}
	}
	if len(wrong) == 0 {
		return nil
	}
	slices.Sort(wrong)
	return fmt.Errorf("the branch is not what it ought to be:\n  %s", strings.Join(wrong, "\n  "))
}

// insist sets overwrite_on_create where an error would ask for it: on what the branch holds, as something else, and no state
// knows of. Its writer was killed before it could say that it wrote it.
func (w *world) insist() error {
	have, err := w.tree()
	if err != nil {
		return err
	}
	stranger := func(path string, e entry) bool {
		is, there := have[path]
		return there && is != e.inGit() && !w.owned(path)
	}
	for _, f := range w.files {
		f.over = f.over || stranger(f.path, f.entry)
	}
	for _, s := range w.sets {
		for path, e := range s.files {
			s.over = s.over || stranger(s.prefix+"/"+path, e)
		}
	}
	return nil
}

// owned reports whether a resource in state has the path.
func (w *world) owned(path string) bool {
	for _, o := range w.engine.State {
		if o.Text("path") == path {
			return true
		}
		for _, attribute := range []string{"files", "blob_ids"} {
			if o.Type == "nanogit_files" && attribute == "files" {
				continue // below its prefix
			}
			if _, ok := mapOf(o.Value, attribute)[path]; ok {
				return true
			}
		}
	}
	return false
}

// unnamed are the files whose removal a commit would have to make, and that no commit in state names: by address, the path.
func (w *world) unnamed(state miniengine.State) map[string]string {
	named, all := make(map[string]bool), make(map[string]string)
	for address, o := range state {
		if o.Type == "nanogit_commit" {
			for path := range mapOf(o.Value, "files") {
				named[path] = true
			}
		}
		if _, wanted := w.files[address]; !wanted && o.Text("commit_mode") == "explicit" && o.Type == "nanogit_file" {
			all[address] = o.Text("path")
		}
	}
	maps.DeleteFunc(all, func(_, path string) bool { return named[path] })
	return all
}

// contested reports whether two files in state have one path: one was to take it over from the other, and that was cut off.
func (w *world) contested() bool {
	owners := make(map[string]bool)
	for _, o := range w.engine.State {
		if path := o.Text("path"); owners[path] {
			return true
		} else if path != "" {
			owners[path] = true
		}
	}
	return false
}

// mapOf is an attribute of an object that is a map.
func mapOf(object tftypes.Value, attribute string) map[string]tftypes.Value {
	var attributes, elements map[string]tftypes.Value
	if object.As(&attributes) != nil {
		return nil
	}
	if v, ok := attributes[attribute]; !ok || v.IsNull() || v.As(&elements) != nil {
		return nil
	}
	return elements
}

// check is what must hold in the end.
func (w *world) check(context.Context) error {
	if err := w.compare(); err != nil {
		return err
	}
	reached, err := w.repo.Run("rev-list", "--all")
	if err != nil {
		return err
	}
	for _, id := range w.foreign {
		if !strings.Contains(reached, id) {
			return fmt.Errorf("the foreign commit %s is lost", id)
		}
	}
	return w.repo.Check()
}

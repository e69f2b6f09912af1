package property_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
)

// settled are the addresses of the files that state has at their paths, and that end when they are
// to, in order.
func (w *world) settled(also func(*file) bool) (all []string) {
	for _, address := range slices.Sorted(maps.Keys(w.files)) {
		f, o := w.files[address], w.engine.State[address]
		if o != nil && o.Text("path") == f.path && o.Text("on_destroy") != "keep" && !f.keep && !w.bare[address] && (also == nil || also(f)) {
			all = append(all, address)
		}
	}
	return all
}

// oneOf returns a random element.
func oneOf(rnd *rand.Rand, all []string) (string, bool) {
	if len(all) == 0 {
		return "", false
	}
	return all[rnd.IntN(len(all))], true
}

// anyOf returns a random resource of the configuration.
func (w *world) anyOf(rnd *rand.Rand) (string, *lifecycle) {
	all := make(map[string]*lifecycle)
	for address, f := range w.files {
		all[address] = &f.lifecycle
	}
	for address, s := range w.sets {
		all[address] = &s.lifecycle
	}
	for address, c := range w.commits {
		all[address] = &c.lifecycle
	}
	address, _ := pick(rnd, all)
	return address, all[address]
}

func (w *world) toggleFirst(rnd *rand.Rand) string {
	address, l := w.anyOf(rnd)
	if l == nil {
		return ""
	}
	l.first = !l.first
	return fmt.Sprintf("%s is created before it is destroyed: %v", address, l.first)
}

// depose replaces a resource with create_before_destroy, while a resource that depends on it fails:
// its former object stays deposed.
func (w *world) depose(rnd *rand.Rand) string {
	address, ok := oneOf(rnd, w.settled(nil))
	if set, is := pick(rnd, w.sets); is && w.engine.State[set] != nil && rnd.IntN(3) == 0 {
		address, ok = set, true
	}
	if !ok || slices.Contains(w.replace, address) {
		return ""
	}
	if f := w.files[address]; f != nil {
		f.first, f.over = true, true
	} else {
		w.sets[address].first, w.sets[address].over = true, true
	}
	w.replace = append(w.replace, address)
	w.names++
	name := fmt.Sprintf("blocker.b%d", w.names)
	w.blockers[name] = &blocker{after: address, fails: true}
	return fmt.Sprintf("replace %s, creating it first, before %s, which fails", address, name)
}

func (w *world) toggleIgnore(rnd *rand.Rand) string {
	address, ok := oneOf(rnd, w.settled(nil))
	if !ok {
		return ""
	}
	f := w.files[address]
	f.ignores = !f.ignores
	if f.ignores {
		f.content = w.content()
	}
	return fmt.Sprintf("ignore changes of %s: %v: %q", address, f.ignores, f.content)
}

// neighbours returns files that state has at their paths: of a single commit or, now and then, of
// any.
func (w *world) neighbours(rnd *rand.Rand) []string {
	of, ok := oneOf(rnd, w.settled(nil))
	if !ok {
		return nil
	}
	all := rnd.IntN(4) == 0
	return w.settled(func(f *file) bool {
		return !f.ignores && (all || f.commit == w.files[of].commit && f.alias == w.files[of].alias && f.repository == w.files[of].repository)
	})
}

// rehouse gives a file the path of another file.
func (f *file) rehouse(path string) {
	f.path, f.former = path, append(f.former, f.path)
}

func (w *world) swap(rnd *rand.Rand) string {
	all := w.neighbours(rnd)
	if len(all) < 2 {
		return ""
	}
	rnd.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	a, b := w.files[all[0]], w.files[all[1]]
	path := a.path
	a.rehouse(b.path)
	b.rehouse(path)
	if rnd.IntN(3) == 0 {
		a.content = w.content()
	}
	return fmt.Sprintf("%s and %s swap %s and %s: %q, %q", all[0], all[1], path, a.path, a.content, b.content)
}

// shift does the same as a resource with count that loses its first element: each address gets the
// path and content of the next address, and the last address goes.
func (w *world) shift(rnd *rand.Rand) string {
	all := w.neighbours(rnd)
	if len(all) < 2 {
		return ""
	}
	first := w.files[all[0]].path
	for i, address := range all[1:] {
		f, next := w.files[all[i]], w.files[address]
		f.rehouse(next.path)
		f.entry = next.entry
	}
	if rnd.IntN(2) == 0 {
		w.files[all[rnd.IntN(len(all)-1)]].content = w.content()
	}
	delete(w.files, all[len(all)-1])
	w.drop(first)
	return fmt.Sprintf("%s goes, and %v shift", first, all)
}

// readdressed gives something another address, without a moved block.
func readdressed[V any](w *world, all map[string]V, address string) string {
	w.names++
	typ, _, _ := strings.Cut(address, ".")
	to := fmt.Sprintf("%s.x%d", typ, w.names)
	all[to] = all[address]
	delete(all, address)
	return to
}

// inherit is a new address, with another content, for a path.
func (w *world) inherit(rnd *rand.Rand) string {
	address, ok := oneOf(rnd, w.settled(func(f *file) bool { return !f.ignores }))
	if !ok {
		return ""
	}
	to := readdressed(w, w.files, address)
	w.files[to].content, w.files[to].over = w.content(), false
	return fmt.Sprintf("%s is now %s: %s: %q", address, to, w.files[to].path, w.files[to].content)
}

// readdress is a new address with the same content, perhaps of another provider block.
func (w *world) readdress(rnd *rand.Rand) string {
	address, ok := oneOf(rnd, w.settled(func(f *file) bool { return !f.ignores }))
	if set, is := pick(rnd, w.sets); is && w.engine.State[set] != nil && rnd.IntN(3) == 0 {
		address, ok = set, true
	}
	if !ok {
		return ""
	}
	if s := w.sets[address]; s != nil {
		s.over = false
		w.otherwise(rnd, &s.lifecycle)
		return fmt.Sprintf("%s is now %s: %s, alias %q", address, readdressed(w, w.sets, address), s.prefix, s.alias)
	}
	f := w.files[address]
	f.over = false
	w.otherwise(rnd, &f.lifecycle)
	return fmt.Sprintf("%s is now %s: %s, alias %q", address, readdressed(w, w.files, address), f.path, f.alias)
}

// otherwise is the other provider block, perhaps.
func (w *world) otherwise(rnd *rand.Rand, l *lifecycle) {
	if rnd.IntN(2) == 0 {
		l.alias = map[string]string{"": otherAlias, otherAlias: ""}[l.alias]
	}
}

// realias gives something another provider block, at the same address.
func (w *world) realias(rnd *rand.Rand) string {
	address, l := w.anyOf(rnd)
	if l == nil {
		return ""
	}
	l.alias = map[string]string{"": otherAlias, otherAlias: ""}[l.alias]
	return fmt.Sprintf("%s is of the provider block %q", address, l.alias)
}

// migrate gives a commit and all that it names new addresses, perhaps of another provider block.
func (w *world) migrate(rnd *rand.Rand) string {
	address, ok := pick(rnd, w.commits)
	if !ok || w.commits[address].deleteFiles || w.engine.State[address] == nil || w.engine.State[address].Text("on_destroy") != "keep" {
		return ""
	}
	w.abandon(address)
	w.otherwise(rnd, &w.commits[address].lifecycle)
	to := readdressed(w, w.commits, address)
	for _, name := range slices.Sorted(maps.Keys(w.files)) {
		if f := w.files[name]; f.commit == address {
			f.commit, f.over = to, false
			if o := w.engine.State[name]; o != nil && o.Text("on_destroy") != "keep" && !f.keep && o.Text("path") == f.path && !f.ignores {
				readdressed(w, w.files, name)
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(w.sets)) {
		if s := w.sets[name]; s.commit == address {
			s.commit, s.over = to, false
			readdressed(w, w.sets, name)
		}
	}
	return fmt.Sprintf("%s is now %s with all that it names, alias %q", address, to, w.commits[to].alias)
}

// spelling is the other way to write the repository's URL.
func (w *world) spelling(now string) string {
	if now == "" {
		now, _ = w.block["url"].(string)
	}
	if bare, ok := strings.CutSuffix(now, ".git"); ok {
		return bare
	}
	return now + ".git"
}

// respell writes the repository's URL in another spelling: for the provider block, or for a commit
// and its files.
func (w *world) respell(rnd *rand.Rand) string {
	if rnd.IntN(2) == 0 {
		w.block = maps.Clone(w.block)
		w.block["url"] = w.spelling("")
		return fmt.Sprintf("the provider's url is %s", w.block["url"])
	}
	address, ok := pick(rnd, w.commits)
	if !ok {
		return ""
	}
	to, first := w.spelling(w.commits[address].repository), rnd.IntN(2) == 0
	set := func(l *lifecycle) { l.repository, l.first = to, l.first || first }
	set(&w.commits[address].lifecycle)
	for _, f := range w.files {
		if f.commit == address {
			set(&f.lifecycle)
		}
	}
	for _, s := range w.sets {
		if s.commit == address {
			set(&s.lifecycle)
		}
	}
	return fmt.Sprintf("%s and what it names are in %s, created first: %v", address, to, first)
}

// respellOne writes the URL in another spelling for a single resource.
func (w *world) respellOne(rnd *rand.Rand) string {
	address, l := w.anyOf(rnd)
	if l == nil {
		return ""
	}
	l.repository = w.spelling(l.repository)
	l.first = l.first || rnd.IntN(2) == 0
	return fmt.Sprintf("%s is in %s, created first: %v", address, l.repository, l.first)
}

// strip leaves an explicit file without a commit for a step, in which at most its mode changes. Its
// content must not change, as it would wait for a commit.
func (w *world) strip(rnd *rand.Rand) string {
	address, ok := oneOf(rnd, w.settled(nil))
	if !ok {
		return ""
	}
	f := w.files[address]
	f.mode = []string{"100644", "100755"}[rnd.IntN(2)]
	w.bare[address] = true
	return fmt.Sprintf("no commit names %s: %s: %s", address, f.path, f.mode)
}

// dropBare removes a file that waits for a commit, while no commit knows of it.
func (w *world) dropBare(rnd *rand.Rand) string {
	named := make(map[string]bool)
	for _, o := range w.engine.State {
		if o.Type == "nanogit_commit" {
			for path := range mapOf(o.Value, "files") {
				named[path] = true
			}
		}
	}
	address, ok := oneOf(rnd, w.settled(func(f *file) bool { return !named[f.path] }))
	if !ok || w.engine.State[address].Text("commit_mode") != "explicit" {
		return ""
	}
	path := w.files[address].path
	w.end(address)
	return fmt.Sprintf("remove %s, whose removal no commit can take: %s", address, path)
}

// dress takes that back where the content changes after all.
func (w *world) dress() error {
	have, err := w.tree()
	for address := range w.bare {
		f := w.files[address]
		replaced := slices.Contains(w.replace, address) && !w.on("replace")
		if f == nil || replaced || have[f.path].ID != w.inGit(f.entry).ID {
			delete(w.bare, address)
		}
	}
	return err
}

// dropAll takes a commit away, and some of the files that it names with it; the others commit by
// themselves.
func (w *world) dropAll(rnd *rand.Rand) string {
	address, ok := pick(rnd, w.commits)
	if !ok || w.deletesOthers(address) {
		return ""
	}
	delete(w.commits, address)
	w.abandon(address)
	var gone []string
	for _, name := range slices.Sorted(maps.Keys(w.files)) {
		if f := w.files[name]; f.commit == address {
			if f.commit = ""; rnd.IntN(3) > 0 && !f.keep {
				gone = append(gone, f.path)
				w.end(name)
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(w.sets)) {
		if s := w.sets[name]; s.commit == address {
			if s.commit = ""; rnd.IntN(2) == 0 {
				gone = append(gone, s.prefix)
				delete(w.sets, name)
				for path := range s.files {
					w.drop(s.prefix + "/" + path)
				}
			}
		}
	}
	return fmt.Sprintf("%s goes, and with it %v", address, gone)
}

// odd is a content that state does not hold as it is.
func (w *world) odd(rnd *rand.Rand) string {
	c := w.content()
	return []string{c + "\xff\xfe\x00", c + "e\u0301\n", c + "crlf\r\n", strings.Repeat(c, 1<<20/len(c)+1)}[rnd.IntN(4)]
}

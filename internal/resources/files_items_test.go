package resources

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitwriter"
)

func TestTheSchemaOfFilesIsWellFormedAndDescribed(t *testing.T) {
	t.Parallel()
	var resp resource.SchemaResponse
	NewFiles(nil).Schema(t.Context(), resource.SchemaRequest{}, &resp)
	if diags := resp.Schema.ValidateImplementation(t.Context()); diags.HasError() {
		t.Fatal(diags)
	}
	for name, a := range resp.Schema.Attributes {
		if a.GetMarkdownDescription() == "" {
			t.Errorf("%s has no description", name)
		}
	}
	if got := slices.Sorted(maps.Keys(filesEntry())); !slices.Equal(got, slices.Sorted(maps.Keys(entryType.AttrTypes))) {
		t.Errorf("an entry has %q, and the model says %v", got, entryType.AttrTypes)
	}
}

// entry is an element of files.
func entry(values map[string]attr.Value) attr.Value {
	all := make(map[string]attr.Value)
	for name := range entryType.AttrTypes {
		all[name] = types.StringNull()
	}
	all["content_wo_version"] = types.Int64Null()
	maps.Copy(all, values)
	return types.ObjectValueMust(entryType.AttrTypes, all)
}

// Each attribute of an element, and each attribute that chooses files, is unknown in turn.
func TestWhatIsNotKnownYetIsNotKnownOfThatPathAlone(t *testing.T) {
	t.Parallel()
	s, unknown := types.StringValue, types.StringUnknown()
	m := importedFiles()
	m.Prefix = s("p")
	m.Files = types.MapValueMust(entryType, map[string]attr.Value{
		"known":   entry(map[string]attr.Value{"content": s("x"), "mode": s(modeExec)}),
		"content": entry(map[string]attr.Value{"content": unknown}),
		"mode":    entry(map[string]attr.Value{"content": s("x"), "mode": unknown}),
		"endings": entry(map[string]attr.Value{"content": s("x"), "line_endings": unknown}),
		"all":     types.ObjectUnknown(entryType.AttrTypes),
	})
	items, ok, err := m.items(t.Context(), m.Files, 0)
	if err != nil || !ok {
		t.Fatal(ok, err)
	}
	if err := hashItems(t.Context(), items, gitobj.SHA1); err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, it := range items {
		got = append(got, fmt.Sprintf("%s %t %s", it.path, !it.blob.IsZero(), it.mode))
	}
	want := []string{"p/all false 000000", "p/content false 000000", "p/endings false 000000", "p/known true 100755", "p/mode false 000000"}
	if !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	for name, change := range map[string]func(*filesModel){
		"the prefix":    func(m *filesModel) { m.Prefix = unknown },
		"the map":       func(m *filesModel) { m.Files = types.MapUnknown(entryType) },
		"the directory": func(m *filesModel) { m.SourceDir = unknown },
		"a pattern": func(m *filesModel) {
			m.SourceDir, m.Exclude = s("."), types.ListValueMust(types.StringType, []attr.Value{unknown})
		},
	} {
		other := m
		change(&other)
		if _, ok, err := other.items(t.Context(), other.Files, 0); ok || err != nil {
			t.Errorf("without %s: %t, %v; want that nothing is known", name, ok, err)
		}
	}
}

func TestPathsThatNoRepositoryCanHaveAreRefused(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		paths  []string
		mode   gitobj.Mode
		prefix string
		want   string
	}{
		"a file that would be a directory":   {[]string{"a", "a/b/c"}, gitobj.ModeFile, "", "cannot both be files"},
		"the same below a prefix":            {[]string{"x/a", "x/a/b"}, gitobj.ModeFile, "x", "cannot both be files"},
		"a symbolic link named .gitmodules":  {[]string{".gitmodules"}, gitobj.ModeSymlink, "", "must not be a symbolic link"},
		"what is too long below its prefix":  {[]string{"p/" + strings.Repeat("a/", 2100) + "x"}, gitobj.ModeFile, "p", "use a shorter one"},
		"neighbours of a similar name":       {[]string{"a", "a-b", "a.b/c", "ab"}, gitobj.ModeFile, "", ""},
		"a regular file may be .gitmodules":  {[]string{".gitmodules"}, gitobj.ModeFile, "", ""},
		"one path that two local files have": {[]string{"a", "a"}, gitobj.ModeFile, "", "same path"},
	} {
		var items []item
		for _, p := range tc.paths {
			items = append(items, item{path: p, mode: tc.mode})
		}
		err := checkItems(items)
		if (err == nil) != (tc.want == "") || err != nil && !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: %v, want %q", name, err, tc.want)
		}
	}
}

// State and items differ in every way at once, and the changes are compared.
func TestTheDifferenceIsWhatHasToBeDone(t *testing.T) {
	t.Parallel()
	id := func(s string) gitobj.ID { return gitobj.Hash(gitobj.SHA1, gitobj.KindBlob, []byte(s)) }
	prior := map[string]gitobj.ID{"same": id("1"), "changed": id("1"), "gone": id("1"), "foreign": id("1"), "exec": id("1"), "unsure": id("1")}
	items := []item{
		{path: "changed", blob: id("2"), mode: gitobj.ModeFile},
		{path: "exec", blob: id("1"), mode: gitobj.ModeFile},
		{path: "new", blob: id("1"), mode: gitobj.ModeFile},
		{path: "same", blob: id("1"), mode: gitobj.ModeFile},
		{path: "unsure"},
	}
	h := hints{modes: map[string]gitobj.Mode{"exec": gitobj.ModeExec}, foreign: map[string]bool{"foreign": true}}
	for _, tc := range []struct {
		name   string
		hints  hints
		mirror bool
		puts   []int
		gone   []string
	}{
		{"managed", h, false, []int{0, 1, 2, 4}, []string{"gone"}},
		{"mirror", h, true, []int{0, 1, 2, 4}, []string{"foreign", "gone"}},
		{"with private state lost, modes are taken for right and files for ours", hints{}, false, []int{0, 2, 4}, []string{"foreign", "gone"}},
	} {
		if got := compare(items, prior, tc.hints, tc.mirror); !reflect.DeepEqual(got, difference{tc.puts, tc.gone}) {
			t.Errorf("%s: %v, want %v and %v", tc.name, got, tc.puts, tc.gone)
		}
	}
	if !compare(nil, nil, h, true).empty() {
		t.Error("nothing differs from nothing")
	}
	planned := plannedBlobs(items, prior, h)
	if want := (map[string]gitobj.ID{"changed": id("2"), "exec": {}, "new": id("1"), "same": id("1"), "unsure": {}}); !maps.Equal(planned, want) {
		t.Errorf("planned %v, want %v", planned, want)
	}
}

// Work is counted without an error, with errors, and after a cancellation.
func TestWorkInParallelIsDoneOnceOrEndsWithTheFirstError(t *testing.T) {
	t.Parallel()
	var n [1000]atomic.Int32
	if err := inParallel(t.Context(), len(n), func(i int) error { n[i].Add(1); return nil }); err != nil {
		t.Fatal(err)
	}
	for i := range n {
		if got := n[i].Load(); got != 1 {
			t.Errorf("%d was done %d times", i, got)
		}
	}
	if err := inParallel(t.Context(), 0, func(int) error { return errors.New("never") }); err != nil {
		t.Error(err)
	}
	var done atomic.Int32
	err := inParallel(t.Context(), 100_000, func(i int) error {
		done.Add(1)
		if i >= 10 {
			return fmt.Errorf("error %d", i)
		}
		return nil
	})
	if err == nil || !strings.HasPrefix(err.Error(), "error 1") || done.Load() > 1000 {
		t.Errorf("%v after %d calls", err, done.Load())
	}
	ctx, cancel := context.WithCancel(t.Context())
	err = inParallel(ctx, 100_000, func(int) error { cancel(); return nil })
	if !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

// Outcomes with the same error, with several, and with very many are joined.
func TestOutcomesAreReportedOnceOrPathByPath(t *testing.T) {
	t.Parallel()
	refused := fmt.Errorf("push: %w", gitwriter.ErrRefused)
	bad := func(p string) error { return &gitobj.ObstacleError{Path: p, At: p, Mode: gitobj.ModeTree} }
	left := fmt.Errorf("write x: %w", gitwriter.ErrLeftOut)
	out := func(errs ...error) (list []gitwriter.Outcome) {
		for _, err := range errs {
			list = append(list, gitwriter.Outcome{Err: err})
		}
		return list
	}
	if err := outcomesError(out(nil, nil)); err != nil {
		t.Error(err)
	}
	if err := outcomesError(out(refused, refused)); err != refused {
		t.Errorf("one reason for all: %v", err)
	}
	err := outcomesError(out(left, bad("a"), left, bad("b")))
	if err == nil || !errors.Is(err, gitobj.ErrObstacle) || errors.Is(err, gitwriter.ErrLeftOut) {
		t.Fatalf("got %v", err)
	}
	for _, want := range []string{"2 of 4 changes cannot be made, and none was", `"a" is a directory`, `"b" is a directory`} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q does not say %q", err, want)
		}
	}
	var many []error
	for i := range 30 {
		many = append(many, bad(fmt.Sprintf("f%02d", i)))
	}
	if err := outcomesError(out(many...)); !strings.Contains(err.Error(), "f09") || strings.Contains(err.Error(), "f10") || !strings.Contains(err.Error(), "and 20 more") {
		t.Errorf("of thirty: %v", err)
	}
}

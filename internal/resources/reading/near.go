package reading

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitqueue"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitread"
)

const (
	// mostNear bounds the names that an error offers.
	mostNear = 3
	// mostCompared bounds the names that are compared with a misspelt name, and longest the length
	// of names that are, in bytes: the comparison takes the product of two lengths.
	mostCompared, longest = 10_000, 256
)

// nearRefs offers branches and tags for the name of a ref that is not there; "" for other errors.
func nearRefs(ctx context.Context, repo *gitqueue.Repo, err error) string {
	var none *gitread.NameError
	if !errors.As(err, &none) || none.Empty || none.Name == "" || none.TipsOnly {
		return ""
	}
	refs, err := repo.Refs(ctx, "refs/heads/", "refs/tags/")
	if err != nil {
		return ""
	}
	names := make([]string, 0, len(refs))
	for _, r := range refs {
		_, short, _ := strings.Cut(strings.TrimPrefix(r.Name, "refs/"), "/")
		names = append(names, short)
	}
	_, name, full := strings.Cut(strings.TrimPrefix(none.Name, "refs/"), "/")
	if !strings.HasPrefix(none.Name, "refs/") || !full {
		name = none.Name
	}
	return offer("The repository has", near(name, names))
}

// nearPaths offers paths for a path that is not there.
func nearPaths(ctx context.Context, s *gitread.Snapshot, p string) string {
	dir, names := "", strings.Split(p, "/")
	at := s.Root
	for i, name := range names {
		entries, err := list(ctx, s, at)
		if err != nil {
			return ""
		}
		found := slices.IndexFunc(entries, func(e gitobj.TreeEntry) bool { return e.Name == name && e.Mode.IsTree() })
		if found >= 0 && i < len(names)-1 {
			dir, at = dir+name+"/", entries[found].ID
			continue
		}
		have := make([]string, 0, len(entries))
		for _, e := range entries {
			if utf8.ValidString(e.Name) {
				have = append(have, e.Name)
			}
		}
		offers := near(name, have)
		for i, o := range offers {
			offers[i] = dir + o
		}
		return offer("The commit has", offers)
	}
	return ""
}

// offer is a sentence with names; "" without any.
func offer(begin string, names []string) string {
	if len(names) == 0 {
		return ""
	}
	quoted := make([]string, len(names))
	for i, n := range names {
		quoted[i] = fmt.Sprintf("%q", n)
	}
	last := len(quoted) - 1
	if last == 0 {
		return begin + " " + quoted[0] + "."
	}
	return begin + " " + strings.Join(quoted[:last], ", ") + " and " + quoted[last] + "."
}

// near selects the names that were probably meant: those that differ in a third of the letters at
// most, the nearest first.
func near(name string, names []string) []string {
	type candidate struct {
		name string
		away int
	}
	var all []candidate
	wanted := strings.ToLower(name)
	most := max(1, utf8.RuneCountInString(wanted)/3)
	for _, n := range names[:min(len(names), mostCompared)] {
		if len(n) > longest || len(wanted) > longest {
			continue
		}
		if away := distance(wanted, strings.ToLower(n)); away <= most {
			all = append(all, candidate{n, away})
		}
	}
	slices.SortStableFunc(all, func(a, b candidate) int { return a.away - b.away })
	var out []string
	for _, c := range all[:min(len(all), mostNear)] {
		out = append(out, c.name)
	}
	return out
}

// distance is the number of letters that are to be put in, taken out or replaced to make b of a.
func distance(a, b string) int {
	from, to := []rune(a), []rune(b)
	row := make([]int, len(to)+1)
	for j := range row {
		row[j] = j
	}
	for i, c := range from {
		diagonal := row[0]
		row[0] = i + 1
		for j, d := range to {
			cost := diagonal
			if c != d {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(to)]
}

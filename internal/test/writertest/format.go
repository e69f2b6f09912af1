package writertest

import (
	"strings"
	"testing"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
	"github.com/nanogit/terraform-provider-nanogit/internal/test/gittest"
)

// Format is an object format, for tests that run in both.
type Format struct{ gitobj.Format }

// Formats are both object formats, SHA-1 first.
var Formats = []Format{{gitobj.SHA1}, {gitobj.SHA256}}

// EachFormat runs a test for repositories of both object formats.
func EachFormat(t *testing.T, test func(t *testing.T, f Format)) {
	t.Helper()
	for _, f := range Formats {
		t.Run(f.String(), func(t *testing.T) {
			t.Parallel()
			test(t, f)
		})
	}
}

// Repo makes a repository of the format on a server of its own.
func (f Format) Repo(t testing.TB, o gittest.RepoOptions) (*gittest.Server, *gittest.Repo) {
	t.Helper()
	s := gittest.New(t, gittest.Options{})
	o.Format = f.String()
	return s, s.NewRepo(t, "r", o)
}

// Blob is the id of a content.
func (f Format) Blob(content string) gitobj.ID {
	return gitobj.Hash(f.Format, gitobj.KindBlob, []byte(content))
}

// Learning is the number of requests that a process needs to learn the format, over version 2: the
// refused listing, and the server's capabilities.
func (f Format) Learning() int {
	if f.Format == gitobj.SHA256 {
		return 2
	}
	return 0
}

// Submodule is the name of a commit of another repository.
func (f Format) Submodule() string { return strings.Repeat("ab", f.Size()) }

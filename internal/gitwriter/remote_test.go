package gitwriter_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitremote"
	"github.com/nanogit/terraform-provider-nanogit/internal/test/gittest"
	"github.com/nanogit/terraform-provider-nanogit/internal/test/writertest"
)

func TestWhatCannotWorkSaysWhy(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		server gittest.Options
		repo   gittest.RepoOptions
		want   error
		says   string
	}{
		{"credentials wanted", gittest.Options{Username: "u", Password: "p"}, gittest.RepoOptions{}, gitremote.ErrAuthentication, "credentials"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := gittest.New(t, c.server)
			r := s.NewRepo(t, "r", c.repo)
			b := writertest.Branch(t, r)
			_, err := b.Lookup(t.Context(), "x")
			if !errors.Is(err, c.want) || !strings.Contains(err.Error(), c.says) {
				t.Errorf("lookup: %v, want %v that says %q", err, c.want, c.says)
			}
			// An error that another request would only repeat is remembered.
			s.ResetStats()
			if _, again := b.Lookup(t.Context(), "y"); !errors.Is(again, c.want) || s.Stats().Requests != 0 {
				t.Errorf("second lookup: %v after %d requests, want the same without one", again, s.Stats().Requests)
			}
			repo := writertest.Open(t, r)
			for range 2 {
				if _, err := repo.Branch(t.Context(), ""); !errors.Is(err, c.want) {
					t.Errorf("default branch: %v, want %v", err, c.want)
				}
			}
		})
	}
}

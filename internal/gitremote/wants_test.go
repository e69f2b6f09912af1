package gitremote

import (
	"io"
	"strings"
	"testing"
)

// The words of servers for a want that they do not hand out are known, and those of other failures
// are no such refusal.
func TestRefusedWantsAreToldApart(t *testing.T) {
	t.Parallel()
	for words, want := range map[string]bool{
		"want " + hexA + " not valid":                                   true, // JGit
		"upload-pack: not our ref " + hexA:                              true, // git
		"Server does not allow request for unadvertised object " + hexA: true,
		"want " + hexB + " not valid":                                   false,
		"repository is locked":                                          false,
		"access denied":                                                 false,
	} {
		r, _ := scripted(t, Options{}, status(200, lines("ERR "+words)), advertise(lines("# service=git-upload-pack\n", "flush")+offersV2))
		err := r.Fetch(t.Context(), wantA, func(pack io.Reader) error { return nil })
		if err == nil || !strings.Contains(err.Error(), words) || RefusesWants(err, wantA.Wants) != want {
			t.Errorf("%s: got %v, a refusal of wants: %v", words, err, !want)
		}
	}
	r, _ := scripted(t, Options{})
	if byID, _ := r.Selective(); !byID {
		t.Error("every server counts as one of commits only")
	}
	r.CommitsOnly(t.Context())
	if byID, filters := r.Selective(); byID || !filters {
		t.Errorf("by id: %v, filters: %v; want filters only", byID, filters)
	}
}

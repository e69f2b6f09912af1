package gitwire

import (
	"fmt"
	"strings"
	"testing"
)

// TestRefusals reads refusals in the words of git, JGit and the hosts. again: the same push may go
// through later; final: nothing that the branch holds by now would change the answer.
func TestRefusals(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, unpack, reason string
		messages             []string
		again, final         bool
	}{
		{"git, the branch moved", "ok", "failed to update ref", []string{"error: cannot lock ref 'refs/heads/main': is at aaaa but expected bbbb"}, true, false},
		{"git, another's lock", "ok", "failed to update ref", []string{"error: cannot lock ref 'refs/heads/main': Unable to create '/r/refs/heads/main.lock': File exists."}, true, false},
		{"git, without a cause", "ok", "failed to update ref", nil, true, false},
		{"git, a branch that came to be", "ok", "reference already exists", nil, true, false},
		{"git, another old value", "ok", "incorrect old value provided", nil, true, false},
		{"GitHub, the branch moved", "ok", "cannot lock ref 'refs/heads/main': is at 041080c2 but expected 448b777b", nil, true, false},
		{"GitHub, a branch that came to be", "ok", "cannot lock ref 'refs/heads/main': reference already exists", nil, true, false},
		{"JGit, another's lock", "ok", "failed to lock", nil, true, false},
		{"JGit, the branch moved", "ok", "invalid old id sent", nil, true, false},
		{"Gerrit", "ok", "LOCK_FAILURE", nil, true, false},
		{"Azure DevOps, the branch moved", "ok", "TF401028: The reference 'refs/heads/main' has already been updated by another client, so you cannot update it. Please try again.", nil, true, false},
		{"Gitea in trouble", "ok", "pre-receive hook declined", []string{"Gitea: Internal Server Error", "Unable to contact gitea: Post http://localhost: connection refused"}, true, false},
		{"GitLab in trouble", "ok", "pre-receive hook declined", []string{"GitLab: Internal API unreachable"}, true, false},
		{"load", "ok", "unable to handle this request due to load", nil, true, false},
		{"a lock that is a policy", "ok", "blocked by policy", nil, false, false},
		{"a branch that is locked", "ok", "branch is locked", nil, false, false},
		{"a deadlock in a sentence", "ok", "no deadlocks or blocks allowed", nil, false, false},
		{"a name in the way", "ok", "failed to update ref", []string{"error: cannot lock ref 'refs/heads/a/b': 'refs/heads/a' exists; cannot create 'refs/heads/a/b'"}, false, false},
		{"GitHub, a name in the way", "ok", "cannot lock ref 'refs/heads/a/b': 'refs/heads/a' exists; cannot create 'refs/heads/a/b'", nil, false, false},
		{"Azure DevOps, a name in the way", "ok", "Name conflicts with refs/heads/a/b", nil, false, false},
		{"git, rights on the disk", "ok", "failed to update ref", []string{"error: cannot lock ref 'refs/heads/main': Unable to create '/r/refs/heads/main.lock': Permission denied"}, false, false},
		{"git, a hook on references", "ok", "failed to update ref", []string{"error: ref updates aborted by hook"}, false, false},
		{"git, a hook", "ok", "pre-receive hook declined", []string{"no commits on Fridays; fix the lock"}, false, true},
		{"GitHub, a rule", "ok", "push declined due to repository rule violations", nil, false, true},
		{"git, an object too large", "index-pack abnormal exit", "unpacker error", []string{"fatal: pack exceeds maximum allowed size"}, false, true},
		{"git, a lock and a failure to unpack", "unpack-objects abnormal exit", "failed to update ref", nil, false, true},
		{"git, an odd word", "ok", "because", nil, false, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := Report{Unpack: tt.unpack, Refs: []RefStatus{{Ref: "refs/heads/main", Reason: tt.reason}}, Messages: tt.messages}
			if again, final := r.MayPass("refs/heads/main"), r.Final("refs/heads/main"); again != tt.again || final != tt.final {
				t.Errorf("may pass: %t, final: %t; want %t and %t", again, final, tt.again, tt.final)
			}
		})
	}
	if (Report{Unpack: "ok"}).MayPass("refs/heads/main") {
		t.Error("a report that does not mention the branch is worth another push")
	}
}

func TestSays(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{
		"a lock": true, "Lock": true, "lock: held": true, "(lock)": true, "block lock": true,
		"": false, "block": false, "locked": false, "lock_file": false, "relock": false, "ölock": false,
	} {
		if got := Says(text, "lock"); got != want {
			t.Errorf("%q: %t", text, got)
		}
	}
	if Says("anything", "") {
		t.Error("a text says nothing")
	}
}

// TestBlamesDeltas: only where that may help, a push of a thin pack is repeated with a whole pack.
func TestBlamesDeltas(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		unpack, message string
		want            bool
	}{
		{"ok", "", false},
		{"unpack-objects abnormal exit", "fatal: unresolved deltas left after unpacking", true},
		{"index-pack abnormal exit", "fatal: pack has 2 unresolved deltas", true},
		{"reference delta not found", "", true},
		{"KeyError", "", true},
		{"index-pack abnormal exit", "fatal: pack exceeds maximum allowed size (1.00 KiB)", false},
		{"unpack-objects abnormal exit", "error: object 1: missingSpaceBeforeEmail: invalid author/committer line\nfatal: fsck error in packed object", false},
		{"unpack-objects abnormal exit", "", false},
		{"error The blob object c369 was rejected: The object will increase this repository size", "", false},
		{"error Object too large (2 bytes), rejecting the pack.", "", false},
		{"unable to create temporary object directory", "", false},
	} {
		r := Report{Unpack: tt.unpack, Messages: strings.Split(tt.message, "\n")}
		if got := r.BlamesDeltas(); got != tt.want {
			t.Errorf("%s, %s: %t", tt.unpack, tt.message, got)
		}
	}
}

// TestTheEndOfLongOutputIsKept: a hook says at its end why it refuses.
func TestTheEndOfLongOutputIsKept(t *testing.T) {
	t.Parallel()
	var l lines
	for i := range 1000 {
		_ = l.add(fmt.Appendf(nil, "checking file %d\n", i))
	}
	_ = l.add([]byte("error: \nremote: error:\n\nfile 999 holds a secret"))
	got := l.list()
	if got[0] != "checking file 0" || got[len(got)-1] != "file 999 holds a secret" || got[len(got)-2] != "checking file 999" {
		t.Errorf("kept %q", got)
	}
	if text := strings.Join(got, ""); len(text) > MaxText || !strings.Contains(text, "lines left out") {
		t.Errorf("%d bytes: %q", len(text), text)
	}
	l = lines{}
	_ = l.add([]byte("begin " + strings.Repeat("ö", 100_000)))
	_ = l.add([]byte(" end"))
	if got := strings.Join(l.list(), ""); !strings.HasPrefix(got, "begin ö") || !strings.HasSuffix(got, "ö end") || len(got) > MaxText {
		t.Errorf("a long line of %d bytes", len(got))
	}
}

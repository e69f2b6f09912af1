package gitobj

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

// messageParts are lines that git's rules for trailers tell apart.
var messageParts = []string{
	"Signed-off-by: A <a@example.com>", "Reviewed-by : B", "Key:", "key-2: value: more", " continued", "\tcontinued", "text without a key",
	"text: with blanks in the key: x", "(cherry picked from commit abc)", "# a comment", "http://example.com", ": no key", "", "", "   ", "Fixes: #1", "ä: letters", "\u00a0", "Key: \u00a0x\u00a0",
}

func randomMessage(r *rand.Rand) string {
	lines := []string{"A title"}
	if r.IntN(3) > 0 {
		lines = append(lines, "")
	}
	for range r.IntN(9) {
		lines = append(lines, messageParts[r.IntN(len(messageParts))])
	}
	return strings.Join(lines, "\n") + strings.Repeat("\n", r.IntN(3))
}

func TestSubjectAndTrailersAreThoseThatGitPrints(t *testing.T) {
	t.Parallel()
	const seed = 1
	r, repo := rand.New(rand.NewPCG(seed, seed)), newGitRepo(t, SHA1)
	messages := []string{
		"", "\n\n", "one", "one\ntwo\n\nKey: a\nKey: b\n", "t\n\nKey: a\n  more\n of it\n", "t\n\n\nSigned-off-by: A\nx\ny\nz\n", "t\n\nSigned-off-by: A\nx\ny\nz\nw\n",
		" led by a blank\n", "\n\nlate  \n  indented\n\nx: y", "Key: in the title\n",
	}
	for range 1_000 {
		messages = append(messages, randomMessage(r))
	}
	var in strings.Builder
	for _, m := range messages {
		fmt.Fprintf(&in, "commit refs/heads/main\ncommitter %s\ndata %d\n%s\n", who, len(m), m)
	}
	repo.git(t, in.String(), "fast-import", "--quiet", "--date-format=raw")
	printed := strings.Split(repo.git(t, "", "log", "--reverse", "--format=%s%x00%(trailers:only,unfold)%x00", "main"), "\x00")
	if len(printed) != 2*len(messages)+1 {
		t.Fatalf("git printed %d parts of %d commits", len(printed), len(messages))
	}
	told := 0
	for i, m := range messages {
		var got strings.Builder
		for _, tr := range Trailers(m) {
			fmt.Fprintf(&got, "%s: %s\n", tr.Key, tr.Value)
		}
		want := printed[2*i+1]
		if got.String() != want {
			t.Errorf("seed %d: message %q has trailers %q, and git says %q", seed, m, got.String(), want)
		}
		if want != "" {
			told++
		}
		if want := strings.TrimPrefix(printed[2*i], "\n"); Subject(m) != want {
			t.Errorf("seed %d: message %q has subject %q, and git says %q", seed, m, Subject(m), want)
		}
	}
	if told < 100 {
		t.Errorf("only %d messages have trailers", told)
	}
}

func TestASignatureIsFoundWhereGitWritesIt(t *testing.T) {
	t.Parallel()
	for armored, kind := range map[string]SignatureKind{
		"-----BEGIN SSH SIGNATURE-----\nx\n-----END SSH SIGNATURE-----":   SignatureSSH,
		"-----BEGIN PGP SIGNATURE-----\n\nx\n-----END PGP SIGNATURE-----": SignatureOpenPGP,
		"-----BEGIN PGP MESSAGE-----\n\nx\n-----END PGP MESSAGE-----":     SignatureOpenPGP,
		"-----BEGIN SIGNED MESSAGE-----\nx\n-----END SIGNED MESSAGE-----": SignatureX509,
		"something else": SignatureUnknown,
	} {
		for _, f := range []Format{SHA1, SHA256} {
			c := &Commit{Tree: Hash(f, KindTree, nil)}
			if c.Signed() != "" {
				t.Errorf("a commit without a signature has %q", c.Signed())
			}
			c.Sign(armored + "\n")
			parsed, err := ParseCommit(f, c.Append(nil))
			if err != nil || parsed.Signed() != armored || KindOfSignature(parsed.Signed()) != kind {
				t.Errorf("%s: %q of kind %q, %v; want %q of kind %q", f, parsed.Signed(), KindOfSignature(parsed.Signed()), err, armored, kind)
			}
		}
	}
}

func FuzzTrailers(f *testing.F) {
	f.Add("t\n\nSigned-off-by: A\n b\n# c\nx\n")
	f.Fuzz(func(t *testing.T, message string) {
		for _, tr := range Trailers(message) {
			if tr.Key == "" || strings.ContainsAny(tr.Key+tr.Value, "\n") || !strings.Contains(message, tr.Key) {
				t.Errorf("message %q has trailer %+v", message, tr)
			}
		}
		if strings.Contains(Subject(message), "\n") {
			t.Errorf("message %q has subject %q", message, Subject(message))
		}
	})
}

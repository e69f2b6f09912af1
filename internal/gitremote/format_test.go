package gitremote

import (
	"errors"
	"testing"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
)

const (
	hex256 = hexA + "aaaaaaaaaaaaaaaaaaaaaaaa"
	zero40 = "0000000000000000000000000000000000000000"
)

func TestTheFormatComesFromWhatIsListed(t *testing.T) {
	t.Parallel()
	var (
		v0       = func(s string) string { return lines("# service=git-upload-pack\n", "flush") + s }
		nothing  = advertise(v0(lines("flush")))
		pushes   = func(caps string) string { return lines(zero40+" capabilities^{}\x00report-status"+caps, "flush") }
		receives = func(s string) reply {
			return status(200, lines("# service=git-receive-pack\n", "flush")+s, "Content-Type: application/x-git-receive-pack-advertisement")
		}
		offers256 = lines("version 2\n", "ls-refs=unborn\n", "fetch=shallow filter\n", "object-format=sha256\n", "flush")
		refs256   = lines(hex256+" refs/heads/main\n", "flush")
	)
	for _, c := range []struct {
		name     string
		replies  []reply
		want     gitobj.Format
		requests int
	}{
		{"SHA-1", []reply{status(200, goodRefs)}, gitobj.SHA1, 1},
		{"SHA-1, empty", []reply{status(200, lines("flush"))}, gitobj.SHA1, 1},
		{"SHA-256", []reply{status(200, ""), advertise(offers256), status(200, refs256)}, gitobj.SHA256, 3},
		{"SHA-256, empty", []reply{status(200, ""), advertise(offers256), status(200, lines("flush"))}, gitobj.SHA256, 3},
		{"SHA-256 that is listed to anybody", []reply{status(200, refs256)}, gitobj.SHA256, 1},
		{
			"version 0, SHA-256",
			[]reply{status(404, ""), advertise(v0(lines(hex256+" refs/heads/main\x00object-format=sha256", "flush")))},
			gitobj.SHA256, 3,
		},
		{"version 0, empty, SHA-1", []reply{status(200, ""), nothing, nothing, receives(pushes(""))}, gitobj.SHA1, 4},
		{"version 0, empty, SHA-256", []reply{status(200, ""), nothing, nothing, receives(pushes(" object-format=sha256"))}, gitobj.SHA256, 4},
		{"version 0, empty, nobody may push", []reply{status(200, ""), nothing, nothing, status(403, "no")}, gitobj.SHA1, 4},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			r, s := scripted(t, Options{URL: "https://host/r"}, c.replies...)
			if _, err := r.ListRefs(t.Context(), "refs/heads/main"); err != nil {
				t.Fatal(err)
			}
			if got, err := r.Format(t.Context()); err != nil || got != c.want {
				t.Errorf("format %s, %v; want %s", got, err, c.want)
			}
			if len(s.Asked) != c.requests {
				t.Errorf("requests %q, want %d", s.Asked, c.requests)
			}
		})
	}
}

func TestWhatAServerOfferedIsNotBelievedForEver(t *testing.T) {
	t.Parallel()
	offers256 := lines("version 2\n", "ls-refs=unborn\n", "object-format=sha256\n", "flush")
	refs256 := lines(hex256+" refs/heads/main\n", "flush")
	r, s := scripted(t, Options{},
		status(200, ""), advertise(offers256), status(200, refs256), // and then it is made anew, in SHA-1
		status(200, ""), advertise(offersV2), status(200, goodRefs))
	for _, want := range []gitobj.Format{gitobj.SHA256, gitobj.SHA1} {
		refs, err := r.ListRefs(t.Context(), "refs/heads/main")
		if err != nil || len(refs) == 0 || refs[0].ID.Format() != want {
			t.Errorf("references %v, %v; want %s names", refs, err, want)
		}
		if got, err := r.Format(t.Context()); err != nil || got != want {
			t.Errorf("format %s, %v; want %s", got, err, want)
		}
	}
	if len(s.Asked) != 6 {
		t.Errorf("requests %q, want 6", s.Asked)
	}
}

func TestFormatsAreNotMixedInOneAnswer(t *testing.T) {
	t.Parallel()
	r, _ := scripted(t, Options{Limits: Limits{Attempts: 1}}, status(200, lines(hexA+" HEAD\n", hex256+" refs/heads/main\n", "flush")), advertise(offersV2))
	if refs, err := r.ListRefs(t.Context(), "HEAD", "refs/heads/main"); !errors.Is(err, ErrProtocol) {
		t.Errorf("names of both formats: %v, %v; want ErrProtocol", refs, err)
	}
}

package gitwire

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strings"
	"testing"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
)

func TestPushAppend(t *testing.T) {
	t.Parallel()
	a, b, c := id(t, hexA), id(t, hexB), id(t, hexC)
	zero := strings.Repeat("0", 40)
	caps := "\x00 report-status side-band-64k quiet"
	for _, tt := range []struct {
		name string
		in   Push
		want string // "" for an error
		pack bool
	}{
		{"an update", Push{Commands: []Command{{"refs/heads/main", a, b}}}, wire(hexA+" "+hexB+" refs/heads/main"+caps, "flush"), true},
		{"a creation", Push{Commands: []Command{{Ref: "refs/heads/main", New: b}}}, wire(zero+" "+hexB+" refs/heads/main"+caps, "flush"), true},
		{"a deletion needs no pack", Push{Commands: []Command{{Ref: "refs/heads/x", Old: a}}}, wire(hexA+" "+zero+" refs/heads/x"+caps, "flush"), false},
		{
			"two commands, options",
			Push{Commands: []Command{{"refs/heads/x", a, b}, {"refs/heads/y", b, a}}, Options: []string{"ci.skip", "a=b"}},
			wire(hexA+" "+hexB+" refs/heads/x"+caps+" push-options", hexB+" "+hexA+" refs/heads/y", "flush", "ci.skip", "a=b", "flush"), true,
		},
		{
			"SHA-256",
			Push{Commands: []Command{{Ref: "refs/heads/x", New: c}}, Format: gitobj.SHA256},
			wire(zero+zero[:24]+" "+hexC+" refs/heads/x"+caps+" object-format=sha256", "flush"), true,
		},
		{
			"a thin pack, of which the server says nothing",
			Push{Commands: []Command{{"refs/heads/main", a, b}}, Thin: true, Offer: &Capabilities{List: []string{"report-status"}}},
			wire(hexA+" "+hexB+" refs/heads/main\x00 report-status", "flush"), true,
		},
		{
			"a thin pack, which the server does not take",
			Push{Commands: []Command{{"refs/heads/main", a, b}}, Thin: true, Offer: &Capabilities{List: []string{"report-status", "no-thin"}}},
			"", true,
		},
		{
			"a server that tells more",
			Push{Commands: []Command{{"refs/heads/main", a, b}}, Offer: &Capabilities{List: []string{"report-status", "report-status-v2"}}},
			wire(hexA+" "+hexB+" refs/heads/main\x00 report-status report-status-v2", "flush"), true,
		},
		{
			"all or nothing",
			Push{Commands: []Command{{"refs/heads/x", a, b}, {Ref: "refs/heads/y", Old: b}}, Atomic: true},
			wire(hexA+" "+hexB+" refs/heads/x"+caps+" atomic", hexB+" "+zero+" refs/heads/y", "flush"), true,
		},
		{
			"all or nothing, which the server does not offer",
			Push{Commands: []Command{{"refs/heads/x", a, b}, {Ref: "refs/heads/y", Old: b}}, Atomic: true, Offer: &Capabilities{List: []string{"report-status"}}},
			"", true,
		},
		{"no command", Push{}, "", false},
		{"from nothing to nothing", Push{Commands: []Command{{Ref: "refs/heads/x"}}}, "", false},
		{"a name with a newline", Push{Commands: []Command{{"a\nb", a, b}}}, "", true},
		{"an id of another format", Push{Commands: []Command{{"refs/heads/x", a, c}}}, "", true},
		{"an option of two lines", Push{Commands: []Command{{"refs/heads/x", a, b}}, Options: []string{"a\nb"}}, "", true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := tt.in.Append(nil)
			if err == nil && string(got) != tt.want || (err != nil) != (tt.want == "") {
				t.Errorf("got %q, %v; want %q", got, err, tt.want)
			}
			if tt.in.NeedsPack() != tt.pack {
				t.Errorf("NeedsPack: got %v", !tt.pack)
			}
		})
	}
}

func TestReadReport(t *testing.T) {
	t.Parallel()
	b := id(t, hexB)
	ok := Report{Unpack: "ok", Refs: []RefStatus{{Ref: "refs/heads/main", OK: true}}}
	good := wire("unpack ok\n", "ok refs/heads/main\n", "flush")
	with := func(messages ...string) Report { r := ok; r.Messages = messages; return r }
	for _, tt := range []struct {
		name, in string
		want     Report
		err      error
		said     string
	}{
		{name: "done", in: wire("\x01"+good, "flush"), want: ok},
		{name: "a server without side-band", in: good, want: ok},
		{
			name: "report-status-v2",
			in:   wire("\x01"+wire("unpack ok\n", "ok refs/heads/main\n", "option refname refs/heads/other\n", "option old-oid "+hexA+"\n", "option forced-update\n", "flush"), "flush"),
			want: Report{Unpack: "ok", Refs: []RefStatus{{Ref: "refs/heads/main", OK: true, Instead: []RefUpdate{{Ref: "refs/heads/other"}}}}},
		},
		{
			name: "report-status-v2, several updates for a command",
			in: wire("\x01"+wire("unpack ok\n", "ok refs/for/main\n", "option refname refs/pull/7/head\n", "option new-oid "+hexB+"\n", "ok refs/for/main\n", "option refname refs/pull/8/head\n",
				"ng refs/heads/x no\n", "option refname refs/heads/y\n", "ok refs/heads/z\n", "option some-other thing\n", "flush"), "flush"),
			want: Report{Unpack: "ok", Refs: []RefStatus{
				{Ref: "refs/for/main", OK: true, Instead: []RefUpdate{{Ref: "refs/pull/7/head", New: b}, {Ref: "refs/pull/8/head"}}},
				{Ref: "refs/heads/x", Reason: "no"},
				{Ref: "refs/heads/z", OK: true},
			}},
		},
		{
			name: "report-status-v2, nonsense",
			in:   wire("\x01"+wire("unpack ok\n", "option refname refs/heads/y\n", "ok refs/heads/main\n", "option refname\n", "option new-oid x\n", "option \n", "flush"), "flush"),
			want: Report{Unpack: "ok", Refs: []RefStatus{{Ref: "refs/heads/main", OK: true, Instead: []RefUpdate{{}}}}},
		},
		{name: "a report in pieces", in: wire("\x01"+good[:7], "\x01"+good[7:20], "\x01"+good[20:], "flush"), want: ok},
		{
			name: "refused, in the server's words",
			in:   wire("\x01"+wire("unpack ok\n", "ng refs/heads/main pre-receive hook declined\n", "flush"), "flush"),
			want: Report{Unpack: "ok", Refs: []RefStatus{{Ref: "refs/heads/main", Reason: "pre-receive hook declined"}}},
		},
		{
			name: "nothing unpacked", in: wire("\x01"+wire("unpack index-pack abnormal exit\n", "ng refs/heads/x unpacker error\n", "flush"), "flush"),
			want: Report{Unpack: "index-pack abnormal exit", Refs: []RefStatus{{Ref: "refs/heads/x", Reason: "unpacker error"}}},
		},
		{
			name: "words before and after the report",
			in:   wire("\x02checking\nfo", "\x02und \x1b[1mnothing\n", "\x01"+good, "\x02Create a merge request:\r\n  https://host/mr\n", "\x022%\r4%\r", "flush"),
			want: with("checking", "found [1mnothing", "Create a merge request:", "https://host/mr", "4%"),
		},
		{name: "cut after the report", in: wire("\x01" + good), want: ok},
		{name: "fatal after the report", in: wire("\x01"+good, "\x03died\n"), want: with("died")},
		{name: "cut inside the report", in: wire("\x02well\n", "\x01"+good[:20]), want: Report{Unpack: "ok", Messages: []string{"well"}}, err: io.ErrUnexpectedEOF},
		{name: "words without a report", in: wire("\x02this is too large\n", "flush"), want: Report{Messages: []string{"this is too large"}}, err: ErrNoReport},
		{name: "words and a report that is cut", in: wire("\x02well\n", "\x01"+good[:20], "flush"), want: Report{Unpack: "ok", Messages: []string{"well"}}, err: ErrNoReport},
		{name: "nothing", in: "", err: io.ErrUnexpectedEOF},
		{name: "only a flush line", in: "0000", err: ErrMalformed},
		{name: "garbage", in: "garbage", err: ErrMalformed},
		{name: "garbage on band 1", in: wire("\x01garbage", "flush"), err: ErrMalformed},
		{name: "a verb that is none", in: wire("unpack ok\n", "hm refs/heads/main\n", "flush"), want: Report{Unpack: "ok"}, err: ErrMalformed},
		{name: "fatal before the report", in: wire("\x02remote\n", "\x03pack too large\n"), want: Report{Messages: []string{"remote"}}, said: "pack too large"},
		{name: "an ERR line", in: wire("ERR access denied\n"), said: "access denied"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := NewReader(strings.NewReader(tt.in))
			defer r.Release()
			got, err := ReadReport(r, nil)
			var said *ServerError
			if tt.said != "" {
				if !errors.As(err, &said) || said.Text != tt.said {
					t.Errorf("got %v, want %q", err, tt.said)
				}
			} else if !errors.Is(err, tt.err) {
				t.Errorf("got %v, want %v", err, tt.err)
			}
			if !reflect.DeepEqual(got, tt.want) {
				t.Errorf("got  %+v\nwant %+v", got, tt.want)
			}
		})
	}
}

func TestACommandIsMadeAsGivenUnlessTheServerSaysOtherwise(t *testing.T) {
	t.Parallel()
	const main = "refs/heads/main"
	a, b := id(t, hexA), id(t, hexB)
	for name, tt := range map[string]struct {
		s    RefStatus
		want bool
	}{
		"refused":                   {RefStatus{}, false},
		"no options":                {RefStatus{OK: true}, true},
		"the same":                  {RefStatus{OK: true, Instead: []RefUpdate{{Ref: main, New: a}}}, true},
		"nothing said":              {RefStatus{OK: true, Instead: []RefUpdate{{}}}, true},
		"another reference":         {RefStatus{OK: true, Instead: []RefUpdate{{Ref: "refs/pull/7/head"}}}, false},
		"another commit":            {RefStatus{OK: true, Instead: []RefUpdate{{New: b}}}, false},
		"another one, and the same": {RefStatus{OK: true, Instead: []RefUpdate{{Ref: "refs/pull/7/head"}, {Ref: main}}}, true},
	} {
		if got := tt.s.Made(main, a); got != tt.want {
			t.Errorf("%s: got %t", name, got)
		}
	}
}

func TestReportRef(t *testing.T) {
	t.Parallel()
	r := Report{Refs: []RefStatus{{Ref: "a"}, {Ref: "b", OK: true}}}
	if s, ok := r.Ref("b"); !ok || !s.OK {
		t.Errorf("b: got %v, %v", s, ok)
	}
	if _, ok := r.Ref("c"); ok {
		t.Error("c: found")
	}
}

// Every text of a report stays bounded however much a server says.
func TestReportBoundsWhatIsSaid(t *testing.T) {
	t.Parallel()
	var in []byte
	for range 100 {
		in = AppendLine(in, "\x02"+strings.Repeat("x", 5000)+"\n"+strings.Repeat("short\n", 500))
	}
	in = AppendLine(in, "\x01"+wire("unpack "+strings.Repeat("y", 60000)+"\n"))
	in = AppendLine(in, "\x01"+wire("ng refs/heads/main "+strings.Repeat("z", 60000)+"\n", "flush"))
	r := NewReader(bytes.NewReader(AppendFlush(in)))
	defer r.Release()
	report, err := ReadReport(r, nil)
	if err != nil {
		t.Fatal(err)
	}
	said := strings.Join(report.Messages, "")
	if len(said) > MaxText || len(report.Unpack) > MaxText || len(report.Refs[0].Reason) > MaxText {
		t.Errorf("kept %d, %d, %d bytes; at most %d", len(said), len(report.Unpack), len(report.Refs[0].Reason), MaxText)
	}
}

func TestReportBoundsReferences(t *testing.T) {
	t.Parallel()
	in := AppendLine(nil, "unpack ok\n")
	for i := range maxStatuses + 1 {
		in = AppendLine(in, fmt.Sprintf("ok refs/heads/%d\n", i))
	}
	r := NewReader(bytes.NewReader(AppendFlush(in)))
	defer r.Release()
	if _, err := ReadReport(r, nil); !errors.Is(err, ErrMalformed) {
		t.Errorf("got %v", err)
	}
}

func FuzzReadReport(f *testing.F) {
	good := wire("unpack ok\n", "ok refs/heads/main\n", "ng refs/heads/x no\n", "flush")
	f.Add([]byte(good))
	f.Add([]byte(wire("\x02hello\n", "\x01"+good, "\x02bye", "flush")))
	f.Add([]byte(wire("\x03fatal")))
	f.Fuzz(func(t *testing.T, in []byte) {
		r := NewReader(bytes.NewReader(in))
		defer r.Release()
		report, err := ReadReport(r, nil)
		if err == nil && report.Unpack == "" && !bytes.Contains(in, []byte("unpack")) {
			t.Errorf("a report from %q", in)
		}
		for _, s := range report.Refs {
			if checkName(s.Ref) != nil {
				t.Errorf("reference %q", s.Ref)
			}
		}
	})
}

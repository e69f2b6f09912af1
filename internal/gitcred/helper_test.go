//go:build unix

package gitcred

import (
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

const s3cret = "s3cret=/+ä%"

// gitWith is an environment in which git knows this configuration and nothing else.
func gitWith(t *testing.T, config string, more ...string) *Helper {
	t.Helper()
	dir := t.TempDir()
	file := filepath.Join(dir, "config")
	if err := os.WriteFile(file, []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	env := append([]string{"PATH=" + os.Getenv("PATH"), "HOME=" + dir, "GIT_CONFIG_NOSYSTEM=1", "GIT_CONFIG_GLOBAL=" + file, "LC_ALL=C"}, more...)
	return &Helper{Environ: func() []string { return env }}
}

// script writes a credential helper that logs its input, its arguments and its environment, and
// returns the log's path.
func script(t *testing.T, get string) (helper, log string) {
	t.Helper()
	dir := t.TempDir()
	helper, log = filepath.Join(dir, "helper"), filepath.Join(dir, "log")
	text := fmt.Sprintf("#!/bin/sh\n{ echo \"== $*\"; cat; } >>%[1]s\n[ \"$1\" = get ] || exit 0\n%[2]s\n", log, get)
	if err := os.WriteFile(helper, []byte(text), 0o700); err != nil {
		t.Fatal(err)
	}
	return helper, log
}

func logOf(t *testing.T, file string) string {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Fatal(err)
	}
	return string(b)
}

// request sends requests with the found credentials to a server that accepts a single password. It
// returns the credentials sent, and whether the server accepted the last.
func request(t *testing.T, f *Found, password string) (sent []string, ok bool) {
	t.Helper()
	for range 5 {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, f.url.String(), nil)
		if err != nil {
			t.Fatal(err)
		}
		if err := f.Authorize(r); err != nil {
			t.Fatal(err)
		}
		user, got, _ := r.BasicAuth()
		sent = append(sent, user+":"+got)
		if got == password {
			f.Accepted(r)
			return sent, true
		}
		if !f.Refused(r, []string{`Basic realm="x"`}) {
			return sent, false
		}
	}
	t.Fatalf("asked for ever: %q", sent)
	return nil, false
}

func TestNetrcGoesFirstAndHelpersAreAskedWhenTheServerDoes(t *testing.T) {
	t.Parallel()
	helper, log := script(t, "echo username=helped; echo 'password="+s3cret+"'")
	netrc := filepath.Join(t.TempDir(), "netrc")
	if err := os.WriteFile(netrc, []byte("machine h.example login jo password old\nmachine ok.example login jo password good"), 0o600); err != nil {
		t.Fatal(err)
	}
	git := gitWith(t, "[credential]\n helper = "+helper+"\n")
	finder := &Finder{Netrc: []string{netrc}, Helper: git}

	f := finder.For(address(t, "https://ok.example/r.git"), "")
	if sent, ok := request(t, f, "good"); !ok || len(sent) != 1 || sent[0] != "jo:good" || logOf(t, log) != "" || f.Pending() {
		t.Errorf("netrc: sent %q, %v; the helper was told %q", sent, ok, logOf(t, log))
	}
	if given, words := f.About(); !given || !strings.Contains(words, netrc) {
		t.Errorf("netrc: said %v %q", given, words)
	}

	f = finder.For(address(t, "https://h.example/r.git"), "")
	sent, ok := request(t, f, s3cret)
	if !ok || len(sent) != 2 || sent[0] != "jo:old" || sent[1] != "helped:"+s3cret {
		t.Errorf("both: sent %q, %v", sent, ok)
	}
	told := logOf(t, log)
	if strings.Count(told, "== get") != 1 || strings.Count(told, "== store") != 1 || strings.Contains(told, "== erase") {
		t.Errorf("the helper was told %s", told)
	}
	for _, want := range []string{"protocol=https\n", "host=h.example\n"} {
		if !strings.Contains(told, want) {
			t.Errorf("the helper was not told %q: %s", want, told)
		}
	}
	if strings.Contains(told, "path=") {
		t.Errorf("the helper was told of a path: %s", told)
	}
	// Another repository of the host, and a second request: nobody is asked again, nor told again.
	other := finder.For(address(t, "https://h.example/other.git"), "")
	if _, ok := request(t, other, s3cret); !ok || strings.Count(logOf(t, log), "== get") != 1 {
		t.Errorf("another repository: %v, %s", ok, logOf(t, log))
	}
	before := logOf(t, log)
	if sent, ok := request(t, f, s3cret); !ok || len(sent) != 1 || logOf(t, log) != before {
		t.Errorf("again: sent %q, %v, %s", sent, ok, logOf(t, log))
	}
	text := fmt.Sprintf("%v %+v %#v %q", f, f, f, f.helped) + strings.Join(sent[:0], "")
	if strings.Contains(text, "s3cret") {
		t.Errorf("it prints as %s", text)
	}
	secrets := strings.Join(f.Secrets(), "\n")
	for _, want := range []string{s3cret, "old", strings.TrimPrefix(basic("helped", s3cret), "Basic ")} {
		if !strings.Contains(secrets, want) {
			t.Errorf("%q is no secret", want)
		}
	}
}

func TestHelpersAreToldOfARefusalAndAskedOnceMore(t *testing.T) {
	t.Parallel()
	// The helper's second response is different.
	helper, log := script(t, `n=$(grep -c '== get' "$(dirname "$0")/log"); echo username=u; echo password=p$n`)
	finder := &Finder{Helper: gitWith(t, "[credential]\n helper = "+helper+"\n")}
	f := finder.For(address(t, "https://h.example/r.git"), "")
	if !f.Pending() {
		t.Error("nobody would be asked")
	}
	if sent, ok := request(t, f, "p2"); !ok || fmt.Sprint(sent) != "[: u:p1 u:p2]" {
		t.Errorf("sent %q, %v", sent, ok)
	}
	if told := logOf(t, log); strings.Count(told, "== erase") != 1 || !strings.Contains(told, "password=p1") || strings.Count(told, "== store") != 1 {
		t.Errorf("told %s", told)
	}
	// A good credential expires: it is refused, and helpers are asked once more.
	if sent, ok := request(t, f, "p3"); !ok || fmt.Sprint(sent) != "[u:p2 u:p3]" {
		t.Errorf("expired: sent %q, %v", sent, ok)
	}
	// Never good: twice, and never again.
	if sent, ok := request(t, f, "none"); ok || fmt.Sprint(sent) != "[u:p3 u:p4]" {
		t.Errorf("never good: sent %q, %v", sent, ok)
	}
	if sent, ok := request(t, f, "none"); ok || len(sent) != 1 {
		t.Errorf("after that: sent %q, %v", sent, ok)
	}
	if _, words := f.About(); !strings.Contains(words, "refused twice") {
		t.Errorf("said %q", words)
	}
	same, _ := script(t, "echo username=u; echo password=same")
	f = (&Finder{Helper: gitWith(t, "[credential]\n helper = "+same+"\n")}).For(address(t, "https://h.example/r.git"), "")
	if sent, ok := request(t, f, "other"); ok || fmt.Sprint(sent) != "[: u:same]" {
		t.Errorf("the same again: sent %q, %v", sent, ok)
	}
}

func TestNobodyIsEverPrompted(t *testing.T) {
	t.Parallel()
	asked := filepath.Join(t.TempDir(), "asked")
	ask := filepath.Join(t.TempDir(), "ask")
	if err := os.WriteFile(ask, []byte("#!/bin/sh\ntouch "+asked+"\necho p\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	tty, _ := script(t, "(: >/dev/tty) 2>/dev/null && touch "+asked+"; env | grep '^GIT_TRACE' >&2; exit 0")
	git := gitWith(t, "[core]\n askPass = "+ask+"\n[credential]\n helper = "+tty+"\n",
		"GIT_ASKPASS="+ask, "SSH_ASKPASS="+ask, "DISPLAY=:0", "GIT_TERMINAL_PROMPT=1", "GIT_TRACE=1")
	f := (&Finder{Helper: git}).For(address(t, "https://h.example/r.git"), "")
	if sent, ok := request(t, f, "x"); ok || len(sent) != 1 {
		t.Errorf("sent %q, %v", sent, ok)
	}
	if _, err := os.Stat(asked); err == nil {
		t.Error("somebody was asked")
	}
	if given, words := f.About(); given || !strings.Contains(words, "git has none for it") {
		t.Errorf("said %v, %q", given, words)
	}
}

func TestHelpersThatFail(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct{ get, want string }{
		"a helper that says so":       {"echo 'password=" + s3cret + " is locked' >&2; exit 7", "helper ended with status 7"},
		"a shell command that fails":  {"!f() { echo " + s3cret + " >&2; exit 9; }; f", "a helper that is a shell command ended with status 9"},
		"a helper that quits":         {"echo quit=1", "told git to ask no further"},
		"a helper that is missing":    {"!/nonexistent/helper --token=" + s3cret, "the helper /nonexistent/helper ended with status 127"},
		"half an answer":              {"echo username=u", "git has none"},
		"a control character":         {`echo username=u; printf 'password=a\001b\n'`, "control character"},
		"much too much of an answer":  {"echo username=u; echo password=p; yes password=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa | head -c 300000", "none"},
		"a helper that never answers": {"sleep 600", "no answer within"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			helper, _ := script(t, tt.get)
			if strings.HasPrefix(tt.get, "!") {
				helper = strconv.Quote(tt.get)
			}
			git := gitWith(t, "[credential]\n helper = "+helper+"\n")
			if strings.HasPrefix(tt.get, "sleep") {
				git.Timeout = 200 * time.Millisecond
			}
			f := (&Finder{Helper: git}).For(address(t, "https://h.example/r.git"), "")
			sent, ok := request(t, f, "x")
			if _, words := f.About(); ok || name != "much too much of an answer" && !strings.Contains(words, tt.want) {
				t.Errorf("sent %q, %v; said %q, want %q", sent, ok, words, tt.want)
			} else if strings.Contains(words, "s3cret") {
				t.Errorf("a secret of the helper is in %q", words)
			}
		})
	}
	if _, err := encode([]field{{"host", "a\npassword=b"}}); err == nil {
		t.Error("a line end passes")
	}
	for _, out := range []string{"username", "=", "username=u\npassword=p\nquit=1\n"} {
		if c, err := parseCredential([]byte(out)); err == nil {
			t.Errorf("%q was read as %v", out, c.fields)
		}
	}
	if _, err := parseCredential(make([]byte, maxAnswer+1)); err == nil {
		t.Error("a long answer passes")
	}
}

// Since git 2.46 helpers name other schemes; their fields are sent back to them as they are.
func TestHelpersMayNameAScheme(t *testing.T) {
	t.Parallel()
	c, err := parseCredential([]byte("capability[]=authtype\nauthtype=Bearer\ncredential=" + s3cret + "\nprotocol=https\nhost=h\nstate[]=x\n\nignored"))
	if err != nil || c.header() != "Bearer "+s3cret {
		t.Fatalf("got %v, %v", c.header(), err)
	}
	out, err := encode(c.fields)
	if err != nil || string(out) != "capability[]=authtype\nauthtype=Bearer\ncredential="+s3cret+"\nprotocol=https\nhost=h\nstate[]=x\n\n" {
		t.Errorf("goes back as %q, %v", out, err)
	}
}

func TestPathsCountWhereGitSaysSo(t *testing.T) {
	t.Parallel()
	helper, log := script(t, "echo username=u; echo password=p")
	finder := &Finder{Helper: gitWith(t, "[credential]\n helper = "+helper+"\n useHttpPath = true\n")}
	for _, r := range []string{"a.git", "b.git"} {
		if _, ok := request(t, finder.For(address(t, "https://h.example:8443/"+r), "jo"), "p"); !ok {
			t.Errorf("%s: refused", r)
		}
		if told := logOf(t, log); !strings.Contains(told, "path="+r+"\n") || !strings.Contains(told, "host=h.example:8443\n") || !strings.Contains(told, "username=jo\n") {
			t.Errorf("%s: told %s", r, told)
		}
	}
}

func TestAHundredRefusalsAskOnce(t *testing.T) {
	t.Parallel()
	helper, log := script(t, "echo username=u; echo password=p")
	f := (&Finder{Helper: gitWith(t, "[credential]\n helper = "+helper+"\n")}).For(address(t, "https://h.example/r.git"), "")
	var all sync.WaitGroup
	for range 100 {
		all.Go(func() {
			if _, ok := request(t, f, "p"); !ok {
				t.Error("refused")
			}
		})
	}
	all.Wait()
	if told := logOf(t, log); strings.Count(told, "== get") != 1 || strings.Count(told, "== store") != 1 {
		t.Errorf("told %s", told)
	}
}

// The store is a helper of git's own: a later process finds the credentials that were approved.
func TestGitsOwnStore(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "store")
	if err := os.WriteFile(file, []byte("https://jo:p%40ss@h.example\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	finder := &Finder{Helper: gitWith(t, "[credential]\n helper = store --file "+file+"\n")}
	if sent, ok := request(t, finder.For(address(t, "https://h.example/r.git"), ""), "p@ss"); !ok || sent[1] != "jo:p@ss" {
		t.Errorf("sent %q, %v", sent, ok)
	}
	if _, ok := request(t, finder.For(address(t, "https://h.example/r.git"), ""), "another"); ok {
		t.Error("taken")
	}
	if got := logOf(t, file); strings.Contains(got, "jo") {
		t.Errorf("what was refused is still there: %q", got)
	}
}

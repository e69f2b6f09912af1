//go:build unix

package gitcred

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
)

var seed = flag.Uint64("seed", 1, "seed of the generated inputs")

// random is a source of generated inputs that another run can repeat.
func random(t *testing.T) *rand.Rand {
	t.Helper()
	t.Logf("go test -run %s -seed %d", t.Name(), *seed)
	return rand.New(rand.NewPCG(*seed, 1))
}

func pick[T any](r *rand.Rand, of ...T) T { return of[r.IntN(len(of))] }

// judge runs git credential fill as git itself does for the URL of a repository.
func judge(t *testing.T, git *Helper, u string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "git", "credential", "fill")
	cmd.Env = append(git.Environ(), "GIT_TERMINAL_PROMPT=0", "GIT_ASKPASS=", "SSH_ASKPASS=")
	cmd.Stdin = strings.NewReader("url=" + u + "\n\n")
	out, _ := cmd.Output() // an error is the answer that there are none
	c, err := parseCredential(out)
	if err != nil {
		return ""
	}
	return c.get("username") + ":" + c.get("password")
}

// generated is a configuration of git with sections for hosts, organisations and users, and entries
// that its store helpers have.
func generated(t *testing.T, r *rand.Rand) *Helper {
	t.Helper()
	dir := t.TempDir()
	var config strings.Builder
	for i := range 1 + r.IntN(4) {
		section := pick(r, "", "", "https://h.example", "https://h.example/", "https://h.example/orgA", "https://h.example/orgB",
			"https://h.example/orgA/r.git", "h.example", "h.example/orgB", "https://*.example/orgA", "https://jo@h.example", "https://other.example/orgA")
		if section == "" {
			config.WriteString("[credential]\n")
		} else {
			fmt.Fprintf(&config, "[credential %q]\n", section)
		}
		if r.IntN(3) > 0 {
			store := filepath.Join(dir, fmt.Sprint("store", r.IntN(3)))
			fmt.Fprintf(&config, "  helper = store --file %s\n", store)
		}
		if r.IntN(3) == 0 {
			fmt.Fprintf(&config, "  username = %s\n", pick(r, "jo", "alice", "bob"))
		}
		if r.IntN(5) == 0 {
			fmt.Fprintf(&config, "  useHttpPath = %s\n", pick(r, "true", "false", "yes"))
		}
		if i > 0 && r.IntN(8) == 0 {
			config.WriteString("  helper =\n") // the list begins anew
		}
	}
	for i := range 3 {
		var entries strings.Builder
		for range 1 + r.IntN(4) {
			user := pick(r, "jo", "alice", "bob")
			fmt.Fprintf(&entries, "https://%s:%s%d@h.example%s\n", user, user, i, pick(r, "", "", "/orgA/r.git", "/orgB/r.git"))
		}
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprint("store", i)), []byte(entries.String()), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return gitWith(t, config.String())
}

// The credentials found for a repository are those that git finds for its URL, whatever
// repositories were asked for before.
func TestCredentialsAreThoseThatGitFinds(t *testing.T) {
	t.Parallel()
	r := random(t)
	shared := 0
	for range 60 {
		git := generated(t, r)
		finder := &Finder{Helper: git}
		for range 5 {
			user := pick(r, "", "", "", "bob")
			u := "https://h.example/" + pick(r, "orgA/r.git", "orgB/r.git", "orgA/other.git", "r.git")
			withUser := u
			if user != "" {
				withUser = strings.Replace(u, "://", "://"+user+"@", 1)
			}
			want := judge(t, git, withUser)
			c, err := git.Fill(t.Context(), Query{URL: finder.For(address(t, u), "").url, Username: user})
			got := ""
			if err == nil {
				got = c.get("username") + ":" + c.get("password")
			}
			if got != want {
				config, _ := os.ReadFile(environmentOf(git, "GIT_CONFIG_GLOBAL"))
				t.Errorf("%s: got %q (%v), git finds %q in\n%s", withUser, got, err, want, config)
			}
		}
		if len(git.known) < 3 {
			shared++
		}
	}
	if shared == 0 {
		t.Error("no answer was shared between repositories")
	}
}

func environmentOf(h *Helper, name string) string {
	for _, e := range h.Environ() {
		if v, ok := strings.CutPrefix(e, name+"="); ok {
			return v
		}
	}
	return ""
}

// Two organisations of the same host, each with an entry of its own: neither gets that of the
// other, and a refusal is reported for its own entry only.
func TestOrganisationsOfOneHostHaveTheirOwnEntries(t *testing.T) {
	t.Parallel()
	for name, config := range map[string]string{
		"user names": "[credential]\n helper = store --file %[1]s/a\n[credential \"https://h.example/orgA\"]\n username = alice\n" +
			"[credential \"https://h.example/orgB\"]\n username = bob\n",
		"helpers": "[credential \"https://h.example/orgA\"]\n helper = store --file %[1]s/a\n[credential \"https://h.example/orgB\"]\n helper = store --file %[1]s/b\n",
		"paths":   "[credential]\n helper = store --file %[1]s/c\n useHttpPath = true\n",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			for file, text := range map[string]string{
				"a": "https://alice:pa@h.example\nhttps://bob:pb@h.example\n",
				"b": "https://bob:pb@h.example\n",
				"c": "https://alice:pa@h.example/orgA/r.git\nhttps://bob:pb@h.example/orgB/r.git\n",
			} {
				if err := os.WriteFile(filepath.Join(dir, file), []byte(text), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			git := gitWith(t, fmt.Sprintf(config, dir))
			finder := &Finder{Helper: git}
			orgA, orgB := "https://h.example/orgA/r.git", "https://h.example/orgB/r.git"
			if sent, ok := request(t, finder.For(address(t, orgA), ""), "pa"); !ok || sent[len(sent)-1] != "alice:pa" {
				t.Errorf("orgA: sent %q, %v", sent, ok)
			}
			// The server of orgB takes nothing.
			if sent, ok := request(t, finder.For(address(t, orgB), ""), "none"); ok || sent[len(sent)-1] != "bob:pb" {
				t.Errorf("orgB: sent %q, %v", sent, ok)
			}
			if got := judge(t, git, orgA); got != "alice:pa" {
				t.Errorf("orgA has %q after the refusal of orgB", got)
			}
			if got := judge(t, git, orgB); got != "" {
				t.Errorf("orgB still has %q, which was refused", got)
			}
		})
	}
}

// An entry for all of a host: the refusal by a repository that it does not open says nothing
// against the entry, which opened another repository. Once it opens none any more, it is erased.
func TestAnEntryThatOpensAnotherRepositoryStays(t *testing.T) {
	t.Parallel()
	store := filepath.Join(t.TempDir(), "store")
	if err := os.WriteFile(store, []byte("https://jo:p@h.example\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	git := gitWith(t, "[credential]\n helper = store --file "+store+"\n")
	finder := &Finder{Helper: git}
	open := finder.For(address(t, "https://h.example/open.git"), "")
	if sent, ok := request(t, open, "p"); !ok {
		t.Fatalf("sent %q", sent)
	}
	closed := finder.For(address(t, "https://h.example/closed.git"), "")
	if sent, ok := request(t, closed, "none"); ok || len(sent) != 2 {
		t.Errorf("closed: sent %q, %v", sent, ok)
	}
	if got := judge(t, git, "https://h.example/open.git"); got != "jo:p" {
		t.Errorf("the store has %q after the refusal of another repository", got)
	}
	if _, ok := request(t, open, "renewed"); ok {
		t.Error("taken")
	}
	if got := judge(t, git, "https://h.example/open.git"); got != "" {
		t.Errorf("the store has %q, which no server takes", got)
	}
}

// asCurl returns the credentials that curl, with which git sends requests, finds in a .netrc:
// "user:password", or "".
func asCurl(t *testing.T, server *httptest.Server, sent *atomic.Value, file, host, user string) string {
	t.Helper()
	sent.Store("")
	args := []string{"-q", "-s", "--netrc-file", file, "--connect-to", "::" + strings.TrimPrefix(server.URL, "http://"), "--noproxy", "*", "http://" + host + "/"}
	if user != "" {
		args[len(args)-1] = "http://" + user + "@" + host + "/"
	}
	if out, err := exec.CommandContext(t.Context(), "curl", args...).CombinedOutput(); err != nil {
		t.Fatalf("curl %q: %v %s", args, err, out)
	}
	got, _ := sent.Load().(string)
	return got
}

// curl is the judge of a .netrc. Versions of it differ on entries that have no password, of which
// older ones mix two (CVE-2024-11053), on password before login, and on keywords as values in the
// entries of other hosts: none of these is generated.
func TestNetrcIsReadAsCurlReadsIt(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("curl"); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal(err)
		}
		t.Skipf("curl is needed: %v", err)
	}
	var sent atomic.Value // a string: the credentials of the last request
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if user, password, ok := r.BasicAuth(); ok {
			sent.Store(user + ":" + password)
		}
	}))
	t.Cleanup(server.Close)
	r := random(t)
	found := 0
	for range 300 {
		text := netrcText(r)
		file := filepath.Join(t.TempDir(), "netrc")
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		host, user := pick(r, "h.example", "x.example"), pick(r, "", "", "", "jo")
		if strings.Contains(strings.ToLower(text), "default") {
			user = "" // a default entry after an entry of another user is new to some versions
		}
		want := asCurl(t, server, &sent, file, host, user)
		if want == user+":" {
			want = "" // a user name alone, of which the URL is the source
		}
		got := ""
		n, err := ParseNetrc(text)
		if err != nil {
			t.Errorf("%v in\n%s", err, text)
		}
		if l, ok := n.Find(host, user); ok {
			got = l.Username + ":" + l.Password
			found++
		}
		if got == user+":" {
			got = ""
		}
		if user != "" && got == "" {
			continue // some versions send the password of another user
		}
		if got != want {
			t.Errorf("%s for %q: got %q, curl has %q, in\n%s", host, user, got, want, text)
		}
	}
	if found < 100 {
		t.Errorf("%d entries were found", found)
	}
}

// netrcText is a generated .netrc.
func netrcText(r *rand.Rand) string {
	var b strings.Builder
	between := func() { b.WriteString(pick(r, " ", " ", "\t", "  ", "\n", "\n  ", " # why\n", "\n\n")) }
	word := func(s string) {
		if r.IntN(4) == 0 {
			s = strings.ToUpper(s)
		}
		// Not an empty line, which older versions take for an empty value.
		b.WriteString(s + pick(r, " ", " ", "\t", "  ", "\n", "\n  ", " # why\n"))
	}
	value := func(of ...string) {
		b.WriteString(pick(r, of...))
		between()
	}
	for i := range 1 + r.IntN(4) {
		if r.IntN(6) == 0 {
			value("protocol https", "one", "account a", "port 443", "# machine h.example")
		}
		if r.IntN(8) == 0 {
			b.WriteString("\nmacdef init\nmachine h.example login macro password macro\n\n")
		}
		if r.IntN(6) == 0 {
			word("default")
		} else {
			word("machine")
			value("h.example", "x.example", "H.Example", "other", `"h.example"`)
		}
		if r.IntN(5) == 0 {
			value("protocol https", "method basic", "port 8443", "account a", `"quoted word"`)
		}
		word("login")
		value("jo", "bob", `"jo"`, `"a b"`, "login")
		if r.IntN(5) == 0 {
			value("protocol https", "account b")
		}
		word("password")
		value(fmt.Sprint("p", i), fmt.Sprintf(`"p %d"`, i), fmt.Sprintf(`"p\"\\%d"`, i), fmt.Sprintf(`p"%d`, i), fmt.Sprintf("p#%d", i), "password")
		if r.IntN(5) == 0 {
			value("second half", "phrase", "account c")
		}
	}
	return b.String()
}

package gitcred

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
)

func TestNetrc(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, text, host, user string
		want                   string // "user:password"; "" for none
	}{
		{"on one line", "machine h login u password p", "h", "", "u:p"},
		{"on lines of their own", "machine h\n  login u\n\tpassword p\r\n", "h", "", "u:p"},
		{"in another order, with an account", "machine h password p account a login u", "h", "", "u:p"},
		{"a host in capitals", "machine H.Example login u password p", "h.eXample", "", "u:p"},
		{"another host", "machine h login u password p", "h.example", "", ""},
		{"the first of two", "machine h login u password p machine h login v password q", "h", "", "u:p"},
		{"the one of this user", "machine h login u password p machine h login v password q", "h", "v", "v:q"},
		{"no such user", "machine h login u password p", "h", "v", ""},
		{"the default", "machine x login u password p\ndefault login d password e", "h", "", "d:e"},
		{"the default counts where it stands", "default login d password e\nmachine h login u password p", "h", "", "d:e"},
		{"a login without a password", "machine h login u", "h", "", "u:"},
		{"and another entry with one", "machine h login u\nmachine h login v password q", "h", "", "v:q"},
		{"words that are no keywords", "machine h protocol https port 8443 login u method basic password p", "h", "", "u:p"},
		{"a blank in another host's password", "machine x login y password s3cret phrase\nmachine h login u password p", "h", "", "u:p"},
		{"a blank in the host's own password", "machine h login u password s3cret phrase", "h", "", "u:s3cret"},
		{"keywords in capitals", "MACHINE h Login u PassWord p\nDEFAULT login d password e", "h", "", "u:p"},
		{"a byte order mark", "\ufeffmachine h login u password p", "h", "", "u:p"},
		{"words before the first machine", "login x password y\nmachine h login u password p", "h", "", "u:p"},
		{"a machine without a name", "machine \"\" login x password y\nmachine h login u password p", "h", "", "u:p"},
		{"nothing after a keyword", "machine h login u password p\nmachine x login", "h", "", "u:p"},
		{"an entry for all users", "machine h password p", "h", "v", "v:p"},
		{"an open quote after the entry", "machine h login u password p\nmachine x password \"y", "h", "", "u:p"},
		{"a password without a login", "machine h password p", "h", "", ":p"},
		{"quotes", `machine h login "a user" password "with \"quotes\" and \\ and\ttab"`, "h", "", "a user:with \"quotes\" and \\ and\ttab"},
		{"quotes inside of a word", `machine h login u password a"b`, "h", "", `u:a"b`},
		{"comments", "# machine x\nmachine h # login x\nlogin u password p # bye", "h", "", "u:p"},
		{"a password that begins with #", "machine h login u password \"#p\"", "h", "", "u:#p"},
		{"a comment in its place", "machine h login u password #p\n q", "h", "", "u:q"},
		{"a keyword as a value", "machine h login password password login", "h", "", "password:login"},
		{"a macro", "machine x login y password z\nmacdef init\nmachine h login no password no\n\nmachine h login u password p", "h", "", "u:p"},
		{"a macro at the end", "machine h login u password p\nmacdef init\ncd /\n", "h", "", "u:p"},
		{"nothing", "", "h", "", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			n, err := ParseNetrc(tt.text)
			if err != nil && !strings.Contains(tt.name, "open quote") {
				t.Fatal(err)
			}
			got := ""
			if l, ok := n.Find(tt.host, tt.user); ok {
				got = l.Username + ":" + l.Password
			}
			if got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
	for name, tt := range map[string]struct{ text, want string }{
		"an open quote":  {"machine h password \"s3cret\nlogin u", "line 1: a quote that is not closed"},
		"an open escape": {`machine h password "s3cret\`, "not closed"},
		"too long":       {strings.Repeat("#", maxNetrc+1), "bytes"},
	} {
		if _, err := ParseNetrc(tt.text); err == nil || !strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), "s3cret") {
			t.Errorf("%s: got %v, want %q", name, err, tt.want)
		}
	}
}

func TestWhereNetrcIs(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	env := func(m map[string]string) func(string) string { return func(k string) string { return m[k] } }
	if got := NetrcPaths(env(map[string]string{"HOME": dir, "NETRC": "/x"})); !slices.Equal(got, []string{"/x"}) {
		t.Errorf("$NETRC: got %q", got)
	}
	if got := NetrcPaths(env(map[string]string{"HOME": dir})); got[0] != filepath.Join(dir, ".netrc") || (len(got) == 2) != (runtime.GOOS == "windows") {
		t.Errorf("at home: got %q", got)
	}
	if got := NetrcPaths(env(nil)); runtime.GOOS != "windows" && got != nil {
		t.Errorf("without a home: got %q", got)
	}
	first, second := filepath.Join(dir, "1"), filepath.Join(dir, "2")
	if n, _, err := ReadNetrc([]string{first, second}); n != nil || err != nil {
		t.Errorf("no file: got %v, %v", n, err)
	}
	if err := os.WriteFile(second, []byte("machine h login u password p"), 0o666); err != nil {
		t.Fatal(err)
	}
	if n, path, err := ReadNetrc([]string{first, second}); err != nil || path != second || len(n.machines) != 1 {
		t.Errorf("got %v, %q, %v", n, path, err)
	}
	if err := os.WriteFile(first, []byte("machine h login u password \"s3cret word"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, _, err := ReadNetrc([]string{first, second}); err == nil || !strings.Contains(err.Error(), first) || strings.Contains(err.Error(), "s3cret") {
		t.Errorf("a file that is none: got %v", err)
	}
	if s := fmt.Sprintf("%v %+v %#v %q", Login{Password: "s3cret"}, Login{Password: "s3cret"}, Login{Password: "s3cret"}, Login{Password: "s3cret"}); strings.Contains(s, "s3cret") {
		t.Errorf("a login prints as %s", s)
	}
}

func FuzzParseNetrc(f *testing.F) {
	for _, s := range []string{
		"machine h login u password p", "default login \"a\\\"b\" password #x", "macdef init\nx\n\nmachine h", "#\n\"", "machine h password \"\\",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		n, err := ParseNetrc(text)
		if err != nil {
			return
		}
		// The parsed entries are the same when they are written out and read again.
		var b strings.Builder
		quote := strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`, "\r", `\r`, "\t", `\t`)
		for _, m := range n.machines {
			if m.name == "" {
				b.WriteString("default")
			} else {
				fmt.Fprintf(&b, `machine "%s"`, quote.Replace(m.name))
			}
			if m.hasLogin {
				fmt.Fprintf(&b, ` login "%s"`, quote.Replace(m.Username))
			}
			if m.hasPassword {
				fmt.Fprintf(&b, ` password "%s"`, quote.Replace(m.Password))
			}
			b.WriteString("\n")
		}
		if b.Len() > maxNetrc {
			return
		}
		again, err := ParseNetrc(b.String())
		if err != nil || !slices.Equal(again.machines, n.machines) {
			t.Errorf("%q\nwas written as %q\nand read as %+v, %v", text, b.String(), again, err)
		}
	})
}

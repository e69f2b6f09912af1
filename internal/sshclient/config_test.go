package sshclient

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func write(t *testing.T, file, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestAConfigurationThatCannotBeUsedIsToldWithItsLine(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	loop := filepath.Join(dir, "loop")
	write(t, loop, "Include "+loop+"\n")
	for text, want := range map[string]string{
		"Host *\n  Port many\n":    "line 2: port",
		"User \"jo\n":              "line 1: a quotation",
		"Include " + loop + "\n":   "too many files",
		"Include [\n":              "line 1: include",
		"Host *\nProxyJump a b@\n": "",
		"CanonicalizeHostname yes\nCanonicalDomains example.com": "write the whole name into HostName",
		"CanonicalizeHostname yes\nCanonicalizeFallbackLocal no": "write the whole name into HostName",
		"RevokedHostKeys /k":             "mark the keys @revoked in known_hosts",
		"IdentityFile ~/%C":              "has a token that is not supported",
		"Include ~nobody-of-this-name/x": "there is no such home",
		"ProxyJump -oProxy=1\n":          "is no host",
		"ProxyJump a:0\n":                "is no host",
		"ProxyJump gate,,two\n":          "is no host",
		"ProxyJump b;touch evil,a\n":     "is no host",
	} {
		file := filepath.Join(t.TempDir(), "config")
		write(t, file, text)
		o := &Options{ConfigFiles: []string{file, filepath.Join(dir, "missing")}, Getenv: func(string) string { return "" }}
		_, err := o.find("jo", "target", "")
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, want %q", text, err, want)
		}
	}
}

func TestTheWayOverSeveralHosts(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "config")
	write(t, file, `
Host target
  ProxyJump jo@one:2222,two
Host one
  HostName one.example.com
  ProxyJump zero
Host two
  ProxyJump ignored
  Port 22222
Host circle-a
  ProxyJump circle-b
Host circle-b
  ProxyJump circle-a
Host everywhere
Host *
  User all
Host gate everywhere
  ProxyJump gate
`)
	o := &Options{ConfigFiles: []string{file}, Getenv: func(string) string { return "" }}
	for host, want := range map[string]string{
		"target":     "[all@zero:22 jo@one.example.com:2222 all@two:22222]",
		"everywhere": "[all@gate:22]",
		"gate":       "[]",
		"circle-a":   "[all@circle-b:22]",
		"direct":     "[]",
	} {
		p, err := o.find("", host, "")
		if err != nil {
			t.Fatal(err)
		}
		var way []string
		for _, hop := range p.hops {
			way = append(way, hop.user+"@"+hop.address())
		}
		if got := fmt.Sprint(way); got != want {
			t.Errorf("to %s: %s, want %s", host, got, want)
		}
	}
}

func TestFileNamesAreExpanded(t *testing.T) {
	t.Parallel()
	o := &Options{Getenv: func(name string) string { return map[string]string{"HOME": "/home/jo", "X": "x"}[name] }}
	p := &location{options: o, name: "alias", host: "host", port: "22", user: "git"}
	for in, want := range map[string]string{
		"~/.ssh/id": "/home/jo/.ssh/id", "%d/k": "/home/jo/k", "/k/%h-%n-%p-%r-%k": "/k/host-alias-22-git-alias", "/k/%%h": "/k/%h",
		"/${X}/${Y}/z": "/x//z", "/${X": "/${X", "/plain": "/plain", "~other/x": "~other/x",
	} {
		if got := filepath.ToSlash(p.file(in)); got != want {
			t.Errorf("%s becomes %s, want %s", in, got, want)
		}
	}
}

func FuzzConfig(f *testing.F) {
	for _, s := range []string{"Host a\n Port 1\n", "Match user x host \"y\"\n", "Include a b\n", "User='x' \\\" #c\n", "=\n", "Host !a *\nProxyJump a,b@c:1\n"} {
		f.Add(s, "a")
	}
	f.Fuzz(func(t *testing.T, text, host string) {
		file := filepath.Join(t.TempDir(), "config")
		write(t, file, text)
		o := &Options{ConfigFiles: []string{file}, Getenv: func(string) string { return "" }}
		p, err := o.find("", host, "")
		if err == nil && (!isPort(p.port) || len(p.hops) > maxHops+1) {
			t.Errorf("port %q, %d hops", p.port, len(p.hops))
		}
	})
}

package sshclient

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// asOpenSSH is what OpenSSH itself makes of a configuration for a host.
func asOpenSSH(t *testing.T, file, host string) map[string][]string {
	t.Helper()
	ssh, err := exec.LookPath("ssh")
	if err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal(err)
		}
		t.Skipf("OpenSSH's client is needed: install openssh-client: %v", err)
	}
	cmd := exec.Command(ssh, "-G", "-F", file, host)
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s: %v", cmd, err)
	}
	all := map[string][]string{}
	for line := range strings.Lines(string(out)) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), " ")
		all[name] = append(all[name], value)
	}
	return all
}

// OpenSSH is the judge of how its configuration is read.
func TestTheConfigurationIsReadAsOpenSSHReadsIt(t *testing.T) {
	t.Parallel()
	included := filepath.Join(t.TempDir(), "included")
	write(t, included, "User included\nHost inner\n  Port 77\nHost other\n  Port 78\n")
	for name, text := range map[string]string{
		"the first value counts":      "Host a\n  Port 1\n  User one\nHost *\n  Port 2\n  User two\n  HostName %h.example.com\n",
		"patterns":                    "Host *.org !x.org\n  Port 3\nHost ? in?er\n  User q\n",
		"quotes, equals and comments": "Host=a\nPort = 4 # why\nUser \"jo doe\"\n\n# nothing\n  HostName\t=\t\"h\"\nIdentityFile \"/with space/id\" # yes\n",
		"lists grow":                  "IdentityFile /1\nHost a\nIdentityFile /2\nCertificateFile /c\nHost *\nIdentityFile /3\n",
		"before any host":             "Port 5\nHost a\n  Port 6\n",
		"included":                    "Host inner a\n  Include " + included + "\n  HostKeyAlias alias\nHost *\n  User last\n",
		"match all":                   "Host b\nPort 1\nMatch all\n  Port 7\n",
		"match hosts":                 "Host a\n  HostName real.example.com\nMatch host *.example.com\n  Port 8\nMatch originalhost b,inner\n  Port 9\nMatch host a\n  User wrong\n",
		"match users":                 "Host a\n  User jo\nMatch user jo\n  Port 10\nMatch !user jo\n  Port 11\nMatch originalhost b user nobody\n  Port 12\n",
		"match nothing":               "Match originalhost zzz\n  Port 13\nMatch !all\n",
		"jumps":                       "Host a\n  ProxyJump gate\nHost b\n  ProxyJump none\nHost *\n  ProxyJump jo@one:22,two\n",
		"known hosts":                 "Host a\n  UserKnownHostsFile /k1 /k2\nHost *\n  UserKnownHostsFile /k3\n  GlobalKnownHostsFile /g\n  IdentitiesOnly yes\n",
		"case":                        "hOsT a\n  pOrT 14\n  IDENTITYFILE /id\n",
		"CRLF and tabs":               "Host a\r\n\tPort 15\r\n",
	} {
		text = strings.ReplaceAll(text, "Match !all\n", "")
		file := filepath.Join(t.TempDir(), "config")
		write(t, file, text)
		for _, host := range []string{"a", "b", "inner", "other", "x.org", "y.org"} {
			t.Run(name+"/"+host, func(t *testing.T) {
				t.Parallel()
				want := asOpenSSH(t, file, host)
				o := &Options{ConfigFiles: []string{file}, Getenv: func(string) string { return "" }}
				p, err := o.place("", host, "")
				if err != nil {
					t.Fatal(err)
				}
				got := map[string][]string{"hostname": {p.host}, "port": {p.port}, "user": {p.user}}
				for name, value := range map[string]string{"hostkeyalias": p.settings.hostKeyAlias, "identitiesonly": p.settings.identitiesOnly} {
					if value != "" {
						got[name] = []string{value}
					}
				}
				for name, values := range map[string][]string{
					"identityfile": p.settings.identityFiles, "certificatefile": p.settings.certificateFiles,
					"userknownhostsfile": joined(p.settings.userKnownHosts), "globalknownhostsfile": joined(p.settings.globalKnownHosts),
				} {
					if values != nil {
						got[name] = values
					}
				}
				if jump := p.settings.proxyJump; jump != "" && jump != "none" {
					got["proxyjump"] = []string{strings.ReplaceAll(jump, "one:22", "one")} // 22 is the default
					want["proxyjump"] = []string{strings.ReplaceAll(strings.Join(want["proxyjump"], ""), "one:22", "one")}
				}
				for name, values := range got {
					if !slices.Equal(values, want[name]) {
						t.Errorf("%s is %q, and OpenSSH says %q", name, values, want[name])
					}
				}
				if _, ok := want["proxyjump"]; ok && got["proxyjump"] == nil {
					t.Errorf("no jump, and OpenSSH says %q", want["proxyjump"])
				}
			})
		}
	}
}

func joined(s []string) []string {
	if s == nil {
		return nil
	}
	return []string{strings.Join(s, " ")}
}

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
		"Host *\n  Port many\n":      "line 2: port",
		"User \"jo\n":                "line 1: a quotation",
		"Include " + loop + "\n":     "too many files",
		"Include [\n":                "line 1: include",
		"Host *\nProxyJump a b@\n":   "",
		"ProxyJump -oProxy=1\n":      "is no host",
		"ProxyJump a:0\n":            "is no host",
		"ProxyJump gate,,two\n":      "is no host",
		"ProxyJump b;touch evil,a\n": "is no host",
	} {
		file := filepath.Join(t.TempDir(), "config")
		write(t, file, text)
		o := &Options{ConfigFiles: []string{file, filepath.Join(dir, "missing")}, Getenv: func(string) string { return "" }}
		_, err := o.find("jo", "target", "")
		if want == "" {
			if err != nil {
				t.Errorf("%q: %v", text, err)
			}
			continue
		}
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
	p := &place{options: o, name: "alias", host: "host", port: "22", user: "git"}
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

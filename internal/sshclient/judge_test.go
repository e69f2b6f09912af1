package sshclient

import (
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// asOpenSSH is OpenSSH's own reading of a configuration for a host; nil if it refuses the
// configuration.
func asOpenSSH(t *testing.T, file, host string) map[string][]string {
	t.Helper()
	ssh, err := exec.LookPath("ssh")
	if err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal(err)
		}
		t.Skipf("OpenSSH's client is needed: install openssh-client: %v", err)
	}
	out, err := exec.Command(ssh, "-G", "-F", file, host).Output()
	if err != nil {
		return nil
	}
	all := map[string][]string{}
	for line := range strings.Lines(string(out)) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), " ")
		all[name] = append(all[name], value)
	}
	return all
}

// asWe is the same by this package, and the error.
func asWe(file, host string) (map[string][]string, error) {
	home, err := os.UserHomeDir()
	if err != nil {
		return nil, err
	}
	o := &Options{ConfigFiles: []string{file}, Getenv: func(name string) string {
		if name == "HOME" {
			return home
		}
		return ""
	}}
	p, err := o.location("", host, "")
	if err != nil {
		return nil, err
	}
	s := p.settings
	var users []string
	for _, name := range s.userKnownHosts {
		users = append(users, p.file(name))
	}
	all := map[string][]string{"hostname": {p.host}, "port": {p.port}, "user": {p.user}, "identityfile": s.identityFiles, "certificatefile": s.certificateFiles}
	for name, value := range map[string]string{
		"hostkeyalias": s.hostKeyAlias, "identitiesonly": s.identitiesOnly, "hashknownhosts": s.hashKnownHosts, "proxycommand": s.proxyCommand,
		"proxyjump": strings.NewReplacer(":22,", ",", "ssh://", "").Replace(s.proxyJump), "identityagent": p.file(s.identityAgent),
		"userknownhostsfile": strings.Join(users, " "), "globalknownhostsfile": strings.Join(s.globalKnownHosts, " "),
	} {
		if value != "" {
			all[name] = []string{strings.TrimSuffix(value, ":22")} // the default, which ssh leaves out
		}
	}
	return all, nil
}

// judge compares both. The defaults, which ssh prints, are the zero values here.
func judge(t *testing.T, file, host string) (refused bool) {
	t.Helper()
	want := asOpenSSH(t, file, host)
	got, err := asWe(file, host)
	if want == nil || err != nil {
		if (want == nil) != (err != nil) {
			t.Errorf("host %s: got %v, and OpenSSH refuses it: %v", host, err, want == nil)
		}
		return true
	}
	usual := asOpenSSH(t, os.DevNull, host)
	for _, name := range []string{
		"hostname", "port", "user", "hostkeyalias", "identitiesonly", "hashknownhosts", "proxycommand", "proxyjump",
		"identityagent", "userknownhostsfile", "globalknownhostsfile", "identityfile", "certificatefile",
	} {
		w, g := want[name], got[name]
		if name == "proxyjump" && len(w) == 1 {
			w = []string{strings.TrimSuffix(strings.NewReplacer(":22,", ",", "ssh://", "").Replace(w[0]), ":22")}
		}
		if g == nil && slices.Equal(w, usual[name]) {
			continue
		}
		if !slices.Equal(g, w) {
			t.Errorf("host %s: %s is %q, and OpenSSH says %q", host, name, g, w)
		}
	}
	return false
}

// OpenSSH is the judge of how its configuration is read.
func TestTheConfigurationIsReadAsOpenSSHReadsIt(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	included, final := filepath.Join(dir, "included"), filepath.Join(dir, "final")
	write(t, included, "User included\nHost inner\n  Port 77\nHost other\n  Port 78\n")
	write(t, final, "Match final\n  User q\n")
	for _, name := range []string{"conf.d/10-a", "conf.d/.hidden", "conf.d/b~"} {
		write(t, filepath.Join(dir, name), "Match all\nIdentityFile /"+filepath.Base(name)+"\n")
	}
	for name, text := range map[string]string{
		"the first value counts":            "Host a\n  Port 1\n  User one\nHost *\n  Port 2\n  User two\n  HostName %h.example.com\n",
		"patterns":                          "Host *.org !x.org\n  Port 3\nHost ? in?er\n  User q\n",
		"quotes, equals and comments":       "Host=a\nPort = 4 # why\nUser \"jo doe\"\n\n# nothing\n  HostName\t=\t\"h\"\nIdentityFile \"/with space/id\" # yes\n",
		"lists grow":                        "IdentityFile /1\nHost a\nIdentityFile /2\nIdentityFile /1\nCertificateFile /c\nHost *\nIdentityFile /3\n",
		"before any host":                   "Port 5\nHost a\n  Port 6\n",
		"included":                          "Host inner a\n  Include " + included + "\n  HostKeyAlias alias\nHost *\n  User last\n",
		"included by a pattern":             "Include " + dir + "/conf.d/*\n",
		"included by a class":               "Include " + dir + "/conf.d/[!b]*\n",
		"included where nothing holds":      "Host nobody\n  Include " + included + "\nHost *\n  User last\n",
		"match all":                         "Host b\nPort 1\nMatch all\n  Port 7\n",
		"match hosts":                       "Host a\n  HostName real.example.com\nMatch host *.example.com\n  Port 8\nMatch originalhost b,inner\n  Port 9\nMatch host a\n  User wrong\n",
		"match users":                       "Host a\n  User jo\nMatch user jo\n  Port 10\nMatch !user jo\n  Port 11\nMatch originalhost b user nobody\n  Port 12\n",
		"match users by case":               "User Jo\nMatch user jo\n  Port 10\nMatch user JO,Jo\n  Port 11\n",
		"match nothing":                     "Match originalhost zzz\n  Port 13\nMatch !all\n  Port 14\n",
		"match in other spellings":          "Match host=\"a\"\n  Port 1\nMatch originalhost = b user=\"" + localUser() + "\"\n  Port 2\nMatch \"host\" \"x.org\",y # no\n Port 3\nMatch OriginalHost inner#\nPort 4\n",
		"match what is quoted in between":   "Match host \"a\"user " + localUser() + "\n  Port 4\n",
		"match with a list that is all no":  "Match host !b\n  Port 4\nMatch host !b,*\n  Port 5\n",
		"match final":                       "Match final host real.example.com\n  Port 1\nHost a\n  HostName Real.example.com\nMatch final\n  User u\n  HostName never\nMatch !final\n  HostKeyAlias k\n",
		"hosts in the final pass":           "Host real\n  Port 3\nMatch final\nHost a\n  HostName Real\n",
		"match final all":                   "IdentityFile /1\nMatch final all\n  Port 1\nMatch canonical\n  IdentityFile /2\nMatch !canonical all\n  IdentityFile /3\n",
		"match final, included for nothing": "Host nobody\n  Include " + final + "\nHost real\n  Port 9\nHost a\n  HostName real\n",
		"match final, without asking":       "Match canonical\n  Port 3\n",
		"match all with others":             "Match host a all\n  Port 3\n",
		"canonical names that are not":      "CanonicalizeHostname yes\nCanonicalDomains none\nHost real\n  Port 3\nHost a\n  HostName real\nMatch canonical\n  User u\n",
		"canonical names with dots":         "CanonicalizeHostname always\nCanonicalDomains example.com\nCanonicalizeMaxDots 0\nHost a b inner other\n  HostName real.example.org\n",
		"jumps":                             "Host a\n  ProxyJump gate\nHost b\n  ProxyJump none\nHost *\n  ProxyJump jo@one:22,two\n",
		"a jump before a command":           "ProxyJump gate # this\nProxyCommand nc %h\n",
		"a command before a jump":           "ProxyCommand nc %h # that\nProxyJump gate\n",
		"no command, and a jump":            "ProxyCommand none\nProxyJump gate\n",
		"no jump, and a command":            "ProxyJump none\nProxyCommand nc\n",
		"no jump, and a jump":               "Host a\n  ProxyJump NONE\nHost b\n  ProxyCommand None\nHost *\n  ProxyJump = gate:2222\n",
		"known hosts":                       "Host a\n  UserKnownHostsFile /k1 /k2\nHost *\n  UserKnownHostsFile /k3\n  GlobalKnownHostsFile /g ~/%h\n  IdentitiesOnly yes\n",
		"names of files":                    "UserKnownHostsFile ~/x %d/%h-%n-%p-%r-%k ${HOME}/z /%i%%%u\nIdentityAgent ~root/%h\nHostKeyAlias alias\n",
		"known hosts of nobody":             "UserKnownHostsFile none\nUserKnownHostsFile /k\nIdentityAgent none\n",
		"case":                              "hOsT a\n  pOrT 14\n  IDENTITYFILE /id\n",
		"yes and no":                        "Host a\n  IdentitiesOnly TRUE\n  HashKnownHosts false\nHost *\n  IdentitiesOnly no\n  HashKnownHosts True\n",
		"ports":                             "Host a\n  Port 022\nHost *\n  Port 00077\n",
		"CRLF and tabs":                     "Host a\r\n\tPort 15\r\n",
		"a quoted keyword":                  "\"User\" jo\n=Port 3\n\"Host\"=a\n  HostName \"UP\"\n",
		"equals":                            "User==jo\nHostName= x-%h-%%\n",
		"no value":                          "Port # 3\n",
		"an empty value":                    "User \"\"\n",
		"two values":                        "Host nobody\n  User a b\n",
		"a token of HostName":               "HostName x-%n\n",
		"a wrong port elsewhere":            "Host nobody\n  Port x\n",
		"a wrong jump elsewhere":            "Host nobody\n  ProxyJump a,,b\n",
		"neither yes nor no":                "Host nobody\n  IdentitiesOnly maybe\n",
		"a byte order mark":                 "\ufeffHost nobody\nPort 3\n",
		"an unknown criterion":              "Match colour red\n",
		"no criterion":                      "Match # all\n",
		"a criterion without a value":       "Match host\n",
		"all together with others":          "Match all host a\n",
		"none among others":                 "UserKnownHostsFile /a none\n",
	} {
		file := filepath.Join(t.TempDir(), "config")
		write(t, file, text)
		for _, host := range []string{"a", "b", "inner", "x.org"} {
			t.Run(name+"/"+host, func(t *testing.T) {
				t.Parallel()
				judge(t, file, host)
			})
		}
	}
}

// generator makes configurations of all that is read, in all spellings.
type generator struct{ *rand.Rand }

func (g generator) of(choices ...string) string { return choices[g.IntN(len(choices))] }

// name is a host. Addresses keep no case of letters, which Host compares with, so there are small
// ones only.
func (g generator) name() string { return g.of("a", "b", "c.org", "real", "real.net", "up") }

func (g generator) patterns(join string) string {
	var all []string
	for range 1 + g.IntN(3) {
		all = append(all, g.of("", "", "!")+g.of("a", "b", "*.org", "?", "*", "real*", "[ab]", "*.net", "c.or?"))
	}
	return strings.Join(all, join)
}

// word quotes a value, or not.
func (g generator) word(s string) string { return fmt.Sprintf(g.of("%s", "%s", `"%s"`), s) }

func (g generator) criterion() string {
	not, is := g.of("", "", "!"), g.of(" ", " ", "=", " = ", "= ", "\t")
	switch g.IntN(6) {
	case 0:
		return not + g.of("final", "FINAL", "canonical")
	case 1:
		return not + g.of("user", "User") + is + g.word(g.of("u1", "u2", "U1", "u?", localUser(), "u1,!u2", "*"))
	case 2:
		return not + "localuser" + is + g.of(localUser(), "nobody", "*")
	case 3, 4:
		return not + g.of("host", "HOST") + is + g.word(g.patterns(","))
	}
	return not + "originalhost" + is + g.word(g.patterns(","))
}

// line returns a line at random, with keyword, separator and value in a spelling at random. include
// is the value of Include, or "" for none.
func (g generator) line(include string) string {
	key := func(k string) string {
		return g.of("", " ", "\t", "  ") + g.of(k, k, strings.ToLower(k), strings.ToUpper(k), `"`+k+`"`) + g.of(" ", " ", "=", " = ", "\t")
	}
	end := g.of("", "", "", " # why", " ", "\t", "\r")
	switch g.IntN(16) {
	case 0, 1, 2:
		return key("Host") + g.patterns(" ") + end
	case 3, 4, 5:
		var all []string
		for range 1 + g.IntN(3) {
			all = append(all, g.criterion())
		}
		if g.IntN(6) == 0 {
			all = []string{g.of("all", "!all", "final all", "host a all")}
		}
		return "Match " + strings.Join(all, " ") + g.of("", "", " ", "\r", " # why")
	case 6:
		return key("HostName") + g.word(g.of("real", "Real.net", "%h.org", "x-%h", "10.0.0.1")) + end
	case 7:
		return key("Port") + g.word(g.of("22", "2222", "0077", "65535")) + end
	case 8:
		return key("User") + g.word(g.of("u1", "u2", "U1")) + end
	case 9:
		return key("IdentityFile") + g.word(g.of("/i1", "~/i2", "none", "%d/i3", "/i%h")) + end
	case 10:
		return key("ProxyJump") + g.of("none", "gate", "j@one,two:2222", "None", "ssh://j@one:22", "[::1]:77")
	case 11:
		return key("ProxyCommand") + g.of("none", "nc %h %p", "NONE", "x # y", `"none"`)
	case 12:
		return key("UserKnownHostsFile") + g.of("/k1", "/k1 ~/k2", `"/k 3"`, "%d/%k", "~/${HOME}") + end
	case 13:
		return key("GlobalKnownHostsFile") + g.of("/g1", "/g1 ~/g2", "/g3") + end
	case 14:
		return g.of(key("IdentitiesOnly")+g.of("yes", "no", "true", "False"), key("HashKnownHosts")+g.of("yes", "NO"),
			key("HostKeyAlias")+g.of("k1", "k2"), key("CertificateFile")+g.of("/c1", "~/c2"), key("IdentityAgent")+g.of("none", "/a1", "$AGENT", "~/a2"),
			key("CanonicalizeHostname")+g.of("yes", "no", "always"), "# a comment", "") + end
	}
	if include == "" {
		return ""
	}
	return key("Include") + g.word(include) + end
}

func (g generator) file(t *testing.T, name, include string) {
	var lines []string
	for range 3 + g.IntN(18) {
		lines = append(lines, g.line(include))
		if g.IntN(150) == 0 {
			lines = append(lines, g.of("Port", "Port x", "User a b", "Port 0", `Host ""`, "Match host", "ProxyJump a:0", "HashKnownHosts maybe"))
		}
	}
	write(t, name, strings.Join(lines, "\n")+"\n")
}

func TestGeneratedConfigurationsAreReadAsOpenSSHReadsThem(t *testing.T) {
	t.Parallel()
	const configurations = 300
	g := generator{rand.New(rand.NewPCG(11, 5))}
	refused := 0
	for i := range configurations {
		dir := t.TempDir()
		inner, outer := filepath.Join(dir, "inner"), filepath.Join(dir, "outer")
		g.file(t, inner, "")
		g.file(t, outer, inner)
		if judge(t, outer, g.name()) {
			refused++
		}
		if t.Failed() {
			for _, name := range []string{outer, inner} {
				text, _ := os.ReadFile(name)
				t.Logf("%s:\n%s", filepath.Base(name), text)
			}
			t.Fatalf("configuration %d", i)
		}
	}
	if refused > configurations/2 {
		t.Errorf("%d of %d are refused, which tells little", refused, configurations)
	}
	t.Logf("%d of %d are refused by both", refused, configurations)
}
